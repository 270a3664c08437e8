import EventModel

/// Splits SQL into statements as psql splits a script: at semicolons outside quotes, comments, parentheses and function
/// bodies.
///
/// Scanning may stop at any byte and go on with the bytes that follow. Memory: the first ``longest`` tokens of one
/// statement.
struct SQLScanner {
  /// The tokens of the statement so far. Those after the first ``longest`` are not kept.
  private(set) var tokens: [SQLToken] = []
  /// Whether backslashes are ordinary characters in `'…'`, which is the default.
  var hasStandardStrings = true
  /// Offset of the statement's first token in the bytes passed last. The caller resets it to `nil`.
  var startOffset: Int?
  /// Number of outermost groups in parentheses so far.
  var groups = 0
  /// Whether tokens are skipped: groups are counted, but nothing is kept.
  private var isPassing = false
  /// Whether groups are still counted: up to the first word after the rows.
  private var countsGroups = true

  private var mode = Mode.between
  private var depth = 0
  /// Number of open `BEGIN` and `CASE` in a function body that is SQL.
  private var bodyDepth = 0
  private var text: [UInt8] = []
  /// The closing tag of the dollar-quoted string, `$tag$`.
  private var tag: [UInt8] = []

  /// Maximum number of tokens kept of a statement: enough for a table of 1,600 columns, PostgreSQL's limit.
  private static let longest = 1 << 14
  /// Maximum number of bytes kept of a text.
  private static let longestText = 1 << 10
  /// Words with more bytes are scanned in pieces.
  private static let longestWord = 1 << 12

  private enum Mode: Equatable {
    case between
    /// In `'…'`. If `escapes`, a backslash escapes the next character.
    case string(escapes: Bool)
    /// In `"…"`.
    case quoted
    /// In `$tag$ … $tag$`.
    case dollar
    /// After `--`.
    case lineComment
    /// In `/* … */`, with the nesting depth.
    case comment(Int)
    /// After a backslash, up to the end of the line.
    case command
  }

  /// Why scanning stopped.
  enum Stop: Equatable {
    /// More bytes are needed, or the file has ended.
    case bytes
    /// After a semicolon: the tokens are a whole statement.
    case end
    /// After the word VALUES of an INSERT.
    case values
    /// At the end of a psql command; its text without the backslash.
    case command(String)
    /// At the end of a one-line comment between statements; its text without the hyphens.
    case comment(String)
  }

  /// Whether no part of a statement has been seen yet.
  var isBetweenStatements: Bool { tokens.isEmpty && mode == .between && depth == 0 }

  /// Whether a parenthesis is open.
  var isInGroup: Bool { depth > 0 }

  /// Counts the following rows and keeps none of their tokens.
  mutating func passRows() { (isPassing, countsGroups, groups) = (true, true, 0) }

  /// The tokens of a text.
  static func tokens(of text: String) -> [SQLToken] {
    var scanner = SQLScanner()
    let bytes = Array(text.utf8)
    bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      var offset = 0
      _ = scanner.scan(base, &offset, to: bytes.count, isLast: true)
    }
    return scanner.tokens
  }

  /// The kind of quotes or comment that is still open, in words; `nil` if none is.
  var openText: String? {
    switch mode {
    case .between, .lineComment, .command: nil
    case .string, .dollar: "a quoted text"
    case .quoted: "a quoted name"
    case .comment: "a comment"
    }
  }

  /// Drops the tokens of the statement and begins the next one.
  mutating func begin() {
    tokens.removeAll(keepingCapacity: true)
    (depth, bodyDepth, groups, isPassing, countsGroups) = (0, 0, 0, false, true)
  }

  /// Scans from `offset` on, and moves `offset` to where it stopped. O(bytes).
  mutating func scan(_ base: UnsafeRawPointer, _ offset: inout Int, to: Int, isLast: Bool) -> Stop {
    while offset < to {
      switch mode {
      case .between:
        guard let stop = scanBetween(base, &offset, to, isLast) else { continue }
        return stop
      case .string(let escapes):
        guard passString(base, &offset, to, isLast, escapes) else { return .bytes }
        finishText(.string)
      case .quoted:
        guard passQuoted(base, &offset, to, isLast) else { return .bytes }
        finishText(.quoted)
      case .dollar:
        guard passDollar(base, &offset, to, isLast) else { return .bytes }
        finishText(.string)
      case .comment(let level):
        guard passComment(base, &offset, to, isLast, level) else { return .bytes }
      case .lineComment, .command:
        guard let line = passLine(base, &offset, to, isLast) else { return .bytes }
        let isCommand = mode == .command
        mode = .between
        if isCommand { return .command(line) }
        if tokens.isEmpty { return .comment(line) }
      }
    }
    if isLast, mode == .command || mode == .lineComment {
      // A command or a comment at the end of the file, without a line end.
      let isCommand = mode == .command
      mode = .between
      let line = takeText()
      if isCommand { return .command(line) }
      if tokens.isEmpty { return .comment(line) }
    }
    return .bytes
  }

  // MARK: Between quotes and comments

  /// Takes the next token or enters another mode. Returns `nil` to go on.
  private mutating func scanBetween(
    _ base: UnsafeRawPointer, _ offset: inout Int, _ to: Int, _ isLast: Bool
  ) -> Stop? {
    let byte = base[offset]
    let next: UInt8? = offset + 1 < to ? base[offset + 1] : nil
    if tokens.isEmpty, byte > ASCII.space { startOffset = offset }
    switch byte {
    case ASCII.space, 0x09...0x0D: offset += 1
    case 0xEF where tokens.isEmpty:
      // A byte order mark at the start of a file, which may have been joined to others.
      guard offset + 2 < to || isLast else { return .bytes }
      guard offset + 2 < to, base[offset + 1] == 0xBB, base[offset + 2] == 0xBF else {
        return word(base, &offset, to, isLast, .word)
      }
      offset += 3
    case UInt8(ascii: "-"):
      guard let next else { return single(&offset, isLast) }
      if next == UInt8(ascii: "-") { enter(.lineComment, &offset, 2) } else { return single(&offset, true) }
    case UInt8(ascii: "/"):
      guard let next else { return single(&offset, isLast) }
      if next == UInt8(ascii: "*") { enter(.comment(1), &offset, 2) } else { return single(&offset, true) }
    // For psql, a string continued on the next line is a new string: how it begins decides whether it has escapes.
    case UInt8(ascii: "'"): enter(.string(escapes: !hasStandardStrings), &offset, 1)
    case ASCII.quote: enter(.quoted, &offset, 1)
    case UInt8(ascii: "$"): return dollar(base, &offset, to, isLast)
    case ASCII.backslash:
      guard let next else { return isLast ? single(&offset, true) : .bytes }
      if next == UInt8(ascii: ";") {
        offset += 2
        // Inside parentheses or a function body it does not end the statement.
        if depth == 0, bodyDepth == 0 { return .end }
        add(.symbol, ";")
        return nil
      }
      if next == UInt8(ascii: ":") {
        // `\:` is a colon that does not begin a psql variable.
        offset += 1
        return nil
      }
      enter(.command, &offset, 1)
    case UInt8(ascii: ";"):
      offset += 1
      if depth == 0, bodyDepth == 0 { return .end }
      add(.symbol, ";")
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return word(base, &offset, to, isLast, .number)
    default:
      if SQLScanner.isNameByte(byte) { return word(base, &offset, to, isLast, .word) }
      return single(&offset, true)
    }

    func single(_ offset: inout Int, _ isWhole: Bool) -> Stop? {
      if !isWhole { return .bytes }
      if byte == UInt8(ascii: "(") {
        groups += depth == 0 && countsGroups ? 1 : 0
        depth += 1
      }
      if byte == UInt8(ascii: ")"), depth > 0 { depth -= 1 }
      offset += 1
      add(.symbol, String(UnicodeScalar(byte)))
      return nil
    }
    return nil
  }

  private mutating func enter(_ mode: Mode, _ offset: inout Int, _ count: Int) {
    self.mode = mode
    text.removeAll(keepingCapacity: true)
    offset += count
  }

  /// ASCII letters, underscores, and all bytes that are not ASCII.
  private static func isNameByte(_ byte: UInt8) -> Bool {
    byte >= 0x80 || byte == UInt8(ascii: "_") || (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte)
  }

  /// Takes a word or a number. `E'` begins a string with escapes.
  private mutating func word(
    _ base: UnsafeRawPointer, _ offset: inout Int, _ to: Int, _ isLast: Bool, _ kind: SQLToken.Kind
  ) -> Stop? {
    var end = offset + 1
    while end < to {
      let byte = base[end]
      let isPart =
        SQLScanner.isNameByte(byte) || (0x30...0x39).contains(byte)
        || byte == (kind == .word ? UInt8(ascii: "$") : ASCII.dot)
      if !isPart { break }
      end += 1
    }
    // The next byte may belong to the word, or be the quote of a string with escapes.
    if end == to, !isLast, end - offset < SQLScanner.longestWord { return .bytes }
    let bytes = UnsafeRawBufferPointer(start: base + offset, count: end - offset)
    if kind == .word, bytes.count == 1, bytes[0] | 0x20 == UInt8(ascii: "e"), end < to, base[end] == UInt8(ascii: "'") {
      enter(.string(escapes: true), &offset, 2)
      return nil
    }
    let lower = bytes.prefix(SQLScanner.longestText).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    let text = String(decoding: lower, as: UTF8.self)
    offset = end
    if kind == .word { followBody(text) }
    if isPassing, depth == 0 { countsGroups = false }
    add(kind, text)
    return kind == .word && text == "values" && depth == 0 && isInsert ? .values : nil
  }

  private var isInsert: Bool {
    guard let first = tokens.first else { return false }
    return first.kind == .word && first.text == "insert"
  }

  /// Counts the blocks of a function body that is SQL and not a string, which begins with `BEGIN ATOMIC`. The
  /// semicolons in it do not end the statement.
  private mutating func followBody(_ word: String) {
    guard depth == 0, word == "begin" || word == "case" || word == "end" else { return }
    var words = SQLWords(tokens)
    guard words.take("create") else { return }
    _ = words.take("or", "replace")
    guard words.takeOne(of: ["function", "procedure"]) != nil else { return }
    switch word {
    case "begin": bodyDepth += 1
    case "case": bodyDepth += bodyDepth > 0 ? 1 : 0
    default: bodyDepth -= bodyDepth > 0 ? 1 : 0
    }
  }

  /// At a dollar sign: begins a dollar-quoted string if it starts a tag, otherwise takes it as a symbol.
  private mutating func dollar(
    _ base: UnsafeRawPointer, _ offset: inout Int, _ to: Int, _ isLast: Bool
  ) -> Stop? {
    var end = offset + 1
    while end < to, SQLScanner.isNameByte(base[end]) || (end > offset + 1 && (0x30...0x39).contains(base[end])) {
      end += 1
    }
    if end == to, !isLast, end - offset < SQLScanner.longestWord { return .bytes }
    guard end < to, base[end] == UInt8(ascii: "$") else {
      offset += 1
      add(.symbol, "$")
      return nil
    }
    tag = Array(UnsafeRawBufferPointer(start: base + offset, count: end + 1 - offset))
    enter(.dollar, &offset, tag.count)
    return nil
  }

  private mutating func add(_ kind: SQLToken.Kind, _ text: String) {
    if isPassing || tokens.count >= SQLScanner.longest { return }
    tokens.append(SQLToken(kind: kind, text: text))
  }

  // MARK: Quotes and comments

  private mutating func keep(_ base: UnsafeRawPointer, _ from: Int, _ to: Int) {
    let room = SQLScanner.longestText - text.count
    if room > 0 { text += UnsafeRawBufferPointer(start: base + from, count: min(room, to - from)) }
  }

  private mutating func takeText() -> String {
    defer { text.removeAll(keepingCapacity: true) }
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func finishText(_ kind: SQLToken.Kind) {
    mode = .between
    add(kind, takeText())
  }

  /// Skips a string, including its closing quote. Returns `false` if more bytes are needed.
  private mutating func passString(
    _ base: UnsafeRawPointer, _ offset: inout Int, _ to: Int, _ isLast: Bool, _ escapes: Bool
  ) -> Bool {
    while offset < to {
      var stop = base.firstIndex(of: UInt8(ascii: "'"), from: offset, to: to) ?? to
      if escapes, let backslash = base.firstIndex(of: ASCII.backslash, from: offset, to: stop) { stop = backslash }
      keep(base, offset, stop)
      offset = stop
      guard stop < to else { return false }
      // Both a backslash and a quote need the next byte.
      guard stop + 1 < to || isLast else { return false }
      if base[stop] == ASCII.backslash {
        keep(base, stop + 1, min(stop + 2, to))
        offset = min(stop + 2, to)
      } else if stop + 1 < to, base[stop + 1] == UInt8(ascii: "'") {
        keep(base, stop, stop + 1)
        offset = stop + 2
      } else {
        offset = stop + 1
        return true
      }
    }
    return false
  }

  private mutating func passQuoted(
    _ base: UnsafeRawPointer, _ offset: inout Int, _ to: Int, _ isLast: Bool
  ) -> Bool {
    while offset < to {
      let stop = base.firstIndex(of: ASCII.quote, from: offset, to: to) ?? to
      keep(base, offset, stop)
      offset = stop
      guard stop < to, stop + 1 < to || isLast else { return false }
      if stop + 1 < to, base[stop + 1] == ASCII.quote {
        keep(base, stop, stop + 1)
        offset = stop + 2
      } else {
        offset = stop + 1
        return true
      }
    }
    return false
  }

  private mutating func passDollar(
    _ base: UnsafeRawPointer, _ offset: inout Int, _ to: Int, _ isLast: Bool
  ) -> Bool {
    while let stop = base.firstIndex(of: UInt8(ascii: "$"), from: offset, to: to) {
      keep(base, offset, stop)
      offset = stop
      guard stop + tag.count <= to else { break }
      if UnsafeRawBufferPointer(start: base + stop, count: tag.count).equals(tag) {
        offset = stop + tag.count
        return true
      }
      keep(base, stop, stop + 1)
      offset = stop + 1
    }
    let isTag = offset < to && base[offset] == UInt8(ascii: "$") && !isLast
    if !isTag {
      keep(base, offset, to)
      offset = to
    }
    return false
  }

  private mutating func passComment(
    _ base: UnsafeRawPointer, _ offset: inout Int, _ to: Int, _ isLast: Bool, _ level: Int
  ) -> Bool {
    var level = level
    while offset < to {
      let byte = base[offset]
      guard byte == UInt8(ascii: "*") || byte == UInt8(ascii: "/") else {
        offset += 1
        continue
      }
      guard offset + 1 < to else {
        if isLast { offset = to }
        break
      }
      if byte == UInt8(ascii: "*"), base[offset + 1] == UInt8(ascii: "/") {
        level -= 1
        offset += 2
        if level == 0 {
          mode = .between
          return true
        }
      } else if byte == UInt8(ascii: "/"), base[offset + 1] == UInt8(ascii: "*") {
        level += 1
        offset += 2
      } else {
        offset += 1
      }
    }
    mode = .comment(level)
    return false
  }

  /// Skips the rest of a line, without its line end. Returns the part that was kept, or `nil` if more bytes are needed.
  private mutating func passLine(
    _ base: UnsafeRawPointer, _ offset: inout Int, _ to: Int, _ isLast: Bool
  ) -> String? {
    let stop = base.firstIndex(of: ASCII.lineFeed, from: offset, to: to)
    keep(base, offset, stop ?? to)
    offset = stop ?? to
    if stop == nil, !isLast { return nil }
    if text.last == ASCII.carriageReturn { text.removeLast() }
    return takeText()
  }
}
