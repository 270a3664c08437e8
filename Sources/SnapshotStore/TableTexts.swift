/// The tables that a file must have, each created by exactly the given text. This ensures the columns, types, keys and
/// defaults that the queries are written for, and that no view, which may be endless, is in a table's place.
struct TableTexts {
  private let texts: [(name: String, text: String)]

  /// - Parameter statements: `CREATE TABLE` statements, each ended by a semicolon, with no other semicolon inside.
  init(_ statements: String) {
    texts = statements.split(separator: ";").compactMap { statement in
      guard let start = statement.firstIndex(where: { !$0.isWhitespace }) else { return nil }
      let text = statement[start...]
      return (name: String(text.split(separator: " ", maxSplits: 3)[2]), text: String(text))
    }
  }

  func check(_ connection: SQLiteConnection) throws(SnapshotError) {
    for (name, _) in texts { try check(name, connection) }
  }

  /// Throws `damaged` unless the file has that table.
  func check(_ name: String, _ connection: SQLiteConnection) throws(SnapshotError) {
    guard let text = texts.first(where: { $0.name == name })?.text else { preconditionFailure("a table of the texts") }
    // SQLite keeps the text unchanged, and has only one table or view of a name, regardless of case.
    let statement = try SQLiteStatement(
      "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1", on: connection)
    statement.bind(1, copying: name)
    if try statement.step(), statement.bytes(0).elementsEqual(text.utf8), try !statement.step() { return }
    throw SnapshotError(
      .damaged, path: connection.path, reason: "has something else than refold writes in place of a table",
      advice: "name a file that refold wrote")
  }
}
