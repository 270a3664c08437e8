import EventModel
import GRDBSQLite

/// A row of a diff: whose, which, why.
package struct StoredDifference: Hashable, Sendable {
  package var user: UserID
  package var name: ProjectionName
  package var causes: [Cause]

  package init(user: UserID, name: ProjectionName, causes: [Cause]) {
    self.user = user
    self.name = name
    self.causes = causes
  }
}

/// Reads the file that `refold diff --sqlite` wrote.
package struct DifferenceReader {
  package let path: String
  private let connection: SQLiteConnection

  /// Throws ``SnapshotError``; `notASnapshot` when the file is another database.
  package init(_ path: String) throws(SnapshotError) {
    try SnapshotReader.checkFile(path)
    self.path = path
    connection = try SQLiteConnection(
      SnapshotReader.uri(path), flags: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, reportedAs: path)
    let tables = try SQLiteStatement(
      "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'differences'", on: connection)
    guard try tables.step() else {
      throw SnapshotError(
        .notASnapshot, path: path, reason: "is a SQLite database but neither a snapshot nor a diff",
        advice: "name a file of refold rebuild or refold diff --sqlite")
    }
  }

  func query(_ sql: String) throws(SnapshotError) -> SQLiteStatement { try SQLiteStatement(sql, on: connection) }

  /// The differences, in the order they were written.
  package func differences() throws(SnapshotError) -> RowCursor<StoredDifference> {
    let statement = try query("SELECT user_id, projection_type, key, causes FROM differences ORDER BY id")
    return RowCursor(statement) { row in
      guard let user = UserID(row.bytes(0)) else { return nil }
      var causes: [Cause] = []
      for name in row.string(3).split(separator: ",") {
        guard let cause = Cause(rawValue: String(name)) else { return nil }
        causes.append(cause)
      }
      return StoredDifference(
        user: user, name: ProjectionName(type: row.string(1), key: row.string(2)), causes: causes)
    }
  }

  /// Whether a file is a SQLite database that is no snapshot.
  package static func isDatabaseButNoSnapshot(_ path: String) throws(SnapshotError) -> Bool {
    let connection = try SQLiteConnection(
      SnapshotReader.uri(path), flags: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, reportedAs: path)
    return try connection.pragma("application_id") != SnapshotSchema.applicationID
  }
}
