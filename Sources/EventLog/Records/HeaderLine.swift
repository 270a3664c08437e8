import EventModel

/// The header line of a CSV or COPY text file.
struct HeaderLine {
  /// The column names, unquoted.
  var names: [String]
  /// Bytes of the header, its line end included.
  var length: Int
  /// Line ends in it: more than one when a name holds some.
  var lines: Int

  /// Reads the header of a CSV file at the start of `bytes`. `nil` when more bytes are needed. O(length).
  ///
  /// Throws for quotes where none belong.
  init?(
    _ bytes: UnsafeRawBufferPointer, separator: UInt8, isLast: Bool, at place: LogPosition
  ) throws(MalformedInput) {
    var names: [String] = []
    var name: [UInt8] = []
    var offset = 0
    var lines = 0
    var isInside = false
    var wasQuoted = false
    while true {
      guard offset < bytes.count else {
        guard isLast else { return nil }
        guard !isInside else { throw MalformedInput(at: place, reason: "the header has an unterminated quote") }
        break
      }
      let byte = bytes[offset]
      offset += 1
      lines += byte == ASCII.lineFeed ? 1 : 0
      if isInside {
        guard byte == ASCII.quote else {
          name.append(byte)
          continue
        }
        guard offset < bytes.count || isLast else { return nil }
        if offset < bytes.count, bytes[offset] == ASCII.quote {
          name.append(byte)
          offset += 1
        } else {
          isInside = false
        }
      } else if byte == ASCII.lineFeed {
        break
      } else if byte == separator {
        names.append(String(decoding: name, as: UTF8.self))
        name = []
        wasQuoted = false
      } else if byte == ASCII.quote {
        guard name.isEmpty, !wasQuoted else { throw MalformedInput(at: place, reason: "the header has a stray quote") }
        isInside = true
        wasQuoted = true
      } else {
        name.append(byte)
      }
    }
    if name.last == ASCII.carriageReturn { name.removeLast() }
    names.append(String(decoding: name, as: UTF8.self))
    self.names = names
    self.length = offset
    self.lines = lines
  }

  /// Reads the header of COPY text, whose first line is the bytes up to `lineEnd`.
  init(copyText line: Slice<UnsafeRawBufferPointer>) {
    names = HeaderLine.split(line, separator: ASCII.tab)
    length = line.count + 1
    lines = 1
  }

  /// The names in a line, without those quotes that are around a name; a byte order mark is passed over.
  private static func split(_ line: Slice<UnsafeRawBufferPointer>, separator: UInt8) -> [String] {
    var line = line
    if line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
    if line.last == ASCII.carriageReturn { line = line.dropLast() }
    return line.split(separator: separator, omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// The names in a record, if it can be a header line; `nil` for quotes where none belong.
  static func names(_ record: UnsafeRawBufferPointer, separator: UInt8, isCSV: Bool) -> [String]? {
    // No header is as long as rows may be.
    guard record.count <= 1 << 16 else { return nil }
    let mark = RecordForm.byteOrderMark(record)
    let bytes = UnsafeRawBufferPointer(rebasing: record[mark...])
    if !isCSV { return split(bytes[...], separator: separator) }
    let nowhere = LogPosition(file: "", line: 0, byteOffset: 0)
    return (try? HeaderLine(bytes, separator: separator, isLast: true, at: nowhere))?.names
  }

  /// What separates the columns of a header line: that with which it names all columns that the table needs, else the one
  /// with which it names most columns of some table. `nil` when it names none.
  static func separator(of line: Slice<UnsafeRawBufferPointer>, _ table: TableKind, _ options: ReadingOptions) -> UInt8?
  {
    var best: (separator: UInt8, count: Int)?
    for separator in [ASCII.comma, UInt8(ascii: ";"), ASCII.tab, UInt8(ascii: "|")] {
      // Quotes at fault are a fault of the header, not a sign of another form.
      let names =
        names(UnsafeRawBufferPointer(rebasing: line), separator: separator, isCSV: true)
        ?? split(line, separator: separator)
      let folded = ColumnLayout.folded(names, table)
      // A users export may have one column only, which nothing separates.
      if table.required(options).allSatisfy(folded.contains),
        table != .users || names.count > 1 || separator == ASCII.comma
      {
        return separator
      }
      var count = 0
      for kind in TableKind.allCases {
        count = max(count, ColumnLayout.folded(names, kind).count(where: kind.columns.contains))
      }
      // One name alone may be a value.
      let isEnough = count > (separator == ASCII.comma ? 0 : 1)
      if isEnough, best.map({ count > $0.count }) ?? true { best = (separator, count) }
    }
    return best?.separator
  }

  /// Names for a message.
  static func shown(_ names: [String]) -> String { names.prefix(16).map(quotedIdentifier).joined(separator: ", ") }
}
