import EventModel
import Folding
import JSONTape
import Reconciliation

/// Searches for the events that a live row was computed from, where its `updated_at` does not say it. For one row, with
/// bounded work.
///
/// Tries the newest cut of the user's events first: all events that were stored before some instant. The cut that gives
/// the live row shows that the row is behind.
package final class CutSearch {
  /// The rows, with the version that the live row names as its own.
  private let pair: RowPair
  private let folds: OwnFolds
  private let within: Int64
  private let sources: EventTypeSet
  /// The newest instant until which the row can have seen events.
  package private(set) var found: Instant?
  /// Number of folds that were tried in vain when the limit ended the search; `nil` if the search was complete.
  private(set) var cutAfter: Int?

  /// - Parameter within: how long before its own instant a row with a clock can be behind, in microseconds. An event
  ///   that was stored earlier was visible to it.
  package init(_ pair: RowPair, _ versions: RowVersions, _ folds: OwnFolds, _ catalogue: Catalogue, within: Int64) {
    self.pair = versions.stamped.map { pair.under($0, folds) } ?? pair
    self.folds = folds
    self.within = within
    sources = catalogue.schema(of: pair.number).sources
  }

  /// Whether `updated_at` leaves open which events the row could see.
  package var isNeeded: Bool { pair.trustedUpdate == nil || pair.lacksCreatedAt }

  package func find() throws(OutsideFault) -> SearchOutcome {
    guard let asOf = pair.ownInstant else { return undecided }
    let limit = UnseenSearch.limit(256, events: folds.events.count)
    var tolerable: Instant?
    var tries = 0
    func compared(_ until: Instant) throws(OutsideFault) -> RowComparison? {
      try folds.searchedRow(pair.number, asOf: asOf, storedBy: until, version: pair.version)
        .map { pair.comparer.compare($0, pair.live, .ownVisibility) }
    }
    for instant in cuts {
      if tries >= limit {
        cutAfter = tries
        break
      }
      tries += 1
      // Instants are whole microseconds: this leaves out all events from `instant` on.
      let until = Instant(microseconds: instant.microseconds - 1)
      guard let row = try compared(until) else { continue }
      if row.isWording {
        found = until
        return .found(.behind, version: pair.version, row)
      }
      if row.unexplained == 0, tolerable == nil { tolerable = until }
    }
    // Compared once more: a row is valid only until the next one.
    if let tolerable, let row = try compared(tolerable) {
      found = tolerable
      return .found(.behind, version: pair.version, row)
    }
    return cutAfter == nil ? undecided : .undecided
  }

  /// Without `created_at`, no cut by `timestamp` shows that the row is not behind.
  private var undecided: SearchOutcome { pair.lacksCreatedAt ? .undecided : .nothing }

  /// When the events that the projection is computed from were stored, newest first, each instant once. A row with a
  /// clock says when it was computed: it has seen what was stored long before.
  private var cuts: [Instant] {
    let oldest = pair.lacksCreatedAt ? nil : pair.generatedAt.map { $0.microseconds - within }
    return folds.instants(of: sources).lazy.filter { instant in oldest.map { instant >= $0 } ?? true }
      .map { Instant(microseconds: $0) }
  }
}
