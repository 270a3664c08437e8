import EventModel

/// Statements up to their rows.
extension DumpCutter {
  /// Scans statements up to one with rows. Returns `false` to end the cut here.
  mutating func scanStatements(_ work: inout Work) throws(MalformedInput) -> Bool {
    if let (statement, isEnd) = waiting {
      waiting = nil
      return try take(statement, isEnd: isEnd, &work, from: nil)
    }
    if scanner.isBetweenStatements, try takeKnownInsert(&work) { return true }
    let start = work.offset
    scanner.hasStandardStrings = escapesSince == nil
    let stop = scanner.scan(work.window.base, &work.offset, to: work.window.count, isLast: work.window.isLast)
    var firstByte: Int?
    if let offset = scanner.startOffset {
      statementStart = work.position(offset)
      firstByte = offset
      scanner.startOffset = nil
    }
    switch stop {
    case .bytes: return false
    case .comment(let text):
      try note(comment: text, at: statementStart)
      return true
    case .command(let text): return try run(command: text, &work)
    case .values, .end:
      precondition(work.offset > start)
      return try take(SQLStatement(scanner.tokens), isEnd: stop == .end, &work, from: firstByte)
    }
  }

  /// Handles a statement. Returns `false` if it waits for a decision, or if its rows cannot join those of the current
  /// cut.
  mutating func take(
    _ statement: SQLStatement, isEnd: Bool, _ work: inout Work, from start: Int?
  ) throws(MalformedInput) -> Bool {
    switch statement {
    case .insert(let name, let names) where !isEnd:
      try beginInsert(name, names, &work, from: start)
      if needsDecision {
        waiting = (statement, isEnd)
        return false
      }
      return true
    case .copyFrom(let name, let names, let source, let isPlain) where isEnd:
      try beginCopy(name, names, source, isPlain)
      if needsDecision {
        waiting = (statement, isEnd)
        return false
      }
      return !work.hasContent
    default:
      if isEnd {
        try notePassed()
        try apply(statement)
        scanner.begin()
      }
      // Rows of another INSERT may join the current ones. These are not from COPY, because a block ends its cut.
      return true
    }
  }

  func place(_ name: SQLName) -> DumpTables.Place {
    let known = tables.known
    let table = session.table(name) { known[DumpTables.Place(database: database, table: $0)] != nil }
    return DumpTables.Place(database: database, table: table)
  }

  /// The kind of table whose rows come next (`nil`: they are skipped), and why they cannot be skipped, if so. A survey
  /// skips all rows.
  mutating func role(
    of place: DumpTables.Place, _ names: [String]?
  ) throws(MalformedInput) -> (kind: TableKind?, refusal: String?) {
    let role = tables.role(of: place, columns: names)
    if isSurvey { return (nil, nil) }
    switch role {
    case .read(let kind): return (kind, nil)
    case .pass: return (nil, nil)
    case .refuseRows(let reason): return (nil, reason)
    case .refuse(let reason): throw MalformedInput(at: statementStart, reason: reason)
    case .undecided:
      needsDecision = true
      return (nil, nil)
    }
  }
}
