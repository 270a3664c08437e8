import EventModel

/// A projection row as it stands in the file.
package struct StoredProjection {
  package var user: UserID
  package var name: ProjectionName
  /// Canonical JSON, borrowed from the page it stands on: valid until the cursor's next step.
  package var data: UnsafeRawBufferPointer
  package var lastEvent: EventID?

  /// The row with a copy of its data.
  package var row: ProjectionRow {
    ProjectionRow(user: user, name: name, data: Array(data), lastEvent: lastEvent)
  }
}

/// A user and which inputs named it.
package struct StoredUser: Hashable, Sendable {
  package var id: UserID
  package var source: UserSource

  package init(id: UserID, source: UserSource) {
    self.id = id
    self.source = source
  }
}

/// Rows of a query, one at a time. One thread at a time; keeps the file open.
package final class RowCursor<Row> {
  private let statement: SQLiteStatement
  private let decode: (SQLiteStatement) -> Row?

  init(_ statement: SQLiteStatement, decode: @escaping (SQLiteStatement) -> Row?) {
    self.statement = statement
    self.decode = decode
  }

  /// The next row, `nil` after the last. Throws `damaged` when a column does not hold what the format says.
  package func next() throws(SnapshotError) -> Row? {
    guard try statement.step() else { return nil }
    if let row = decode(statement) { return row }
    throw SnapshotError(
      .damaged, path: statement.connection.path, reason: "a row holds what refold never writes", advice: "rebuild it")
  }

  /// The remaining rows, for rows that borrow nothing.
  package func all() throws(SnapshotError) -> [Row] {
    var rows: [Row] = []
    while let row = try next() { rows.append(row) }
    return rows
  }
}

extension SnapshotReader {
  /// Projections by (user, type, key), of one user, type and key where given. O(log n) to the first row of a user.
  package func projections(
    of user: UserID? = nil, type: String? = nil, key: String? = nil
  ) throws(SnapshotError) -> RowCursor<StoredProjection> {
    let statement = try query(
      "SELECT user_id, projection_type, key, data, last_event_id FROM projections "
        + filter([("user_id", user != nil), ("projection_type", type != nil), ("key", key != nil)])
        + " ORDER BY user_id, projection_type, key", [user?.description, type, key])
    return RowCursor(statement) { row in
      guard let user = UserID(row.bytes(0)) else { return nil }
      let event = row.optionalBytes(4).map { EventID($0) }
      if case .some(.none) = event { return nil }
      return StoredProjection(
        user: user, name: ProjectionName(type: row.string(1), key: row.string(2)), data: row.bytes(3),
        lastEvent: event ?? nil)
    }
  }

  /// Failures by (user, type).
  package func failures(of user: UserID? = nil) throws(SnapshotError) -> RowCursor<Failure> {
    let statement = try query(
      "SELECT user_id, projection_type, code, event_id, detail FROM failures \(filter([("user_id", user != nil)]))"
        + " ORDER BY user_id, projection_type", [user?.description])
    return RowCursor(statement) { row in
      guard let user = UserID(row.bytes(0)), let code = FailureCode(rawValue: row.string(2)) else { return nil }
      let event = row.optionalBytes(3).map { EventID($0) }
      if case .some(.none) = event { return nil }
      return Failure(
        user: user, projectionType: row.string(1), code: code, event: event ?? nil, detail: row.string(4))
    }
  }

  /// Users by id.
  package func users() throws(SnapshotError) -> RowCursor<StoredUser> {
    RowCursor(try query("SELECT id, source FROM users ORDER BY id")) { row in
      guard let id = UserID(row.bytes(0)), let source = UserSource(rawValue: row.string(1)) else { return nil }
      return StoredUser(id: id, source: source)
    }
  }

  /// What is known of a user's events of each type, by (user, event type).
  package func signals(of user: UserID? = nil) throws(SnapshotError) -> RowCursor<SignalSummary> {
    let statement = try query(
      "SELECT user_id, event_type, events, first_timestamp, last_timestamp, newest_event_id FROM signals "
        + "\(filter([("user_id", user != nil)])) ORDER BY user_id, event_type", [user?.description])
    return RowCursor(statement) { row in
      guard let user = UserID(row.bytes(0)), let first = Instant(stored: row.bytes(3)),
        let last = Instant(stored: row.bytes(4)), let newest = EventID(row.bytes(5))
      else { return nil }
      return SignalSummary(
        user: user, eventType: row.string(1), count: row.integer(2), first: first, last: last, newestEvent: newest)
    }
  }

  /// `WHERE` over the columns in use; a column's argument keeps its number.
  private func filter(_ columns: [(name: String, used: Bool)]) -> String {
    let terms = columns.enumerated().filter(\.element.used).map { "\($0.element.name) = ?\($0.offset + 1)" }
    return terms.isEmpty ? "" : "WHERE " + terms.joined(separator: " AND ")
  }
}

extension Instant {
  /// Reads the form that ``Instant/description`` writes, `nil` for any other. O(1).
  package init?(storedText text: UnsafeRawBufferPointer) { self.init(stored: text) }

  init?(stored text: UnsafeRawBufferPointer) {
    guard text.count == 25 || text.count == 32, let base = text.baseAddress else { return nil }
    var wrong: UInt8 = 0
    func digit(_ at: Int) -> Int {
      let value = base.load(fromByteOffset: at, as: UInt8.self) &- 0x30
      wrong |= value > 9 ? 1 : 0
      return Int(value)
    }
    func pair(_ at: Int) -> Int { digit(at) * 10 + digit(at + 1) }
    func mark(_ at: Int, _ byte: UInt8) { wrong |= base.load(fromByteOffset: at, as: UInt8.self) ^ byte }
    let date = CivilDate(year: pair(0) * 100 + pair(2), month: pair(5), day: pair(8))
    let (hours, minutes, seconds) = (pair(11), pair(14), pair(17))
    mark(4, 0x2D)
    mark(7, 0x2D)
    mark(10, 0x54)
    mark(13, 0x3A)
    mark(16, 0x3A)
    var fraction = 0
    if text.count == 32 {
      mark(19, 0x2E)
      fraction = (pair(20) * 100 + pair(22)) * 100 + pair(24)
      // No fraction is written as none.
      if fraction == 0 { return nil }
    }
    let offset = text.count - 6
    mark(offset, 0x2B)
    mark(offset + 1, 0x30)
    mark(offset + 2, 0x30)
    mark(offset + 3, 0x3A)
    mark(offset + 4, 0x30)
    mark(offset + 5, 0x30)
    guard wrong == 0, hours < 24, minutes < 60, seconds < 60, date.exists else { return nil }
    let second = date.daysSinceEpoch * 86_400 + hours * 3600 + minutes * 60 + seconds
    self.init(microseconds: Int64(second) * 1_000_000 + Int64(fraction))
    guard Instant.range.contains(self) else { return nil }
  }
}
