import EventModel

/// The form of a file, as detected from its first bytes.
struct DetectedForm: Equatable {
  var form: RecordForm
  /// Column separator of CSV.
  var separator = ASCII.comma
  /// Whether COPY text has a header line.
  var hasHeader = false
  /// Bytes before the header line or the first record: byte order mark, `sep=;`.
  var start = 0
  /// Number of line ends in these bytes.
  var lines = 0
  /// Whether nothing in the first bytes distinguishes COPY text from CSV: both read them alike.
  var isUntold = false
}

extension RecordForm {
  /// Number of unpacked bytes examined at the start of a file; fewer if it is shorter.
  static let headLength = 64 << 10

  /// The form of a file that begins with `head` and should hold rows of `table`.
  ///
  /// Throws if the file cannot be read. The message says what it is and how to get a readable export.
  /// - Parameter given: the form that the operator named; only the rest is detected then.
  static func detect(
    _ head: UnsafeRawBufferPointer, table: TableKind, options: ReadingOptions, given: RecordForm?, file: String
  ) throws(MalformedInput) -> DetectedForm {
    if given == nil, head.isEmpty { throw MalformedInput(file: file, reason: "is empty; \(expected(table))") }
    let mark = byteOrderMark(head)
    let text = head.dropFirst(mark).drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
    if let given, given == .ndjson || given == .json || given == .pgDump {
      if !isText(head) { try ForeignFile.refuse(head, file: file) }
      return DetectedForm(form: given, start: given == .json ? 0 : mark)
    }
    try ForeignFile.refuse(head, file: file)
    if given == nil {
      guard let first = text.first else {
        throw MalformedInput(file: file, reason: "holds nothing but blank lines; \(expected(table))")
      }
      if first == UInt8(ascii: "[") { return DetectedForm(form: .json) }
      if first == UInt8(ascii: "{") {
        return JSONLayout.isPrinted(text) ? DetectedForm(form: .json) : DetectedForm(form: .ndjson, start: mark)
      }
      if isDump(text) { return DetectedForm(form: .pgDump, start: mark) }
    }
    return try columnar(head, mark, table, options, given, file)
  }

  /// Length of the UTF-8 byte order mark at the start: 3 or 0.
  static func byteOrderMark(_ head: UnsafeRawBufferPointer) -> Int {
    head.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// Whether the file is text: the first 16 bytes are printable, and it is none of the binary kinds of ``ForeignFile``.
  private static func isText(_ head: UnsafeRawBufferPointer) -> Bool {
    head.prefix(16).allSatisfy { $0 >= ASCII.space || (0x09...0x0D).contains($0) }
      && !ForeignFile.all.prefix(10).contains { $0.isIt(ForeignFile.Head(bytes: head)) }
  }

  /// Beginnings of SQL scripts.
  private static let statements = [
    "set ", "copy ", "insert into ", "create ", "select ", "begin;", "begin transaction", "start transaction", "drop ",
    "alter ", "truncate ", "delete from ", "lock ", "do $", "comment on ", "with ", "update ", "reset ", "grant ",
    "revoke ", "analyze", "vacuum", "call ", "merge into ",
  ]
  /// psql commands at the beginning of a script, without the backslash.
  private static let commands = [
    "restrict", "connect", "c ", "set ", "unset ", "echo ", "encoding ", "pset ", "timing", "if ", "i ", "ir ", "copy ",
    "cd ", "qecho ", "warn ", "o ",
  ]

  private static func isDump(_ text: Slice<UnsafeRawBufferPointer>) -> Bool {
    if ["--", "/*"].contains(where: { text.starts(with: Array($0.utf8)) }) { return true }
    let start = String(decoding: text.prefix(32), as: UTF8.self).lowercased()
    if start.hasPrefix("\\"), commands.contains(where: start.dropFirst().hasPrefix) { return true }
    return statements.contains(where: start.hasPrefix)
  }

  // MARK: CSV and COPY text

  /// Distinguishes CSV from COPY text, and finds the column separator.
  private static func columnar(
    _ head: UnsafeRawBufferPointer, _ mark: Int, _ table: TableKind, _ options: ReadingOptions, _ given: RecordForm?,
    _ file: String
  ) throws(MalformedInput) -> DetectedForm {
    var found = DetectedForm(form: given ?? .csv, start: mark)
    var line = firstLine(head, from: mark)
    if given == nil || given == .copyText {
      while line.isEmpty, line.endIndex < head.endIndex {
        // If COPY text was named, blank lines are not skipped.
        if given != nil { break }
        found.start = line.endIndex + 1
        found.lines += 1
        line = firstLine(head, from: found.start)
      }
    }
    if given != .copyText, let separator = declared(line) {
      found.separator = separator
      found.start = (head[line.startIndex...].firstIndex(of: ASCII.lineFeed) ?? head.endIndex - 1) + 1
      found.lines += 1
      return found
    }
    let separator = HeaderLine.separator(of: line, table, options)
    switch given {
    case .csv:
      found.separator = separator ?? ASCII.comma
      return found
    case .copyText:
      found.hasHeader = separator == ASCII.tab && names(line, ASCII.tab, table).isSuperset(of: table.required(options))
      if !found.hasHeader { found.start = mark }
      return found
    case nil, .ndjson, .json, .pgDump: break
    }
    if let separator {
      found.separator = separator
      guard separator == ASCII.tab else { return found }
      guard names(line, ASCII.tab, table).isSuperset(of: table.required(options)) else { return found }
      return tabs(head[min(line.endIndex + 1, head.endIndex)...], found)
    }
    if line.contains(ASCII.tab) {
      found.form = .copyText
      found.start = mark
      found.lines = 0
      return found
    }
    let first = String(decoding: line.prefix { $0 != ASCII.comma }, as: UTF8.self).filter { $0 != "\"" }
    let isID = UUID128(first) != nil
    if isID, line.contains(ASCII.comma) {
      throw MalformedInput(file: file, reason: "CSV without a header line; export again with 'csv header'")
    }
    // A users export with one column has no tabs.
    if isID, table == .users { return DetectedForm(form: .copyText, start: mark) }
    throw MalformedInput(file: file, reason: "not of a form that can be read; \(expected(table))")
  }

  private static func firstLine(_ head: UnsafeRawBufferPointer, from start: Int) -> Slice<UnsafeRawBufferPointer> {
    var line = head[start...].prefix { $0 != ASCII.lineFeed }
    if line.last == ASCII.carriageReturn { line = line.dropLast() }
    return line
  }

  private static func names(_ line: Slice<UnsafeRawBufferPointer>, _ separator: UInt8, _ table: TableKind) -> Set<
    String
  > {
    let names = HeaderLine.names(UnsafeRawBufferPointer(rebasing: line), separator: separator, isCSV: true) ?? []
    return Set(ColumnLayout.folded(names, table))
  }

  /// The separator in a line such as `sep=;`, as spreadsheets write it; `nil` for other lines.
  private static func declared(_ line: Slice<UnsafeRawBufferPointer>) -> UInt8? {
    let bytes = line.filter { $0 != ASCII.quote }
    let word = String(decoding: bytes.prefix(4), as: UTF8.self).lowercased()
    return bytes.count == 5 && word == "sep=" ? bytes[4] : nil
  }

  /// Distinguishes COPY text from CSV in a file with a tab-separated header line, by the rows in `head`.
  private static func tabs(_ rows: Slice<UnsafeRawBufferPointer>, _ found: DetectedForm) -> DetectedForm {
    var found = found
    for line in rows.split(separator: ASCII.lineFeed, omittingEmptySubsequences: true) {
      for field in line.split(separator: ASCII.tab, omittingEmptySubsequences: false) {
        let field = field.last == ASCII.carriageReturn ? field.dropLast() : field
        if field.elementsEqual([ASCII.backslash, 0x4E]) || field.isEscaped {
          return copyText(&found)
        }
        if field.first == ASCII.quote, field.hasDoubledQuotes { return found }
        // A quote inside an unquoted field is an error in CSV and an ordinary character in COPY text.
        if field.first != ASCII.quote, field.contains(ASCII.quote) { return copyText(&found) }
      }
    }
    found.isUntold = true
    return copyText(&found)
  }

  private static func copyText(_ found: inout DetectedForm) -> DetectedForm {
    found.form = .copyText
    found.hasHeader = true
    return found
  }

  private static func expected(_ table: TableKind) -> String {
    "expected \(table.name) as NDJSON, CSV with header, COPY text or a plain pg_dump, plain or packed with gzip or zstd"
  }
}

extension Slice<UnsafeRawBufferPointer> {
  /// Whether a field that does not begin with a quote contains an escape of COPY text.
  fileprivate var isEscaped: Bool {
    var rest = self
    while let backslash = rest.firstIndex(of: ASCII.backslash) {
      let next = index(after: backslash)
      if next < endIndex, [0x5C, 0x62, 0x66, 0x6E, 0x72, 0x74, 0x76].contains(self[next]), first != ASCII.quote {
        return true
      }
      rest = rest[next...]
    }
    return false
  }

  /// Whether a quoted field has only doubled quotes between its first and last quote, and at least one pair of them.
  fileprivate var hasDoubledQuotes: Bool {
    guard count >= 4, last == ASCII.quote else { return false }
    var rest = dropFirst().dropLast()
    while let quote = rest.firstIndex(of: ASCII.quote) {
      let next = index(after: quote)
      guard next < rest.endIndex, self[next] == ASCII.quote else { return false }
      rest = rest[index(after: next)...]
      if rest.isEmpty || rest.firstIndex(of: ASCII.quote) == nil { return true }
    }
    return false
  }
}
