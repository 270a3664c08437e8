import EventModel
import Folding
import JSONTape
import Reconciliation

/// Looks for events that a live row was computed without though they were stored by then. Of one row; in bounded work.
///
/// An event is out of sight for a moment where its transaction commits late (`created_at` is the transaction's start) or where
/// live reads from a replica. That is over in an hour: what was stored longer before the row, live has had.
package final class UnseenSearch {
  /// What the row lacks.
  package struct Finding {
    /// In the order in which they were stored, the first one first.
    package var events: [Event]
    /// Whether they are all that was stored from some instant on.
    var isSuffix: Bool
  }

  /// The longest that an event can be out of sight, unless the operator says so: microseconds.
  package static let usual: Int64 = 3_600_000_000

  /// Under the version that the row says it was written by.
  let pair: RowPair
  let folds: OwnFolds
  private let within: Int64
  private let sources: EventTypeSet
  package private(set) var found: Finding?
  /// Folds that were tried in vain where the bound ended the search before all was tried; `nil` where it did not.
  private(set) var cutAfter: Int?
  private var tries = 0

  /// - Parameter within: microseconds before the row.
  package init(_ pair: RowPair, _ versions: RowVersions, _ folds: OwnFolds, _ catalogue: Catalogue, within: Int64) {
    self.pair = versions.stamped.map { pair.under($0, folds) } ?? pair
    self.folds = folds
    self.within = within
    sources = catalogue.schema(of: pair.number).sources
  }

  /// What the row is folded under; `nil`: the catalogue's own.
  var version: String? { pair.version }

  /// Folds of one search. A long history gets fewer: about a million events in all.
  private func limit(_ most: Int) -> Int { max(8, min(most, 1_000_000 / max(1, folds.events.count))) }

  /// The row as folded without events that were stored shortly before it, where that is equal: without all from some instant
  /// on, else without one, two or three of them.
  func find() -> RowComparison? {
    guard let updatedAt = pair.trustedUpdate else { return nil }
    let recent = stored(from: updatedAt.microseconds - within)
    let limit = limit(256)
    tries = 0
    // Half of the folds for those from an instant on: where very many were stored in the hour, single ones get their turn.
    for end in recent.indices where end + 1 == recent.count || recent[end].createdAt != recent[end + 1].createdAt {
      if tries >= limit / 2 {
        cutAfter = tries
        break
      }
      if let row = row(without: recent[...end], isSuffix: true) { return row }
    }
    for size in 1...3 {
      var row: RowComparison?
      let isWhole = eachSubset(of: recent, size: size) { events in
        if tries >= limit { return false }
        row = self.row(without: events[...], isSuffix: false)
        return row == nil
      }
      if let row { return row }
      if !isWhole {
        cutAfter = tries
        return nil
      }
    }
    return nil
  }

  /// The event, stored longer before the row than any is out of sight, without which the row is equal. Of several that of the
  /// type that the user has the fewest of (corrections are few beside what they correct), then the newest.
  ///
  /// It does not explain the row: live has seen it, and computed as if it were not there.
  func older() -> Event? {
    guard let updatedAt = pair.trustedUpdate else { return nil }
    let end = updatedAt.microseconds - within
    let limit = limit(128)
    tries = 0
    var counts: [UInt8: Int] = [:]
    let events = stored(from: .min).filter { $0.createdAt.microseconds < end }
    for event in events { counts[event.type, default: 0] += 1 }
    let ranks = counts.sorted { a, b in a.value == b.value ? a.key < b.key : a.value < b.value }.map(\.key)
    for event in ranks.lazy.flatMap({ type in events.lazy.filter { $0.type == type } }) {
      if tries >= limit {
        cutAfter = (cutAfter ?? 0) + tries
        return nil
      }
      if compared(without: [event])?.isWording == true { return event }
    }
    return nil
  }

  /// The events that the projection is made of, stored from an instant on until the row, the newest first.
  private func stored(from start: Int64) -> [Event] {
    guard let updatedAt = pair.trustedUpdate else { return [] }
    return folds.stored(by: updatedAt).filter { event in
      event.createdAt.microseconds >= start && sources.contains(event.type)
    }.sorted { a, b in a.createdAt == b.createdAt ? b.id < a.id : b.createdAt < a.createdAt }
  }

  private func row(without events: ArraySlice<Event>, isSuffix: Bool) -> RowComparison? {
    guard let row = compared(without: Array(events)), row.isWording else { return nil }
    found = Finding(events: events.reversed(), isSuffix: isSuffix)
    return row
  }

  private func compared(without events: [Event]) -> RowComparison? {
    guard let asOf = pair.ownInstant, let updatedAt = pair.updatedAt else { return nil }
    tries += 1
    return folds.row(pair.number, asOf: asOf, visibleAt: updatedAt, without: events.map(\.id), version: version)
      .map { pair.comparer.compare($0, pair.live, .ownVisibility) }
  }
}

/// Each choice of so many of the events, in order; `false` as soon as the body says so.
private func eachSubset(of events: [Event], size: Int, _ body: ([Event]) -> Bool) -> Bool {
  func extend(_ chosen: [Event], from start: Int) -> Bool {
    if chosen.count == size { return body(chosen) }
    for index in events.indices.dropFirst(start) {
      if !extend(chosen + [events[index]], from: index + 1) { return false }
    }
    return true
  }
  return extend([], from: 0)
}
