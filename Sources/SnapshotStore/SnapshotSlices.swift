import EventModel

/// A projection row with all its columns, borrowed from its page: valid until the cursor's next step.
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
  private let scan: ProjectionScan
  /// Whether to read columns other than the key and the data.
  private let withBookkeeping: Bool
  private var instants = LastInstant()

  fileprivate init(_ scan: ProjectionScan, withBookkeeping: Bool) {
    self.scan = scan
    self.withBookkeeping = withBookkeeping
  }

  /// The next row, `nil` after the last. Throws `damaged` if a row is out of order or a column violates the format.
  package func next() throws(SnapshotError) -> StoredRow? {
    guard try scan.next() else { return nil }
    let statement = scan.row
    var row = StoredRow(
      user: scan.user, type: statement.bytes(3), key: statement.bytes(4), data: statement.bytes(5), version: 0)
    if withBookkeeping {
      row.id = UUID128(statement.bytes(1))
      let event = statement.optionalBytes(7).map { EventID($0) }
      row.lastEvent = event ?? nil
      row.createdAt = instants.read(statement.bytes(8))
      row.updatedAt = instants.read(statement.bytes(9))
      guard row.id != nil, row.createdAt != nil, row.updatedAt != nil, let version = statement.storedInteger(6)
      else { throw statement.connection.foreign }
      if case .some(.none) = event { throw statement.connection.foreign }
      row.version = version
    }
    return row
  }
}

/// Reads instants that usually equal the previous one: all rows of a snapshot have its as-of.
private struct LastInstant {
  private var text: [UInt8] = []
  private var instant: Instant?

  mutating func read(_ bytes: UnsafeRawBufferPointer) -> Instant? {
    if instant != nil, bytes.equals(text) { return instant }
    text = Array(bytes)
    instant = Instant(stored: bytes)
    return instant
  }
}

extension SnapshotReader {
  /// The number of rows of `projections`: the last rowid, since no row is ever deleted. O(log n).
  package func rowCount() throws(SnapshotError) -> Int {
    max(0, try lastRow() ?? 0)
  }

  /// The users at which the projections split into pieces of about `rows` rows, ascending. O(pieces · log n).
  package func boundaries(everyRows rows: Int) throws(SnapshotError) -> [UserID] {
    let count = try rowCount()
    var users: [UserID] = []
    let statement = try query(
      "SELECT rowid, id, user_id FROM projections NOT INDEXED WHERE rowid >= ?1 ORDER BY rowid LIMIT 1")
    var rowid = 1 + rows
    while rowid <= count {
      statement.reset()
      statement.bind(1, rowid)
      guard try statement.step(), statement.integer(0) >= rowid else { throw statement.connection.misordered }
      guard let user = UserID(stored: statement.bytes(2)) else { throw statement.connection.foreign }
      if users.last.map({ $0 < user }) ?? true { users.append(user) }
      // Continue from the row that was found: a gap in the numbers, however wide, is one step.
      let (next, isBeyond) = statement.integer(0).addingReportingOverflow(rows)
      if isBeyond { break }
      rowid = next
    }
    return users
  }

  /// The rows of the users from `lower` up to but not including `upper`.
  package func rows(
    from lower: UserID?, to upper: UserID?, withBookkeeping: Bool
  ) throws(SnapshotError) -> StoredRowCursor {
    StoredRowCursor(
      try ProjectionScan(self, .init(lower: lower, upper: upper), withBookkeeping ? .all : .data),
      withBookkeeping: withBookkeeping)
  }

  /// The failures of a range of users, by (user, type).
  package func failures(from lower: UserID?, to upper: UserID?) throws(SnapshotError) -> [Failure] {
    let low = lower?.description ?? ""
    let statement = try query(
      "SELECT user_id, projection_type, code, event_id, detail FROM failures INDEXED BY sqlite_autoindex_failures_1 "
        + "WHERE user_id >= ?1\(upper == nil ? "" : " AND user_id < ?2") ORDER BY user_id, projection_type",
      [low, upper?.description])
    return try RowCursor(statement, key: 0..<2, from: low, decode: failure).all()
  }

  /// Whether the users export that the rebuild read lists the user. O(log n).
  package func isExported(_ user: UserID) throws(SnapshotError) -> Bool {
    let found = try query(
      "SELECT source FROM users INDEXED BY sqlite_autoindex_users_1 WHERE id = ?1", [user.description])
    guard try found.step() else { return false }
    switch UserSource(rawValue: found.string(0)) {
    case .export, .both: return true
    case .events: return false
    case nil: throw SnapshotError(.damaged, path: path, reason: "a user has an unknown source", advice: "rebuild it")
    }
  }

  /// Whether any input of the rebuild named the user. O(log n).
  package func knows(_ user: UserID) throws(SnapshotError) -> Bool {
    try query("SELECT 1 FROM users INDEXED BY sqlite_autoindex_users_1 WHERE id = ?1", [user.description]).step()
  }
}
