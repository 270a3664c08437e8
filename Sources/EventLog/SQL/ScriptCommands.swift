import EventModel

/// Comments and psql commands.
extension DumpCutter {
  mutating func note(comment text: String, at place: LogPosition) throws(MalformedInput) {
    switch text {
    case " PostgreSQL database dump":
      guard openDumps.insert(.database).inserted || isSurvey else {
        throw MalformedInput(
          at: place, reason: "a dump begins here before the previous one ended: that one was cut off; dump again")
      }
    case " PostgreSQL database dump complete": openDumps.remove(.database)
    case " PostgreSQL database cluster dump": openDumps.insert(.cluster)
    case " PostgreSQL database cluster dump complete": openDumps.remove(.cluster)
    default: break  // Any other comment.
    }
  }

  /// Handles a psql command. Returns `false` to end the cut here.
  mutating func run(command text: String, _ work: inout Work) throws(MalformedInput) -> Bool {
    let line = PsqlCommand(text)
    if line.hasAnother, !isSurvey {
      throw MalformedInput(
        at: statementStart, reason: "several commands of psql on one line, which are not supported; write one per line")
    }
    let words = [line.name] + line.arguments
    lastInsert = nil
    switch line.name {
    case "connect", "c":
      try refuseOpenTransaction(at: statementStart)
      if let name = databaseName(line.arguments) { database = name }
      session = SQLSession()
      escapesSince = nil
      scanner.begin()
    case "q", "quit":
      mode = .over
      scanner.begin()
    case "encoding": if let name = words.dropFirst().first { try checkEncoding(name) }
    case "i", "ir", "include", "include_relative":
      throw MalformedInput(
        at: statementStart,
        reason: "\\\(line.name) includes another file, which is not read; name that file instead"
      )
    case "if", "elif":
      throw MalformedInput(
        at: statementStart,
        reason: "\\\(line.name) makes statements depend on psql's variables, which are not known here"
      )
    case "copy": try runCopy(text)
    case "r", "reset": scanner.begin()
    case _ where line.name.hasPrefix("g") || line.name == "watch" || line.name == "crosstabview":
      // These end the statement like a semicolon.
      return try take(SQLStatement(scanner.tokens), isEnd: true, &work, from: nil)
    default: break  // Any other command changes no rows.
    }
    return !work.hasContent
  }

  /// `\copy table from …`: the rows are in another file, or in the following lines.
  private mutating func runCopy(_ text: String) throws(MalformedInput) {
    switch SQLStatement(SQLScanner.tokens(of: text)) {
    case .copyFrom(let name, let names, let source, _):
      try refuse([name], "\\copy")
      if source == .stdin { mode = .copyLine(Block(place: place(name), start: statementStart, names: names)) }
    case .unreadable(let verb): try apply(.unreadable(verb: verb))
    default: break  // `\copy … to`.
    }
  }

  /// The database in `\connect [-reuse-previous=on] NAME`, where NAME may be `dbname='name' …`; `nil`: the current one.
  private func databaseName(_ words: [String]) -> String? {
    guard let word = words.first(where: { !$0.hasPrefix("-reuse-previous") }), word != "-", !word.isEmpty else {
      return nil
    }
    return PsqlCommand.database(ofConnection: word)
  }
}
