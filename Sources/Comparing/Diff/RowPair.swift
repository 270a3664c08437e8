import EventModel
import Folding
import Formatting
import JSONTape
import Reconciliation

/// A rebuilt row and the live row of the same key, not equal; borrowed.
package struct RowPair {
  /// Place in the catalogue.
  var number: Int
  var rebuilt: JSONValue
  var live: JSONValue
  var updatedAt: Instant?
  /// Of the rebuilt row.
  var asOf: Instant
  /// Of the version.
  var comparer: RowComparer
  /// What the row is folded under; `nil`: the catalogue's own.
  private(set) var version: String?

  package init(
    number: Int, rebuilt: JSONValue, live: JSONValue, updatedAt: Instant?, asOf: Instant, comparer: RowComparer
  ) {
    self.number = number
    self.rebuilt = rebuilt
    self.live = live
    self.updatedAt = updatedAt
    self.asOf = asOf
    self.comparer = comparer
  }

  /// When the live row says it was computed.
  var generatedAt: Instant? { comparer.instant(of: live) }
  /// Where the row is folded as it was computed; `nil` where it does not say.
  var ownInstant: Instant? { comparer.clock == nil ? asOf : generatedAt }
  /// `updated_at`, where it can be when the row was computed: no later than it says that it was, but for a minute.
  var trustedUpdate: Instant? {
    guard let updatedAt else { return nil }
    if comparer.clock == nil { return updatedAt }
    guard let generatedAt else { return nil }
    return updatedAt.microseconds <= generatedAt.microseconds + 60_000_000 ? updatedAt : nil
  }

  /// The same under another version of the reducer.
  func under(_ version: String, _ folds: OwnFolds) -> RowPair {
    var other = self
    other.version = version
    other.comparer = RowComparer(number, of: folds.catalogue(of: number, version: version), like: comparer)
    return other
  }

  /// Why they differ.
  ///
  /// - Parameters:
  ///   - folds: begun with the user's events; `nil` without the log.
  ///   - hasLog: whether what nothing else explains is a change.
  ///   - versions: of the reducer, that the row may have been written by.
  ///   - isAhead: whether live had events that the log does not hold.
  ///   - search: finds the events that the row was computed without.
  package func explain(
    folds: OwnFolds?, hasLog: Bool, versions: [String], isAhead: () -> Bool, search: UnseenSearch?
  ) -> Explanation {
    Explanation(
      asOf: comparer.compare(rebuilt, live, .asOf), hasLog: hasLog,
      own: { baseline in folds.flatMap { compared(baseline, $0) } },
      otherVersions: {
        guard let folds else { return [] }
        return versions.map { version in
          let other = under(version, folds)
          return (version, { other.compared($0, folds) })
        }
      }, isAhead: isAhead,
      unseen: { search.flatMap { search in search.find().map { (search.version, $0) } } })
  }

  /// The live row, held against the row as folded on a baseline; `nil` when it cannot be folded there, or nothing was out of
  /// sight.
  private func compared(_ baseline: Baseline, _ folds: OwnFolds) -> RowComparison? {
    let row: JSONValue?
    switch baseline {
    case .asOf: row = folds.row(number, asOf: asOf, version: version)
    case .ownInstant:
      guard comparer.clock != nil, let generatedAt else { return nil }
      row = folds.row(number, asOf: generatedAt, version: version)
    case .ownVisibility:
      guard let ownInstant, let updatedAt, folds.visibleCount(at: updatedAt) < folds.events.count else { return nil }
      row = folds.row(number, asOf: ownInstant, visibleAt: updatedAt, version: version)
    }
    return row.map { comparer.compare($0, live, baseline) }
  }
}
