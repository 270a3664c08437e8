import CSQLite

/// A SQLite file, as tests read and change it: through SQLite itself, not through what SnapshotStore makes of it.
package final class Database {
  private var handle: OpaquePointer?

  /// Opens a file, or makes an empty one. Does not wait for locks.
  package init(path: String, isReadOnly: Bool = false) throws {
    var opened: OpaquePointer?
    let flags = isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    let code = sqlite3_open_v2(path, &opened, flags, nil)
    guard let opened, code == SQLITE_OK else {
      sqlite3_close_v2(opened)
      throw DatabaseError(code: code, message: "cannot open \(path)")
    }
    handle = opened
  }

  deinit { close() }

  /// Nothing may be run afterwards.
  package func close() {
    sqlite3_close_v2(handle)
    handle = nil
  }

  /// Runs statements; texts are bound to the parameters of the first.
  package func execute(_ sql: String, _ texts: [String] = []) throws {
    try run(sql, texts) { _ in }
  }

  /// Runs statements in one transaction.
  package func transaction(_ body: () throws -> Void) throws {
    try execute("BEGIN IMMEDIATE")
    do { try body() } catch {
      try execute("ROLLBACK")
      throw error
    }
    try execute("COMMIT")
  }

  /// The rows that statements return, each with all its columns.
  package func rows(_ sql: String, _ texts: [String] = []) throws -> [Row] {
    var rows: [Row] = []
    try run(sql, texts) { rows.append(Row($0)) }
    return rows
  }

  /// The first row; `nil` if there is none.
  package func row(_ sql: String, _ texts: [String] = []) throws -> Row? { try rows(sql, texts).first }

  /// The first column of all rows.
  package func column<Value: ColumnValue>(_ sql: String, _ texts: [String] = []) throws -> [Value] {
    try rows(sql, texts).map { $0[0] }
  }

  /// The first column of the first row; `nil` if there is none.
  package func value<Value: ColumnValue>(_ sql: String, _ texts: [String] = []) throws -> Value? {
    try row(sql, texts).map { $0[0] }
  }

  private func run(_ sql: String, _ texts: [String], row: (OpaquePointer) -> Void) throws {
    try sql.withCString { start in
      var rest: UnsafePointer<CChar>? = start
      while let next = rest, next.pointee != 0 {
        var prepared: OpaquePointer?
        try check(sqlite3_prepare_v2(handle, next, -1, &prepared, &rest))
        // Nothing but a comment or white space.
        guard let prepared else { continue }
        defer { sqlite3_finalize(prepared) }
        if next == start { try bind(texts, to: prepared) }
        while true {
          let code = sqlite3_step(prepared)
          if code == SQLITE_DONE { break }
          if code != SQLITE_ROW { try check(code) }
          row(prepared)
        }
      }
    }
  }

  private func bind(_ texts: [String], to statement: OpaquePointer) throws {
    let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    for (index, text) in texts.enumerated() {
      let bytes = Array(text.utf8CString)
      try check(sqlite3_bind_text(statement, Int32(index + 1), bytes, Int32(bytes.count - 1), copied))
    }
  }

  private func check(_ code: Int32) throws {
    if code != SQLITE_OK { throw DatabaseError(code: code, message: String(cString: sqlite3_errmsg(handle))) }
  }
}

package struct DatabaseError: Error, CustomStringConvertible {
  /// SQLite's result code.
  package let code: Int32
  package let message: String
  package var isBusy: Bool { code == SQLITE_BUSY }
  package var description: String { "SQLite: \(message) (\(code))" }
}
