import EventModel
import SnapshotStore

/// Receives the rows of a fold in user order: for each user the user first, then its rows by type and key.
protocol RowSink: AnyObject {
  func insertUser(_ id: UserID, source: UserSource) throws
  /// - Parameter data: canonical JSON, valid only during the call.
  func insertProjection(user: UserID, name: ProjectionName, data: UnsafeRawBufferPointer, lastEvent: EventID?) throws
  func insertFailure(_ failure: Failure) throws
  func insertSignal(_ signal: SignalSummary) throws
  /// The 32-byte digest of a user's events. Called only for users with events.
  func insertEventSet(_ user: UserID, digest: ArraySlice<UInt8>) throws
}

extension SnapshotWriter: RowSink {
  /// Does nothing for a whole snapshot, which stores one digest over those of all users.
  func insertEventSet(_ user: UserID, digest: ArraySlice<UInt8>) throws {
    if isPart { try insertEventSet(of: user, digest: digest) }
  }
}
