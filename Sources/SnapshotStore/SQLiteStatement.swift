import CSQLite
import EventModel

/// A prepared statement. Bound buffers are not copied: they must stay unchanged until ``run()`` or the last ``step()``
/// returns.
final class SQLiteStatement {
  let connection: SQLiteConnection
  let handle: OpaquePointer
  /// Lengths of the current row's columns, if rows are weighed; 0 for values that are neither text nor blob.
  private var lengths: [Int] = []
  /// Bytes of all rows so far.
  private var taken = 0

  init(_ sql: String, on connection: SQLiteConnection) throws(SnapshotError) {
    var prepared: OpaquePointer?
    let code = sqlite3_prepare_v3(
      connection.handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
    guard let prepared, code == SQLITE_OK else { throw connection.error(code, "prepare a statement") }
    self.connection = connection
    self.handle = prepared
  }

  deinit { sqlite3_finalize(handle) }

  // MARK: Parameters, from 1

  /// Binds UTF-8 bytes as text, without a copy (`SQLITE_STATIC`).
  @inline(__always)
  func bind(_ index: Int32, _ bytes: UnsafeRawBufferPointer) {
    // A null pointer would bind NULL; an empty text needs some address.
    let base = bytes.baseAddress ?? UnsafeRawPointer(handle)
    sqlite3_bind_text64(
      handle, index, base.assumingMemoryBound(to: CChar.self), UInt64(bytes.count), nil, UInt8(SQLITE_UTF8))
  }

  @inline(__always)
  func bind(_ index: Int32, _ value: Int) { sqlite3_bind_int64(handle, index, Int64(value)) }

  /// Binds text that may be NULL.
  @inline(__always)
  func bind(_ index: Int32, _ bytes: UnsafeRawBufferPointer?) {
    if let bytes { bind(index, bytes) } else { sqlite3_bind_null(handle, index) }
  }

  /// Binds a copy of the text, for statements off the hot path.
  func bind(_ index: Int32, copying text: String) {
    let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    var text = text
    text.withUTF8 { bytes in
      let base = bytes.baseAddress.map { UnsafeRawPointer($0) } ?? UnsafeRawPointer(handle)
      _ = sqlite3_bind_text64(
        handle, index, base.assumingMemoryBound(to: CChar.self), UInt64(bytes.count), transient, UInt8(SQLITE_UTF8))
    }
  }

  // MARK: Running

  /// Runs an insert to its end and resets the statement for the next row. Returns SQLite's result code, `SQLITE_OK` on
  /// success, so that it can be called while buffers are borrowed and checked outside.
  @inline(__always)
  func run() -> Int32 {
    let code = sqlite3_step(handle)
    let reset = sqlite3_reset(handle)
    return code == SQLITE_DONE ? SQLITE_OK : code == SQLITE_ROW ? SQLITE_MISUSE : reset
  }

  /// Goes to the next row of a query; `false` if there is none.
  func step() throws(SnapshotError) -> Bool {
    connection.progress.steps &+= 1
    let code = sqlite3_step(handle)
    if code == SQLITE_ROW {
      if connection.mostBytes < .max { try weigh() }
      return true
    }
    try connection.check(code, "read it")
    return false
  }

  /// Throws if the rows so far are longer than the file: each byte of the file belongs to at most one row.
  private func weigh() throws(SnapshotError) {
    if lengths.isEmpty { lengths = Array(repeating: 0, count: Int(sqlite3_column_count(handle))) }
    for column in lengths.indices {
      switch sqlite3_column_type(handle, Int32(column)) {
      case SQLITE_TEXT, SQLITE_BLOB: lengths[column] = Int(sqlite3_column_bytes(handle, Int32(column)))
      default: lengths[column] = 0
      }
      taken += lengths[column]
    }
    if taken > connection.mostBytes { throw connection.damaged("is damaged (its rows are longer than the file)") }
  }

  /// Starts over with the same parameters.
  func reset() {
    sqlite3_reset(handle)
    taken = 0
  }

  // MARK: Columns of the current row, from 0; buffers are valid until the next step

  func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
    let base = sqlite3_column_blob(handle, column)
    let count = lengths.isEmpty ? Int(sqlite3_column_bytes(handle, column)) : lengths[Int(column)]
    return UnsafeRawBufferPointer(start: count == 0 ? nil : base, count: count)
  }

  func optionalBytes(_ column: Int32) -> UnsafeRawBufferPointer? {
    sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : bytes(column)
  }

  func integer(_ column: Int32) -> Int { Int(sqlite3_column_int64(handle, column)) }

  /// The integer; `nil` for a text, a blob, a fraction or NULL.
  func storedInteger(_ column: Int32) -> Int? {
    sqlite3_column_type(handle, column) == SQLITE_INTEGER ? integer(column) : nil
  }

  func string(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }
}
