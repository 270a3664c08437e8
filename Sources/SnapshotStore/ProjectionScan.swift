import EventModel

/// Rows of `projections` in the order of their rowids, which is that of (user, type, key). Only the table is read, not
/// its index: so a key and its data always come from one row, and all readers of a damaged file see the same rows. One
/// thread at a time.
final class ProjectionScan {
  /// The columns to read. They are always the first ones, because SQLite passes over all columns before a wanted one.
  enum Columns: String {
    case keys = "rowid, id, user_id, projection_type, key"
    case data = "rowid, id, user_id, projection_type, key, data"
    case all = "rowid, id, user_id, projection_type, key, data, version, last_event_id, created_at, updated_at"
  }

  /// The users whose rows are read: from `lower` up to but not including `upper`; `nil` is no bound.
  struct Users {
    var lower: UserID?
    var upper: UserID?

    func contains(_ user: UserID) -> Bool { lower.map { $0 <= user } ?? true && upper.map { user < $0 } ?? true }
  }

  /// The statement at the current row.
  let row: SQLiteStatement
  private(set) var user = UserID(high: 0, low: 0)
  private let users: Users
  /// The rowid of the first row to read; `nil` for the table's first row.
  private let first: Int?
  /// The rowid of the first row that is not read; `nil` if the table's last row is read.
  private let end: Int?
  private var isAtEnd: Bool
  private var rowid: Int?
  private var order = KeyOrder(2..<5)

  init(_ reader: SnapshotReader, _ users: Users, _ columns: Columns) throws(SnapshotError) {
    let first = try users.lower.map { (user) throws(SnapshotError) in try reader.firstRow(from: user) }
    if case .some(.none) = first { isAtEnd = true } else { isAtEnd = false }
    self.first = first ?? nil
    end = try users.upper.flatMap { (user) throws(SnapshotError) in try reader.firstRow(from: user) }
    let condition = (first ?? nil).map { "WHERE rowid >= \($0)" } ?? ""
    row = try reader.query("SELECT \(columns.rawValue) FROM projections NOT INDEXED \(condition) ORDER BY rowid")
    self.users = users
  }

  /// Goes to the next row; `false` after the last. Throws `damaged` if a row is out of order or of another user.
  func next() throws(SnapshotError) -> Bool {
    if isAtEnd { return false }
    isAtEnd = true
    guard try row.step() else {
      // A row that the search found must also be reached by the scan.
      if end != nil || first != nil && rowid == nil { throw row.connection.misordered }
      return false
    }
    let number = row.integer(0)
    if let rowid, rowid >= number { throw row.connection.misordered }
    if rowid == nil, let first, first != number { throw row.connection.misordered }
    rowid = number
    if let end, number >= end {
      // The scan must reach the row at `end` itself.
      if number > end { throw row.connection.misordered }
      return false
    }
    guard order.takes(row) else { throw row.connection.misordered }
    if order.isNewGroup {
      guard let user = UserID(stored: row.bytes(2)) else { throw row.connection.foreign }
      guard users.contains(user) else { throw row.connection.misordered }
      self.user = user
    }
    isAtEnd = false
    return true
  }
}

extension SnapshotReader {
  /// The rowid of the first row whose user is not before `user`; `nil` if there is none. O(log² n).
  func firstRow(from user: UserID) throws(SnapshotError) -> Int? {
    guard var high = try lastRow() else { return nil }
    let probe = try query(
      "SELECT rowid, id, user_id FROM projections NOT INDEXED WHERE rowid >= ?1 ORDER BY rowid LIMIT 1")
    // The wanted row is at `low` or later, and it is `found` or at most at `high`.
    var low = Int.min
    var found: Int?
    while low <= high {
      // Half of the distance; the distance may not fit into an Int.
      let middle = low &+ Int(UInt(bitPattern: high &- low) / 2)
      probe.reset()
      probe.bind(1, middle)
      guard try probe.step(), probe.integer(0) >= middle else { throw probe.connection.misordered }
      guard let there = UserID(stored: probe.bytes(2)) else { throw probe.connection.foreign }
      let rowid = probe.integer(0)
      if there >= user {
        found = rowid
        if middle == low { break }
        high = middle - 1
      } else {
        if rowid >= high { break }
        low = rowid + 1
      }
    }
    return found
  }

  /// The greatest rowid; `nil` if there are no rows.
  func lastRow() throws(SnapshotError) -> Int? {
    let statement = try query("SELECT rowid FROM projections NOT INDEXED ORDER BY rowid DESC LIMIT 1")
    return try statement.step() ? statement.integer(0) : nil
  }
}

extension UUID128 {
  /// Reads the form that snapshots store, which sorts as the ids do: lower case.
  init?(stored text: UnsafeRawBufferPointer) {
    guard let id = UUID128(text), !text.contains(where: { 0x41...0x5A ~= $0 }) else { return nil }
    self = id
  }
}

extension SQLiteConnection {
  /// For a row that contradicts its neighbours.
  var misordered: SnapshotError { damaged("is damaged (its rows are not in the order of their keys)") }

  var foreign: SnapshotError { damaged("a row holds what refold never writes") }
}
