import CSQLite

/// A row of a query.
package struct Row {
  package let columns: [String]
  package let values: [SQLiteValue]

  init(_ statement: OpaquePointer) {
    let indices = 0..<sqlite3_column_count(statement)
    columns = indices.map { sqlite3_column_name(statement, $0).map { String(cString: $0) } ?? "" }
    values = indices.map { SQLiteValue(statement, $0) }
  }

  package subscript<Value: ColumnValue>(index: Int) -> Value { Value.of(values[index]) }

  package subscript<Value: ColumnValue>(name: String) -> Value {
    guard let index = columns.firstIndex(of: name) else { preconditionFailure("no column \(name)") }
    return self[index]
  }
}

/// A value as it is stored.
package enum SQLiteValue: CustomStringConvertible {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])

  init(_ statement: OpaquePointer, _ column: Int32) {
    let count = Int(sqlite3_column_bytes(statement, column))
    let bytes = UnsafeRawBufferPointer(start: sqlite3_column_blob(statement, column), count: count)
    switch sqlite3_column_type(statement, column) {
    case SQLITE_NULL: self = .null
    case SQLITE_INTEGER: self = .integer(sqlite3_column_int64(statement, column))
    case SQLITE_FLOAT: self = .real(sqlite3_column_double(statement, column))
    case SQLITE_TEXT: self = .text(String(decoding: bytes, as: UTF8.self))
    case SQLITE_BLOB: self = .blob(Array(bytes))
    case let type: preconditionFailure("SQLite has no type \(type)")
    }
  }

  /// The value's text; `NULL` for NULL.
  package var description: String {
    switch self {
    case .null: "NULL"
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .text(let value): value
    case .blob(let bytes): bytes.map { String($0, radix: 16) }.joined(separator: " ")
    }
  }
}

/// What a column is read as. Reading a value as what it is not ends the test.
package protocol ColumnValue {
  static func of(_ value: SQLiteValue) -> Self
}

extension String: ColumnValue {
  package static func of(_ value: SQLiteValue) -> String {
    guard case .text(let text) = value else { preconditionFailure("\(value) is no text") }
    return text
  }
}

extension Int: ColumnValue {
  package static func of(_ value: SQLiteValue) -> Int {
    guard case .integer(let number) = value else { preconditionFailure("\(value) is no integer") }
    return Int(number)
  }
}

extension Double: ColumnValue {
  package static func of(_ value: SQLiteValue) -> Double {
    switch value {
    case .integer(let number): Double(number)
    case .real(let number): number
    default: preconditionFailure("\(value) is no number")
    }
  }
}

extension Optional: ColumnValue where Wrapped: ColumnValue {
  package static func of(_ value: SQLiteValue) -> Wrapped? {
    if case .null = value { return nil }
    return Wrapped.of(value)
  }
}
