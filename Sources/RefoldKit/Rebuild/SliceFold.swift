import Crypto
import EventLog
import EventModel
import Projections
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

  init(profile: Profile, filter: ProjectionFilter, asOf: Instant) {
    fold = UserFold(profile: profile, filter: filter)
    self.asOf = asOf
  }

  func rows(of merger: UserMerger, hasUsersExport: Bool) throws(StorageFault) -> SliceRows {
    let rows = SliceRows()
    while try merger.next() {
      let user = merger.history.user
      var sink = UserSink(user: user, rows: rows)
      let first = (rows.projections.count, rows.failures.count, rows.signals.count)
      fold.fold(merger.history.events, asOf: asOf, into: &sink)
      noteSignals(merger.history.events, rows)
      digest(user, merger.history.events, rows)
      rows.repeatedKeys += countRepeatedKeys(merger.history.events)
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

  /// One row for each event type of the user that some reducer reads, by name.
  private func noteSignals(_ events: [Event], _ rows: SliceRows) {
    let signals = signals
    for event in events {
      guard let type = event.eventType else { continue }
      let timestamp = event.timestamp
      let index = Int(type.rawValue)
      if signals[index].count == 0 { signals[index].first = timestamp }
      signals[index].count += 1
      signals[index].last = timestamp
      signals[index].newest = event.id
    }
    for type in SliceFold.typesByName where signals[Int(type.rawValue)].count > 0 {
      rows.signals.append(signals[Int(type.rawValue)])
      signals[Int(type.rawValue)].count = 0
    }
  }

  /// A signal for each type by its number; a count of 0 between users.
  private let signals: UnsafeMutableBufferPointer<SliceRows.Signal> = {
    let signals = UnsafeMutableBufferPointer<SliceRows.Signal>.allocate(capacity: EventType.allCases.count + 1)
    for number in signals.indices {
      signals.initializeElement(
        at: number,
        to: SliceRows.Signal(
          type: EventType(rawValue: UInt8(number)) ?? .setLogged, count: 0, first: Instant(microseconds: 0),
          last: Instant(microseconds: 0), newest: EventID(high: 0, low: 0)))
    }
    return signals
  }()

  deinit { signals.deallocate() }

  /// Events less distinct idempotency keys, of those that have one. The live table has a unique index on user and key.
  private func countRepeatedKeys(_ events: [Event]) -> Int {
    keys.begin(events.count)
    var repeated = 0
    for event in events where event.idempotencyKey != 0 && !keys.insert(event.idempotencyKey) { repeated += 1 }
    return repeated
  }

  private static let typesByName = EventType.allCases.sorted { $0.name.description < $1.name.description }

  /// The digest of the user's events: SHA-256 over the user id and, in history order, each event's id
  /// and content hash, all as little-endian words.
  private func digest(_ user: UserID, _ events: [Event], _ rows: SliceRows) {
    if events.isEmpty { return }
    eventWords.count = 0
    eventWords.reserve(16 + 24 * events.count)
    eventWords.put(user)
    for event in events {
      eventWords.put(event.id)
      eventWords.put(event.content)
    }
    rows.eventDigests.append(contentsOf: SHA256.hash(data: eventWords.bytes))
  }
}

/// Collects one user's rows.
private struct UserSink: FoldSink {
  let user: UserID
  let rows: SliceRows

  mutating func row(type: String, key: StaticString, data: UnsafeRawBufferPointer, lastEvent: EventID?) {
    let start = rows.arena.count
    rows.arena.append(data)
    rows.projections.append(
      SliceRows.Projection(
        name: ProjectionCatalog.index(ofKey: key) ?? 0, data: start..<rows.arena.count, lastEvent: lastEvent))
  }

  mutating func failed(type: String, _ failure: ReducerFailure) {
    rows.failures.append(
      Failure(user: user, projectionType: type, code: failure.code, event: failure.event, detail: failure.detail))
  }
}
