import EventModel
import Reporting

/// A user's records, told apart before the fold: events that take part, those that repeat one, and those left out.
struct RecordSorting {
  private enum Kind: UInt8 {
    case kept, malformed, ambiguous, repeated, notStored
  }

  let records: UserRecords
  /// By entry.
  private var kinds: [Kind] = []
  /// The events that take part, in fold order, and the entry of each.
  private(set) var events: [Event] = []
  private var entries: [Int32] = []
  /// By event, one more than the place of the event that had its idempotency key first; empty where no key is shared.
  private var sameKeys: [Int32] = []

  enum Item {
    /// The event of that place among those that take part.
    case kept(Int)
    case other(Provenance.Disposition)
  }

  /// - Parameter storedBy: later stored events take no part.
  init(_ records: UserRecords, storedBy: Instant?) {
    self.records = records
    let ambiguous = RecordSorting.ambiguousIDs(records)
    var first: EventID?
    kinds.reserveCapacity(records.count)
    for index in 0..<records.count {
      guard let event = records.event(index) else {
        kinds.append(.malformed)
        continue
      }
      if ambiguous.contains(event.id) {
        kinds.append(.ambiguous)
      } else if first == event.id {
        kinds.append(.repeated)
      } else {
        first = event.id
        if let storedBy, !event.createdAt.isVisible(at: storedBy) {
          kinds.append(.notStored)
          continue
        }
        kinds.append(.kept)
        events.append(event)
        entries.append(Int32(index))
      }
    }
    noteSharedKeys()
  }

  /// What every record is before the fold, in fold order; malformed records last. O(records).
  func visit(_ body: (_ entry: Int, Item) throws -> Void) rethrows {
    var place = 0
    var first = 0
    for index in kinds.indices {
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
      case .malformed:
        guard case .malformed(let field, let reason) = records[index].content else { continue }
        try body(index, .other(.malformed(field: field.map { Foreign($0) }, reason: Foreign(reason))))
      }
    }
  }

  /// An earlier event with the idempotency key of that event.
  func sameKey(_ place: Int) -> EventID? {
    guard !sameKeys.isEmpty, sameKeys[place] > 0 else { return nil }
    return events[Int(sameKeys[place]) - 1].id
  }

  private mutating func noteSharedKeys() {
    var keys: [(key: UInt64, place: Int32)] = []
    for (place, event) in events.enumerated() where event.idempotencyKey != 0 {
      keys.append((event.idempotencyKey, Int32(place)))
    }
    keys.sort { $0 < $1 }
    var first = 0
    for position in keys.indices.dropFirst() {
      if keys[position].key != keys[first].key {
        first = position
        continue
      }
      if sameKeys.isEmpty { sameKeys = [Int32](repeating: 0, count: events.count) }
      sameKeys[Int(keys[position].place)] = keys[first].place + 1
    }
  }

  /// Ids that stand with differing contents.
  private static func ambiguousIDs(_ records: UserRecords) -> Set<EventID> {
    var contents: [(id: EventID, content: UInt64)] = []
    for index in 0..<records.count {
      guard let event = records.event(index) else { continue }
      if let last = contents.last, last.id == event.id, last.content == event.content { continue }
      contents.append((event.id, event.content))
    }
    contents.sort { $0 < $1 }
    var ambiguous: Set<EventID> = []
    for position in contents.indices.dropFirst()
    where contents[position].id == contents[position - 1].id
      && contents[position].content != contents[position - 1].content
    {
      ambiguous.insert(contents[position].id)
    }
    return ambiguous
  }
}
