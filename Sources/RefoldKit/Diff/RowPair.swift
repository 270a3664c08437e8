import EventModel
import JSONTape
import Projections
import Reconciliation

/// A rebuilt row and the live row of the same key, not equal; borrowed.
struct RowPair {
  /// Place in the catalogue.
  var number: Int
  var rebuilt: JSONValue
  var live: JSONValue
  var updatedAt: Instant?
  /// Of the rebuilt row.
  var asOf: Instant
  var comparer: RowComparer

  /// When the live row says it was computed.
  var generatedAt: Instant? { comparer.instant(of: live) }
  /// Where the row is folded as it was computed; `nil` where it does not say.
  var ownInstant: Instant? { comparer.clock == nil ? asOf : generatedAt }

  /// Why they differ.
  ///
  /// - Parameters:
  ///   - folds: begun with the user's events; `nil` without the log.
  ///   - hasLog: whether what nothing else explains is a change.
  ///   - versions: of the reducer, that the row may have been written by.
  ///   - isAhead: whether live had events that the log does not hold.
  ///   - search: finds the events that the row was computed without.
  func explain(
    folds: OwnFolds?, hasLog: Bool, versions: [String], isAhead: () -> Bool, search: UnseenSearch?
  ) -> Explanation {
    let isClockless = comparer.clock == nil
    let (generatedAt, ownInstant) = (self.generatedAt, self.ownInstant)
    return Explanation(
      asOf: comparer.compare(rebuilt, live, .asOf), hasLog: hasLog,
      ownInstant: {
        guard let folds, let generatedAt, !isClockless, let own = folds.row(number, asOf: generatedAt) else {
          return nil
        }
        return comparer.compare(own, live, .ownInstant)
      },
      ownVisibility: {
        guard let folds, let ownInstant, let updatedAt, folds.visibleCount(at: updatedAt) < folds.events.count,
          let own = folds.row(number, asOf: ownInstant, visibleAt: updatedAt)
        else { return nil }
        return comparer.compare(own, live, .ownVisibility)
      },
      otherVersions: {
        guard let folds else { return [] }
        return versions.map { ($0, under($0, folds)) }
      }, isAhead: isAhead,
      unseen: { search.flatMap { search in search.find().map { (search.version, $0) } } })
  }

  /// The row under another version: as of the snapshot, at its own instant, of the events it could see.
  private func under(_ version: String, _ folds: OwnFolds) -> [() -> RowComparison?] {
    let comparer = RowComparer(number, of: folds.catalogue(of: number, version: version), like: self.comparer)
    let ownInstant = comparer.clock == nil ? asOf : comparer.instant(of: live)
    func compare(_ baseline: Baseline, asOf: Instant, visibleAt: Instant? = nil) -> RowComparison? {
      let row = folds.row(number, asOf: asOf, visibleAt: visibleAt, version: version)
      return row.map { comparer.compare($0, live, baseline) }
    }
    return [
      { compare(.asOf, asOf: asOf) },
      { comparer.clock == nil ? nil : ownInstant.flatMap { compare(.ownInstant, asOf: $0) } },
      {
        guard let updatedAt, let ownInstant, folds.visibleCount(at: updatedAt) < folds.events.count else { return nil }
        return compare(.ownVisibility, asOf: ownInstant, visibleAt: updatedAt)
      },
    ]
  }
}
