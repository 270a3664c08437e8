import EventModel

/// The end of the file.
extension DumpCutter {
  /// Checks, at the end of the file, that the dump is complete.
  mutating func finish(at end: LogPosition) throws(MalformedInput) {
    if let fault { throw fault }
    switch mode {
    case .block(let block), .copyLine(let block): throw unended(block, at: end)
    case .rows(let insert) where insert.expectsRow: throw cutOff(at: end, "before a row of \(insert.place.table)")
    case .rows, .statements, .tail: break
    case .over: return
    }
    if let open = scanner.openText {
      throw cutOff(at: end, "within \(open) of the statement that starts in line \(statementStart.line)")
    }
    if scanner.isInGroup {
      throw cutOff(at: end, "within parentheses of the statement that starts in line \(statementStart.line)")
    }
    if !openDumps.isEmpty {
      let name = openDumps.contains(.cluster) ? "PostgreSQL database cluster dump" : "PostgreSQL database dump"
      throw MalformedInput(
        at: end, reason: "the dump lacks its closing comment '\(name) complete': it was cut off; dump again")
    }
    // psql also runs a last statement without a semicolon.
    if case .tail(let insert) = mode {
      try checkTail(insert)
    } else if !scanner.tokens.isEmpty {
      try notePassed()
      try apply(SQLStatement(scanner.tokens))
    }
    try refuseOpenTransaction(at: end)
    mode = .statements
    scanner.begin()
  }

  func unended(_ block: Block, at place: LogPosition) -> MalformedInput {
    let name = block.layout?.table.name ?? block.place.table.description
    return MalformedInput(
      at: place,
      reason: "the file ends within the COPY block of \(name) that starts in line \(block.start.line): "
        + "it was cut off; dump again")
  }

  func cutOff(at place: LogPosition, _ where: String) -> MalformedInput {
    MalformedInput(at: place, reason: "the file ends \(`where`): it was cut off; dump again")
  }
}
