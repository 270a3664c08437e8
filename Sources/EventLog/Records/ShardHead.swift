import EventModel
import JSONTape

/// The start of a file: its first unpacked bytes, their form, and the columns they name.
struct ShardHead {
  private(set) var detected = DetectedForm(form: .ndjson)
  var form: RecordForm { detected.form }
  /// The columns of a CSV or COPY text file; `nil` for JSON and for dumps, which name columns later.
  private(set) var columns: ColumnLayout?
  /// The bytes read.
  let buffer = ByteBuffer()
  /// Number of bytes before the first record: byte order mark and header line.
  private(set) var length = 0
  /// Number of line ends in these bytes.
  private(set) var lines = 0
  /// Whether the file ends after the bytes read.
  private(set) var isWhole = false
  /// The error that stopped reading, if any.
  private(set) var failure: MalformedInput?

  private let path: String

  /// Reads enough to detect the form, unless given, and the columns.
  ///
  /// Throws for an empty file, an unknown form, and a header without the required columns.
  init(_ source: ByteSource, path: String, options: ShardReader.Options) throws(MalformedInput) {
    self.path = path
    buffer.reset(capacity: RecordForm.headLength)
    read(source)
    if let failure, buffer.filled == 0 { throw failure }
    do throws(MalformedInput) {
      detected = try RecordForm.detect(
        buffer.bytes, table: options.table, options: options.reading, given: options.form, file: path)
    } catch {
      // A file that fails this early may look like any form.
      throw failure ?? error
    }
    (length, lines) = (detected.start, detected.lines)
    switch form {
    case .ndjson, .json: try refuseOtherRows(options.table)
    case .csv: try readHeader(source, options)
    case .copyText:
      if detected.hasHeader {
        try readCopyHeader(options)
      } else {
        let count = try copyFieldCount(source, options)
        columns = ColumnLayout(tableOrderOf: options.table, fieldCount: count, options: options.reading)
        try refuseOtherTable(options.table)
      }
    case .pgDump: break
    }
  }

  /// Throws if the fields of the first record are those of another table.
  private func refuseOtherTable(_ table: TableKind) throws(MalformedInput) {
    guard let other = TableKind.other(than: table, firstFieldsOf: rest, isWhole: isWhole) else { return }
    throw MalformedInput(at: start, reason: other.mistaken(for: table, by: "fields"))
  }

  /// Throws if the members of the first object are those of another table or of another tool's records.
  private func refuseOtherRows(_ table: TableKind) throws(MalformedInput) {
    guard let object = TableKind.firstObject(of: rest, isWhole: isWhole), let members = object.members else { return }
    let names = members.map(\.key)
    if let other = TableKind.other(than: table, named: names) {
      throw MalformedInput(at: start, reason: other.mistaken(for: table, by: "keys"))
    }
    if table.required.filter({ $0 != "metadata" }).allSatisfy(names.contains) { return }
    if let reason = ForeignText.object(names, object) { throw MalformedInput(at: start, reason: reason) }
  }

  private var start: LogPosition { LogPosition(file: path, line: 1, byteOffset: length) }
  private var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer.bytes[length...]) }

  private mutating func readHeader(_ source: ByteSource, _ options: ShardReader.Options) throws(MalformedInput) {
    let place = LogPosition(file: path, line: 1 + lines, byteOffset: length)
    while true {
      let rest = rest
      if rest.isEmpty, isWhole { throw MalformedInput(file: path, reason: "is empty; a CSV header line was expected") }
      if let header = try HeaderLine(rest, separator: detected.separator, isLast: isWhole, at: place) {
        columns = try ColumnLayout(
          names: header.names, table: options.table, options: options.reading, header: true,
          separator: detected.separator, at: place)
        length += header.length
        lines += header.lines
        return
      }
      try readFurther(source, options)
    }
  }

  /// Reads the header line of COPY text, which ends within the bytes read.
  private mutating func readCopyHeader(_ options: ShardReader.Options) throws(MalformedInput) {
    let place = LogPosition(file: path, line: 1 + lines, byteOffset: length)
    let header = HeaderLine(copyText: buffer.bytes[length...].prefix { $0 != ASCII.lineFeed })
    columns = try ColumnLayout(
      names: header.names, table: options.table, options: options.reading, header: true, separator: ASCII.tab, at: place
    )
    length = min(length + header.length, buffer.filled)
    lines += header.lines
  }

  /// Number of fields of a COPY text record: the table's, or for users that of the first line.
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

  /// Doubles the bytes read. Throws at the length of the longest allowed record.
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
