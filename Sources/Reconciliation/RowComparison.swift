import EventModel
import JSONTape

/// A live row compared with one rebuilt row.
package struct RowComparison {
  package var baseline: Baseline
  /// The rebuilt row; borrowed.
  package var rebuilt: JSONValue
  package var found: [(difference: ValueDifference, status: FieldDifference.Status)]

  package var isEqual: Bool { found.isEmpty }
  /// Differences that are neither wording nor covered by a rule.
  package var unexplained: Int { found.count { $0.status == .different } }
  private func holds(_ status: FieldDifference.Status) -> Bool { found.contains { $0.status == status } }

  /// Whether every difference is only wording.
  package var isWording: Bool { found.allSatisfy { $0.status == .text } }
  /// What makes the rows equal except for wording: the baseline's cause, and `texts` if wording differs.
  fileprivate var causes: [Cause] {
    let texts: [Cause] = holds(.text) ? [.texts] : []
    switch baseline {
    case .asOf: return texts
    case .ownInstant: return [.clock] + texts
    case .ownVisibility: return [.behind] + texts
    }
  }
}

/// Compares live rows of one projection with rebuilt ones.
package struct RowComparer: Sendable {
  package var name: ProjectionName
  /// The member with the instant at which a row was computed; `nil` if no row depends on the clock.
  package var clock: ConstantName?
  private var drifts: [DriftPlace]
  private var observations: ValuePath?
  package var texts: TextRules
  package var rules: FieldRules

  /// - Parameters:
  ///   - drift: the drift places of the projection's type.
  ///   - observations: where a row states its number of observations: keys from `data` down, joined with dots.
  package init(
    name: ProjectionName, clock: ConstantName?, drift: [DriftPlace], observations: String?, texts: TextRules,
    rules: FieldRules
  ) {
    self.name = name
    self.clock = clock
    drifts = drift.filter { $0.key == name.key }
    self.observations = observations.map { ValuePath(keys: $0) }
    self.texts = texts
    self.rules = rules
  }

  /// Whether both are the same, regardless of the instants at which they were computed.
  package func isSame(_ rebuilt: JSONValue, _ live: JSONValue) -> Bool { isSameData(rebuilt, live, clock: clock) }

  /// The instant at which a row says it was computed; `nil` if it does not say.
  package func instant(of row: JSONValue) -> Instant? { clock.flatMap(row.member)?.instant }

  /// The number of observations that a row says it is made of; `nil` if it does not say.
  package func observed(in row: JSONValue) -> Int? {
    observations.flatMap { row.member(at: $0)?.finiteDouble }.flatMap { Int(exactly: $0) }
  }

  /// - Parameter baseline: how the rebuilt row was computed; at the live row's own instant the clock may drift.
  package func compare(_ rebuilt: JSONValue, _ live: JSONValue, _ baseline: Baseline) -> RowComparison {
    let drifts = baseline == .asOf ? [] : self.drifts.map { ClockDrift($0, live) }
    let differences = differences(of: rebuilt, and: live, clock: clock).filter { difference in
      !drifts.contains { $0.explains(difference) }
    }
    let wordings = texts.wordings(of: differences, rebuilt: rebuilt, live: live)
    let found = zip(differences, wordings).map { difference, isWording in
      let status: FieldDifference.Status =
        rules.covers(difference, of: name) ? .tolerated : isWording ? .text : .different
      return (difference: difference, status: status)
    }
    return RowComparison(baseline: baseline, rebuilt: rebuilt, found: found)
  }
}

/// The result of a search for the events that live computed a row from.
package enum SearchOutcome {
  /// The row is equal except for wording, or for what rules cover.
  ///
  /// - Parameter version: that of the reducer; `nil`: the catalogue's own.
  case found(Cause, version: String?, RowComparison)
  /// There are no such events.
  case nothing
  /// The search did not try everything, or the events do not say when they were stored.
  case undecided
}

/// The causes of a row's difference, and the comparison that shows it best.
package struct Explanation {
  package var causes: [Cause]
  package var comparison: RowComparison
  /// The version that explains the row, alone or with other causes; `nil` if none does.
  package private(set) var version: String?
  /// The version of ``comparison``, if nothing explains the row and it is not the catalogue's own version.
  package private(set) var nearestVersion: String?

  package var isExplained: Bool { causes.allSatisfy(\.isExplained) }

  /// Tries the baselines in order, each only if those before it do not explain the row: first exact explanations, then
  /// those that need the operator's rules, then those that need a search.
  ///
  /// - Parameters:
  ///   - asOf: the comparison with the snapshot's row; not equal.
  ///   - hasLog: whether there is a log: then a row that nothing explains is `changed`, else `unexplained`.
  ///   - own: the comparison on one of the other baselines; `nil` if the row cannot be folded there, or would be the
  ///     same.
  ///   - otherVersions: the comparisons under other versions of the reducer, on any baseline; `nil` as above.
  ///   - isAhead: whether live had events that the log does not hold.
  ///   - search: searches for the events that live computed the row from.
  package init(
    asOf: RowComparison, hasLog: Bool, own: (Baseline) throws -> RowComparison?,
    otherVersions: () throws -> [(version: String, row: (Baseline) throws -> RowComparison?)] = { [] },
    isAhead: () -> Bool = { false }, search: () throws -> SearchOutcome = { .nothing }
  ) throws {
    precondition(!asOf.isEqual, "rows that differ")
    var tried: [RowComparison] = []
    for baseline in Baseline.allCases {
      guard let row = baseline == .asOf ? asOf : try own(baseline) else { continue }
      if row.isWording {
        self.init(causes: row.causes, comparison: asOf)
        return
      }
      tried.append(row)
    }
    var others: [(version: String, row: RowComparison)] = []
    for (version, row) in try otherVersions() {
      for baseline in Baseline.allCases {
        guard let other = try row(baseline) else { continue }
        if other.isWording {
          self.init(causes: [.version] + other.causes, comparison: asOf)
          self.version = version
          return
        }
        others.append((version, other))
      }
    }
    if let tolerable = tried.first(where: { $0.unexplained == 0 }) {
      self.init(causes: tolerable.causes + [.tolerated], comparison: tolerable)
      return
    }
    // The fewest differences say the most; of equals, the snapshot's own row is preferred.
    var best = asOf
    for other in tried.dropFirst() where other.unexplained < best.unexplained { best = other }
    var nearest: String?
    for (version, other) in others where other.unexplained < best.unexplained { (nearest, best) = (version, other) }
    if hasLog, isAhead() {
      self.init(causes: [.ahead], comparison: best)
      nearestVersion = nearest
      return
    }
    var canTell = hasLog
    switch hasLog ? try search() : .nothing {
    case .found(let cause, let version, let row):
      let isTolerable = !row.isWording
      self.init(
        causes: (version == nil ? [] : [.version]) + [cause] + row.causes.filter { $0 == .texts }
          + (isTolerable ? [.tolerated] : []), comparison: isTolerable ? row : asOf)
      self.version = version
      return
    case .undecided: canTell = false
    case .nothing: break
    }
    self.init(causes: [canTell ? .changed : .unexplained], comparison: best)
    nearestVersion = nearest
  }

  private init(causes: [Cause], comparison: RowComparison) {
    self.causes = causes
    self.comparison = comparison
  }
}
