import EventModel
import GRDBSQLite

/// A row of a diff: whose, which, why.
package struct StoredDifference: Hashable, Sendable {
  package var user: UserID
  package var name: ProjectionName
  package var causes: [Cause]
  /// Keys that it counts for, as ``RowDifference/keyCount`` has it.
  package var keyCount: Int

  package init(user: UserID, name: ProjectionName, causes: [Cause], keyCount: Int) {
    self.user = user
    self.name = name
    self.causes = causes
    self.keyCount = keyCount
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

  /// What is known of the diff under a key; `nil` where the file does not say.
  package func manifestValue(_ key: String) throws(SnapshotError) -> String? {
    guard try query("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'manifest'").step() else { return nil }
    let statement = try query("SELECT value FROM manifest WHERE key = ?1")
    statement.bind(1, copying: key)
    return try statement.step() ? statement.string(0) : nil
  }

  /// The manifest's key of the digest of the snapshot that was compared.
  package static let snapshotDigest = "snapshot.digest"

  /// Refuses the differences of another snapshot.
  package func check(against snapshot: SnapshotReader) throws(SnapshotError) {
    guard let digest = try manifestValue(DifferenceReader.snapshotDigest) else {
      throw SnapshotError(
        .damaged, path: path, reason: "does not say of which snapshot its differences are",
        advice: "write it again with this refold diff --sqlite")
    }
    if digest != snapshot.manifestValue("digest.snapshot") {
      throw SnapshotError(
        .failed, path: path, reason: "holds the differences of another snapshot than \(snapshot.path)",
        advice: "name the snapshot it was made from, or compare again")
    }
  }

  func query(_ sql: String) throws(SnapshotError) -> SQLiteStatement { try SQLiteStatement(sql, on: connection) }

  /// The differences, in the order they were written.
  package func differences() throws(SnapshotError) -> RowCursor<StoredDifference> {
    let statement = try query(
      """
      SELECT user_id, projection_type, key, causes, json_extract(record, '$.more_unknown_keys.keys')
      FROM differences ORDER BY id
      """)
    return RowCursor(statement) { row in
      guard let user = UserID(row.bytes(0)) else { return nil }
      var causes: [Cause] = []
      for name in row.string(3).split(separator: ",") {
        guard let cause = Cause(rawValue: String(name)) else { return nil }
        causes.append(cause)
      }
      return StoredDifference(
        user: user, name: ProjectionName(type: row.string(1), key: row.string(2)), causes: causes,
        keyCount: 1 + row.integer(4))
    }
  }

  /// Whether a file is a SQLite database that is no snapshot.
  package static func isDatabaseButNoSnapshot(_ path: String) throws(SnapshotError) -> Bool {
    let connection = try SQLiteConnection(
      SnapshotReader.uri(path), flags: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, reportedAs: path)
    return try connection.pragma("application_id") != SnapshotSchema.applicationID
  }
}
