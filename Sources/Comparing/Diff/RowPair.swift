import EventModel
import Folding
import Formatting
import JSONTape
import Reconciliation

/// A rebuilt row and the live row of the same key, which differ. Both are borrowed.
package struct RowPair {
  /// The projection's number in the catalogue.
  var number: Int
  var rebuilt: JSONValue
  var live: JSONValue
  var updatedAt: Instant?
  /// Whether very many rows have this `updated_at`, so that it does not say when this one was computed.
  var isUpdateShared = false
  /// Whether some event of the user does not say when it was stored.
  var lacksCreatedAt = false
  /// The as-of of the rebuilt row.
  var asOf: Instant
  /// The comparer for ``version``.
  var comparer: RowComparer
  /// The version with which the row is folded; `nil`: the catalogue's own.
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
  package var generatedAt: Instant? { comparer.instant(of: live) }
  /// The as-of with which live computed the row: the rebuilt row's as-of if the projection has no clock, else the
  /// instant in the live row; `nil` if it has none.
  var ownInstant: Instant? { comparer.clock == nil ? asOf : generatedAt }
  /// How far `updated_at` can be from the instant in a row of the same transaction, in microseconds.
  static let tolerance: Int64 = 60_000_000

  /// `updated_at`, if the row can have been computed then: at most one minute after the instant in the row, and not
  /// the instant of very many rows.
  package var trustedUpdate: Instant? {
    guard let updatedAt, !isUpdateShared else { return nil }
    if comparer.clock == nil { return updatedAt }
    guard let generatedAt else { return nil }
    return updatedAt.microseconds <= generatedAt.microseconds + RowPair.tolerance ? updatedAt : nil
  }

  /// Until when the row could see events, and what says so; `nil` if nothing says it.
  package var sight: (until: Instant, evidence: Evidence)? {
    if let trustedUpdate { return (trustedUpdate, .updatedAt) }
    return comparer.clock == nil ? nil : generatedAt.map { ($0, .generatedAt) }
  }

  /// The same rows with another version of the reducer.
  func under(_ version: String, _ folds: OwnFolds) -> RowPair {
    var other = self
    other.version = version
    other.comparer = RowComparer(number, of: folds.catalogue(of: number, version: version), like: comparer)
    return other
  }

  /// Determines why the rows differ.
  ///
  /// - Parameters:
  ///   - folds: begun with the user's events; `nil` without the log.
  ///   - hasLog: whether a difference that nothing explains counts as a change.
  ///   - versions: versions of the reducer that may have written the row.
  ///   - isAhead: whether live had events that the log does not hold.
  ///   - search: finds the events that the row was computed from.
  package func explain(
    folds: OwnFolds?, hasLog: Bool, versions: [String], isAhead: () -> Bool, search: RowSearch?
  ) throws -> Explanation {
    try Explanation(
      asOf: comparer.compare(rebuilt, live, .asOf), hasLog: hasLog,
      own: { baseline in try folds.flatMap { try compared(baseline, $0) } },
      otherVersions: {
        guard let folds else { return [] }
        return versions.map { version in
          let other = under(version, folds)
          return (version, { try other.compared($0, folds) })
        }
      }, isAhead: isAhead, search: { try search?.find() ?? .nothing })
  }

  /// Compares the live row with the row folded on a baseline. `nil` if the row cannot be folded there, or if all events
  /// were visible.
  private func compared(_ baseline: Baseline, _ folds: OwnFolds) throws(OutsideFault) -> RowComparison? {
    let row: JSONValue?
    switch baseline {
    case .asOf: row = try folds.row(number, asOf: asOf, version: version)
    case .ownInstant:
      guard comparer.clock != nil, let generatedAt else { return nil }
      row = try folds.row(number, asOf: generatedAt, version: version)
    case .ownVisibility:
      guard let ownInstant, let until = sight?.until, folds.visibleCount(at: until) < folds.events.count else {
        return nil
      }
      row = try folds.row(number, asOf: ownInstant, visibleAt: until, version: version)
    }
    return row.map { comparer.compare($0, live, baseline) }
  }
}
