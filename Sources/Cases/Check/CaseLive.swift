import Comparing
import EventLog
import EventModel
import JSONTape
import Platform
import Rebuilding
import Reporting

/// Compares how the live rows of a case differ with how they must differ.
extension CaseRun {
  /// Compares every form of the live rows.
  func compareLive() throws {
    var expected: [RowPlace: RecordedDifference] = [:]
    for difference in try expectedDifferences() {
      let place = RowPlace(user: difference.user, name: difference.name)
      if expected.updateValue(difference, forKey: place) != nil {
        throw CaseError(
          file: description.folder, place: nil,
          reason: "two expected differences of \(place.name) of user \(place.user)")
      }
    }
    var rows = 0
    for live in description.live {
      let tally = try compare(live, expected)
      rows = max(rows, tally.live)
      rowsCompared += max(tally.live, tally.rebuilt)
    }
    let forms = description.live.count > 1 ? " in \(description.live.count) forms" : ""
    let differing = expected.values.count { !$0.causes.isEmpty }
    checked.append(counted(rows, "live row") + forms + (differing > 0 ? ", " + counted(differing, "difference") : ""))
  }

  /// The expected differences; empty if their file does not exist yet.
  func expectedDifferences() throws -> [RecordedDifference] {
    if let path = description.differences?.file?.path, !exists(path) { return [] }
    return try description.expectedDifferences()
  }

  private func compare(_ live: String, _ expected: [RowPlace: RecordedDifference]) throws -> DiffTally {
    var plan = comparison()
    plan.live = [live]
    plan.liveForm = liveForm(live)
    plan.log.logs = [description.logs[0]]
    plan.isExact = description.differences == nil
    let tolerant = try underRules(plan)
    var left = expected.filter { !$0.value.causes.isEmpty }
    let outcome = try diff(plan, progress: progress) { difference in
      let place = RowPlace(user: difference.user, name: difference.name)
      if live == self.description.live[0] { self.keep(difference) }
      try self.compare(difference, with: expected[place], underRules: tolerant[place])
      left[place] = nil
    }
    let rest = left.values.sorted { ($0.user, $0.name) < ($1.user, $1.name) }
    for difference in rest where isAbout(difference.name) {
      changes.note(
        CaseChange(
          .removed, .difference, user: difference.user, name: difference.name.description,
          fields: [.init(path: "causes", expected: causes(difference.causes), now: causes([]))],
          notes: ["the live row is equal"]))
    }
    return outcome.tally
  }

  /// The form of a live export if its file name shows it. A log without live rows has an empty export, whose content
  /// does not show the form.
  func liveForm(_ live: String) -> RecordForm? {
    [".ndjson", ".ndjson.gz", ".ndjson.zst"].contains(where: live.hasSuffix) ? .ndjson : nil
  }

  /// Keeps a difference for `--record`. Drops the paths that only an exact comparison reports: once differences are
  /// recorded, the comparison is no longer exact.
  private func keep(_ difference: RowDifference) {
    var found = RecordedDifference(difference)
    if description.differences == nil, let paths = found.paths, !paths.isEmpty {
      found.paths = paths.filter { $0 != "generated_at" && $0 != "last_event_id" }
      if found.paths?.isEmpty ?? true { return }
    }
    foundDifferences.append(found)
  }

  /// Whether the case covers a projection.
  func isAbout(_ name: ProjectionName) -> Bool {
    description.only.wanted.isEmpty
      || description.only.wanted.contains { $0.type == name.type && ($0.key ?? name.key) == name.key }
  }

  /// How the live rows with something that a rule covers differ without that.
  ///
  /// The rules do not apply to the comparison itself: then a difference that the case expects would no longer be found.
  private func underRules(_ plan: DiffPlan) throws -> [RowPlace: RecordedDifference] {
    if judging.rules.ignores.isEmpty, judging.rules.tolerances.isEmpty { return [:] }
    var plan = plan
    plan.rules = judging.rules
    plan.fingerprints = false
    var found: [RowPlace: RecordedDifference] = [:]
    _ = try diff(plan, progress: progress) { difference in
      guard difference.fields.contains(where: { $0.status == .tolerated }) else { return }
      var rest = difference
      rest.causes.removeAll { $0 == .tolerated }
      rest.fields.removeAll { $0.status == .tolerated }
      found[RowPlace(user: difference.user, name: difference.name)] = RecordedDifference(rest)
    }
    return found
  }

  /// - Parameter tolerant: see ``underRules(_:)``; `nil`: the rules cover nothing of the row.
  private func compare(
    _ found: RowDifference, with expected: RecordedDifference?, underRules tolerant: RecordedDifference?
  ) throws {
    let now = RecordedDifference(found)
    var fields: [CaseChange.Field] = []
    if (expected?.causes ?? []) != now.causes {
      fields.append(.init(path: "causes", expected: causes(expected?.causes ?? []), now: causes(now.causes)))
    }
    if let wanted = expected?.paths, let paths = now.paths, wanted != paths {
      for path in Set(wanted).union(paths).sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) })
      where wanted.contains(path) != paths.contains(path) {
        let text = JSONTree.string(path).pretty
        fields.append(
          .init(
            path: "paths", expected: wanted.contains(path) ? text : nil, now: paths.contains(path) ? text : nil))
      }
    }
    if fields.isEmpty { return }
    let isNew = expected?.causes.isEmpty ?? true
    let isTolerated =
      tolerant.map { rest in
        rest.causes == expected?.causes ?? [] && expected?.paths.map { $0 == rest.paths } ?? true
      } ?? false
    try note(
      CaseChange(
        isNew ? .added : .changed, .difference, user: found.user, name: found.name.description, fields: fields,
        notes: found.text(.plain).split(separator: "\n").map(String.init)), of: found, isTolerated: isTolerated)
  }

  private func causes(_ causes: [Cause]) -> String {
    JSONTree.array(causes.map { .string($0.rawValue) }).pretty
  }
}

extension RecordedDifference {
  /// A difference in the form that is recorded.
  init(_ difference: RowDifference) {
    user = difference.user
    name = difference.name
    causes = Set(difference.causes).sorted { $0.rawValue < $1.rawValue }
    paths = Set(difference.fields.map(\.path.raw)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
