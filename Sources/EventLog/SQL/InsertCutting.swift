import EventModel

/// The rows of INSERT statements.
extension DumpCutter {
  /// An INSERT whose rows are read.
  struct Insert {
    var place: DumpTables.Place
    var layout: ColumnLayout
    /// Whether the first row determines the number of fields.
    var isOpen = false
    /// Whether a row must come next: after VALUES and after a comma.
    var expectsRow = true
  }

  /// An INSERT whose rows are skipped.
  struct Passing {
    var place: DumpTables.Place
    var names: [String]?
    /// Why its rows cannot be skipped; `nil` if they can.
    var refusal: String?
  }

  /// Skips the beginning of an INSERT if it has the same text as the last one. Returns `false` otherwise.
  mutating func takeKnownInsert(_ work: inout Work) throws(MalformedInput) -> Bool {
    guard let known = lastInsert, escapesSince == nil else { return false }
    let (base, count) = (work.window.base, work.window.count)
    // Leave comments to the scanner: the last comment of a dump says that the dump is complete.
    var start = work.offset
    while start < count, base[start] == ASCII.space || (0x09...0x0D).contains(base[start]) { start += 1 }
    guard count - start > known.text.count,
      UnsafeRawBufferPointer(start: base + start, count: known.text.count).equals(known.text),
      base[start + known.text.count] == ASCII.space || base[start + known.text.count] == UInt8(ascii: "(")
    else { return false }
    work.offset = start + known.text.count
    // `statementStart` stays at an earlier INSERT: that is close enough for the message about a truncated row.
    mode = .rows(known.rows)
    return true
  }

  mutating func beginInsert(
    _ name: SQLName, _ names: [String]?, _ work: inout Work, from start: Int?
  ) throws(MalformedInput) {
    let place = place(name)
    let (role, refusal) = try role(of: place, names)
    if needsDecision { return }
    guard let kind = role else {
      passing = Passing(place: place, names: names, refusal: refusal)
      scanner.passRows()
      return
    }
    if let escapesSince {
      throw MalformedInput(
        at: escapesSince,
        reason: "standard_conforming_strings is off, and \(place.table) is written as INSERT statements: their texts "
          + "cannot be read; dump again with it on")
    }
    let insert = Insert(
      place: place, layout: try layout(kind, names, place), isOpen: isOpen(kind, names, place))
    tablesSeen.insert(kind)
    session.hasRows = true
    if let start, work.offset - start <= 1 << 12 {
      lastInsert = (
        Array(UnsafeRawBufferPointer(start: work.window.base + start, count: work.offset - start)), insert
      )
    }
    scanner.begin()
    mode = .rows(insert)
  }

  mutating func notePassed() throws(MalformedInput) {
    guard let insert = passing else { return }
    passing = nil
    guard scanner.groups > 0 else { return }
    if let reason = insert.refusal { throw MalformedInput(at: statementStart, reason: reason) }
    tables.pass(insert.place, rows: scanner.groups, columns: insert.names)
  }

  /// Takes rows up to the end of the window or of the statement.
  mutating func scanRows(_ current: Insert, _ work: inout Work) throws(MalformedInput) -> Bool {
    var insert = current
    defer { if case .rows = mode { mode = .rows(insert) } }
    if work.hasContent, !insert.isOpen, insert.layout != columns { return false }
    let (base, count, isLast) = (work.window.base, work.window.count, work.window.isLast)
    while true {
      guard case .at(let next) = InsertRows.skipBlanks(base, from: work.offset, to: count, isLast: isLast) else {
        if isLast {
          throw cutOff(at: work.position(work.offset), "within a comment between rows of \(insert.place.table)")
        }
        return false
      }
      work.offset = next
      guard next < count else { return false }
      if insert.expectsRow {
        guard base[next] == UInt8(ascii: "(") else {
          throw MalformedInput(at: work.position(next), reason: "a row in parentheses was expected in INSERT")
        }
        guard case .at(let end) = InsertRows.endOfRow(base, from: next, to: count, isLast: isLast) else {
          if isLast { throw cutOff(at: work.position(next), "within a row of \(insert.place.table)") }
          return false
        }
        if insert.isOpen {
          insert.layout = layout(insert.layout.table, fields: fieldCount(ofInsert: base, from: next, to: end))
          insert.isOpen = false
          if work.hasContent, insert.layout != columns { return false }
        }
        work.add(row: next..<end)
        columns = insert.layout
        isInsert = true
        work.offset = end
        insert.expectsRow = false
      } else if base[next] == ASCII.comma {
        work.offset = next + 1
        insert.expectsRow = true
      } else if base[next] == UInt8(ascii: ";") {
        work.offset = next + 1
        mode = .statements
        return true
      } else {
        statementStart = work.position(next)
        mode = .tail(insert)
        return true
      }
    }
  }

  /// Reads the part of an INSERT after its rows.
  mutating func scanTail(_ insert: Insert, _ work: inout Work) throws(MalformedInput) -> Bool {
    let stop = scanner.scan(work.window.base, &work.offset, to: work.window.count, isLast: work.window.isLast)
    scanner.startOffset = nil
    switch stop {
    case .bytes: return false
    case .comment, .command, .values: return true
    case .end:
      try checkTail(insert)
      return true
    }
  }

  /// Throws unless the rows are followed by nothing, `ON CONFLICT … DO NOTHING` or `RETURNING …`, which do not change
  /// them.
  mutating func checkTail(_ insert: Insert) throws(MalformedInput) {
    var words = SQLWords(scanner.tokens)
    var isPlain = true
    if words.take("on", "conflict") {
      while !words.isAtEnd, words.next != SQLToken(kind: .word, text: "do") {
        if words.next == SQLToken(kind: .symbol, text: "(") { words.skipGroup() } else { _ = words.takeAny() }
      }
      isPlain = words.take("do", "nothing")
    }
    if isPlain, !words.isAtEnd { isPlain = words.take("returning") }
    guard isPlain else {
      throw MalformedInput(
        at: statementStart,
        reason:
          "INSERT into \(insert.place.table) with more than rows and ON CONFLICT … DO NOTHING, which is not supported; "
          + "restore the script into a database and export the table from there")
    }
    scanner.begin()
    mode = .statements
  }
}
