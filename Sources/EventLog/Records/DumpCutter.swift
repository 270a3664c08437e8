import EventModel

/// Finds the COPY blocks of the wanted tables in a plain pg_dump and cuts them at line ends.
///
/// Everything else is passed over: other SQL line by line, other tables' blocks up to their `\.`.
struct DumpCutter {
  /// The wanted tables whose block was met.
  private(set) var tablesSeen: Set<TableKind> = []
  /// The columns of the block the last cut's records are from.
  private(set) var columns: ColumnLayout?

  private let tables: Set<TableKind>
  private var state = State.sql
  /// Whether the next byte is within a line of no interest.
  private var isMidLine = false
  /// Whether pg_dump's opening comment was met and its closing one not yet.
  private var isUnended = false
  private var firstInsert: (place: LogPosition, table: TableKind)?

  private enum State {
    case sql
    case block(ColumnLayout, start: LogPosition)
    case otherBlock(table: String, start: LogPosition)
  }

  /// A line of no interest longer than this is passed over in pieces.
  private static let longLine = 4096

  init(tables: Set<TableKind>) { self.tables = tables }

  /// Throws for a COPY line that lacks needed columns and for a last line that is cut off. O(bytes).
  mutating func cut(_ window: CutWindow) throws(MalformedInput) -> Cut {
    var offset = 0
    var lines = 0
    while offset < window.count {
      if case .block(let layout, _) = state {
        let block = CopyLines.scan(window.base, from: offset, to: window.count, isLast: false)
        let content = offset..<block.whole
        let linesBefore = lines
        offset = block.whole
        lines += block.lines
        if try takeEnd(of: block, window, &offset, &lines) { state = .sql }
        if !content.isEmpty {
          columns = layout
          return Cut(content: content, linesBefore: linesBefore, consumed: offset, lines: lines)
        }
        if case .block = state { break }
      } else {
        guard try passLine(window, &offset, &lines) else { break }
      }
    }
    return .skip(offset, lines: lines)
  }

  /// Passes the end marker of a block. `false` when the block goes on.
  private func takeEnd(
    of block: CopyLines, _ window: CutWindow, _ offset: inout Int, _ lines: inout Int
  ) throws(MalformedInput) -> Bool {
    if let end = block.endMarker {
      offset = end
      lines += 1
      return true
    }
    guard window.isLast, offset < window.count else { return false }
    // The last line has no line end: the end marker, or a row that was cut off.
    guard CopyLines.isEndMarker(window.base, from: offset, to: window.count) else {
      // Whole rows before it are handed out first; then this is met again.
      if block.lines > 0 { return false }
      throw unended(at: window.position(offset, lines: lines))
    }
    offset = window.count
    return true
  }

  /// Passes a line of SQL or of an unwanted block. `false` when more bytes are needed to tell what it is.
  private mutating func passLine(
    _ window: CutWindow, _ offset: inout Int, _ lines: inout Int
  ) throws(MalformedInput) -> Bool {
    let lineEnd = window.base.firstIndex(of: ASCII.lineFeed, from: offset, to: window.count)
    let line = UnsafeRawBufferPointer(start: window.base + offset, count: (lineEnd ?? window.count) - offset)
    if !isMidLine {
      guard lineEnd != nil || window.isLast || mayPassInPieces(line) else { return false }
      try note(line, at: window.position(offset, lines: lines))
    }
    isMidLine = lineEnd == nil
    offset = lineEnd.map { $0 + 1 } ?? window.count
    lines += lineEnd == nil ? 0 : 1
    return true
  }

  private func mayPassInPieces(_ line: UnsafeRawBufferPointer) -> Bool {
    if case .otherBlock = state { return line.count > 3 }
    return line.count > DumpCutter.longLine && !line.starts(with: CopyStatement.keyword)
  }

  /// Takes in what a line means: the start or end of a block, the start or end of the dump, a row as INSERT.
  private mutating func note(_ line: UnsafeRawBufferPointer, at place: LogPosition) throws(MalformedInput) {
    if case .otherBlock = state {
      if CopyLines.isEndMarker(line.baseAddress!, from: 0, to: line.count) { state = .sql }
    } else if let statement = CopyStatement(line) {
      guard let table = TableKind(name: statement.table), tables.contains(table) else {
        state = .otherBlock(table: statement.table, start: place)
        return
      }
      state = .block(try ColumnLayout(names: statement.columns ?? table.columns, table: table, at: place), start: place)
      tablesSeen.insert(table)
    } else if line.starts(with: DumpCutter.comment) {
      if line.starts(with: DumpCutter.closing) { isUnended = false } else { isUnended = true }
    } else if firstInsert == nil, let table = CopyStatement.tableOfInsert(line).flatMap(TableKind.init(name:)),
      tables.contains(table)
    {
      firstInsert = (place, table)
    }
  }

  private static let comment = Array("-- PostgreSQL database dump".utf8)
  private static let closing = Array("-- PostgreSQL database dump complete".utf8)

  /// Checks, at the end of the file, that the dump is whole and held something of use.
  func finish(at end: LogPosition) throws(MalformedInput) {
    switch state {
    case .block, .otherBlock: throw unended(at: end)
    case .sql: break
    }
    if isUnended {
      throw MalformedInput(
        at: end,
        reason: "the dump lacks its closing comment 'PostgreSQL database dump complete': it was cut off; dump again")
    }
    guard tablesSeen.isEmpty else { return }
    if let insert = firstInsert {
      throw MalformedInput(
        at: insert.place,
        reason: "the dump holds \(insert.table.name) as INSERT statements; dump again without --inserts")
    }
    let names = TableKind.allCases.filter(tables.contains).map(\.name).joined(separator: ", ")
    throw MalformedInput(
      file: end.file, reason: "the dump has no COPY block of \(names); dump again with -t and without --schema-only")
  }

  private func unended(at place: LogPosition) -> MalformedInput {
    let (table, start) =
      switch state {
      case .block(let layout, let start): (layout.table.name, start)
      case .otherBlock(let table, let start): (table, start)
      case .sql: ("", place)
      }
    return MalformedInput(
      at: place,
      reason: "the file ends within the COPY block of \(table) that starts in line \(start.line): "
        + "it was cut off; dump again")
  }
}
