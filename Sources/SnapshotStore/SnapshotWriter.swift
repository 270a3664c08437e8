import CSQLite
import EventModel
import Platform

/// Writes a snapshot file row by row, in memory that does not grow with the file.
///
/// Rows must arrive in ascending order of user id (projections, failures, signals and the user itself in any
/// interleaving) and, within a user and table, in ascending order of type and key: the order of the digests. The file
/// depends only on the rows, the as-of, the manifest, the page size and SQLite's version. One thread at a time.
///
/// SQLite creates the empty tables. Because the rows are sorted, they are appended to the tables' b-trees page by page
/// (``BTree``), at a tenth of the cost of SQLite's inserts.
///
/// No file has the target's name until ``finish(manifest:with:)`` returns. A writer that is abandoned, released or
/// ended by a signal leaves no file. A writer cannot be used after an error.
package final class SnapshotWriter {
  private let file: PendingFile
  private let pages: PageFile
  private let inserts: RowInserts
  /// The additional tables of a partial snapshot; `nil` for a whole one.
  let part: PartInserts?

  /// Begins a snapshot that will create or replace `target`.
  ///
  /// `asOf` becomes `created_at` and `updated_at` of all rows. Throws, before any work, if the target exists and
  /// `force` is false, or if the target cannot be written. A partial snapshot is to be merged with others: see
  /// ``PartInserts``.
  package init(
    replacing target: String, force: Bool, mode: mode_t? = nil, asOf: Instant, isPart: Bool = false,
    backfills: [BackfillView] = [], tuning: SnapshotTuning = SnapshotTuning()
  ) throws(SnapshotError) {
    file = try PendingFile(target: target, replacing: force, mode: mode)
    let (roots, count) = try SnapshotWriter.makeTables(in: file, isPart: isPart, backfills, tuning)
    pages = PageFile(
      file, pageBytes: tuning.pageBytes, count: count, writebackBytes: tuning.writebackBytes)
    inserts = try RowInserts(pages, roots: roots, path: target, asOf: asOf)
    part = isPart ? try PartInserts(pages, roots: roots, path: target) : nil
  }

  /// Lets SQLite create the empty tables. Returns the root pages of tables and indexes by name, and the number of
  /// pages.
  private static func makeTables(
    in file: PendingFile, isPart: Bool, _ backfills: [BackfillView], _ tuning: SnapshotTuning
  ) throws(SnapshotError) -> (roots: [String: UInt32], count: UInt32) {
    // No other process knows the file: no locks, no journal. At worst a crash leaves a temporary file.
    let connection = try SQLiteConnection(
      file.path, flags: SQLITE_OPEN_READWRITE, vfs: "unix-none", reportedAs: file.target)
    try connection.execute(
      """
      PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY;
      PRAGMA page_size = \(tuning.pageBytes); PRAGMA auto_vacuum = NONE; PRAGMA encoding = 'UTF-8';
      PRAGMA secure_delete = OFF;
      PRAGMA application_id = \(SnapshotSchema.applicationID); PRAGMA user_version = \(SnapshotSchema.userVersion);
      BEGIN;
      \(SnapshotSchema.tables)
      \(SnapshotViews.schema(backfills))
      \(isPart ? PartInserts.tables : "")
      COMMIT;
      """, "write it")
    var roots: [String: UInt32] = [:]
    let tables = try SQLiteStatement("SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0", on: connection)
    while try tables.step() { roots[tables.string(0)] = UInt32(truncatingIfNeeded: tables.integer(1)) }
    return (roots, UInt32(truncatingIfNeeded: try connection.pragma("page_count")))
  }

  /// Inserts a user, once per user, whether or not other rows name it.
  package func insertUser(_ id: UserID, source: UserSource) throws(SnapshotError) {
    try inserts.user(id, source: source)
  }

  /// `data` is canonical JSON; it is not copied and need not outlive the call.
  package func insertProjection(
    user: UserID, name: ProjectionName, data: UnsafeRawBufferPointer, lastEvent: EventID?
  ) throws(SnapshotError) {
    try inserts.projection(user: user, name: name, data: data, lastEvent: lastEvent)
  }

  /// Inserts a failure; at most one per user and projection type.
  package func insertFailure(_ failure: Failure) throws(SnapshotError) { try inserts.failure(failure) }

  /// Inserts a signal. An event type that is a literal or that the caller keeps costs no allocation.
  package func insertSignal(_ signal: SignalSummary) throws(SnapshotError) { try inserts.signal(signal) }

  /// Writes the manifest, with the digests added, and gives the file its name.
  ///
  /// The entries may come in any order; keys must be distinct, and none may begin with `digest`. Returns the digests by
  /// key. On return the snapshot is on the device under its name, and so are the `others`: all get their names
  /// together.
  @discardableResult
  package func finish(
    manifest: [(key: String, value: String)], with others: [PendingFile] = []
  ) throws(SnapshotError) -> [DigestLine] {
    precondition(!manifest.contains { $0.key.hasPrefix("digest") }, "the writer makes the digests")
    let lines = inserts.digests.lines()
    let entries = (manifest + lines.map { ($0.key, $0.value) })
      .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    for entry in entries { try inserts.manifest(key: entry.key, value: entry.value) }
    try inserts.finish()
    try part?.finish()
    try pages.finish()
    try PendingFile.publish([file] + others)
    return lines
  }

  /// Gives up: removes the temporary file and leaves the target unchanged. Does nothing after
  /// ``finish(manifest:with:)``.
  package func abandon() { file.discard() }
}

extension SnapshotWriter {
  /// Throws what ``init(replacing:force:mode:asOf:isPart:tuning:)`` would throw for this target; leaves nothing behind.
  package static func check(target: String, force: Bool) throws(SnapshotError) {
    try PendingFile(target: target, replacing: force).discard()
  }
}
