import EventModel
import Folding
import Reporting

/// Classifies a user's records before the fold: events to fold, events that repeat another, and records that are left
/// out.
struct RecordSorting {
  private enum Kind: UInt8 {
    case kept, ambiguous, repeated, notStored
  }

  let records: UserRecords
  /// By entry, without the malformed records, which come last.
  private let kinds: [Kind]
  /// The events to fold, in fold order.
  let folded: FoldedEvents
  /// For each folded event with the idempotency key of an earlier event: one more than the place of the first such
  /// event, else 0. Empty if no key is shared.
  private var sameKeys: [Int32] = []

  enum Item {
    /// An event to fold, by its place in ``folded``.
    case kept(Int)
    case other(Provenance.Disposition)
  }

  /// - Parameter storedBy: events that were stored later are not folded.
  init(_ records: UserRecords, storedBy: Instant?) {
    self.records = records
    let all = FoldedEvents(records.events, look: records.looked)
    kinds = RecordSorting.kinds(of: records, all.ambiguousIDs, storedBy)
    if kinds.allSatisfy({ $0 == .kept }) {
      folded = all
    } else {
      let kept = zip(records.events, kinds).lazy.filter { $1 == .kept }.map(\.0)
      folded = FoldedEvents(Array(kept), look: records.looked)
    }
    noteSharedKeys()
  }

  private static func kinds(
    of records: UserRecords, _ ambiguous: Set<EventID>, _ storedBy: Instant?
  ) -> [Kind] {
    var first: EventID?
    return records.events.map { event in
      records.looked(at: event)
      if ambiguous.contains(event.id) { return .ambiguous }
      if first == event.id { return .repeated }
      first = event.id
      if let storedBy, !event.createdAt.isVisible(at: storedBy) { return .notStored }
      return .kept
    }
  }

  /// Calls `body` with each entry and its class, in fold order; malformed records come last. O(records).
  func visit(_ body: (_ entry: Int, Item) throws -> Void) rethrows {
    var place = 0
    var first = 0
    for index in kinds.indices {
      records.looked(at: records.events[index])
      switch kinds[index] {
      case .kept:
        first = index
        try body(index, .kept(place))
        place += 1
      case .notStored:
        first = index
        try body(index, .other(.notStored))
      case .repeated: try body(index, .other(.repeated(of: records[first].position)))
      case .ambiguous:
        try body(index, .other(.malformed(field: "id", reason: "the id of another event with other content")))
      }
    }
    for index in kinds.count..<records.count {
      guard case .malformed(let field, let reason) = records[index].content else { continue }
      try body(index, .other(.malformed(field: field.map { Foreign($0) }, reason: Foreign(reason))))
    }
  }

  /// The first event with the idempotency key of the event at a place; `nil` if there is no earlier one.
  func sameKey(_ place: Int) -> EventID? {
    guard !sameKeys.isEmpty, sameKeys[place] > 0 else { return nil }
    return folded[Int(sameKeys[place]) - 1].id
  }

  private mutating func noteSharedKeys() {
    var keys: [(key: UInt64, place: Int32)] = []
    for (place, event) in folded.events.enumerated() {
      records.looked(at: event)
      if event.idempotencyKey != 0 { keys.append((event.idempotencyKey, Int32(place))) }
    }
    keys.sort { $0 < $1 }
    var first = 0
    for position in keys.indices.dropFirst() {
      if keys[position].key != keys[first].key {
        first = position
        continue
      }
      if sameKeys.isEmpty { sameKeys = [Int32](repeating: 0, count: folded.count) }
      sameKeys[Int(keys[position].place)] = keys[first].place + 1
    }
  }
}
