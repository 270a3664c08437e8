import EventModel
import Hashing
import Running
import SnapshotStore

/// Reads the rows of one part, one user at a time, in user order. Use on one thread at a time.
final class PartRows {
  let part: SnapshotReader
  /// `nil` for a temporary part, which has users of several partitions.
  private let partition: UserPartition?
  private let users: RowCursor<StoredUser>
  private let projections: RowCursor<StoredProjection>
  private let failures: RowCursor<Failure>
  private let signals: RowCursor<SignalSummary>
  private let eventSets: RowCursor<(user: UserID, digest: [UInt8])>
  private var nextProjection: StoredProjection?
  private var nextFailure: Failure?
  private var nextSignal: SignalSummary?
  private var nextEventSet: (user: UserID, digest: [UInt8])?
  /// SHA-256 over the event-set digests copied so far.
  private var eventSetsDigest = SHA256()
  /// The digests of the rows read so far; `nil` for a temporary part.
  private let digests: ReadDigests?
  /// The user whose rows come next; `nil` at the end.
  private(set) var user: StoredUser?

  init(_ part: SnapshotReader, _ partition: UserPartition?) throws {
    self.part = part
    self.partition = partition
    digests = partition == nil ? nil : ReadDigests()
    users = try part.users(noting: digests)
    projections = try part.projections(noting: digests)
    failures = try part.failures(noting: digests)
    signals = try part.signals(noting: digests)
    eventSets = try part.eventSets()
    nextProjection = try projections.next()
    nextFailure = try failures.next()
    nextSignal = try signals.next()
    nextEventSet = try eventSets.next()
    try advance()
  }

  /// Copies the current user's rows and moves to the next user.
  func copy(to writer: MergeBatch) throws {
    guard let user else { return }
    writer.insertUser(user.id, source: user.source)
    if let set = nextEventSet, set.user == user.id {
      eventSetsDigest.update(data: set.digest)
      writer.insertEventSet(user.id, digest: set.digest[...])
      nextEventSet = try eventSets.next()
    } else if user.source != .export {
      throw damaged("lacks the event set of a user with events")
    }
    while let row = nextProjection, row.user == user.id {
      writer.insertProjection(user: row.user, name: row.name, data: row.data, lastEvent: row.lastEvent)
      nextProjection = try projections.next()
    }
    while let failure = nextFailure, failure.user == user.id {
      writer.insertFailure(failure)
      nextFailure = try failures.next()
    }
    while let signal = nextSignal, signal.user == user.id {
      writer.insertSignal(signal)
      nextSignal = try signals.next()
    }
    try advance()
  }

  /// Throws unless the rows read are those that the part was written with. Call once, at the end.
  func check() throws {
    try digests?.check(part)
    if part.manifestValue("events.digest") != hex(eventSetsDigest.finalize()) {
      throw damaged("its event sets are not those it was written with")
    }
  }

  private func advance() throws {
    let previous = user?.id
    user = try users.next()
    if let user, let partition, previous.map({ $0 < user.id }) ?? true, !partition.contains(user.id) {
      throw damaged("holds a user that is not of partition \(partition)")
    }
    let isAtEnd = nextProjection == nil && nextFailure == nil && nextSignal == nil && nextEventSet == nil
    if user == nil, !isAtEnd { throw damaged("holds rows of a user it does not list") }
  }

  private func damaged(_ reason: String) -> SnapshotError {
    SnapshotError(.damaged, path: part.path, reason: reason, advice: "fold it again")
  }
}
