import EventModel
import Folding
import SnapshotStore

/// Iterates over the users of a snapshot, in the order of their ids, with the newest event of each type.
struct UserSignals {
  private let signals: RowCursor<SignalSummary>
  private let vocabulary: Vocabulary
  private var pending: SignalSummary?

  init(_ reader: SnapshotReader, _ vocabulary: Vocabulary) throws {
    self.vocabulary = vocabulary
    signals = try reader.signals()
    pending = try signals.next()
  }

  /// The next user who has events of types that some reducer reads; `nil` at the end.
  mutating func next() throws -> (user: UserID, newest: NewestEvents)? {
    guard let user = pending?.user else { return nil }
    var newest = NewestEvents()
    while let signal = pending, signal.user == user {
      newest.note(signal, vocabulary)
      pending = try signals.next()
    }
    return (user, newest)
  }
}

/// One user's newest event (by timestamp, then id) of each type, retracted or not.
struct NewestEvents {
  private var events: [(type: EventType, event: EventID, at: Instant)] = []

  mutating func note(_ signal: SignalSummary, _ vocabulary: Vocabulary) {
    guard let type = vocabulary.eventType(named: signal.eventType) else { return }
    events.append((type, signal.newestEvent, signal.last))
  }

  subscript(type: EventType) -> EventID? { events.first { $0.type == type }?.event }

  /// The newest event of any of these types.
  func newest(of types: [EventType]) -> (at: Instant, event: EventID)? {
    events.filter { types.contains($0.type) }.map { ($0.at, $0.event) }.max { $0 < $1 }
  }
}

/// Returns the user ids of a snapshot: the users of the users export or, without an export, all users of the snapshot.
func exportedUsers(_ reader: SnapshotReader) throws -> [UserID] {
  let hasExport = reader.manifestValue("users.exported") != "no export"
  var ids: [UserID] = []
  let users = try reader.users()
  while let user = try users.next() {
    if !hasExport || user.source != .events { ids.append(user.id) }
  }
  return ids
}
