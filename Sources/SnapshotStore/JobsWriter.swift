import CSQLite
import EventModel
import Platform

/// Writes planned jobs to a SQLite file with one table, background_jobs, and the view queue_progress on it.
///
/// Ids count from 1 in the order of the jobs; columns that are known only later are NULL. No file has the target's name
/// until the file that ``finish()`` returns is published.
package final class JobsWriter {
  private let file: PendingFile
  private let connection: SQLiteConnection
  private let insert: SQLiteStatement
  private var count = 0

  package init(replacing target: String, force: Bool, mode: mode_t? = nil) throws(SnapshotError) {
    file = try PendingFile(target: target, replacing: force, mode: mode)
    connection = try SQLiteConnection(
      file.path, flags: SQLITE_OPEN_READWRITE, vfs: "unix-none", reportedAs: target)
    try connection.execute(
      """
      PRAGMA page_size = 16384; PRAGMA auto_vacuum = NONE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
      PRAGMA locking_mode = EXCLUSIVE;
      BEGIN;
      \(SnapshotViews.jobsTable)
      \(SnapshotViews.queueProgress)
      """)
    insert = try SQLiteStatement(
      """
      INSERT INTO background_jobs (id, user_id, job_type, payload, status, priority, attempt, max_retries)
      VALUES (?, ?, ?, ?, 'pending', ?, 0, 3)
      """, on: connection)
  }

  /// `payload` is JSON.
  package func insert(user: UserID, jobType: String, payload: [UInt8], priority: Int) throws(SnapshotError) {
    count += 1
    insert.bind(1, count)
    insert.bind(2, copying: user.description)
    insert.bind(3, copying: jobType)
    insert.bind(5, priority)
    let code = payload.withUnsafeBytes { bytes in
      insert.bind(4, bytes)
      return insert.run()
    }
    try connection.check(code, "write a job")
  }

  /// Completes the file and returns it; it is still to be published.
  package func finish() throws(SnapshotError) -> PendingFile {
    try connection.execute("COMMIT")
    return file
  }
}
