import EventModel

/// Where the fields of a record go.
struct SplitTarget {
  /// By column; one more slot takes those not read.
  let fields: UnsafeMutablePointer<RecordField>
  /// Which slot each field of the record goes to.
  let columnOfField: UnsafeBufferPointer<Int8>
  /// What separates the fields of CSV.
  let separator: UInt8
  /// A text that is NULL where it is an unquoted field; empty: none.
  let null: UnsafeBufferPointer<UInt8>
  /// Room for the unescaped fields of one record, and ``ByteBuffer/padding`` more.
  let scratch: UnsafeMutableRawPointer

  /// Stores a field; those beyond the declared ones are only counted.
  @inline(__always)
  func set(_ field: Int, _ start: UnsafeRawPointer, _ length: Int) {
    if field < columnOfField.count { fields[Int(columnOfField[field])] = RecordField(start, length) }
  }

  /// Whether a field is of a column that nobody reads, or one too many.
  func isUnread(_ field: Int) -> Bool {
    field >= columnOfField.count || Int(columnOfField[field]) == FieldSplitter.slots
  }

  /// Whether an unquoted field is the text for NULL. Few are of its length: a call leaves the loop over fields small.
  @inline(__always)
  func isNull(_ start: UnsafeRawPointer, _ length: Int) -> Bool {
    length == null.count && length > 0 && byteOrder(start, null.baseAddress!, length) == 0
  }

  /// Whether the text for NULL begins with a quote and is the field at `offset`: then the quote opens nothing.
  @inline(__always)
  func isQuotedNull(_ base: UnsafeRawPointer, _ offset: Int, _ to: Int) -> Bool {
    null.isEmpty ? false : endOfQuotedNull(base, offset, to) != nil
  }

  /// Offset after the text for NULL that is the field at `offset`, where that text begins with a quote.
  @inline(__always)
  func endOfQuotedNull(_ base: UnsafeRawPointer, _ offset: Int, _ to: Int) -> Int? {
    if null.isEmpty || null[0] != ASCII.quote { return nil }
    return endOfNull(base, offset, to, null, separator)
  }
}

/// Offset after `null` if it is the whole unquoted field at `offset`.
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

/// How a record was split.
struct SplitRecord {
  /// What can be wrong with a record as text.
  enum Fault: String {
    case none = ""
    case strayQuote = "a quote inside an unquoted field"
    case textAfterQuote = "text after the closing quote"
    case unterminatedQuote = "the quote is not closed before the end of the file"
    case backslashAtEnd = "a backslash at the end of the line"
    case notConstant = "a value of INSERT that is no plain constant (NULL, true, false, a number or a text)"
  }

  /// Offset after the record's last byte, its line end left out.
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

/// Offset after the last byte before a line end: one carriage return belongs to the line end.
@inline(__always)
func contentEnd(_ base: UnsafeRawPointer, from: Int, lineEnd: Int) -> Int {
  lineEnd > from && base[lineEnd - 1] == ASCII.carriageReturn ? lineEnd - 1 : lineEnd
}
