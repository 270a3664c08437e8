import EventModel
import GRDBSQLite

/// Writes a snapshot file, row by row, in memory that does not grow with it.
///
/// Rows arrive in ascending order of user id (projections, failures, signals and the user itself in any interleaving) and,
/// within a user and table, in ascending order of type and key: the order of the digests. The file depends on the rows,
/// the as-of, the manifest and SQLite's version only. One thread at a time.
///
/// Nothing stands under the target's name until ``finish(manifest:)`` returns; a writer that is abandoned, released or ended
/// by a signal leaves no file. After an error the writer is of no further use.
package final class SnapshotWriter {
  private let file: PendingFile
  private let replacing: Bool
  private let writebackBytes: Int
  let connection: SQLiteConnection
  private let inserts: RowInserts
  /// What a partial snapshot holds besides; `nil` for a whole one.
  let part: PartInserts?
  /// Bytes inserted since the last request to write back.
  private var unsent = 0

  /// Begins a snapshot that will replace or become `target`.
  ///
  /// `asOf` is what `created_at` and `updated_at` say. Throws, before any work, when the target exists and `force` is false
  /// or cannot be written. A partial snapshot is to be merged with others: see ``PartInserts``.
  package init(
    replacing target: String, force: Bool, asOf: Instant, isPart: Bool = false,
    tuning: SnapshotTuning = SnapshotTuning()
  ) throws(SnapshotError) {
    file = try PendingFile(target: target, replacing: force)
    replacing = force
    writebackBytes = tuning.writebackBytes
    // Nobody else knows the file: no locks, no journal. A crash leaves a temporary file at worst.
    connection = try SQLiteConnection(
      file.path, flags: SQLITE_OPEN_READWRITE, vfs: "unix-none", reportedAs: target)
    try connection.execute(
      """
      PRAGMA page_size = \(tuning.pageBytes); PRAGMA auto_vacuum = NONE; PRAGMA encoding = 'UTF-8';
      PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA cache_size = -\(tuning.cacheBytes / 1024); PRAGMA temp_store = MEMORY; PRAGMA secure_delete = OFF;
      PRAGMA application_id = \(SnapshotSchema.applicationID); PRAGMA user_version = \(SnapshotSchema.userVersion);
      BEGIN;
      \(SnapshotSchema.tables)
      \(SnapshotViews.schema)
      """)
    inserts = try RowInserts(on: connection, asOf: asOf)
    part = isPart ? try PartInserts(on: connection) : nil
  }

  /// One user, once, whether any other row names it or not.
  package func insertUser(_ id: UserID, source: UserSource) throws(SnapshotError) {
    try check(inserts.user(id, source: source), bytes: 64)
  }

  /// `data` is canonical JSON; it is not copied and need not outlive the call.
  package func insertProjection(
    user: UserID, name: ProjectionName, data: UnsafeRawBufferPointer, lastEvent: EventID?
  ) throws(SnapshotError) {
    try check(inserts.projection(user: user, name: name, data: data, lastEvent: lastEvent), bytes: data.count + 256)
  }

  /// The same, from a row that holds its data.
  package func insertProjection(_ row: ProjectionRow) throws(SnapshotError) {
    let code = row.data.withUnsafeBytes {
      inserts.projection(user: row.user, name: row.name, data: $0, lastEvent: row.lastEvent)
    }
    try check(code, bytes: row.data.count + 256)
  }

  /// At most one failure for a user and projection type.
  package func insertFailure(_ failure: Failure) throws(SnapshotError) {
    try check(inserts.failure(failure), bytes: 256)
  }

  /// An event type that is a literal or kept by the caller costs no allocation.
  package func insertSignal(_ signal: SignalSummary) throws(SnapshotError) {
    try check(inserts.signal(signal), bytes: 192)
  }

  /// Writes the manifest, with the digests added, and gives the file its name.
  ///
  /// The entries may come in any order; keys are distinct and none begins with `digest`. Returns the digests, by key. On
  /// return the snapshot is on the device under its name.
  @discardableResult
  package func finish(manifest: [(key: String, value: String)]) throws(SnapshotError) -> [DigestLine] {
    precondition(!manifest.contains { $0.key.hasPrefix("digest") }, "the writer makes the digests")
    let lines = inserts.digests.lines()
    let entries = (manifest + lines.map { ($0.key, $0.value) })
      .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    let insert = try SQLiteStatement("INSERT INTO manifest VALUES (?, ?)", on: connection)
    for entry in entries {
      insert.bind(1, copying: entry.key)
      insert.bind(2, copying: entry.value)
      try connection.check(insert.run(), "write the manifest")
    }
    try connection.execute("COMMIT", "write it")
    try file.publish(replacing: replacing)
    return lines
  }

  /// Gives up: the temporary file is gone, the target as it was. Does nothing after ``finish(manifest:)``.
  package func abandon() { file.discard() }

  @inline(__always)
  func check(_ code: Int32, bytes: Int) throws(SnapshotError) {
    try connection.check(code, "write a row")
    unsent += bytes
    if writebackBytes > 0, unsent >= writebackBytes {
      unsent = 0
      file.startWriteback()
    }
  }
}

extension SnapshotWriter {
  /// Throws what ``init(replacing:force:asOf:tuning:)`` would throw for this target; leaves nothing behind.
  package static func check(target: String, force: Bool) throws(SnapshotError) {
    try PendingFile(target: target, replacing: force).discard()
  }
}
