/// What statements of a script change for those after them: where unqualified names are looked for, and transactions.
struct SQLSession {
  /// The schemas that unqualified names are looked for in.
  private var path = SQLSession.defaultPath
  /// The path to go back to at the end of the transaction.
  private var outerPath: [String]?
  private(set) var isInTransaction = false
  /// Whether rows were read in the transaction.
  var hasRows = false

  private static let defaultPath = ["public"]

  /// The table that a name means.
  func table(_ name: SQLName, isKnown: (TableName) -> Bool) -> TableName {
    let last = name.parts[name.parts.count - 1]
    if name.parts.count > 1 { return TableName(schema: name.parts[name.parts.count - 2], name: last) }
    let tables = path.filter { $0 != "pg_catalog" && $0 != "$user" }.map { TableName(schema: $0, name: last) }
    return tables.first(where: isKnown) ?? tables.first ?? TableName(schema: "public", name: last)
  }

  mutating func setPath(_ schemas: [String], isLocal: Bool) {
    if isLocal, isInTransaction, outerPath == nil { outerPath = path }
    if !isLocal { outerPath = nil }
    path = schemas
  }

  mutating func resetPath() { setPath(SQLSession.defaultPath, isLocal: false) }

  mutating func begin() {
    isInTransaction = true
    hasRows = false
  }

  mutating func end() {
    isInTransaction = false
    hasRows = false
    if let outerPath { path = outerPath }
    outerPath = nil
  }
}
