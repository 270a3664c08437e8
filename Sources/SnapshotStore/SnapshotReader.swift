import CSQLite
import EventModel
import Platform

/// A snapshot file opened for reading. No file is written beside it and no lock is taken (`immutable`), because refold
/// never changes a snapshot in place. A snapshot that another program is changing is refused.
///
/// Rows are read with cursors in the order of their primary key, in constant memory. One thread at a time.
package struct SnapshotReader {
  /// As the operator gave it.
  package let path: String
  /// All entries by key, including the digests.
  package let manifest: [(key: String, value: String)]
  private let connection: SQLiteConnection

  /// Throws ``SnapshotError``: `missing`, `notAFile`, `denied`, `changing`, `notASnapshot`, `newerFormat`, `damaged`.
  package init(_ path: String) throws(SnapshotError) {
    let connection = try SQLiteConnection.reading(path)
    if try connection.pragma("application_id") != SnapshotSchema.applicationID {
      throw SnapshotError(
        .notASnapshot, path: path, reason: "is a SQLite database but not a refold snapshot",
        advice: "name a file that refold rebuild wrote")
    }
    let version = try connection.pragma("user_version")
    if version != SnapshotSchema.userVersion {
      throw SnapshotError(
        .newerFormat, path: path,
        reason: "has snapshot format \(version), this refold reads \(SnapshotSchema.userVersion)",
        advice: "rebuild it or use the refold that wrote it")
    }
    try TableTexts(SnapshotSchema.tables).check(connection)
    let statement = try SQLiteStatement(
      "SELECT key, value FROM manifest INDEXED BY sqlite_autoindex_manifest_1 ORDER BY key", on: connection)
    self.path = path
    self.connection = connection
    manifest = try RowCursor(statement, key: 0..<1) { (key: $0.string(0), value: $0.string(1)) }.all()
    if isPart { try TableTexts(PartInserts.tables).check(connection) }
  }

  /// The manifest's value for a key. O(entries).
  package func manifestValue(_ key: String) -> String? { manifest.first { $0.key == key }?.value }

  /// A statement with the given texts as `?1`, `?2`, …; NULL for `nil`.
  func query(_ sql: String, _ arguments: [String?] = []) throws(SnapshotError) -> SQLiteStatement {
    let statement = try SQLiteStatement(sql, on: connection)
    for (index, argument) in arguments.enumerated() {
      if let argument { statement.bind(Int32(index + 1), copying: argument) }
    }
    return statement
  }

  /// No row of a snapshot is longer, because no record of a log is.
  package static let longestRow = 64 << 20

  /// Throws unless the path is a regular file that can be read and is complete; returns its length.
  @discardableResult
  static func checkFile(_ path: String) throws(SnapshotError) -> Int {
    var status = stat()
    if stat(path, &status) != 0 { throw .system(errno, path: path, action: "read it") }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw SnapshotError(.notAFile, path: path, reason: "is a directory")
    default: throw SnapshotError(.notAFile, path: path, reason: "is not a regular file")
    }
    if access(path, R_OK) != 0 { throw .system(errno, path: path, action: "read it") }
    try UnfinishedChanges.refuse(path)
    return Int(status.st_size)
  }

  /// A read-only, immutable `file:` URI; every byte of the path except letters, digits and `/-._` is written as `%XX`.
  static func uri(_ path: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes = Array("file:".utf8)
    for byte in (path.hasPrefix("/") ? path : "./" + path).utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D...0x2F, 0x5F: bytes.append(byte)
      default: bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self) + "?mode=ro&immutable=1"
  }
}
