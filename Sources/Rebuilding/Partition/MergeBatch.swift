import EventModel
import SnapshotStore

/// The rows of some users that were read from parts and wait to be written, in user order.
final class MergeBatch: RowSink, @unchecked Sendable {
  private struct User {
    var id: UserID
    var source: UserSource
    var projections: Range<Int>
    var failures: Range<Int>
    var signals: Range<Int>
    var hasEventSet = false
  }

  private struct Projection {
    var name: ProjectionName
    var data: Range<Int>
    var lastEvent: EventID?
  }

  private var users: [User] = []
  private var projections: [Projection] = []
  private var failures: [Failure] = []
  private var signals: [SignalSummary] = []
  private let arena = ByteArena(capacity: MergeBatch.bytes + (64 << 10))
  /// 32 bytes for each user with events.
  private var eventSets: [UInt8] = []
  // The next user to write.
  private var next = 0
  private var nextEventSet = 0

  private static let bytes = 256 << 10
  private static let mostUsers = 512

  /// Whether no more users should be added.
  var isFull: Bool { users.count >= MergeBatch.mostUsers || arena.count >= MergeBatch.bytes }
  /// The user to be written next; `nil` if all are written.
  var user: UserID? { next < users.count ? users[next].id : nil }

  func insertUser(_ id: UserID, source: UserSource) {
    users.append(
      User(
        id: id, source: source, projections: projections.count..<projections.count,
        failures: failures.count..<failures.count, signals: signals.count..<signals.count))
  }

  func insertProjection(user: UserID, name: ProjectionName, data: UnsafeRawBufferPointer, lastEvent: EventID?) {
    let start = arena.count
    arena.append(data)
    projections.append(Projection(name: name, data: start..<arena.count, lastEvent: lastEvent))
    users[users.count - 1].projections = users[users.count - 1].projections.lowerBound..<projections.count
  }

  func insertFailure(_ failure: Failure) {
    failures.append(failure)
    users[users.count - 1].failures = users[users.count - 1].failures.lowerBound..<failures.count
  }

  func insertSignal(_ signal: SignalSummary) {
    signals.append(signal)
    users[users.count - 1].signals = users[users.count - 1].signals.lowerBound..<signals.count
  }

  func insertEventSet(_ user: UserID, digest: ArraySlice<UInt8>) {
    eventSets += digest
    users[users.count - 1].hasEventSet = true
  }

  /// Writes the next user and its rows. Calls `eventSet` with the digest of the user's events, if the user has any.
  func write(to writer: SnapshotWriter, eventSet: (ArraySlice<UInt8>) -> Void) throws {
    let user = users[next]
    next += 1
    try writer.insertUser(user.id, source: user.source)
    if user.hasEventSet {
      let digest = eventSets[nextEventSet..<nextEventSet + 32]
      nextEventSet += 32
      eventSet(digest)
      try writer.insertEventSet(user.id, digest: digest)
    }
    for projection in projections[user.projections] {
      try writer.insertProjection(
        user: user.id, name: projection.name, data: UnsafeRawBufferPointer(rebasing: arena.bytes[projection.data]),
        lastEvent: projection.lastEvent)
    }
    for failure in failures[user.failures] { try writer.insertFailure(failure) }
    for signal in signals[user.signals] { try writer.insertSignal(signal) }
  }
}
