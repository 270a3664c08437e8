import EventModel

/// A projection row as stored in the file.
package struct StoredProjection {
  package var user: UserID
  package var name: ProjectionName
  /// Canonical JSON, borrowed from its page: valid until the cursor's next step.
  package var data: UnsafeRawBufferPointer
  package var lastEvent: EventID?

  /// The row with a copy of its data.
  package var row: ProjectionRow {
    ProjectionRow(user: user, name: name, data: Array(data), lastEvent: lastEvent)
  }
}

/// A user and the inputs that named it.
package struct StoredUser: Hashable, Sendable {
  package var id: UserID
  package var source: UserSource

  package init(id: UserID, source: UserSource) {
    self.id = id
    self.source = source
  }
}

/// The rows of a query, one at a time. One thread at a time; keeps the file open.
package final class RowCursor<Row> {
  private let statement: SQLiteStatement
  private let advance: () throws(SnapshotError) -> Bool
  private let isWanted: (SQLiteStatement) -> Bool
  private let decode: (SQLiteStatement) -> Row?

  /// - Parameters:
  ///   - key: the columns by which the query is ordered, which must ascend.
  ///   - lower: the least value allowed in the first of them.
  ///   - isWanted: selects the rows to return. A query has no condition except on its key, so that the position of each
  ///     row is checked.
  init(
    _ statement: SQLiteStatement, key: Range<Int32>, from lower: String? = nil,
    where isWanted: @escaping (SQLiteStatement) -> Bool = { _ in true }, decode: @escaping (SQLiteStatement) -> Row?
  ) {
    var order = KeyOrder(key, from: lower)
    self.statement = statement
    advance = { () throws(SnapshotError) in
      guard try statement.step() else { return false }
      if order.takes(statement) { return true }
      throw statement.connection.misordered
    }
    self.isWanted = isWanted
    self.decode = decode
  }

  /// Rows ordered by an integer in column 0, which must ascend.
  init(byNumber statement: SQLiteStatement, decode: @escaping (SQLiteStatement) -> Row?) {
    var last: Int?
    self.statement = statement
    advance = { () throws(SnapshotError) in
      guard try statement.step() else { return false }
      guard let number = statement.storedInteger(0), last.map({ $0 < number }) ?? true else {
        throw statement.connection.misordered
      }
      last = number
      return true
    }
    isWanted = { _ in true }
    self.decode = decode
  }

  init(
    _ scan: ProjectionScan, where isWanted: @escaping (SQLiteStatement) -> Bool = { _ in true },
    decode: @escaping (SQLiteStatement) -> Row?
  ) {
    statement = scan.row
    advance = { () throws(SnapshotError) in try scan.next() }
    self.isWanted = isWanted
    self.decode = decode
  }

  /// The next row, `nil` after the last. Throws `damaged` if a row is out of order or a column violates the format.
  package func next() throws(SnapshotError) -> Row? {
    while try advance() {
      if !isWanted(statement) { continue }
      if let row = decode(statement) { return row }
      throw statement.connection.foreign
    }
    return nil
  }

  /// The remaining rows; only for rows that borrow nothing.
  package func all() throws(SnapshotError) -> [Row] {
    var rows: [Row] = []
    while let row = try next() { rows.append(row) }
    return rows
  }
}

extension SnapshotReader {
  /// Projections by (user, type, key), of only one user, type and key if given. O(log² n) to the first row of a user.
  package func projections(
    of user: UserID? = nil, type: String? = nil, key: String? = nil, noting digests: ReadDigests? = nil
  ) throws(SnapshotError) -> RowCursor<StoredProjection> {
    let scan = try ProjectionScan(self, .init(lower: user, upper: user?.next), .all)
    func isWanted(_ row: SQLiteStatement) -> Bool {
      type.map { row.bytes(3).elementsEqual($0.utf8) } ?? true
        && key.map { row.bytes(4).elementsEqual($0.utf8) } ?? true
    }
    return RowCursor(scan, where: isWanted) { row in
      let event = row.optionalBytes(7).map { EventID($0) }
      if case .some(.none) = event { return nil }
      digests?.digests.projection(
        user: row.bytes(2), type: row.bytes(3), key: row.bytes(4), data: row.bytes(5), lastEvent: row.optionalBytes(7))
      return StoredProjection(
        user: scan.user, name: ProjectionName(type: row.string(3), key: row.string(4)), data: row.bytes(5),
        lastEvent: event ?? nil)
    }
  }

  /// Failures by (user, type).
  package func failures(
    of user: UserID? = nil, noting digests: ReadDigests? = nil
  ) throws(SnapshotError) -> RowCursor<Failure> {
    let statement = try query(
      "SELECT user_id, projection_type, code, event_id, detail FROM failures INDEXED BY sqlite_autoindex_failures_1 "
        + "\(filter(user)) ORDER BY user_id, projection_type", [user?.description])
    return RowCursor(statement, key: 0..<2, from: user?.description) { row in
      digests?.digests.failure(
        user: row.bytes(0), type: row.bytes(1), code: row.bytes(2), event: row.optionalBytes(3), detail: row.bytes(4))
      return failure(row)
    }
  }

  /// The failure of a row with all columns.
  func failure(_ row: SQLiteStatement) -> Failure? {
    guard let user = UserID(stored: row.bytes(0)), let code = FailureCode(rawValue: row.string(2)) else { return nil }
    let event = row.optionalBytes(3).map { EventID($0) }
    if case .some(.none) = event { return nil }
    return Failure(user: user, projectionType: row.string(1), code: code, event: event ?? nil, detail: row.string(4))
  }

  /// Users by id.
  package func users(noting digests: ReadDigests? = nil) throws(SnapshotError) -> RowCursor<StoredUser> {
    RowCursor(
      try query("SELECT id, source FROM users INDEXED BY sqlite_autoindex_users_1 ORDER BY id"), key: 0..<1
    ) { row in
      guard let id = UserID(stored: row.bytes(0)), let source = UserSource(rawValue: row.string(1)) else { return nil }
      digests?.digests.user(row.bytes(0), source: row.bytes(1))
      return StoredUser(id: id, source: source)
    }
  }

  /// Summaries of a user's events of each type, by (user, event type).
  package func signals(
    of user: UserID? = nil, noting digests: ReadDigests? = nil
  ) throws(SnapshotError) -> RowCursor<SignalSummary> {
    let statement = try query(
      "SELECT user_id, event_type, events, first_timestamp, last_timestamp, newest_event_id FROM signals "
        + "INDEXED BY sqlite_autoindex_signals_1 \(filter(user)) ORDER BY user_id, event_type", [user?.description])
    return RowCursor(statement, key: 0..<2, from: user?.description) { row in
      guard let user = UserID(stored: row.bytes(0)), let first = Instant(stored: row.bytes(3)),
        let last = Instant(stored: row.bytes(4)), let newest = EventID(row.bytes(5)), let count = row.storedInteger(2)
      else { return nil }
      digests?.digests.signal(
        user: row.bytes(0), eventType: row.bytes(1), events: count, first: row.bytes(3), last: row.bytes(4),
        newest: row.bytes(5))
      return SignalSummary(
        user: user, eventType: row.string(1), count: count, first: first, last: last, newestEvent: newest)
    }
  }

  private func filter(_ user: UserID?) -> String { user == nil ? "" : "WHERE user_id = ?1" }
}

extension UUID128 {
  /// The next id; `nil` after the last.
  fileprivate var next: UUID128? {
    if low < .max { return UUID128(high: high, low: low + 1) }
    return high < .max ? UUID128(high: high + 1, low: 0) : nil
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
      // A zero fraction is always left out.
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
