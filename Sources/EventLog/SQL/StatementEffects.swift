import EventModel

/// The effects of statements without rows.
extension DumpCutter {
  /// Applies a statement without rows.
  mutating func apply(_ statement: SQLStatement) throws(MalformedInput) {
    // The same INSERT may mean something else after this statement.
    lastInsert = nil
    switch statement {
    case .createTable(let name, let table):
      let (child, parents) = (place(name), table.parents.map { parent in place(parent).table })
      tables.define(child, table, parents: parents)
    case .attach(let child, let parent):
      let (child, parent) = (place(child), place(parent))
      guard tables.tie(child, to: parent.table), !isSurvey,
        case .read = tables.role(of: child, columns: nil)
      else { return }
      throw MalformedInput(
        at: statementStart,
        reason: "\(child.table) becomes a partition of \(parent.table) after its rows, which were skipped; name it: "
          + "--table \(parent.table) --table \(child.table)")
    case .changeColumns(let name):
      let table = place(name)
      tables.forgetColumns(of: table)
    case .change(let names, let verb): try refuse(names, verb)
    case .drop(let names):
      try refuse(names.filter { tables.known[place($0)]?.isRead == true }, "DROP TABLE")
      for name in names { tables.drop(place(name)) }
    case .unreadable(let verb):
      if isSurvey { return }
      throw MalformedInput(
        at: statementStart,
        reason:
          "\(verb) into a table whose name cannot be read: it is a variable of psql or the SQL of another system; "
          + "restore the script into a database and export the table from there")
    case .setSearchPath(let path, let isLocal): session.setPath(path, isLocal: isLocal)
    case .resetSearchPath: session.resetPath()
    case .resetAll:
      session.resetPath()
      escapesSince = nil
    case .setStandardStrings(let isOn): escapesSince = isOn ? nil : (escapesSince ?? statementStart)
    case .setEncoding(let name): try checkEncoding(name)
    case .transaction(.begin): session.begin(at: statementStart)
    case .transaction(.commit(let chain)):
      session.end(isRolledBack: false)
      if chain { session.begin(at: statementStart) }
    case .transaction(.rollback(let chain)):
      try refuseRollback()
      session.end(isRolledBack: true)
      if chain { session.begin(at: statementStart) }
    case .transaction(.rollbackToSavepoint): try refuseRollback()
    case .copyFrom, .insert, .other: break
    }
  }

  private func refuseRollback() throws(MalformedInput) {
    guard session.isInTransaction, session.hasRows, !isSurvey else { return }
    throw MalformedInput(
      at: statementStart, reason: "ROLLBACK discards rows that were already read; leave them out of the script")
  }

  /// Throws at the end of a session if a transaction with rows was not committed: its rows are rolled back.
  func refuseOpenTransaction(at place: LogPosition) throws(MalformedInput) {
    guard let start = session.transactionStart, session.hasRows, !isSurvey else { return }
    throw MalformedInput(
      at: place,
      reason:
        "the transaction that begins in line \(start.line) is not committed, so that its rows are discarded: the "
        + "file was cut off; dump again, or end it with COMMIT")
  }

  /// Throws for a statement that changes a table that is read.
  mutating func refuse(_ names: [SQLName], _ verb: String) throws(MalformedInput) {
    if isSurvey { return }
    for name in names {
      let place = place(name)
      switch tables.role(of: place, columns: nil) {
      case .pass: continue
      case .read, .undecided, .refuse, .refuseRows:
        throw MalformedInput(
          at: statementStart,
          reason:
            "\(verb) of \(place.table), which is not supported; restore the script into a database and export the "
            + "table from there")
      }
    }
  }

  func checkEncoding(_ name: String) throws(MalformedInput) {
    let plain = name.lowercased().filter { $0.isLetter || $0.isNumber }
    if isSurvey || plain == "utf8" || plain == "unicode" { return }
    throw MalformedInput(
      at: statementStart, reason: "client_encoding is not UTF8; dump again: pg_dump -E UTF8, or recode the file")
  }
}
