import EventModel
import Glibc

/// A projection row with all its columns, borrowed from the page it stands on: valid until the cursor's next step.
package struct StoredRow {
  package var user: UserID
  package var type: UnsafeRawBufferPointer
  package var key: UnsafeRawBufferPointer
  /// Canonical JSON.
  package var data: UnsafeRawBufferPointer
  package var id: UUID128?
  package var version: Int
  package var lastEvent: EventID?
  package var createdAt: Instant?
  package var updatedAt: Instant?
}

/// The rows of a range of users, in (user, type, key) order. One thread at a time; keeps the file open.
package final class StoredRowCursor {
  private let statement: SQLiteStatement
  private var previous: UserID?
  /// Whether columns other than the key and the data are read.
  private let withBookkeeping: Bool
  private var instants = LastInstant()

  fileprivate init(_ statement: SQLiteStatement, withBookkeeping: Bool) {
    self.statement = statement
    self.withBookkeeping = withBookkeeping
  }

  /// The next row, `nil` after the last. Throws `damaged` when a column does not hold what the format says.
  package func next() throws(SnapshotError) -> StoredRow? {
    guard try statement.step() else { return nil }
    guard let user = UserID(statement.bytes(0)), previous.map({ $0 <= user }) ?? true else { throw damaged }
    previous = user
    var row = StoredRow(
      user: user, type: statement.bytes(1), key: statement.bytes(2), data: statement.bytes(3), version: 0)
    if withBookkeeping {
      row.id = UUID128(statement.bytes(4))
      row.version = statement.integer(5)
      row.lastEvent = statement.optionalBytes(6).flatMap { EventID($0) }
      row.createdAt = instants.read(statement.bytes(7))
      row.updatedAt = instants.read(statement.bytes(8))
      if row.id == nil || row.createdAt == nil || row.updatedAt == nil { throw damaged }
    }
    return row
  }

  private var damaged: SnapshotError {
    SnapshotError(
      .damaged, path: statement.connection.path, reason: "a row holds what refold never writes", advice: "rebuild it")
  }
}

/// Reads instants that mostly are the one before: all rows of a snapshot have its as-of.
private struct LastInstant {
  private var text: [UInt8] = []
  private var instant: Instant?

  mutating func read(_ bytes: UnsafeRawBufferPointer) -> Instant? {
    if instant != nil, bytes.count == text.count, memcmp(bytes.baseAddress!, text, text.count) == 0 { return instant }
    text = Array(bytes)
    instant = Instant(stored: bytes)
    return instant
  }
}

extension SnapshotReader {
  /// Rows of `projections`. O(log n).
  package func rowCount() throws(SnapshotError) -> Int {
    let statement = try query("SELECT max(rowid) FROM projections")
    return try statement.step() ? statement.integer(0) : 0
  }

  /// The users at which the projections fall apart into pieces of about that many rows, ascending. O(pieces · log n).
  package func boundaries(everyRows rows: Int) throws(SnapshotError) -> [UserID] {
    let count = try rowCount()
    var users: [UserID] = []
    var rowid = 1 + rows
    while rowid <= count {
      let statement = try query("SELECT user_id FROM projections WHERE rowid >= \(rowid) ORDER BY rowid LIMIT 1")
      if try statement.step(), let user = UserID(statement.bytes(0)), users.last.map({ $0 < user }) ?? true {
        users.append(user)
      }
      rowid += rows
    }
    return users
  }

  /// The rows of the users from `lower` on, up to but without `upper`.
  package func rows(
    from lower: UserID?, to upper: UserID?, withBookkeeping: Bool
  ) throws(SnapshotError) -> StoredRowCursor {
    // Rowids ascend with the key: a range of them is read without the index.
    let first = try lower.map { (user) throws(SnapshotError) in try firstRow(of: user) } ?? 0
    let end = try upper.map { (user) throws(SnapshotError) in try firstRow(of: user) } ?? .max
    let columns = withBookkeeping ? ", id, version, last_event_id, created_at, updated_at" : ""
    let statement = try query(
      "SELECT user_id, projection_type, key, data\(columns) FROM projections "
        + "WHERE rowid >= \(first) AND rowid < \(end) ORDER BY rowid")
    return StoredRowCursor(statement, withBookkeeping: withBookkeeping)
  }

  /// The rowid of the first row of that user or a later one.
  private func firstRow(of user: UserID) throws(SnapshotError) -> Int {
    let statement = try query(
      "SELECT rowid FROM projections WHERE user_id >= ?1 ORDER BY user_id, projection_type, key LIMIT 1",
      [user.description])
    return try statement.step() ? statement.integer(0) : .max
  }

  /// The failures of a range of users, by (user, type).
  package func failures(from lower: UserID?, to upper: UserID?) throws(SnapshotError) -> [Failure] {
    let low = lower?.description ?? ""
    let statement = try query(
      "SELECT user_id, projection_type, code, event_id, detail FROM failures WHERE user_id >= ?1"
        + (upper == nil ? "" : " AND user_id < ?2") + " ORDER BY user_id, projection_type", [low, upper?.description])
    var failures: [Failure] = []
    while try statement.step() {
      guard let user = UserID(statement.bytes(0)), let code = FailureCode(rawValue: statement.string(2)) else {
        throw SnapshotError(
          .damaged, path: path, reason: "a row holds what refold never writes", advice: "rebuild it")
      }
      failures.append(
        Failure(
          user: user, projectionType: statement.string(1), code: code,
          event: statement.optionalBytes(3).flatMap { EventID($0) }, detail: statement.string(4)))
    }
    return failures
  }

  /// Whether any input of the rebuild named the user. O(log n).
  package func knows(_ user: UserID) throws(SnapshotError) -> Bool {
    try query("SELECT 1 FROM users WHERE id = ?1", [user.description]).step()
  }
}
