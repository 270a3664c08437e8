import EventModel

extension RecordForm {
  /// How many unpacked bytes at the start of a file are looked at, if it has as many.
  static let headLength = 64 << 10

  /// The form of a file that begins with `head`, where it should hold rows of `table`.
  ///
  /// Throws for what cannot be read, with what was expected and, for other kinds of dump, the command that converts.
  static func detect(
    _ head: UnsafeRawBufferPointer, table: TableKind, file: String
  ) throws(MalformedInput) -> RecordForm {
    guard !head.isEmpty else { throw MalformedInput(file: file, reason: "is empty; \(expected(table))") }
    try refuseArchives(head, file: file)
    let text = head.dropFirst(byteOrderMark(head)).drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
    guard let first = text.first else {
      throw MalformedInput(file: file, reason: "holds nothing but blank lines; \(expected(table))")
    }
    if first == 0x7B { return .ndjson }
    if first == 0x5B {
      throw MalformedInput(file: file, reason: "is one JSON array; write one object a line: jq -c '.[]'")
    }
    if isDump(text) { return .pgDump }
    let line = text.prefix { $0 != ASCII.lineFeed && $0 != ASCII.carriageReturn }
    return try form(ofFirstLine: line, table: table, file: file)
  }

  /// Length of the UTF-8 byte order mark at the start: 3 or 0.
  static func byteOrderMark(_ head: UnsafeRawBufferPointer) -> Int {
    head.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// Dumps that are not text, and archives.
  static func refuseArchives(_ head: UnsafeRawBufferPointer, file: String) throws(MalformedInput) {
    let shown = file == "-" ? "FILE" : file
    if head.starts(with: Array("PGDMP".utf8)) {
      throw MalformedInput(
        file: file, reason: "a custom-format dump; convert it on a pipe: pg_restore -f - \(shown) | refold … -")
    }
    guard head.count >= 262, head[257..<262].elementsEqual(Array("ustar".utf8)) else { return }
    if head.starts(with: Array("toc.dat".utf8)) {
      throw MalformedInput(
        file: file, reason: "a tar-format dump; convert it on a pipe: pg_restore -f - \(shown) | refold … -")
    }
    throw MalformedInput(file: file, reason: "a tar archive; unpack it and name the files in it")
  }

  private static func isDump(_ text: Slice<UnsafeRawBufferPointer>) -> Bool {
    let starts = ["--", "SET ", "COPY ", "INSERT INTO ", "\\restrict ", "SELECT pg_catalog."]
    return starts.contains { text.starts(with: Array($0.utf8)) }
  }

  /// COPY text has tabs and no names; a CSV header has names and commas.
  private static func form(
    ofFirstLine line: Slice<UnsafeRawBufferPointer>, table: TableKind, file: String
  ) throws(MalformedInput) -> RecordForm {
    func words(_ separator: UInt8) -> [String] {
      line.split(separator: separator, omittingEmptySubsequences: false).map {
        let quoted = $0.count >= 2 && $0.first == ASCII.quote && $0.last == ASCII.quote
        return String(decoding: quoted ? $0.dropFirst().dropLast() : $0, as: UTF8.self)
      }
    }
    if line.contains(ASCII.tab) {
      guard !words(ASCII.tab).contains(where: table.required.contains) else {
        throw MalformedInput(file: file, reason: "tab-separated with a header; export as CSV or as COPY text")
      }
      return .copyText
    }
    let names = words(ASCII.comma)
    if TableKind.allCases.contains(where: { $0.columns.contains(where: names.contains) }) { return .csv }
    let firstIsID = UUID128(names[0]) != nil
    if firstIsID, names.count > 1 {
      throw MalformedInput(file: file, reason: "CSV without a header line; export again with 'csv header'")
    }
    // A users export of one column has no tabs.
    if firstIsID, table == .users { return .copyText }
    throw MalformedInput(file: file, reason: "of no form that can be read; \(expected(table))")
  }

  private static func expected(_ table: TableKind) -> String {
    "expected \(table.name) as NDJSON, CSV with header, COPY text or a plain pg_dump, plain or packed with gzip or zstd"
  }
}
