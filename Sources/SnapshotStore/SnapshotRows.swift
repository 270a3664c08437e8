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
    guard text.count == 25 || text.count == 32 else { return nil }
    func number(_ start: Int, _ count: Int) -> Int {
      text[start..<(start + count)].reduce(0) { $0 * 10 + Int($1) - 0x30 }
    }
    let date = CivilDate(year: number(0, 4), month: number(5, 2), day: number(8, 2))
    let seconds = number(11, 2) * 3600 + number(14, 2) * 60 + number(17, 2)
    let fraction = text.count == 32 ? number(20, 6) : 0
    guard date.exists else { return nil }
    self.init(microseconds: Int64(date.daysSinceEpoch * 86_400 + seconds) * 1_000_000 + Int64(fraction))
    // Writing it again must give the same text: that is the check of every other character.
    guard Instant.range.contains(self), description.utf8.elementsEqual(text) else { return nil }
  }
}
