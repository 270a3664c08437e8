import EventModel

/// The start of a file: its first unpacked bytes, what form they have, and the columns they name.
struct ShardHead {
  private(set) var form = RecordForm.ndjson
  /// The columns of a CSV or COPY text file; a dump names them later, NDJSON never.
  private(set) var columns: ColumnLayout?
  /// The bytes read.
  let buffer = ByteBuffer()
  /// How many of them come before the first record: byte order mark and header line.
  private(set) var length = 0
  /// Line ends among those.
  private(set) var lines = 0
  /// Whether the file ends behind the bytes read.
  private(set) var isWhole = false
  /// What stopped the reading, if something did.
  private(set) var failure: MalformedInput?

  private let path: String

  /// Reads enough to tell the form, unless given, and the columns.
  ///
  /// Throws for an empty file, an unknown form, a header without the needed columns.
  init(_ source: ByteSource, path: String, options: ShardReader.Options) throws(MalformedInput) {
    self.path = path
    buffer.reset(capacity: RecordForm.headLength)
    read(source)
    if let failure, buffer.filled == 0 { throw failure }
    if let given = options.form {
      try RecordForm.refuseArchives(buffer.bytes, file: path)
      form = given
    } else {
      do throws(MalformedInput) {
        form = try RecordForm.detect(buffer.bytes, table: options.table, file: path)
      } catch {
        // A file cut off this early may look like anything.
        throw failure ?? error
      }
    }
    switch form {
    case .ndjson:
      length = RecordForm.byteOrderMark(buffer.bytes)
      try refuseOtherTable(options.table)
    case .csv: try readHeader(source, options)
    case .copyText:
      let count = try copyFieldCount(source, options)
      columns = ColumnLayout(tableOrderOf: options.table, fieldCount: count)
      try refuseOtherTable(options.table)
    case .pgDump: break
    }
  }

  /// Throws when the first record's keys or fields are those of another table.
  private func refuseOtherTable(_ table: TableKind) throws(MalformedInput) {
    let start = LogPosition(file: path, line: 1, byteOffset: length)
    let text = UnsafeRawBufferPointer(rebasing: buffer.bytes[length...])
    guard let other = TableKind.other(than: table, firstRecordOf: text, isWhole: isWhole, form) else { return }
    throw MalformedInput(at: start, reason: other.mistaken(for: table, by: form == .ndjson ? "keys" : "fields"))
  }

  private mutating func readHeader(_ source: ByteSource, _ options: ShardReader.Options) throws(MalformedInput) {
    length = RecordForm.byteOrderMark(buffer.bytes)
    let place = LogPosition(file: path, line: 1, byteOffset: length)
    while true {
      let rest = UnsafeRawBufferPointer(rebasing: buffer.bytes[length...])
      if rest.isEmpty, isWhole { throw MalformedInput(file: path, reason: "is empty; a CSV header line was expected") }
      if let header = try CSVHeader(rest, isLast: isWhole, at: place) {
        columns = try ColumnLayout(names: header.names, table: options.table, at: place)
        length += header.length
        lines = header.lines
        return
      }
      try readFurther(source, options)
    }
  }

  /// Fields of a COPY text record: the table's, or for users those of the first line.
  private mutating func copyFieldCount(
    _ source: ByteSource, _ options: ShardReader.Options
  ) throws(MalformedInput) -> Int {
    if let count = options.table.copyFieldCount { return count }
    while true {
      let line = buffer.bytes.prefix { $0 != ASCII.lineFeed }
      if line.count < buffer.filled || isWhole { return 1 + line.count { $0 == ASCII.tab } }
      try readFurther(source, options)
    }
  }

  /// Doubles what was read, up to the length of the longest record.
  private mutating func readFurther(_ source: ByteSource, _ options: ShardReader.Options) throws(MalformedInput) {
    if let failure { throw failure }
    guard buffer.filled < options.recordLimit else {
      let place = LogPosition(file: path, line: 1, byteOffset: length)
      throw MalformedInput(at: place, reason: "line longer than \(shown(options.recordLimit))")
    }
    buffer.grow(to: 2 * buffer.filled)
    read(source)
  }

  private mutating func read(_ source: ByteSource) {
    do throws(MalformedInput) {
      while buffer.filled < buffer.capacity, !isWhole {
        isWhole = try !buffer.fill(to: buffer.capacity, from: source.read(into:))
      }
    } catch {
      failure = error
    }
  }
}
