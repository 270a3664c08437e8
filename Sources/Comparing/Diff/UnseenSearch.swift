import EventModel
import Folding
import JSONTape
import Reconciliation

/// Searches for events that a live row was computed without, although they were already stored. For one row, with
/// bounded work.
///
/// An event is invisible for a moment if its transaction commits late (`created_at` is the transaction's start), or if
/// live reads from a replica. This takes less than an hour: an event stored longer before the row was visible to live.
package final class UnseenSearch {
  /// The events that the row was computed without.
  package struct Finding {
    /// In the order in which they were stored, oldest first.
    package var events: [Event]
    /// Whether these are all events that were stored from some instant on.
    var isSuffix: Bool
  }

  /// The default for how long an event can be invisible, in microseconds.
  package static let usual: Int64 = 3_600_000_000

  /// The rows, with the version that the live row names as its own.
  let pair: RowPair
  let folds: OwnFolds
  private let within: Int64
  private let sources: EventTypeSet
  package private(set) var found: Finding?
  /// Number of folds that were tried in vain when the limit ended the search; `nil` if the search was complete.
  private(set) var cutAfter: Int?
  private var tries = 0

  /// - Parameter within: how long before the row an event can be stored and still be invisible to it, in microseconds.
  package init(_ pair: RowPair, _ versions: RowVersions, _ folds: OwnFolds, _ catalogue: Catalogue, within: Int64) {
    self.pair = versions.stamped.map { pair.under($0, folds) } ?? pair
    self.folds = folds
    self.within = within
    sources = catalogue.schema(of: pair.number).sources
  }

  /// The version with which the row is folded; `nil`: the catalogue's own.
  var version: String? { pair.version }

  /// The maximum number of folds in one search. A long history gets fewer: about a million events in all.
  static func limit(_ most: Int, events: Int) -> Int { max(8, min(most, 1_000_000 / max(1, events))) }

  /// Whether `updated_at` and `created_at` say which events the row could see.
  var isPossible: Bool { pair.trustedUpdate != nil && !pair.lacksCreatedAt }

  /// Folds the row without events that were stored shortly before it, and returns the comparison if only wording
  /// differs. Tries without all events from some instant on, then without one, two or three events.
  func find() throws -> RowComparison? {
    guard isPossible, let updatedAt = pair.trustedUpdate else { return nil }
    let recent = stored(from: updatedAt.microseconds - within)
    let limit = UnseenSearch.limit(256, events: folds.events.count)
    tries = 0
    // Leave out all events from an instant on in at most half of the folds. So single events are tried too, even if
    // very many were stored within the hour.
    for end in recent.indices where end + 1 == recent.count || recent[end].createdAt != recent[end + 1].createdAt {
      if tries >= limit / 2 {
        cutAfter = tries
        break
      }
      if let row = try row(without: recent[...end], isSuffix: true) { return row }
    }
    for size in 1...3 {
      var row: RowComparison?
      let isWhole = try eachSubset(of: recent, size: size) { events in
        if tries >= limit { return false }
        row = try self.row(without: events[...], isSuffix: false)
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

  /// The event without which only wording differs, and which was stored too long before the row to be invisible to it.
  /// Tries the types with the fewest events of the user first (corrections are fewer than what they correct), and of
  /// these the newest event first.
  ///
  /// Such an event does not explain the row: live has seen it, but computed as if it did not exist.
  func older() throws(OutsideFault) -> Event? {
    guard isPossible, let updatedAt = pair.trustedUpdate else { return nil }
    let end = updatedAt.microseconds - within
    let limit = UnseenSearch.limit(128, events: folds.events.count)
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
      if try compared(without: [event])?.isWording == true { return event }
    }
    return nil
  }

  /// The events from which the projection is computed and that were stored from an instant on until the row, newest
  /// first.
  private func stored(from start: Int64) -> [Event] {
    guard let updatedAt = pair.trustedUpdate else { return [] }
    return folds.stored(by: updatedAt).filter { event in
      event.createdAt.microseconds >= start && sources.contains(event.type)
    }.sorted { a, b in a.createdAt == b.createdAt ? b.id < a.id : b.createdAt < a.createdAt }
  }

  private func row(without events: ArraySlice<Event>, isSuffix: Bool) throws(OutsideFault) -> RowComparison? {
    guard let row = try compared(without: Array(events)), row.isWording else { return nil }
    found = Finding(events: events.reversed(), isSuffix: isSuffix)
    return row
  }

  private func compared(without events: [Event]) throws(OutsideFault) -> RowComparison? {
    guard let asOf = pair.ownInstant, let updatedAt = pair.updatedAt else { return nil }
    tries += 1
    let row = try folds.searchedRow(
      pair.number, asOf: asOf, storedBy: updatedAt, without: events.map(\.id), version: version)
    return row.map { pair.comparer.compare($0, pair.live, .ownVisibility) }
  }
}

/// Calls `body` with each choice of `size` events, in order, until it returns `false`. Returns whether all were
/// visited.
private func eachSubset(of events: [Event], size: Int, _ body: ([Event]) throws -> Bool) throws -> Bool {
  func extend(_ chosen: [Event], from start: Int) throws -> Bool {
    if chosen.count == size { return try body(chosen) }
    for index in events.indices.dropFirst(start) {
      if try !extend(chosen + [events[index]], from: index + 1) { return false }
    }
    return true
  }
  return try extend([], from: 0)
}
