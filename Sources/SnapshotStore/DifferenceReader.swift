import CSQLite
import EventModel

/// A row of a diff: the user, the projection and the causes.
package struct StoredDifference: Hashable, Sendable {
  package var user: UserID
  package var name: ProjectionName
  package var causes: [Cause]
  /// Number of keys that it counts for: see ``RowDifference/keyCount``.
  package var keyCount: Int
  /// Whether an entry of an accept file accepted it.
  package var isAccepted: Bool
  /// See ``DifferenceMarks/fingerprint``.
  package var fingerprint: String?

  package init(
    user: UserID, name: ProjectionName, causes: [Cause], keyCount: Int, isAccepted: Bool = false,
    fingerprint: String? = nil
  ) {
    self.user = user
    self.name = name
    self.causes = causes
    self.keyCount = keyCount
    self.isAccepted = isAccepted
    self.fingerprint = fingerprint
  }
}

/// Reads the file that `refold diff --sqlite` wrote.
package struct DifferenceReader {
  package let path: String
  private let connection: SQLiteConnection

  /// Throws ``SnapshotError``; `notASnapshot` if the file is another kind of database.
  package init(_ path: String) throws(SnapshotError) {
    self.path = path
    connection = try SQLiteConnection.reading(path)
    let tables = try SQLiteStatement(
      "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'differences'", on: connection)
    guard try tables.step() else {
      throw SnapshotError(
        .notASnapshot, path: path, reason: "is a SQLite database but neither a snapshot nor a diff",
        advice: "name a file of refold rebuild or refold diff --sqlite")
    }
    try TableTexts(DifferenceFile.tables).check("differences", connection)
  }

  /// The manifest's value for a key; `nil` if there is none.
  package func manifestValue(_ key: String) throws(SnapshotError) -> String? {
    guard try query("SELECT 1 FROM sqlite_schema WHERE name = 'manifest'").step() else { return nil }
    try TableTexts(DifferenceFile.tables).check("manifest", connection)
    let statement = try query("SELECT value FROM manifest INDEXED BY sqlite_autoindex_manifest_1 WHERE key = ?1")
    statement.bind(1, copying: key)
    return try statement.step() ? statement.string(0) : nil
  }

  /// Manifest key for the digest of the snapshot that was compared.
  package static let snapshotDigest = "snapshot.digest"

  /// Throws if the differences are of another snapshot.
  package func check(against snapshot: SnapshotReader) throws(SnapshotError) {
    try DifferenceReader.check(
      try manifestValue(DifferenceReader.snapshotDigest), of: path, against: snapshot,
      advice: "write it again with this refold diff --sqlite")
  }

  /// Throws if the differences are of another snapshot, or do not say of which.
  ///
  /// - Parameters:
  ///   - digest: digest of the snapshot that was compared.
  ///   - advice: what to do if there is none.
  package static func check(
    _ digest: String?, of path: String, against snapshot: SnapshotReader, advice: String
  ) throws(SnapshotError) {
    guard let digest else {
      throw SnapshotError(
        .damaged, path: path, reason: "does not name the snapshot of its differences", advice: advice)
    }
    if digest != snapshot.manifestValue("digest.snapshot") {
      throw SnapshotError(
        .failed, path: path, reason: "holds the differences of a snapshot other than \(snapshot.path)",
        advice: "name the snapshot it was made from, or compare again")
    }
  }

  func query(_ sql: String) throws(SnapshotError) -> SQLiteStatement { try SQLiteStatement(sql, on: connection) }

  /// The differences, in the order in which they were written.
  package func differences() throws(SnapshotError) -> RowCursor<StoredDifference> {
    RowCursor(byNumber: try rows()) { row in
      guard let user = UserID(stored: row.bytes(1)) else { return nil }
      var causes: [Cause] = []
      for name in row.string(4).split(separator: ",") {
        guard let cause = Cause(rawValue: String(name)) else { return nil }
        causes.append(cause)
      }
      guard let others = row.storedInteger(10), (0..<Int.max).contains(others) else { return nil }
      return StoredDifference(
        user: user, name: ProjectionName(type: row.string(2), key: row.string(3)), causes: causes,
        keyCount: 1 + others, isAccepted: row.string(11) == "entry",
        fingerprint: row.string(12).isEmpty ? nil : row.string(12))
    }
  }

  /// All columns of the differences, and the number of further keys that the record states.
  func rows() throws(SnapshotError) -> SQLiteStatement {
    try query(
      """
      SELECT id, user_id, projection_type, key, causes, baseline, field_count, generated_at, updated_at, record,
        CASE WHEN json_valid(record) THEN coalesce(json_extract(record, '$.more_unknown_keys.keys'), 0) END,
        CASE WHEN json_valid(record) THEN coalesce(json_extract(record, '$.accepted'), '') ELSE '' END,
        CASE WHEN json_valid(record) THEN coalesce(json_extract(record, '$.fingerprint'), '') ELSE '' END
      FROM differences NOT INDEXED ORDER BY id
      """)
  }

  /// Whether a file is a SQLite database but not a snapshot.
  package static func isDatabaseButNoSnapshot(_ path: String) throws(SnapshotError) -> Bool {
    let connection = try SQLiteConnection.reading(path)
    return try connection.pragma("application_id") != SnapshotSchema.applicationID
  }
}
