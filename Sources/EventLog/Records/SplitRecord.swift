import EventModel

/// Where to store the fields of a record.
struct SplitTarget {
  /// Slots by column, plus slots for unread fields and deletion marks.
  let fields: UnsafeMutablePointer<RecordField>
  /// The slot of each field of the record.
  let columnOfField: UnsafeBufferPointer<Int8>
  /// Field separator of CSV.
  let separator: UInt8
  /// Text that means NULL as an unquoted field; empty: none.
  let null: UnsafeBufferPointer<UInt8>
  /// Room for the unescaped fields of one record, plus ``ByteBuffer/padding``.
  let scratch: UnsafeMutableRawPointer

  /// Stores a field. Ignores fields beyond the declared ones.
  @inline(__always)
  func set(_ field: Int, _ start: UnsafeRawPointer, _ length: Int) {
    if field < columnOfField.count { fields[Int(columnOfField[field])] = RecordField(start, length) }
  }

  /// Whether a field belongs to an unread column or is beyond the declared ones.
  func isUnread(_ field: Int) -> Bool {
    field >= columnOfField.count || Int(columnOfField[field]) == FieldSplitter.slots
  }

  /// Whether an unquoted field is the NULL text. Few fields have its length: comparing by a call keeps the loop over
  /// fields small.
  @inline(__always)
  func isNull(_ start: UnsafeRawPointer, _ length: Int) -> Bool {
    length == null.count && length > 0 && byteOrder(start, null.baseAddress!, length) == 0
  }

  /// Whether the NULL text begins with a quote and is the field at `offset`. That quote then opens nothing.
  @inline(__always)
  func isQuotedNull(_ base: UnsafeRawPointer, _ offset: Int, _ to: Int) -> Bool {
    null.isEmpty ? false : endOfQuotedNull(base, offset, to) != nil
  }

  /// Offset after the field at `offset` if it is a NULL text that begins with a quote; otherwise `nil`.
  @inline(__always)
  func endOfQuotedNull(_ base: UnsafeRawPointer, _ offset: Int, _ to: Int) -> Int? {
    if null.isEmpty || null[0] != ASCII.quote { return nil }
    return endOfNull(base, offset, to, null, separator)
  }
}

/// Offset after `null` if it is the whole unquoted field at `offset`; otherwise `nil`.
@inline(never)
func endOfNull(
  _ base: UnsafeRawPointer, _ offset: Int, _ to: Int, _ null: UnsafeBufferPointer<UInt8>, _ separator: UInt8
) -> Int? {
  let end = offset + null.count
  guard end <= to, byteOrder(base + offset, null.baseAddress!, null.count) == 0 else { return nil }
  let isEnd =
    end == to || base[end] == separator || base[end] == ASCII.lineFeed
    || (base[end] == ASCII.carriageReturn && (end + 1 == to || base[end + 1] == ASCII.lineFeed))
  return isEnd ? end : nil
}

/// The result of splitting a record.
struct SplitRecord {
  /// Faults of a record's text.
  enum Fault: String {
    case none = ""
    case strayQuote = "a quote inside an unquoted field"
    case textAfterQuote = "text after the closing quote"
    case unterminatedQuote = "the quote is not closed before the end of the file"
    case backslashAtEnd = "a backslash at the end of the line"
    case notConstant = "a value of INSERT that is no plain constant (NULL, true, false, a number or a text)"
  }

  /// Offset after the record's last byte, without its line end.
  var end: Int
  /// Offset of the next record.
  var next: Int
  /// Number of fields; with a fault, the number of fields before the faulty one.
  var fields: Int
  var fault: Fault

  /// A record with a fault. It ends at the first line end from `place` on.
  static func faulty(
    _ fault: Fault, _ base: UnsafeRawPointer, from: Int, at place: Int, to: Int, fields: Int
  ) -> SplitRecord {
    let lineEnd = base.firstIndex(of: ASCII.lineFeed, from: place, to: to)
    return SplitRecord(
      end: contentEnd(base, from: from, lineEnd: lineEnd ?? to), next: lineEnd.map { $0 + 1 } ?? to, fields: fields,
      fault: fault)
  }
}

/// Offset after the last byte before a line end. A carriage return belongs to the line end.
@inline(__always)
func contentEnd(_ base: UnsafeRawPointer, from: Int, lineEnd: Int) -> Int {
  lineEnd > from && base[lineEnd - 1] == ASCII.carriageReturn ? lineEnd - 1 : lineEnd
}
