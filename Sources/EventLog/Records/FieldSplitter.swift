import EventModel

/// The records of a CSV, COPY or INSERT chunk, in order, each split into its columns.
///
/// Repeated header lines, as in files that were joined, are skipped and counted.
///
/// One splitter serves one thread for any number of chunks. A field that needs no unescaping points into the chunk,
/// others into scratch space that is reused for the next record; nothing is allocated per record.
public final class FieldSplitter {
  /// Physical line, one-based, on which the record starts; after a throw, that of the malformed record.
  public private(set) var lineNumber = 0
  /// Zero-based offset of the record in the unpacked file.
  public private(set) var byteOffset = 0
  /// The record as it is in the file, without its line end; after a throw, the malformed one.
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
  /// By slot: a table's columns, unread fields, deletion marks. See ``slots``.
  private let fields = UnsafeMutablePointer<RecordField>.allocate(capacity: FieldSplitter.places)
  private var columnOfField: UnsafeMutableBufferPointer<Int8> = .allocate(capacity: 0)
  private var null: UnsafeMutableBufferPointer<UInt8> = .allocate(capacity: 0)
  /// The slot of an id column: its values are longer than any column name in a header line.
  private var idSlot = 0
  /// Whether the layout has columns that mark rows as deleted.
  public private(set) var hasMarks = false
  /// Number of repeated header lines.
  public private(set) var repeatedHeaders = 0

  /// The largest number of columns of a table. The next slot takes unread fields; the slots after it take deletion
  /// marks.
  static let slots = TableKind.allCases.reduce(0) { max($0, $1.columns.count) }
  private static let places = slots + 1 + DeletionMarks.columns.count

  public init() { forgetFields() }

  deinit {
    fields.deallocate()
    columnOfField.deallocate()
    null.deallocate()
  }

  /// Starts on a chunk, which must outlive the splitting and must not be NDJSON.
  public func begin(_ chunk: RecordChunk) {
    guard let columns = chunk.columns else { preconditionFailure("an NDJSON chunk has no fields") }
    base = chunk.bytes.baseAddress!
    count = chunk.count
    file = chunk.file
    form = chunk.form
    following = 0
    followingLine = chunk.firstLine
    firstByteOffset = chunk.byteOffset
    // Unescaping never lengthens a field, so the chunk's length is enough for the fields of any of its records.
    scratch.reset(capacity: chunk.count | 0xFFFF)
    // After a malformed record, fields are those of earlier records: never those of a chunk whose memory is gone.
    forgetFields()
    guard columns != layout || columnOfField.count != columns.fieldCount else { return }
    layout = columns
    columnOfField.deallocate()
    columnOfField = .allocate(capacity: columns.fieldCount)
    for (field, column) in columns.columnOfField.enumerated() { columnOfField[field] = FieldSplitter.slot(column) }
    null.deallocate()
    let nullText = columns.null ?? []
    null = .allocate(capacity: nullText.count)
    _ = null.initialize(from: nullText)
    hasMarks = columns.hasMarks
    // The second column of projections and jobs is a user id, so none of their rows looks like a header.
    idSlot = columns.table == .events || columns.table == .users ? 0 : 1
  }

  private static func slot(_ column: Int8) -> Int8 {
    if column < 0 { return Int8(slots) }
    return column >= ColumnLayout.firstMark ? Int8(slots) + 1 + column - ColumnLayout.firstMark : column
  }

  /// The first column that marks the current record as deleted, as an index in ``DeletionMarks/columns``. Throws if the
  /// meaning of a value is unknown.
  func deletionMark() throws(RecordFault) -> Int? {
    var mark: Int?
    for column in DeletionMarks.columns.indices {
      let field = fields[FieldSplitter.slots + 1 + column]
      if !field.isNull, try DeletionMarks.isMarked(field.bytes, column: column) { mark = mark ?? column }
    }
    return mark
  }

  /// The current record's values in deletion mark columns; `column` is an index in ``DeletionMarks/columns``.
  public var marks: [(column: Int, field: RecordField)] {
    guard hasMarks else { return [] }
    return DeletionMarks.columns.indices.map { ($0, fields[FieldSplitter.slots + 1 + $0]) }.filter { !$0.1.isNull }
  }

  /// Like ``deletionMark()``, for counting only: a value with an unknown meaning marks nothing.
  public var countedMark: Int? { hasMarks ? (try? deletionMark()) ?? nil : nil }

  /// The value of a column (the raw value of ``EventColumn`` or a sibling) in the current record. O(1).
  public subscript(column: Int) -> RecordField {
    precondition(column >= 0 && column < FieldSplitter.slots)
    return fields[column]
  }

  /// Where the current record starts.
  public var position: LogPosition { LogPosition(file: file, line: lineNumber, byteOffset: byteOffset) }

  /// Moves to the next record. Returns `false` at the end of the chunk. O(bytes of the record).
  ///
  /// Throws for a malformed CSV, COPY or INSERT record. The next call goes on with the record after it.
  public func next() throws(MalformedInput) -> Bool {
    while true {
      if form == .csv, columnOfField.count > 1 { skipBlankLines() }
      if form == .pgDump { skipBlanks() }
      guard following < count else { return false }
      let start = following
      lineNumber = followingLine
      byteOffset = firstByteOffset + start
      let split = split(from: start)
      following = split.next
      followingLine += base.lineEnds(from: start, to: split.next)
      record = UnsafeRawBufferPointer(start: base + start, count: split.end - start)
      if split.fault != .none || split.fields != columnOfField.count {
        if try isHeader() { continue }
        throw malformed(split)
      }
      // An id is longer than any column name.
      if fields[idSlot].length < FieldSplitter.shortestID, try isHeader() { continue }
      return true
    }
  }

  /// Length of a UUID without hyphens.
  private static let shortestID = 32

  @inline(__always)
  private func split(from start: Int) -> SplitRecord {
    switch form {
    case .csv: splitCSV(base, from: start, to: count, into: target)
    case .copyText: splitCopy(base, from: start, to: count, into: target)
    case .pgDump: splitInsert(base, from: start, to: count, into: target)
    case .ndjson, .json: preconditionFailure("a chunk of JSON has no fields")
    }
  }

  /// Whether the current record repeats the header line. Counts it if so.
  ///
  /// Throws for a header line with other columns or another order.
  private func isHeader() throws(MalformedInput) -> Bool {
    if layout.header.isEmpty { return false }
    let isCopy = form == .copyText
    guard let names = HeaderLine.names(record, separator: isCopy ? ASCII.tab : layout.separator, isCSV: !isCopy) else {
      return false
    }
    let folded = ColumnLayout.folded(names, layout.table)
    if folded == ColumnLayout.folded(layout.header, layout.table) {
      repeatedHeaders += 1
      return true
    }
    // No row has three column names as its values, so this is another header line.
    guard folded.count(where: layout.table.columns.contains) >= min(3, layout.table.required.count) else {
      return false
    }
    throw MalformedInput(
      at: position,
      reason: "another header line, with the columns \(HeaderLine.shown(names)) where the file began with "
        + "\(HeaderLine.shown(layout.header)); pass the files one by one", stopsRun: true)
  }

  /// Skips white space between the rows of INSERT.
  private func skipBlanks() {
    while following < count, base[following] == ASCII.space || (0x09...0x0D).contains(base[following]) {
      followingLine += base[following] == ASCII.lineFeed ? 1 : 0
      following += 1
    }
  }

  private var target: SplitTarget {
    SplitTarget(
      fields: fields, columnOfField: UnsafeBufferPointer(columnOfField), separator: layout.separator,
      null: UnsafeBufferPointer(null), scratch: UnsafeMutableRawPointer(mutating: scratch.base))
  }

  /// Skips empty lines of CSV. They are no records if more than one column is declared.
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
    fields.initialize(repeating: RecordField(base, -1), count: FieldSplitter.places)
  }

  private func malformed(_ split: SplitRecord) -> MalformedInput {
    guard split.fault != .none else {
      let declared = form == .csv ? "the header names" : "\(layout.table.name) have here"
      let hint = ForeignText.line(record).map { "; \($0)" } ?? ""
      return MalformedInput(
        at: position,
        reason: "wrong number of columns: \(split.fields) where \(declared) \(columnOfField.count)\(hint)")
    }
    let column = split.fields < columnOfField.count ? Int(columnOfField[split.fields]) : FieldSplitter.slots
    let name = column < layout.table.columns.count ? layout.table.columns[column] : "column \(split.fields + 1)"
    var hint = form == .csv ? ForeignText.nullHint(split, record) : ""
    if split.fault == .strayQuote, layout.separator != ASCII.comma, name == "data" || name == "metadata" {
      hint = "; a tool wrote values without quotes, as psql -A does: export again with \\copy … csv header"
    }
    return MalformedInput(at: position, field: name, reason: split.fault.rawValue + hint)
  }
}
