/// The meaning of an SQL statement, for reading the tables of a dump.
enum SQLStatement: Equatable {
  case copyFrom(SQLName, columns: [String]?, SQLCopySource, isPlainText: Bool)
  /// An INSERT up to its VALUES.
  case insert(SQLName, columns: [String]?)
  case createTable(SQLName, SQLTable)
  /// A table becomes a partition or a child of another one.
  case attach(child: SQLName, to: SQLName)
  /// Columns are added, dropped or renamed, so their order is unknown afterwards.
  case changeColumns(SQLName)
  /// Changes rows or names in a way that cannot be followed.
  case change([SQLName], verb: String)
  case drop([SQLName])
  /// A COPY or INSERT with a table name that cannot be read.
  case unreadable(verb: String)
  case setSearchPath([String], isLocal: Bool)
  case resetSearchPath
  /// All settings return to their defaults.
  case resetAll
  case setStandardStrings(Bool)
  case setEncoding(String)
  case transaction(SQLTransaction)
  case other
}

/// Where a COPY reads its rows from.
enum SQLCopySource: Equatable { case stdin, elsewhere }

enum SQLTransaction: Equatable {
  case begin
  case commit(chain: Bool)
  case rollback(chain: Bool)
  case rollbackToSavepoint
}

/// A table as defined by CREATE TABLE.
struct SQLTable: Equatable {
  /// In order; `nil` if the statement does not list all of them.
  var columns: [String]?
  var parents: [SQLName] = []
  /// Whether the statement has no effect on an existing table.
  var staysIfThere = false
}

extension SQLStatement {
  /// Parses the tokens of a whole statement, or of an INSERT up to VALUES. O(tokens).
  init(_ tokens: [SQLToken]) {
    var words = SQLWords(tokens)
    guard let verb = words.takeOne(of: SQLStatement.verbs) else {
      self = .other
      return
    }
    let statement: SQLStatement? =
      switch verb {
      case "copy": SQLStatement.copy(&words)
      case "insert": SQLStatement.insert(&words)
      case "create": SQLStatement.create(&words)
      case "alter": SQLStatement.alter(&words)
      case "update": SQLStatement.change(&words, "UPDATE", after: [])
      case "delete": SQLStatement.change(&words, "DELETE", after: ["from"])
      case "merge": SQLStatement.change(&words, "MERGE", after: ["into"])
      case "truncate": SQLStatement.change(&words, "TRUNCATE", after: ["table"])
      case "drop": SQLStatement.drop(&words)
      case "set": SQLStatement.set(&words)
      case "reset": SQLStatement.reset(&words)
      case "select": SQLStatement.select(&words)
      case "with": SQLStatement.with(&words)
      case "begin", "start": .transaction(.begin)
      case "prepare", "explain": SQLStatement.with(&words)
      case "commit", "end", "rollback", "abort": SQLStatement.end(&words, isCommit: verb == "commit" || verb == "end")
      default: preconditionFailure("a verb that nobody reads: \(verb)")
      }
    self = statement ?? .other
  }

  private static let verbs: Set = [
    "copy", "insert", "create", "alter", "update", "delete", "merge", "truncate", "drop", "set", "reset", "select",
    "with", "prepare", "explain", "begin", "start", "commit", "end", "rollback", "abort",
  ]

  // MARK: Rows

  private static func copy(_ words: inout SQLWords) -> SQLStatement? {
    // `COPY (query) TO` and `COPY table TO` bring no rows.
    if words.next == SQLToken(kind: .symbol, text: "(") || !words.rest.contains(where: { $0.isWord("from") }) {
      return nil
    }
    let isBinary = words.take("binary")
    guard let name = words.takeName() else { return .unreadable(verb: "COPY") }
    let columns = words.takeIdentifierList()
    let hasOids = words.take("with", "oids")
    guard words.take("from") else { return .unreadable(verb: "COPY") }
    var source = SQLCopySource.stdin
    if words.takeOne(of: ["stdin", "pstdin"]) == nil {
      source = .elsewhere
      _ = words.take("program")
      // A file name, or a psql variable.
      guard let file = words.takeAny(), file.kind == .string || file.kind == .symbol else { return nil }
    }
    _ = words.take("with")
    let isPlain = !isBinary && !hasOids && (words.isAtEnd || isTextOption(&words))
    return .copyFrom(name, columns: columns, source, isPlainText: isPlain)
  }

  /// Whether the options keep the default format of the rows.
  private static func isTextOption(_ words: inout SQLWords) -> Bool {
    guard words.takeSymbol("(") else { return false }
    repeat {
      if words.take("format", "text") || words.take("freeze", "true") || words.take("freeze") { continue }
      return false
    } while words.takeSymbol(",")
    return words.takeSymbol(")") && words.isAtEnd
  }

  private static func insert(_ words: inout SQLWords) -> SQLStatement? {
    guard words.take("into"), let name = words.takeName(), !words.isPartOfName else {
      return .unreadable(verb: "INSERT")
    }
    if words.take("as") { _ = words.takeIdentifier() }
    let columns = words.takeIdentifierList()
    if words.take("overriding") {
      _ = words.takeOne(of: ["system", "user"])
      _ = words.take("value")
    }
    return words.take("values") && words.isAtEnd
      ? .insert(name, columns: columns) : .change([name], verb: "INSERT … SELECT")
  }

  /// Parses a statement with the names of one or more tables after its verb.
  private static func change(_ words: inout SQLWords, _ verb: String, after: [String]) -> SQLStatement? {
    for word in after { _ = words.take(word) }
    var names: [SQLName] = []
    repeat {
      _ = words.take("only")
      guard let name = words.takeName() else { break }
      _ = words.takeSymbol("*")
      names.append(name)
    } while words.takeSymbol(",")
    return names.isEmpty ? nil : .change(names, verb: verb)
  }

  /// Finds the tables that a statement changes by INSERT, UPDATE, DELETE or MERGE anywhere in it.
  private static func with(_ words: inout SQLWords) -> SQLStatement? {
    var names: [SQLName] = []
    while !words.isAtEnd {
      if words.take("insert", "into") || words.take("update") || words.take("delete", "from")
        || words.take("merge", "into")
      {
        _ = words.take("only")
        if let name = words.takeName() { names.append(name) }
      } else {
        _ = words.takeAny()
      }
    }
    return names.isEmpty ? nil : .change(names, verb: "WITH")
  }

  // MARK: Tables

  private static func create(_ words: inout SQLWords) -> SQLStatement? {
    var isTemporary = false
    while let word = words.takeOne(of: ["global", "local", "temp", "temporary", "unlogged", "foreign"]) {
      if word.hasPrefix("temp") { isTemporary = true }
    }
    guard words.take("table") else { return nil }
    let staysIfThere = words.take("if", "not", "exists")
    guard var name = words.takeName() else { return nil }
    if isTemporary { name.parts = [SQLSession.temporary, name.parts[name.parts.count - 1]] }
    var table = SQLTable(staysIfThere: staysIfThere)
    if words.take("partition", "of") {
      if let parent = words.takeName() { table.parents.append(parent) }
      return .createTable(name, table)
    }
    if words.next == SQLToken(kind: .symbol, text: "(") {
      table.columns = columns(&words)
    } else if words.take("of") {
      _ = words.takeName()
    }
    if words.take("inherits"), words.takeSymbol("(") {
      repeat {
        if let parent = words.takeName() { table.parents.append(parent) }
      } while words.takeSymbol(",")
    }
    if words.rest.contains(SQLToken(kind: .word, text: "as")) {
      return .change([name], verb: "CREATE TABLE … AS")
    }
    return .createTable(name, table)
  }

  /// The columns in a table's definition; `nil` if it takes some from elsewhere.
  private static func columns(_ words: inout SQLWords) -> [String]? {
    let start = words
    var names: [String]? = []
    guard words.takeSymbol("(") else { return nil }
    var depth = 1
    var isFirst = true
    while depth > 0, let token = words.next {
      if isFirst, depth == 1 {
        isFirst = false
        let isConstraint =
          token.kind == .word
          && ["constraint", "primary", "unique", "check", "foreign", "exclude"].contains(token.text)
        if token == SQLToken(kind: .word, text: "like") { names = nil }
        if !isConstraint, token.kind == .word || token.kind == .quoted { names?.append(token.text) }
      }
      _ = words.takeAny()
      guard token.kind == .symbol else { continue }
      if token.text == "(" { depth += 1 }
      if token.text == ")" { depth -= 1 }
      if token.text == ",", depth == 1 { isFirst = true }
    }
    if depth > 0 {
      words = start
      return nil
    }
    return names
  }

  private static func alter(_ words: inout SQLWords) -> SQLStatement? {
    _ = words.take("foreign")
    guard words.take("table") else { return nil }
    _ = words.take("if", "exists")
    _ = words.take("only")
    guard let name = words.takeName() else { return nil }
    _ = words.takeSymbol("*")
    if words.take("attach", "partition") { return words.takeName().map { .attach(child: $0, to: name) } }
    if words.take("inherit") { return words.takeName().map { .attach(child: name, to: $0) } }
    if words.take("rename", "to") || words.take("set", "schema") {
      return .change([name], verb: "ALTER TABLE … RENAME")
    }
    if words.take("detach", "partition") {
      return words.takeName().map { .change([$0], verb: "ALTER TABLE … DETACH PARTITION") }
    }
    if words.take("no", "inherit") { return .change([name], verb: "ALTER TABLE … NO INHERIT") }
    if words.take("rename") { return .changeColumns(name) }
    if words.takeOne(of: ["add", "drop"]) != nil {
      return words.takeOne(of: ["constraint", "primary", "unique", "check", "foreign", "exclude"]) == nil
        ? .changeColumns(name) : nil
    }
    return nil
  }

  private static func drop(_ words: inout SQLWords) -> SQLStatement? {
    guard words.take("table") else { return nil }
    _ = words.take("if", "exists")
    guard case .change(let names, _) = change(&words, "DROP", after: []) else { return nil }
    return .drop(names)
  }

  // MARK: Settings

  private static func set(_ words: inout SQLWords) -> SQLStatement? {
    let isLocal = words.take("local")
    _ = words.take("session")
    if words.take("schema"), let name = words.takeString() { return .setSearchPath([name], isLocal: isLocal) }
    if words.take("names") { return words.takeString().map { .setEncoding($0) } }
    guard let setting = words.takeIdentifier(), words.takeSymbol("=") || words.take("to") else { return nil }
    if words.take("default") { return toDefault(setting) }
    var values: [String] = []
    repeat {
      guard let value = words.takeAny() else { break }
      values.append(value.text)
    } while words.takeSymbol(",")
    return meaning(of: setting, values, isLocal: isLocal)
  }

  private static func meaning(of setting: String, _ values: [String], isLocal: Bool) -> SQLStatement? {
    switch setting {
    case "search_path": return .setSearchPath(values.filter { !$0.isEmpty }, isLocal: isLocal)
    case "standard_conforming_strings":
      return values.first.flatMap { switchValue($0) }.map { .setStandardStrings($0) }
    case "client_encoding": return values.first.map { .setEncoding($0) }
    default: return nil
    }
  }

  /// Parses a Boolean setting as PostgreSQL does: an unambiguous prefix is enough. `nil` for values that PostgreSQL
  /// refuses; such a statement changes nothing.
  private static func switchValue(_ text: String) -> Bool? {
    let text = text.lowercased()
    switch text {
    case "": return nil
    case "on", "1": return true
    case "of", "off", "0": return false
    default:
      if "true".hasPrefix(text) || "yes".hasPrefix(text) { return true }
      return "false".hasPrefix(text) || "no".hasPrefix(text) ? false : nil
    }
  }

  private static func reset(_ words: inout SQLWords) -> SQLStatement? {
    words.takeIdentifier().flatMap { toDefault($0) }
  }

  private static func toDefault(_ setting: String) -> SQLStatement? {
    switch setting {
    case "all": .resetAll
    case "search_path": .resetSearchPath
    case "standard_conforming_strings": .setStandardStrings(true)
    default: nil
    }
  }

  // MARK: Transactions

  private static func end(_ words: inout SQLWords, isCommit: Bool) -> SQLStatement? {
    // COMMIT PREPARED and ROLLBACK PREPARED end a transaction that was prepared earlier.
    if words.take("prepared") { return nil }
    _ = words.takeOne(of: ["work", "transaction"])
    if !isCommit, words.take("to") { return .transaction(.rollbackToSavepoint) }
    let chain = words.take("and", "chain")
    return .transaction(isCommit ? .commit(chain: chain) : .rollback(chain: chain))
  }

  /// Parses `SELECT pg_catalog.set_config('search_path', …)`, and a SELECT that creates a table.
  private static func select(_ words: inout SQLWords) -> SQLStatement? {
    let start = words
    if let name = words.takeName(), name.parts.last == "set_config", words.takeSymbol("("),
      let setting = words.takeString(), words.takeSymbol(","), let value = words.takeString()
    {
      let names = setting == "search_path" ? schemas(in: value) : [value]
      return meaning(of: setting.lowercased(), names, isLocal: words.takeSymbol(",") && words.take("true"))
    }
    words = start
    while !words.isAtEnd {
      if words.take("into") {
        while words.takeOne(of: ["temp", "temporary", "unlogged", "table"]) != nil {}
        return words.takeName().map { .change([$0], verb: "SELECT … INTO") }
      }
      if words.next == SQLToken(kind: .symbol, text: "(") { words.skipGroup() } else { _ = words.takeAny() }
    }
    return nil
  }

  /// The schema names in the text of a search path.
  private static func schemas(in text: String) -> [String] {
    SQLScanner.tokens(of: text).filter { $0.kind == .word || $0.kind == .quoted }.map(\.text)
  }
}
