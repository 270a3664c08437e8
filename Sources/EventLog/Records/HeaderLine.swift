import EventModel

/// The header line of a CSV or COPY text file.
struct HeaderLine {
  /// The column names, unquoted.
  var names: [String]
  /// Length of the header in bytes, including its line end.
  var length: Int
  /// Number of line ends in it: more than one if a name contains some.
  var lines: Int

  /// Reads the header of a CSV file at the start of `bytes`. `nil` if more bytes are needed. O(length).
  ///
  /// Throws for misplaced and unterminated quotes.
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

  /// Reads the header of COPY text from its first line, given without the line end.
  init(copyText line: Slice<UnsafeRawBufferPointer>) {
    names = HeaderLine.split(line, separator: ASCII.tab)
    length = line.count + 1
    lines = 1
  }

  /// Splits a line into names. Drops a byte order mark and a carriage return at the end; keeps quotes.
  private static func split(_ line: Slice<UnsafeRawBufferPointer>, separator: UInt8) -> [String] {
    var line = line
    if line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
    if line.last == ASCII.carriageReturn { line = line.dropLast() }
    return line.split(separator: separator, omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// The names in a record; `nil` if it is too long for a header line or has misplaced quotes.
  static func names(_ record: UnsafeRawBufferPointer, separator: UInt8, isCSV: Bool) -> [String]? {
    // Rows may be longer than any header.
    guard record.count <= 1 << 16 else { return nil }
    let mark = RecordForm.byteOrderMark(record)
    let bytes = UnsafeRawBufferPointer(rebasing: record[mark...])
    if !isCSV { return split(bytes[...], separator: separator) }
    let nowhere = LogPosition(file: "", line: 0, byteOffset: 0)
    return (try? HeaderLine(bytes, separator: separator, isLast: true, at: nowhere))?.names
  }

  /// The separator of a header line: the first one that yields all required columns of the table, otherwise the one
  /// that yields most columns of any table. `nil` if none yields enough.
  static func separator(of line: Slice<UnsafeRawBufferPointer>, _ table: TableKind, _ options: ReadingOptions) -> UInt8?
  {
    var best: (separator: UInt8, count: Int)?
    for separator in [ASCII.comma, UInt8(ascii: ";"), ASCII.tab, UInt8(ascii: "|")] {
      // Misplaced quotes are a fault of the header, not a sign of another form.
      let names =
        names(UnsafeRawBufferPointer(rebasing: line), separator: separator, isCSV: true)
        ?? split(line, separator: separator)
      let folded = ColumnLayout.folded(names, table)
      // A users export may have a single column and so no separator.
      if table.required(options).allSatisfy(folded.contains),
        table != .users || names.count > 1 || separator == ASCII.comma
      {
        return separator
      }
      var count = 0
      for kind in TableKind.allCases {
        count = max(count, ColumnLayout.folded(names, kind).count(where: kind.columns.contains))
      }
      // Without a comma, a single matching name may be a value.
      let isEnough = count > (separator == ASCII.comma ? 0 : 1)
      if isEnough, best.map({ count > $0.count }) ?? true { best = (separator, count) }
    }
    return best?.separator
  }

  /// The names (at most 16) for a message.
  static func shown(_ names: [String]) -> String { names.prefix(16).map(quotedIdentifier).joined(separator: ", ") }
}
