import EventModel
import Reporting

/// A user's records, told apart before the fold: events that take part, those that repeat one, and those left out.
struct RecordSorting {
  /// An event that takes part.
  struct Kept {
    var event: Event
    var head: Provenance.Head
    var position: LogPosition?
    var sameKey: EventID?
  }

  enum Item {
    case kept(Kept)
    case other(Provenance.Record)
  }

  /// In fold order; malformed records last.
  private(set) var items: [Item] = []

  var kept: [Kept] { items.compactMap { if case .kept(let kept) = $0 { kept } else { nil } } }

  /// - Parameter storedBy: later stored events take no part.
  init(_ records: UserRecords, storedBy: Instant?) {
    let ambiguous = RecordSorting.ambiguousIDs(records)
    var firsts: [EventID: LogPosition?] = [:]
    var keys: [UInt64: EventID] = [:]
    for entry in records.entries {
      func leaveOut(_ head: Provenance.Head?, _ disposition: Provenance.Disposition) {
        items.append(.other(Provenance.Record(position: entry.position, event: head, disposition: disposition)))
      }
      switch entry.content {
      case .malformed(let field, let reason): leaveOut(nil, .malformed(field: field, reason: reason))
      case .event(let event, let type):
        let head = Provenance.Head(
          id: event.id, timestamp: event.timestamp, createdAt: event.createdAt, type: type)
        if ambiguous.contains(event.id) {
          leaveOut(head, .malformed(field: "id", reason: "the id of another event with other content"))
        } else if let first = firsts[event.id] {
          leaveOut(head, .repeated(of: first))
        } else {
          firsts[event.id] = .some(entry.position)
          if let storedBy, event.createdAt > storedBy {
            leaveOut(head, .notStored)
            continue
          }
          var kept = Kept(event: event, head: head, position: entry.position)
          if event.idempotencyKey != 0 {
            kept.sameKey = keys[event.idempotencyKey]
            if kept.sameKey == nil { keys[event.idempotencyKey] = event.id }
          }
          items.append(.kept(kept))
        }
      }
    }
  }

  private static func ambiguousIDs(_ records: UserRecords) -> Set<EventID> {
    var contents: [EventID: UInt64] = [:]
    var ambiguous: Set<EventID> = []
    for entry in records.entries {
      guard case .event(let event, _) = entry.content else { continue }
      if contents[event.id, default: event.content] != event.content { ambiguous.insert(event.id) }
      contents[event.id] = event.content
    }
    return ambiguous
  }
}
