import EventModel

/// Session state that later statements depend on: the search path for unqualified names, and transactions.
struct SQLSession {
  /// The schemas in which unqualified names are looked up.
  private var path = SQLSession.defaultPath
  /// The path of the session, while a transaction has a local one.
  private var outerPath: [String]?
  /// The path to restore if the transaction is rolled back.
  private var pathBefore: [String]?
  /// Where the transaction began; `nil` outside of one.
  private(set) var transactionStart: LogPosition?
  /// Whether rows were read in the transaction.
  var hasRows = false

  var isInTransaction: Bool { transactionStart != nil }

  private static let defaultPath = ["public"]

  /// The schema of temporary tables, which hide other tables with the same name.
  static let temporary = "pg_temp"

  /// The table that a name refers to.
  func table(_ name: SQLName, isKnown: (TableName) -> Bool) -> TableName {
    let last = name.parts[name.parts.count - 1]
    if name.parts.count > 1 { return TableName(schema: name.parts[name.parts.count - 2], name: last) }
    let schemas = path.filter { $0 != "pg_catalog" && $0 != "$user" && $0 != SQLSession.temporary }
    let tables = schemas.map { TableName(schema: $0, name: last) }
    let temporary = TableName(schema: SQLSession.temporary, name: last)
    return ([temporary] + tables).first(where: isKnown) ?? tables.first ?? TableName(schema: "public", name: last)
  }

  mutating func setPath(_ schemas: [String], isLocal: Bool) {
    if isLocal {
      // SET LOCAL has no effect outside a transaction.
      if !isInTransaction { return }
      if outerPath == nil { outerPath = path }
    } else {
      outerPath = nil
    }
    path = schemas
  }

  mutating func resetPath() { setPath(SQLSession.defaultPath, isLocal: false) }

  mutating func begin(at place: LogPosition) {
    if isInTransaction { return }
    transactionStart = place
    hasRows = false
    pathBefore = path
  }

  mutating func end(isRolledBack: Bool) {
    if let outerPath { path = outerPath }
    if isRolledBack, let pathBefore { path = pathBefore }
    (outerPath, pathBefore, transactionStart) = (nil, nil, nil)
    hasRows = false
  }
}
