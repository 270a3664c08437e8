/// Where the fields of a record go.
struct SplitTarget {
  /// By column; one more slot takes those not read.
  let fields: UnsafeMutablePointer<RecordField>
  /// Which slot each field of the record goes to.
  let columnOfField: UnsafeBufferPointer<Int8>
  /// Room for the unescaped fields of one record, and ``ByteBuffer/padding`` more.
  let scratch: UnsafeMutableRawPointer

  /// Stores a field; those beyond the declared ones are only counted.
  @inline(__always)
  func set(_ field: Int, _ start: UnsafeRawPointer, _ length: Int) {
    if field < columnOfField.count { fields[Int(columnOfField[field])] = RecordField(start, length) }
  }
}

/// How a record was split.
struct SplitRecord {
  /// What can be wrong with a record as text.
  enum Fault: String {
    case none = ""
    case strayQuote = "a quote inside an unquoted field"
    case textAfterQuote = "text after the closing quote"
    case unterminatedQuote = "the quote is not closed before the end of the file"
    case backslashAtEnd = "a backslash at the end of the line"
  }

  /// Offset behind the record's last byte, its line end left out.
  var end: Int
  /// Offset of the next record.
  var next: Int
  /// How many fields were found; with a fault, how many before the faulty one.
  var fields: Int
  var fault: Fault

  /// A record with a fault: it ends at the first line end from `place` on.
  static func faulty(
    _ fault: Fault, _ base: UnsafeRawPointer, from: Int, at place: Int, to: Int, fields: Int
  ) -> SplitRecord {
    let lineEnd = base.firstIndex(of: ASCII.lineFeed, from: place, to: to)
    return SplitRecord(
      end: contentEnd(base, from: from, lineEnd: lineEnd ?? to), next: lineEnd.map { $0 + 1 } ?? to, fields: fields,
      fault: fault)
  }
}

/// Offset behind the last byte before a line end: one carriage return belongs to the line end.
@inline(__always)
func contentEnd(_ base: UnsafeRawPointer, from: Int, lineEnd: Int) -> Int {
  lineEnd > from && base[lineEnd - 1] == ASCII.carriageReturn ? lineEnd - 1 : lineEnd
}
