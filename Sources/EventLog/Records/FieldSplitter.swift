import EventModel

/// The records of a CSV or COPY chunk, in order, each split into its columns.
///
/// One splitter serves one thread for any number of chunks. A field that needs no unescaping points into the chunk,
/// others into scratch space that is reused for the next record; nothing is allocated per record.
public final class FieldSplitter {
  /// Physical line, one-based, on which the record starts; after a throw, that of the malformed record.
  public private(set) var lineNumber = 0
  /// Zero-based offset of the record in the unpacked file.
  public private(set) var byteOffset = 0
  /// The record as it stands in the file, without its line end; after a throw, the malformed one.
  public private(set) var record = UnsafeRawBufferPointer(start: nil, count: 0)

  private var file = ""
  private var form = RecordForm.csv
  private var layout = ColumnLayout(tableOrderOf: .events, fieldCount: 7)
  private var base = UnsafeRawPointer(bitPattern: 1)!
  private var count = 0
  private var following = 0
  private var followingLine = 0
  private var firstByteOffset = 0
  private let scratch = ByteBuffer()
  /// One more than the most columns a table has: the last takes the fields that are not read.
  private let fields = UnsafeMutablePointer<RecordField>.allocate(capacity: FieldSplitter.slots + 1)
  private var columnOfField: UnsafeMutableBufferPointer<Int8> = .allocate(capacity: 0)

  /// Most columns a table has.
  private static let slots = TableKind.allCases.reduce(0) { max($0, $1.columns.count) }

  public init() { forgetFields() }

  deinit {
    fields.deallocate()
    columnOfField.deallocate()
  }

  /// Starts on a chunk, which must outlive the splitting. The chunk must not be NDJSON.
  public func begin(_ chunk: RecordChunk) {
    guard let columns = chunk.columns else { preconditionFailure("an NDJSON chunk has no fields") }
    base = chunk.bytes.baseAddress!
    count = chunk.count
    file = chunk.file
    form = chunk.form
    following = 0
    followingLine = chunk.firstLine
    firstByteOffset = chunk.byteOffset
    // Unescaping never lengthens, so the chunk's length is room for all fields of any record of it.
    scratch.reset(capacity: chunk.count | 0xFFFF)
    guard columns != layout || columnOfField.count != columns.fieldCount else { return }
    layout = columns
    forgetFields()
    columnOfField.deallocate()
    columnOfField = .allocate(capacity: columns.fieldCount)
    for (field, column) in columns.columnOfField.enumerated() {
      columnOfField[field] = column < 0 ? Int8(FieldSplitter.slots) : column
    }
  }

  /// The value of a column (the raw value of ``EventColumn`` or a sibling) in the current record. O(1).
  public subscript(column: Int) -> RecordField {
    precondition(column >= 0 && column < FieldSplitter.slots)
    return fields[column]
  }

  /// Where the current record starts.
  public var position: LogPosition { LogPosition(file: file, line: lineNumber, byteOffset: byteOffset) }

  /// Goes to the next record; `false` at the end of the chunk. O(bytes of the record).
  ///
  /// Throws for a record that is malformed as CSV or COPY text, and stands behind it then: the next call goes on with
  /// the record after it.
  public func next() throws(MalformedInput) -> Bool {
    if form == .csv, columnOfField.count > 1 { skipBlankLines() }
    guard following < count else { return false }
    let start = following
    lineNumber = followingLine
    byteOffset = firstByteOffset + start
    let split: SplitRecord =
      form == .csv
      ? splitCSV(base, from: start, to: count, into: target) : splitCopy(base, from: start, to: count, into: target)
    following = split.next
    followingLine += base.lineEnds(from: start, to: split.next)
    record = UnsafeRawBufferPointer(start: base + start, count: split.end - start)
    if split.fault != .none || split.fields != columnOfField.count { throw malformed(split) }
    return true
  }

  private var target: SplitTarget {
    SplitTarget(
      fields: fields, columnOfField: UnsafeBufferPointer(columnOfField),
      scratch: UnsafeMutableRawPointer(mutating: scratch.base))
  }

  /// CSV lines without anything on them: no record where more than one column is declared.
  private func skipBlankLines() {
    while following < count {
      if base[following] == ASCII.lineFeed {
        following += 1
      } else if base[following] == ASCII.carriageReturn, following + 1 < count, base[following + 1] == ASCII.lineFeed {
        following += 2
      } else {
        return
      }
      followingLine += 1
    }
  }

  private func forgetFields() {
    fields.initialize(repeating: RecordField(base, -1), count: FieldSplitter.slots + 1)
  }

  private func malformed(_ split: SplitRecord) -> MalformedInput {
    guard split.fault != .none else {
      let declared = form == .csv ? "the header names" : "\(layout.table.name) have here"
      return MalformedInput(
        at: position, reason: "wrong number of columns: \(split.fields) where \(declared) \(columnOfField.count)")
    }
    let column = split.fields < columnOfField.count ? Int(columnOfField[split.fields]) : FieldSplitter.slots
    let name = column < layout.table.columns.count ? layout.table.columns[column] : "column \(split.fields + 1)"
    return MalformedInput(at: position, field: name, reason: split.fault.rawValue)
  }
}
