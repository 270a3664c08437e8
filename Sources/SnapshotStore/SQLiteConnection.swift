import CSQLite
import Platform

/// A SQLite connection used by one thread at a time, through the C interface: the writer binds buffers it owns without
/// a copy.
final class SQLiteConnection {
  /// The path named in errors: what the operator named, not the temporary file.
  let path: String
  let handle: OpaquePointer
  /// The maximum number of bytes in all rows of one query.
  private(set) var mostBytes = Int.max
  let progress = QueryProgress()

  /// Opens `name`, a path or a `file:` URI.
  init(_ name: String, flags: Int32, vfs: String? = nil, reportedAs path: String) throws(SnapshotError) {
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(name, &opened, flags | SQLITE_OPEN_NOMUTEX, vfs)
    guard let opened, code == SQLITE_OK else {
      let system = opened.map { sqlite3_system_errno($0) } ?? 0
      sqlite3_close_v2(opened)
      throw SQLiteConnection.error(code, system: system, path: path, action: "open it")
    }
    self.path = path
    self.handle = opened
    sqlite3_extended_result_codes(opened, 1)
  }

  deinit { sqlite3_close_v2(handle) }

  /// Opens a file that may come from anyone, to be read as it is: nothing in it can make a query endless, or use more
  /// memory than the file's length.
  static func reading(_ path: String) throws(SnapshotError) -> SQLiteConnection {
    let bytes = try SnapshotReader.checkFile(path)
    let connection = try SQLiteConnection(
      SnapshotReader.uri(path), flags: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, reportedAs: path)
    connection.mostBytes = bytes
    // A longer value is an error when it is reached, before memory is allocated for it.
    sqlite3_limit(
      connection.handle, SQLITE_LIMIT_LENGTH, Int32(clamping: min(max(bytes, 1 << 16), SnapshotReader.longestRow)))
    // A step that lasts from one call of the handler to the next is endless.
    sqlite3_progress_handler(
      connection.handle, QueryProgress.interval,
      { progress in
        guard let progress else { return 1 }
        return Unmanaged<QueryProgress>.fromOpaque(progress).takeUnretainedValue().isStuck() ? 1 : 0
      }, Unmanaged.passUnretained(connection.progress).toOpaque())
    try connection.execute(
      "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA cache_size = -1024")
    return connection
  }

  /// Runs statements; rows that they return are ignored.
  func execute(_ sql: String, _ action: StaticString = "run a statement") throws(SnapshotError) {
    try check(sqlite3_exec(handle, sql, nil, nil, nil), action)
  }

  /// The integer that `PRAGMA name` returns; 0 if it returns none.
  func pragma(_ name: String) throws(SnapshotError) -> Int {
    let statement = try SQLiteStatement("PRAGMA \(name)", on: self)
    return try statement.step() ? statement.integer(0) : 0
  }

  /// Throws unless `code` is a success. `action` completes "cannot …".
  @inline(__always)
  func check(_ code: Int32, _ action: StaticString) throws(SnapshotError) {
    if code == SQLITE_OK || code == SQLITE_DONE { return }
    throw error(code, action)
  }

  @inline(never)
  func error(_ code: Int32, _ action: StaticString) -> SnapshotError {
    if code & 0xFF == SQLITE_TOOBIG {
      let isLong = mostBytes > SnapshotReader.longestRow
      return damaged(
        "holds a row that is longer than \(isLong ? "\(SnapshotReader.longestRow >> 20) MiB" : "the file")")
    }
    return SQLiteConnection.error(code, system: sqlite3_system_errno(handle), path: path, action: "\(action)")
  }

  func damaged(_ reason: String) -> SnapshotError {
    SnapshotError(.damaged, path: path, reason: reason, advice: "rebuild it")
  }

  /// SQLITE_IOERR_WRITE; the system's error number is not always known for it.
  private static let writeError = SQLITE_IOERR | 3 << 8

  /// SQLite's result code in the operator's terms. The connection's own message is not used: it may quote values.
  private static func error(_ code: Int32, system: Int32, path: String, action: String) -> SnapshotError {
    switch code & 0xFF {
    case SQLITE_FULL: return .system(ENOSPC, path: path, action: action)
    case SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_PERM:
      if system != 0 { return .system(system, path: path, action: action) }
      if code == writeError {
        return SnapshotError(
          .noSpace, path: path,
          reason: "cannot \(action): the device or a limit on the size of files (ulimit -f) refuses",
          advice: "write to another device")
      }
    case SQLITE_NOTADB:
      return SnapshotError(.notASnapshot, path: path, reason: "is not a SQLite database")
    case SQLITE_INTERRUPT:
      return SnapshotError(
        .damaged, path: path, reason: "is damaged (its tables have no end)", advice: "rebuild it")
    case SQLITE_CORRUPT:
      return SnapshotError(
        .damaged, path: path, reason: "is damaged (SQLite finds a malformed page)", advice: "rebuild it")
    default: break
    }
    let text = sqlite3_errstr(code).map { String(cString: $0) } ?? "unknown error"
    return SnapshotError(.failed, path: path, reason: "cannot \(action): SQLite says \(text) (\(code))")
  }
}

/// Whether a query makes progress: a step returns a row after few instructions of SQLite's virtual machine, whatever
/// the file's size.
final class QueryProgress {
  /// Steps so far.
  var steps = 0
  private var seen = -1

  /// Instructions between two calls of ``isStuck()``.
  static let interval: Int32 = 1_000_000

  /// Whether no step has begun since the last call.
  func isStuck() -> Bool {
    defer { seen = steps }
    return seen == steps
  }
}
