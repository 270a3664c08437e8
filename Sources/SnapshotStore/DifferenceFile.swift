import CSQLite
import EventModel
import Platform

/// The differences of a diff as a SQLite file, for questions in SQL. No file has the target's name until the file that
/// ``finish(manifest:)`` returns is published. One thread at a time.
///
/// `differences` has a row for each key that differs, `causes` one for each of its causes, `fields` one for each place
/// where the data differ; their `difference` is the `id` in `differences`. `manifest` says which snapshot was compared.
package final class DifferenceFile {
  private let file: PendingFile
  private let connection: SQLiteConnection
  private let differences: SQLiteStatement
  private let causes: SQLiteStatement
  private let fields: SQLiteStatement
  private var count = 0

  package static let tables = """
    CREATE TABLE differences (
      id INTEGER PRIMARY KEY,
      user_id TEXT NOT NULL,
      projection_type TEXT NOT NULL,
      key TEXT NOT NULL,
      causes TEXT NOT NULL,
      baseline TEXT NOT NULL,
      field_count INTEGER NOT NULL,
      generated_at TEXT,
      updated_at TEXT,
      record TEXT NOT NULL,
      accepted TEXT,
      fingerprint TEXT,
      since TEXT,
      first_seen TEXT
    ) STRICT;
    CREATE TABLE causes (
      difference INTEGER NOT NULL REFERENCES differences (id),
      cause TEXT NOT NULL,
      PRIMARY KEY (difference, cause)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE fields (
      difference INTEGER NOT NULL REFERENCES differences (id),
      path TEXT NOT NULL,
      field TEXT NOT NULL,
      rebuilt TEXT,
      live TEXT,
      status TEXT NOT NULL
    ) STRICT;
    CREATE TABLE manifest (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    """

  /// Throws, before any work, if the target exists and `force` is false, or if the target cannot be written.
  package init(replacing target: String, force: Bool, mode: mode_t? = nil) throws(SnapshotError) {
    file = try PendingFile(target: target, replacing: force, mode: mode)
    connection = try SQLiteConnection(
      file.path, flags: SQLITE_OPEN_READWRITE, vfs: "unix-none", reportedAs: target)
    try connection.execute(
      "PRAGMA page_size = 16384; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -2048; "
        + "PRAGMA locking_mode = EXCLUSIVE; BEGIN; " + DifferenceFile.tables)
    differences = try SQLiteStatement(
      "INSERT INTO differences VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", on: connection)
    causes = try SQLiteStatement("INSERT INTO causes VALUES (?, ?)", on: connection)
    fields = try SQLiteStatement("INSERT INTO fields VALUES (?, ?, ?, ?, ?, ?)", on: connection)
  }

  /// - Parameters:
  ///   - user: the user's name in the report.
  ///   - record: the difference as one JSON object.
  package func insert(_ difference: RowDifference, user: String, record: UnsafeRawBufferPointer) throws(SnapshotError) {
    count += 1
    differences.bind(1, count)
    differences.bind(2, copying: user)
    differences.bind(3, copying: difference.name.type)
    differences.bind(4, copying: difference.name.key)
    differences.bind(5, copying: difference.causes.map(\.rawValue).joined(separator: ","))
    differences.bind(6, copying: difference.baseline.rawValue)
    differences.bind(7, difference.fieldCount)
    bind(differences, 8, difference.generatedAt?.description)
    bind(differences, 9, difference.updatedAt?.description)
    differences.bind(10, record)
    bind(differences, 11, difference.marks.acceptance?.word)
    bind(differences, 12, difference.marks.fingerprint)
    bind(differences, 13, difference.marks.since?.word)
    bind(differences, 14, difference.marks.since?.first.description)
    try connection.check(differences.run(), "write a difference")
    for cause in Set(difference.causes) {
      causes.bind(1, count)
      causes.bind(2, copying: cause.rawValue)
      try connection.check(causes.run(), "write a difference")
    }
    for field in difference.fields {
      fields.bind(1, count)
      fields.bind(2, copying: field.path.raw)
      fields.bind(3, copying: field.field.raw)
      bind(fields, 4, field.rebuilt?.raw)
      bind(fields, 5, field.live?.raw)
      fields.bind(6, copying: field.status.rawValue)
      try connection.check(fields.run(), "write a difference")
    }
  }

  private func bind(_ statement: SQLiteStatement, _ index: Int32, _ text: String?) {
    if let text { statement.bind(index, copying: text) } else { statement.bind(index, UnsafeRawBufferPointer?.none) }
  }

  /// Completes the file and returns it; it is still to be published.
  package func finish(manifest: [(key: String, value: String)]) throws(SnapshotError) -> PendingFile {
    let lines = try SQLiteStatement("INSERT INTO manifest VALUES (?, ?)", on: connection)
    for (key, value) in manifest {
      lines.bind(1, copying: key)
      lines.bind(2, copying: value)
      try connection.check(lines.run(), "write a difference")
    }
    try connection.execute("CREATE INDEX fields_by_difference ON fields (difference); COMMIT")
    return file
  }
}
