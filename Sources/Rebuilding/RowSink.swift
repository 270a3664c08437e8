import EventModel
import SnapshotStore

/// Takes the rows of a fold in user order; of each user the user itself first, then its rows, by type and key.
protocol RowSink: AnyObject {
  func insertUser(_ id: UserID, source: UserSource) throws
  /// `data` is canonical JSON, borrowed.
  func insertProjection(user: UserID, name: ProjectionName, data: UnsafeRawBufferPointer, lastEvent: EventID?) throws
  func insertFailure(_ failure: Failure) throws
  func insertSignal(_ signal: SignalSummary) throws
  /// The digest of a user's events, for users that have any: 32 bytes.
  func insertEventSet(_ user: UserID, digest: ArraySlice<UInt8>) throws
}

extension SnapshotWriter: RowSink {
  /// A whole snapshot keeps one digest over those of all users.
  func insertEventSet(_ user: UserID, digest: ArraySlice<UInt8>) throws {
    if isPart { try insertEventSet(of: user, digest: digest) }
  }
}
