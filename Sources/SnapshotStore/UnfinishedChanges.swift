import Platform

/// Signs that a SQLite file is not the whole database; refold reads only the file, as it is.
enum UnfinishedChanges {
  /// Refuses a file that SQLite would read together with another one, or not yet.
  ///
  /// Throws `changing` if there are changes in a write-ahead log or changes to be rolled back, or if a program is
  /// writing.
  static func refuse(_ path: String) throws(SnapshotError) {
    // SQLite puts both files beside the database file itself, even if the path is a link.
    var paths = [path]
    if let real = realpath(path, nil) {
      defer { free(real) }
      let target = String(cString: real)
      if target != path { paths.append(target) }
    }
    for path in paths {
      if firstByte(path + "-wal") != nil {
        throw error(path, "\(path)-wal exists and may hold changes that are not in the file yet")
      }
      // A finished journal is deleted, empty, or begins with zeros.
      if let byte = firstByte(path + "-journal"), byte != 0 {
        throw error(path, "\(path)-journal exists: a change of the file was interrupted or is in progress")
      }
    }
    if isBeingWritten(path) { throw error(path, "another program is writing to it") }
  }

  private static func error(_ path: String, _ reason: String) -> SnapshotError {
    SnapshotError(
      .changing, path: path, reason: reason,
      advice: "close the programs that have it open; sqlite3 FILE 'PRAGMA journal_mode = DELETE' writes all to the file"
    )
  }

  /// The first byte; `nil` for a file that is missing or empty.
  private static func firstByte(_ path: String) -> UInt8? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 {
      // A file that exists but cannot be opened may hold anything.
      return errno == ENOENT ? nil : UInt8.max
    }
    defer { close(descriptor) }
    var byte: UInt8 = 0
    return read(descriptor, &byte, 1) == 1 ? byte : nil
  }

  /// Whether a program holds the lock under which SQLite writes to a file ("File Locking And Concurrency", sqlite.org).
  private static func isBeingWritten(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { return false }
    defer { close(descriptor) }
    // The pending byte, and the shared range after the reserved byte.
    return [(0, 1), (2, 510)].contains { start, length in
      isLockedForWriting(descriptor, start: pendingByte + start, count: length)
    }
  }

  private static let pendingByte = 0x4000_0000
}
