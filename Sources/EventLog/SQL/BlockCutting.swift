import EventModel

/// COPY blocks.
extension DumpCutter {
  /// A block of COPY text.
  struct Block {
    var place: DumpTables.Place
    var start: LogPosition
    /// The layout of rows that are read; `nil` if the rows are skipped.
    var layout: ColumnLayout?
    /// Whether the first row determines the number of fields.
    var isOpen = false
    var names: [String]?
    /// Why its rows cannot be skipped; `nil` if they can.
    var refusal: String?
    /// Number of skipped rows.
    var passed = 0
    /// Whether the next byte is inside a skipped row.
    var isMidLine = false
  }

  /// Rows with more bytes are skipped in pieces.
  private static let longLine = 4096

  mutating func beginCopy(
    _ name: SQLName, _ names: [String]?, _ source: SQLCopySource, _ isPlain: Bool
  ) throws(MalformedInput) {
    let place = place(name)
    let (kind, refusal) = try role(of: place, names)
    if needsDecision { return }
    scanner.begin()
    if let kind {
      guard source == .stdin else {
        throw MalformedInput(
          at: statementStart, reason: "the rows of \(place.table) are in another file; name that file instead")
      }
      guard isPlain else {
        throw MalformedInput(
          at: statementStart,
          reason: "COPY of \(place.table) with options, which cannot be read; dump again with pg_dump, or export it "
            + "with \\copy … csv header")
      }
      tablesSeen.insert(kind)
      session.hasRows = true
    } else if source != .stdin {
      return
    }
    var block = Block(place: place, start: statementStart, names: names, refusal: refusal)
    if let kind {
      block.layout = try layout(kind, names, place)
      block.isOpen = isOpen(kind, names, place)
    }
    mode = .copyLine(block)
  }

  /// Skips the rest of the line of a COPY statement. The rows begin on the next line.
  mutating func passCopyLine(_ block: Block, _ work: inout Work) throws(MalformedInput) -> Bool {
    let (base, count) = (work.window.base, work.window.count)
    guard let lineEnd = base.firstIndex(of: ASCII.lineFeed, from: work.offset, to: count) else {
      if !work.window.isLast { return false }
      work.offset = count
      mode = .block(block)
      return false
    }
    let rest = UnsafeRawBufferPointer(start: base + work.offset, count: lineEnd - work.offset)
      .drop { $0 == ASCII.space || $0 == ASCII.tab || $0 == ASCII.carriageReturn }
    if !isSurvey, !rest.isEmpty, !rest.starts(with: [UInt8(ascii: "-"), UInt8(ascii: "-")]) {
      throw MalformedInput(
        at: work.position(work.offset),
        reason: "text after a COPY statement on the same line, which cannot be read")
    }
    work.offset = lineEnd + 1
    mode = .block(block)
    return true
  }

  mutating func cutBlock(_ block: Block, _ work: inout Work) throws(MalformedInput) -> Bool {
    guard let layout = block.layout else { return try passBlock(block, &work) }
    let window = work.window
    let lines = CopyLines.scan(window.base, from: work.offset, to: window.count, isLast: false)
    let content = work.offset..<lines.whole
    if !content.isEmpty {
      work.take(content, lines: lines.lines)
      columns = layout
      if block.isOpen {
        var block = block
        let row = UnsafeRawBufferPointer(start: window.base + content.lowerBound, count: content.count)
          .prefix { $0 != ASCII.lineFeed }
        block.layout = self.layout(layout.table, fields: 1 + row.count { $0 == ASCII.tab })
        block.isOpen = false
        columns = block.layout
        mode = .block(block)
      }
      isInsert = false
    }
    work.offset = lines.whole
    if let end = lines.endMarker {
      work.offset = end
      mode = .statements
    } else if window.isLast, work.offset < window.count {
      // The last line has no line end: it is the end marker or a truncated row.
      if CopyLines.isEndMarker(window.base, from: work.offset, to: window.count) {
        work.offset = window.count
        mode = .statements
      } else {
        throw unended(block, at: work.position(work.offset))
      }
    } else if content.isEmpty {
      return false
    }
    return content.isEmpty
  }

  /// Skips and counts rows, a long one in pieces.
  private mutating func passBlock(_ current: Block, _ work: inout Work) throws(MalformedInput) -> Bool {
    var block = current
    let window = work.window
    while work.offset < window.count {
      let lineEnd = window.base.firstIndex(of: ASCII.lineFeed, from: work.offset, to: window.count)
      let end = lineEnd ?? window.count
      if !block.isMidLine {
        if lineEnd == nil, !window.isLast, end - work.offset < DumpCutter.longLine {
          mode = .block(block)
          return false
        }
        if CopyLines.isEndMarker(window.base, from: work.offset, to: end) {
          work.offset = min(end + 1, window.count)
          tables.pass(block.place, rows: block.passed, columns: block.names)
          mode = .statements
          return true
        }
        if let reason = block.refusal { throw MalformedInput(at: block.start, reason: reason) }
        block.passed += 1
        noteCatalog(block, UnsafeRawBufferPointer(start: window.base + work.offset, count: end - work.offset))
      }
      block.isMidLine = lineEnd == nil
      work.offset = min(end + 1, window.count)
    }
    mode = .block(block)
    return false
  }

  /// Notes a hypertable, if the block is TimescaleDB's catalog of them.
  private mutating func noteCatalog(_ block: Block, _ line: UnsafeRawBufferPointer) {
    guard block.place.table == TableName(schema: "_timescaledb_catalog", name: "hypertable"), let names = block.names,
      let id = names.firstIndex(of: "id"), let schema = names.firstIndex(of: "schema_name"),
      let name = names.firstIndex(of: "table_name")
    else { return }
    let fields = line.split(separator: ASCII.tab, omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
    guard fields.count == names.count, let number = Int(fields[id]) else { return }
    tables.noteHypertable(number, TableName(schema: fields[schema], name: fields[name]), in: block.place.database)
  }
}
