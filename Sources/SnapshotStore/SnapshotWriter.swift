import EventModel
import GRDBSQLite
import Platform

/// Writes a snapshot file, row by row, in memory that does not grow with it.
///
/// Rows arrive in ascending order of user id (projections, failures, signals and the user itself in any interleaving) and,
/// within a user and table, in ascending order of type and key: the order of the digests. The file depends on the rows,
/// the as-of, the manifest and SQLite's version only. One thread at a time.
///
/// SQLite makes the empty tables; the rows, since they are sorted, are appended to the tables' b-trees page by page
/// (``BTree``), at a tenth of what SQLite's inserts cost.
///
/// Nothing is under the target's name until ``finish(manifest:)`` returns; a writer that is abandoned, released or ended
/// by a signal leaves no file. After an error the writer is of no further use.
package final class SnapshotWriter {
  private let file: PendingFile
  private let pages: PageFile
  private let inserts: RowInserts
  /// What a partial snapshot holds besides; `nil` for a whole one.
  let part: PartInserts?

  /// Begins a snapshot that will replace or become `target`.
  ///
  /// `asOf` is what `created_at` and `updated_at` say. Throws, before any work, when the target exists and `force` is false
  /// or cannot be written. A partial snapshot is to be merged with others: see ``PartInserts``.
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

  /// Has SQLite make the empty tables; gives the root pages of tables and indexes by their names, and the number of pages.
  private static func makeTables(
    in file: PendingFile, isPart: Bool, _ backfills: [BackfillView], _ tuning: SnapshotTuning
  ) throws(SnapshotError) -> (roots: [String: UInt32], count: UInt32) {
    // Nobody else knows the file: no locks, no journal. A crash leaves a temporary file at worst.
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

  /// One user, once, whether any other row names it or not.
  package func insertUser(_ id: UserID, source: UserSource) throws(SnapshotError) {
    try inserts.user(id, source: source)
  }

  /// `data` is canonical JSON; it is not copied and need not outlive the call.
  package func insertProjection(
    user: UserID, name: ProjectionName, data: UnsafeRawBufferPointer, lastEvent: EventID?
  ) throws(SnapshotError) {
    try inserts.projection(user: user, name: name, data: data, lastEvent: lastEvent)
  }

  /// At most one failure for a user and projection type.
  package func insertFailure(_ failure: Failure) throws(SnapshotError) { try inserts.failure(failure) }

  /// An event type that is a literal or kept by the caller costs no allocation.
  package func insertSignal(_ signal: SignalSummary) throws(SnapshotError) { try inserts.signal(signal) }

  /// Writes the manifest, with the digests added, and gives the file its name.
  ///
  /// The entries may come in any order; keys are distinct and none begins with `digest`. Returns the digests, by key. On
  /// return the snapshot is on the device under its name, and so are the `others`, which get theirs together with it.
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

  /// Gives up: the temporary file is gone, the target as it was. Does nothing after ``finish(manifest:)``.
  package func abandon() { file.discard() }
}

extension SnapshotWriter {
  /// Throws what ``init(replacing:force:asOf:tuning:)`` would throw for this target; leaves nothing behind.
  package static func check(target: String, force: Bool) throws(SnapshotError) {
    try PendingFile(target: target, replacing: force).discard()
  }
}
