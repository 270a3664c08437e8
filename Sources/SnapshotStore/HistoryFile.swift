import CSQLite
import EventModel
import Platform

/// The record of earlier diffs: a SQLite file that each run updates, in one transaction that lasts as long as the run.
/// If the run fails or is killed, the file stays as it was. One thread at a time.
///
/// A second run waits for the first for ``patience``; then it fails.
package final class HistoryFile {
  /// A run that is recorded.
  package struct Run: Sendable {
    /// What the run compared, as a text that is equal for runs that can be compared with each other.
    package var scope: String
    package var at: Instant
    package var asOf: Instant
    /// The digest of the snapshot; `nil` if it has none.
    package var snapshot: String?
    /// The names of the live side.
    package var live: String
    package var refold: String
    package var verdict: String
    package var compared: Int
    package var different: Int
    package var unacceptable: Int
    package var new: Int
    package var gone: Int
    package var persisting: Int
    /// A JSON object with the rows of each cause.
    package var causes: String

    package init(
      scope: String, at: Instant, asOf: Instant, snapshot: String?, live: String, refold: String, verdict: String,
      compared: Int, different: Int, unacceptable: Int, new: Int, gone: Int, persisting: Int, causes: String
    ) {
      self.scope = scope
      self.at = at
      self.asOf = asOf
      self.snapshot = snapshot
      self.live = live
      self.refold = refold
      self.verdict = verdict
      self.compared = compared
      self.different = different
      self.unacceptable = unacceptable
      self.new = new
      self.gone = gone
      self.persisting = persisting
      self.causes = causes
    }
  }

  /// The figures of an earlier run.
  package struct Figures: Sendable {
    package var at: Instant
    package var asOf: Instant
    package var different: Int
    package var unacceptable: Int
    /// The rows that are recorded as differences of the run.
    package var recorded: Int
  }

  /// `runs` has a row for each run, `differences` one for each span of runs of one scope in which a difference was there
  /// without a break.
  package static let tables = """
    CREATE TABLE runs (
      id INTEGER PRIMARY KEY,
      scope TEXT NOT NULL,
      at TEXT NOT NULL,
      as_of TEXT NOT NULL,
      snapshot TEXT,
      live TEXT NOT NULL,
      refold TEXT NOT NULL,
      verdict TEXT NOT NULL,
      compared INTEGER NOT NULL,
      different INTEGER NOT NULL,
      unacceptable INTEGER NOT NULL,
      new INTEGER NOT NULL,
      gone INTEGER NOT NULL,
      persisting INTEGER NOT NULL,
      causes TEXT NOT NULL
    ) STRICT;
    CREATE TABLE differences (
      fingerprint TEXT NOT NULL,
      first_run INTEGER NOT NULL,
      last_run INTEGER NOT NULL,
      first_seen TEXT NOT NULL,
      user_id TEXT NOT NULL,
      projection TEXT NOT NULL,
      causes TEXT NOT NULL,
      PRIMARY KEY (fingerprint, first_run)
    ) STRICT, WITHOUT ROWID;
    """

  /// `refH` in ASCII.
  static let applicationID = 0x7265_6648
  static let userVersion = 1
  /// Milliseconds to wait for another run.
  private static let patience: Int32 = 10_000

  private let connection: SQLiteConnection
  private let find: SQLiteStatement
  private let keep: SQLiteStatement
  private let add: SQLiteStatement
  /// The number of this run, and of the one before it in the same scope.
  private var run = 0
  private var previous: Int?
  private var at = ""

  /// Opens the file, and creates it if there is none. Begins the transaction.
  ///
  /// - Parameter mode: the permission bits of a new file; 0600 by default.
  package init(_ name: String, mode: mode_t? = nil) throws(SnapshotError) {
    guard case .file(let path, let existing) = try OutputTarget(name) else {
      throw SnapshotError(.notAFile, path: name, reason: "is not a regular file", advice: "name a file for the history")
    }
    if existing == nil { try HistoryFile.create(path, mode: mode, reportedAs: name) }
    // A path that begins with a scheme would be taken for a URI.
    connection = try SQLiteConnection(
      path.hasPrefix("/") ? path : "./" + path, flags: SQLITE_OPEN_READWRITE, reportedAs: name)
    sqlite3_busy_timeout(connection.handle, HistoryFile.patience)
    try connection.execute("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA cache_size = -16384")
    let code = sqlite3_exec(connection.handle, "BEGIN IMMEDIATE", nil, nil, nil)
    if code & 0xFF == SQLITE_BUSY {
      throw SnapshotError(
        .changing, path: name, reason: "another run is recording in it", advice: "wait until it has ended")
    }
    try connection.check(code, "write it")
    try HistoryFile.prepare(connection)
    find = try SQLiteStatement(
      "SELECT first_run, first_seen FROM differences WHERE fingerprint = ?1 AND last_run = ?2", on: connection)
    keep = try SQLiteStatement(
      "UPDATE differences SET last_run = ?3 WHERE fingerprint = ?1 AND first_run = ?2", on: connection)
    add = try SQLiteStatement("INSERT INTO differences VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6)", on: connection)
  }

  private static func create(_ path: String, mode: mode_t?, reportedAs name: String) throws(SnapshotError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    // Another run may have created it.
    if descriptor < 0, errno == EEXIST { return }
    if descriptor < 0 { throw .system(errno, path: name, action: "create it") }
    defer { close(descriptor) }
    // Regardless of the umask.
    if fchmod(descriptor, mode ?? 0o600) != 0 { throw .system(errno, path: name, action: "set its mode") }
  }

  /// Creates the tables in an empty file; throws if the file is something else than a history.
  private static func prepare(_ connection: SQLiteConnection) throws(SnapshotError) {
    if try connection.pragma("schema_version") == 0, try connection.pragma("application_id") == 0 {
      try connection.execute(
        "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(userVersion); " + tables)
      return
    }
    if try connection.pragma("application_id") != applicationID {
      throw SnapshotError(
        .notASnapshot, path: connection.path, reason: "is a SQLite database but not a history of refold",
        advice: "name a file that --history wrote, or a new one")
    }
    let version = try connection.pragma("user_version")
    if version != userVersion {
      throw SnapshotError(
        .newerFormat, path: connection.path,
        reason: "has history format \(version), this refold writes \(userVersion)",
        advice: "use the refold that wrote it, or a new file")
    }
    try TableTexts(tables).check(connection)
  }

  /// Begins a run. Returns the figures of the last runs of the same scope, oldest first.
  ///
  /// - Parameter limit: the maximum number of them.
  package func begin(scope: String, at: Instant, limit: Int) throws(SnapshotError) -> [Figures] {
    let last = try SQLiteStatement("SELECT coalesce(max(id), 0) + 1 FROM runs", on: connection)
    run = try last.step() ? last.integer(0) : 1
    self.at = at.description
    let before = try SQLiteStatement("SELECT max(id) FROM runs WHERE scope = ?1", on: connection)
    before.bind(1, copying: scope)
    previous = try before.step() ? before.storedInteger(0) : nil
    return try trend(scope: scope, limit: limit)
  }

  /// Records a difference of this run. Returns when it was first seen, if it was there in the last run too.
  package func note(
    _ fingerprint: String, user: String, projection: String, causes: String
  ) throws(SnapshotError) -> Instant? {
    if let previous {
      find.reset()
      find.bind(1, copying: fingerprint)
      find.bind(2, previous)
      if try find.step() {
        let (first, seen) = (find.integer(0), find.string(1))
        find.reset()
        guard let instant = HistoryFile.instant(seen) else {
          throw connection.damaged("holds no instant where it must")
        }
        keep.bind(1, copying: fingerprint)
        keep.bind(2, first)
        keep.bind(3, run)
        try connection.check(keep.run(), "write it")
        return instant
      }
    }
    add.bind(1, copying: fingerprint)
    add.bind(2, run)
    add.bind(3, copying: at)
    add.bind(4, copying: user)
    add.bind(5, copying: projection)
    add.bind(6, copying: causes)
    try connection.check(add.run(), "write it")
    return nil
  }

  /// The user of a difference of the last run that has any; `nil` if none has.
  package func lastUser() throws(SnapshotError) -> String? {
    let users = try SQLiteStatement(
      "SELECT user_id FROM differences ORDER BY last_run DESC, user_id LIMIT 1", on: connection)
    return try users.step() ? users.string(0) : nil
  }

  /// Whether there are runs of another scope that differs in these members alone, and has users in it.
  ///
  /// - Parameter scope: a JSON object, as in `runs`.
  package func hasScope(equalBut scope: String, for members: String...) throws(SnapshotError) -> Bool {
    let list = members.map { "'$.\($0)'" }.joined(separator: ", ")
    let scopes = try SQLiteStatement(
      """
      SELECT 1 FROM runs WHERE scope <> ?1 AND json_valid(scope)
        AND json_remove(scope, \(list)) = json_remove(?1, \(list))
        AND coalesce(json_extract(scope, '$.pseudonym_key'), '') <> coalesce(json_extract(?1, '$.pseudonym_key'), '')
        AND json_array_length(scope, '$.users') = json_array_length(?1, '$.users')
        AND json_array_length(scope, '$.rebuilt_users') = json_array_length(?1, '$.rebuilt_users')
      LIMIT 1
      """, on: connection)
    scopes.bind(1, copying: scope)
    return try scopes.step()
  }

  private func trend(scope: String, limit: Int) throws(SnapshotError) -> [Figures] {
    let rows = try SQLiteStatement(
      """
      SELECT at, as_of, different, unacceptable, new + persisting FROM runs WHERE scope = ?1 ORDER BY id DESC LIMIT ?2
      """, on: connection)
    rows.bind(1, copying: scope)
    rows.bind(2, limit)
    var runs: [Figures] = []
    while try rows.step() {
      guard let at = HistoryFile.instant(rows.string(0)), let asOf = HistoryFile.instant(rows.string(1)) else {
        throw connection.damaged("holds no instant where it must")
      }
      runs.append(
        Figures(
          at: at, asOf: asOf, different: rows.integer(2), unacceptable: rows.integer(3), recorded: rows.integer(4)))
    }
    return runs.reversed()
  }

  private static func instant(_ text: String) -> Instant? {
    do throws(TimestampText.Fault) { return try TimestampText.parse(text) } catch { return nil }
  }

  /// Records the run and ends the transaction.
  ///
  /// - Parameter oldest: runs before this instant are forgotten, except the last one of each scope, and so are
  ///   differences that were last there in such a run.
  package func finish(_ record: Run, forgettingBefore oldest: Instant?) throws(SnapshotError) {
    let insert = try SQLiteStatement(
      "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", on: connection)
    insert.bind(1, run)
    insert.bind(2, copying: record.scope)
    insert.bind(3, copying: at)
    insert.bind(4, copying: record.asOf.description)
    if let snapshot = record.snapshot { insert.bind(5, copying: snapshot) }
    insert.bind(6, copying: record.live)
    insert.bind(7, copying: record.refold)
    insert.bind(8, copying: record.verdict)
    let counts = [
      record.compared, record.different, record.unacceptable, record.new, record.gone, record.persisting,
    ]
    for (place, count) in counts.enumerated() { insert.bind(Int32(9 + place), count) }
    insert.bind(15, copying: record.causes)
    try connection.check(insert.run(), "write it")
    if let oldest {
      let runs = try SQLiteStatement(
        "DELETE FROM runs WHERE at < ?1 AND id NOT IN (SELECT max(id) FROM runs GROUP BY scope)", on: connection)
      runs.bind(1, copying: oldest.description)
      try connection.check(runs.run(), "write it")
      try connection.execute("DELETE FROM differences WHERE last_run NOT IN (SELECT id FROM runs)", "write it")
    }
    try connection.execute("COMMIT", "write it")
  }
}
