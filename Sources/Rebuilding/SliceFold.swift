import Crypto
import EventLog
import EventModel
import Folding
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

  /// What a user has of an event type.
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
  /// Large from the start: memory that is not written to costs nothing, growing copies.
  fileprivate let arena = ByteArena(capacity: 1 << 20)
  /// SHA-256 of each user's set of events, one after the other.
  fileprivate(set) var eventDigests: [UInt8] = []
  /// Users that have events and stand in no users export.
  fileprivate(set) var usersNotExported = 0
  /// Events whose idempotency key an earlier event of their user has.
  fileprivate(set) var repeatedKeys = 0

  func data(_ projection: Projection) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: arena.bytes[projection.data])
  }
}

/// Folds the users of one slice after the other. One per thread.
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

  func rows(of merger: UserMerger, hasUsersExport: Bool) throws(StorageFault) -> SliceRows {
    let rows = SliceRows()
    while try merger.next() {
      let user = merger.history.user
      var sink = UserSink(user: user, rows: rows)
      let first = (rows.projections.count, rows.failures.count, rows.signals.count)
      fold.fold(merger.history.events, asOf: asOf, into: &sink)
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

  /// One row for each event type of the user folded last that some reducer reads, by name.
  private func noteSignals(_ rows: SliceRows) {
    for type in types {
      guard let tally = fold.tally(of: type) else { continue }
      rows.signals.append(
        SliceRows.Signal(
          type: type, count: tally.count, first: tally.first.timestamp, last: tally.last.timestamp,
          newest: tally.last.id))
    }
  }

  /// The digest of the user's events: SHA-256 over the user id and, in history order, each event's id and content hash,
  /// all as little-endian words.
  ///
  /// Counts events less distinct idempotency keys too, of those that have one. The live table has a unique index on user
  /// and key.
  private func digest(_ user: UserID, _ events: [Event], _ rows: SliceRows) {
    if events.isEmpty { return }
    keys.begin(events.count)
    eventWords.count = 0
    var repeated = 0
    eventWords.pack(room: 16 + 24 * events.count) { words in
      words.put(user)
      for event in events {
        words.put(event.id)
        words.put(event.content)
        let key = event.idempotencyKey
        if key != 0, !keys.insert(key) { repeated += 1 }
      }
    }
    rows.repeatedKeys += repeated
    rows.eventDigests.append(contentsOf: SHA256.hash(data: eventWords.bytes))
  }
}

/// Collects one user's rows.
private struct UserSink: FoldSink {
  let user: UserID
  let rows: SliceRows

  mutating func row(_ number: Int, data: UnsafeRawBufferPointer, lastEvent: EventID?) {
    // A reference counted after the copy would wait until the bytes are in memory.
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
