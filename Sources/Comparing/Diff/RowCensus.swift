import EventLog
import EventModel
import Folding
import SnapshotStore

/// Counts what somebody wants to know of all rows of both sides and of all users, while a diff goes through them. Adding the
/// counts of two slices is adding the counts.
package protocol RowCensus: Sendable {
  init(_ catalogue: Catalogue)

  /// Adds the counts of another census of the same kind.
  mutating func add(_ other: any RowCensus)

  /// Begins the counting of one slice of users of a snapshot.
  static func counter(
    _ catalogue: Catalogue, _ reader: SnapshotReader, slice: UserSlice, asOf: Instant
  ) throws -> any RowCounter
}

/// Takes the rows of one slice of users in while they go by.
package protocol RowCounter: AnyObject {
  /// Takes in which rows a user has; users come in ascending order.
  func note(_ user: UserID, rebuilt: [SideRow], live: [SideRow]) throws

  /// Takes in what a row of either side says.
  func note(_ number: Int, rebuilt row: SideRow) throws
  func note(_ number: Int, live row: SideRow) throws

  /// Takes in what a row says that is the same on both sides.
  func note(_ number: Int, both row: SideRow) throws

  /// Ends the slice.
  func counts() throws -> any RowCensus
}
