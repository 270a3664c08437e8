/// A token of an SQL statement.
struct SQLToken: Equatable {
  enum Kind: Equatable {
    /// A keyword or an unquoted name; the text is in lower case, as PostgreSQL folds names.
    case word
    /// A name in double quotes.
    case quoted
    /// A string in single or dollar quotes; only the beginning of a long one.
    case string
    case number
    /// One byte of punctuation.
    case symbol
  }

  var kind: Kind
  var text: String

  func isWord(_ word: String) -> Bool { kind == .word && text == word }
}

/// A name and its qualifiers: `table`, `schema.table`, `database.schema.table`.
struct SQLName: Equatable {
  var parts: [String]
}

/// A cursor over the tokens of a statement.
struct SQLWords {
  private let tokens: [SQLToken]
  private(set) var position = 0

  init(_ tokens: [SQLToken]) { self.tokens = tokens }

  var isAtEnd: Bool { position >= tokens.count }
  var next: SQLToken? { position < tokens.count ? tokens[position] : nil }

  /// Takes these keywords if they come next, all or none.
  mutating func take(_ words: String...) -> Bool {
    guard position + words.count <= tokens.count else { return false }
    for (index, word) in words.enumerated() {
      let token = tokens[position + index]
      guard token.kind == .word, token.text == word else { return false }
    }
    position += words.count
    return true
  }

  /// Takes the next token if it is one of these keywords.
  mutating func takeOne(of words: Set<String>) -> String? {
    guard let token = next, token.kind == .word, words.contains(token.text) else { return nil }
    position += 1
    return token.text
  }

  mutating func takeSymbol(_ symbol: String) -> Bool {
    guard let token = next, token.kind == .symbol, token.text == symbol else { return false }
    position += 1
    return true
  }

  /// Takes one identifier.
  mutating func takeIdentifier() -> String? {
    guard let token = next, token.kind == .word || token.kind == .quoted else { return nil }
    position += 1
    return token.text
  }

  mutating func takeString() -> String? {
    guard let token = next, token.kind == .string else { return nil }
    position += 1
    return token.text
  }

  /// Takes the next token, whatever it is.
  mutating func takeAny() -> SQLToken? {
    guard let token = next else { return nil }
    position += 1
    return token
  }

  mutating func takeName() -> SQLName? {
    guard let first = takeIdentifier() else { return nil }
    var parts = [first]
    while next == SQLToken(kind: .symbol, text: ".") {
      position += 1
      guard let part = takeIdentifier() else { return nil }
      parts.append(part)
    }
    return SQLName(parts: parts)
  }

  /// Takes comma-separated names in parentheses.
  mutating func takeIdentifierList() -> [String]? {
    guard takeSymbol("(") else { return nil }
    var names: [String] = []
    repeat {
      guard let name = takeIdentifier() else { return nil }
      names.append(name)
    } while takeSymbol(",")
    return takeSymbol(")") ? names : nil
  }

  /// Skips a group in parentheses that begins here.
  mutating func skipGroup() {
    var depth = 0
    while let token = takeAny() {
      if token == SQLToken(kind: .symbol, text: "(") { depth += 1 }
      if token == SQLToken(kind: .symbol, text: ")") { depth -= 1 }
      if depth <= 0 { return }
    }
  }

  /// Whether the next token continues the name just taken, as a psql variable or in the SQL of another system.
  var isPartOfName: Bool {
    guard let token = next, token.kind == .symbol else { return false }
    return token.text != "("
  }

  /// The remaining tokens.
  var rest: ArraySlice<SQLToken> { tokens[position...] }
}
