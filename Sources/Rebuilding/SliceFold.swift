import EventLog
import EventModel
import Folding
import Hashing
import JSONTape
import SnapshotStore

/// The rows of a slice of users, ready to be written, in user order.
final class SliceRows: @unchecked Sendable {
  struct User {
    var id: UserID
    var source: UserSource
    var projections: Range<Int>
    var failures: Range<Int>
    var signals: Range<Int>
  }

  struct Projection {
    var name: Int
    var data: Range<Int>
    var lastEvent: EventID?
  }

  /// Summary of a user's events of one type: count, first and last timestamp, and the id of the last event.
  struct Signal {
    var type: EventType
    var count: Int
    var first: Instant
    var last: Instant
    var newest: EventID
  }

  fileprivate(set) var users: [User] = []
  fileprivate(set) var projections: [Projection] = []
  fileprivate(set) var failures: [Failure] = []
  fileprivate(set) var signals: [Signal] = []
  /// Large from the start: untouched memory costs nothing, but growing copies.
  fileprivate let arena = ByteArena(capacity: 1 << 20)
  /// SHA-256 of the event ids of each user that has any, 32 bytes each, in user order.
  fileprivate(set) var eventDigests: [UInt8] = []
  /// The content of all events.
  fileprivate(set) var eventContent = EventContent()
  /// Users that have events but are not in the users export.
  fileprivate(set) var usersNotExported = 0
  /// Events with the idempotency key of an earlier event of the same user.
  fileprivate(set) var repeatedKeys = 0

  func data(_ projection: Projection) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: arena.bytes[projection.data])
  }
}

/// Folds one slice of users after another. One per thread.
final class SliceFold {
  private let fold: UserFold
  private let asOf: Instant
  private let eventWords = ByteArena()
  private let keys = KeySet()
  /// By name.
  private let types: [EventType]

  init(_ catalogue: Catalogue, profile: any DomainProfile, filter: ProjectionFilter, asOf: Instant) {
    fold = UserFold(catalogue, profile: profile, filter: filter)
    self.asOf = asOf
    types = catalogue.vocabulary.typesByName
  }

  func rows(of merger: UserMerger, hasUsersExport: Bool) throws -> SliceRows {
    let rows = SliceRows()
    while try merger.next() {
      let user = merger.history.user
      var sink = UserSink(user: user, rows: rows)
      let first = (rows.projections.count, rows.failures.count, rows.signals.count)
      try fold.fold(
        merger.history.events, of: FoldedUser(user, isExported: merger.history.isExported), asOf: asOf, into: &sink)
      noteSignals(rows)
      digest(user, merger.history.events, rows)
      let hasEvents = !merger.history.events.isEmpty
      if hasUsersExport, hasEvents, !merger.history.isExported { rows.usersNotExported += 1 }
      rows.users.append(
        SliceRows.User(
          id: user, source: merger.history.isExported ? (hasEvents ? .both : .export) : .events,
          projections: first.0..<rows.projections.count, failures: first.1..<rows.failures.count,
          signals: first.2..<rows.signals.count))
    }
    return rows
  }

  /// Adds a signal for each event type that the user just folded has and some reducer reads, by type name.
  private func noteSignals(_ rows: SliceRows) {
    for type in types {
      guard let tally = fold.tally(of: type) else { continue }
      rows.signals.append(
        SliceRows.Signal(
          type: type, count: tally.count, first: tally.first.timestamp, last: tally.last.timestamp,
          newest: tally.last.id))
    }
  }

  /// Adds the digest of the user's events, SHA-256 over the user id and, in history order, each event's id, all as
  /// little-endian words; and their content.
  ///
  /// Also counts events that repeat an idempotency key. The live table has a unique index on user and key.
  private func digest(_ user: UserID, _ events: [Event], _ rows: SliceRows) {
    if events.isEmpty { return }
    keys.begin(events.count)
    eventWords.count = 0
    var repeated = 0
    var content = EventContent()
    eventWords.pack(room: 16 + 16 * events.count) { words in
      words.put(user)
      for event in events {
        words.put(event.id)
        content.add(event, of: user)
        let key = event.idempotencyKey
        if key != 0, !keys.insert(key) { repeated += 1 }
      }
    }
    rows.repeatedKeys += repeated
    rows.eventContent += content
    rows.eventDigests.append(contentsOf: SHA256.hash(data: eventWords.bytes))
  }
}

/// Collects one user's rows.
private struct UserSink: FoldSink {
  let user: UserID
  let rows: SliceRows

  mutating func row(_ number: Int, data: UnsafeRawBufferPointer, lastEvent: EventID?) {
    // Reference counting after the copy would wait until the bytes are in memory.
    let place = Unmanaged.passUnretained(rows.arena)._withUnsafeGuaranteedRef { arena in
      arena.append(data)
      return arena.count - data.count..<arena.count
    }
    rows.projections.append(SliceRows.Projection(name: number, data: place, lastEvent: lastEvent))
  }

  mutating func failed(type: String, _ failure: ReducerFailure) {
    rows.failures.append(
      Failure(user: user, projectionType: type, code: failure.code, event: failure.event, detail: failure.detail))
  }
}
