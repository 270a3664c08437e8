import EventModel

/// Finds the rows of the wanted tables in a script of SQL, as psql would run it: the blocks of COPY and the rows of INSERT,
/// where a statement begins and nowhere else.
///
/// What is in texts, comments and function bodies is passed over, and so are the rows of other tables, which are counted.
struct DumpCutter {
  /// The tables of all dumps of the log so far.
  var tables: DumpTables
  /// The wanted tables that a block or an INSERT was met of.
  private(set) var tablesSeen: Set<TableKind> = []
  /// The columns of the rows the last cut gave.
  private(set) var columns: ColumnLayout?
  /// Whether those rows are values of an INSERT.
  private(set) var isInsert = false
  /// Whether the tables of the whole log must be known before the cutter can go on: see ``DumpTables/decide(among:)``.
  private(set) var needsDecision = false

  /// Whether tables are looked for and no rows are given.
  private let isSurvey: Bool
  private let file: String
  private var mode = Mode.statements
  private var scanner = SQLScanner()
  private var session = SQLSession()
  /// The database that `\connect` named last.
  private var database: String?
  /// Where the statement at hand begins.
  private(set) var statementStart: LogPosition
  /// Where backslashes were made escapes in texts; `nil`: they are not.
  private var escapesSince: LogPosition?
  /// The opening comments that lack their closing ones.
  private var openDumps: Set<Opening> = []
  /// An INSERT from its first word to its VALUES, as it was written last, and what it means.
  private var lastInsert: (text: [UInt8], rows: Insert)?
  /// Thrown once the rows before it were given.
  private var fault: MalformedInput?

  private enum Opening { case database, cluster }

  private enum Mode {
    case statements
    /// Between a COPY statement and the end of its line.
    case copyLine(Block)
    case block(Block)
    case rows(Insert)
    /// After the rows of an INSERT.
    case tail(Insert)
    /// After `\quit`: psql runs nothing more.
    case over
  }

  /// A block of COPY text.
  private struct Block {
    var place: DumpTables.Place
    var start: LogPosition
    /// Of rows that are read.
    var layout: ColumnLayout?
    /// Whether the first row says how many fields there are.
    var isOpen = false
    var names: [String]?
    /// Why a row of it cannot be passed over.
    var refusal: String?
    /// Rows passed over.
    var passed = 0
    /// Whether the next byte is within a row that is passed over.
    var isMidLine = false
  }

  /// An INSERT whose rows are read.
  private struct Insert {
    var place: DumpTables.Place
    var layout: ColumnLayout
    /// Whether the first row says how many fields there are.
    var isOpen = false
    /// Whether a row must come next: after VALUES and after a comma.
    var expectsRow = true
  }

  /// A row that is passed over and longer than this is passed in pieces.
  private static let longLine = 4096

  init(tables: DumpTables, file: String, isSurvey: Bool = false) {
    self.tables = tables
    self.file = file
    self.isSurvey = isSurvey
    statementStart = LogPosition(file: file, line: 1, byteOffset: 0)
  }

  /// The same place in the file, to look for tables only.
  func survey() -> DumpCutter {
    var survey = DumpCutter(tables: tables, file: file, isSurvey: true)
    (survey.mode, survey.scanner, survey.session, survey.database) = (mode, scanner, session, database)
    (survey.waiting, survey.statementStart, survey.escapesSince) = (waiting, statementStart, escapesSince)
    return survey
  }

  /// Goes on after the decision was made.
  mutating func resume(with tables: DumpTables) {
    self.tables = tables
    needsDecision = false
  }

  /// Looks for tables in all bytes: those given first, then what `read` gives until it gives none.
  mutating func run(
    over first: UnsafeRawBufferPointer, from start: LogPosition, recordLimit: Int,
    read: (UnsafeMutableRawBufferPointer) throws(MalformedInput) -> Int
  ) throws(MalformedInput) {
    precondition(isSurvey)
    let buffer = ByteBuffer()
    buffer.reset(capacity: max(1 << 18, first.count))
    buffer.append(first)
    var place = start
    var isLast = false
    while true {
      while buffer.filled < buffer.capacity, !isLast { isLast = try !buffer.fill(to: buffer.capacity, from: read) }
      if isLast, buffer.filled == 0 { break }
      buffer.seal()
      let cut = try cut(CutWindow(base: buffer.base, count: buffer.filled, isLast: isLast, start: place))
      place.line += cut.lines
      place.byteOffset += cut.consumed
      buffer.drop(cut.consumed)
      if cut.consumed > 0 { continue }
      if isLast || buffer.filled > recordLimit { break }
      if buffer.filled == buffer.capacity { buffer.grow(to: 2 * buffer.capacity) }
    }
    try finish(at: place)
  }

  // MARK: Cutting

  /// What one call does.
  private struct Work {
    let window: CutWindow
    var offset = 0
    private(set) var content = 0..<0
    private var lines = 0
    private var counted = 0
    private var linesBefore = 0

    init(_ window: CutWindow) { self.window = window }

    var hasContent: Bool { !content.isEmpty }

    mutating func count(to offset: Int) {
      lines += window.base.lineEnds(from: counted, to: offset)
      counted = offset
    }

    mutating func position(_ offset: Int) -> LogPosition {
      count(to: offset)
      return window.position(offset, lines: lines)
    }

    /// Takes whole lines as content.
    mutating func take(_ range: Range<Int>, lines count: Int) {
      self.count(to: range.lowerBound)
      content = range
      linesBefore = lines
      lines += count
      counted = range.upperBound
    }

    /// Adds a row of an INSERT to the content; what is between rows becomes blanks.
    mutating func add(row: Range<Int>) {
      if content.isEmpty {
        count(to: row.lowerBound)
        linesBefore = lines
        content = row
      } else {
        InsertRows.blank(window.base, from: content.upperBound, to: row.lowerBound)
        content = content.lowerBound..<row.upperBound
      }
    }

    mutating func cut() -> Cut {
      count(to: offset)
      if content.isEmpty { return .skip(offset, lines: lines) }
      return Cut(content: content, linesBefore: linesBefore, consumed: offset, lines: lines)
    }
  }

  /// Throws for statements that cannot be followed, columns that lack and rows that are cut off. O(bytes).
  mutating func cut(_ window: CutWindow) throws(MalformedInput) -> Cut {
    if let fault { throw fault }
    var work = Work(window)
    do throws(MalformedInput) {
      var goesOn = true
      while goesOn, !needsDecision {
        // After the last byte only a decision that was waited for is left to do.
        if work.offset >= window.count, !isWaiting { break }
        goesOn =
          switch mode {
          case .statements: try scanStatements(&work)
          case .tail(let insert): try scanTail(insert, &work)
          case .rows(let insert): try scanRows(insert, &work)
          case .copyLine(let block): try passCopyLine(block, &work)
          case .block(let block): try cutBlock(block, &work)
          case .over: passAll(&work)
          }
      }
    } catch {
      guard work.hasContent else { throw error }
      fault = error
    }
    return work.cut()
  }

  private func passAll(_ work: inout Work) -> Bool {
    work.offset = work.window.count
    return false
  }

  /// The statement that waits for a decision.
  private var waiting: (statement: SQLStatement, isEnd: Bool)?
  private var isWaiting: Bool { waiting != nil }

  // MARK: Statements

  /// Scans statements up to one whose rows come next. `false` to stop with what there is.
  private mutating func scanStatements(_ work: inout Work) throws(MalformedInput) -> Bool {
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

  /// Passes the beginning of an INSERT that is written like the last one.
  private mutating func takeKnownInsert(_ work: inout Work) throws(MalformedInput) -> Bool {
    guard let known = lastInsert, escapesSince == nil else { return false }
    let (base, count) = (work.window.base, work.window.count)
    // Comments are for the scanner: the last one of a dump says that it is whole.
    var start = work.offset
    while start < count, base[start] == ASCII.space || (0x09...0x0D).contains(base[start]) { start += 1 }
    guard count - start > known.text.count,
      known.text.withUnsafeBytes({
        $0.elementsEqual(UnsafeRawBufferPointer(start: base + start, count: $0.count))
      }), base[start + known.text.count] == ASCII.space || base[start + known.text.count] == UInt8(ascii: "(")
    else { return false }
    work.offset = start + known.text.count
    // For the message about a row that is cut off, the rows before are close enough to count from.
    mode = .rows(known.rows)
    return true
  }

  /// Takes in a statement. `false` when its rows cannot be given together with those there are.
  private mutating func take(
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
      // Rows of another INSERT may join those at hand; of COPY there are none, for a block ends a cut.
      return true
    }
  }

  /// The INSERT whose rows are passed over.
  private var passing: Passing?

  private struct Passing {
    var place: DumpTables.Place
    var names: [String]?
    /// Why its rows cannot be passed over.
    var refusal: String?
  }

  private mutating func notePassed() throws(MalformedInput) {
    guard let insert = passing else { return }
    passing = nil
    guard scanner.groups > 0 else { return }
    if let reason = insert.refusal { throw MalformedInput(at: statementStart, reason: reason) }
    tables.pass(insert.place, rows: scanner.groups, columns: insert.names)
  }

  private func place(_ name: SQLName) -> DumpTables.Place {
    let known = tables.known
    let table = session.table(name) { known[DumpTables.Place(database: database, table: $0)] != nil }
    return DumpTables.Place(database: database, table: table)
  }

  /// The role of a table whose rows come next, and why no row of it may be passed over; in a survey all are passed over.
  private mutating func role(
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

  private mutating func beginInsert(
    _ name: SQLName, _ names: [String]?, _ work: inout Work, from start: Int?
  ) throws(MalformedInput) {
    let place = place(name)
    let (role, refusal) = try role(of: place, names)
    if needsDecision { return }
    guard let kind = role else {
      passing = Passing(place: place, names: names, refusal: refusal)
      scanner.passRows()
      return
    }
    if let escapesSince {
      throw MalformedInput(
        at: escapesSince,
        reason: "standard_conforming_strings is off, and \(place.table) is written as INSERT statements: their texts "
          + "cannot be read; dump again with it on")
    }
    let insert = Insert(
      place: place, layout: try layout(kind, names, place), isOpen: isOpen(kind, names, place))
    tablesSeen.insert(kind)
    session.hasRows = true
    if let start, work.offset - start <= 1 << 12 {
      lastInsert = (
        Array(UnsafeRawBufferPointer(start: work.window.base + start, count: work.offset - start)), insert
      )
    }
    scanner.begin()
    mode = .rows(insert)
  }

  private mutating func beginCopy(
    _ name: SQLName, _ names: [String]?, _ source: SQLCopySource, _ isPlain: Bool
  ) throws(MalformedInput) {
    let place = place(name)
    let (kind, refusal) = try role(of: place, names)
    if needsDecision { return }
    scanner.begin()
    if let kind {
      guard source == .stdin else {
        throw MalformedInput(
          at: statementStart, reason: "the rows of \(place.table) are in another file; name that file instead")
      }
      guard isPlain else {
        throw MalformedInput(
          at: statementStart,
          reason: "COPY of \(place.table) with options, which cannot be read; dump again with pg_dump, or export it "
            + "with \\copy … csv header")
      }
      tablesSeen.insert(kind)
      session.hasRows = true
    } else if source != .stdin {
      return
    }
    var block = Block(place: place, start: statementStart, names: names, refusal: refusal)
    if let kind {
      block.layout = try layout(kind, names, place)
      block.isOpen = isOpen(kind, names, place)
    }
    mode = .copyLine(block)
  }

  /// The columns of rows: those the statement names, else those of the table's definition, else the usual ones.
  private func layout(
    _ kind: TableKind, _ names: [String]?, _ place: DumpTables.Place
  ) throws(MalformedInput) -> ColumnLayout {
    let names = names ?? tables.known[place]?.columns
    if let names { return try ColumnLayout(names: names, table: kind, options: tables.options, at: statementStart) }
    guard tables.known[place]?.isDefined != true else {
      throw MalformedInput(
        at: statementStart,
        reason:
          "rows of \(place.table) without the names of their columns, whose order is not known: the table is altered "
          + "or made like another; dump again with --column-inserts")
    }
    return layout(kind, fields: kind.columns.count)
  }

  /// The layout of rows whose columns nothing names.
  private func layout(_ kind: TableKind, fields: Int) -> ColumnLayout {
    ColumnLayout(tableOrderOf: kind, fieldCount: fields, options: tables.options)
  }

  /// Whether nothing says how many columns a table has of which only the first is read.
  private func isOpen(_ kind: TableKind, _ names: [String]?, _ place: DumpTables.Place) -> Bool {
    names == nil && tables.known[place]?.columns == nil && kind.copyFieldCount == nil
  }

  /// Takes in a statement without rows.
  private mutating func apply(_ statement: SQLStatement) throws(MalformedInput) {
    // What the last INSERT meant may mean something else now.
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
        reason: "\(child.table) becomes a part of \(parent.table) after its rows, which were passed over; name it: "
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
      at: statementStart, reason: "ROLLBACK takes rows back that were read; leave them out of the script")
  }

  /// Refuses an end of the session that takes rows back: a transaction was not committed.
  private func refuseOpenTransaction(at place: LogPosition) throws(MalformedInput) {
    guard let start = session.transactionStart, session.hasRows, !isSurvey else { return }
    throw MalformedInput(
      at: place,
      reason:
        "the transaction that begins in line \(start.line) is not committed, so that its rows are taken back: the "
        + "file was cut off; dump again, or end it with COMMIT")
  }

  /// Refuses what changes a table that is read.
  private mutating func refuse(_ names: [SQLName], _ verb: String) throws(MalformedInput) {
    if isSurvey { return }
    for name in names {
      let place = place(name)
      switch tables.role(of: place, columns: nil) {
      case .pass: continue
      case .read, .undecided, .refuse, .refuseRows:
        throw MalformedInput(
          at: statementStart,
          reason:
            "\(verb) of \(place.table), which cannot be followed; restore the script into a database and export the "
            + "table from there")
      }
    }
  }

  private func checkEncoding(_ name: String) throws(MalformedInput) {
    let plain = name.lowercased().filter { $0.isLetter || $0.isNumber }
    if isSurvey || plain == "utf8" || plain == "unicode" { return }
    throw MalformedInput(
      at: statementStart, reason: "client_encoding is not UTF8; dump again: pg_dump -E UTF8, or recode the file")
  }

  // MARK: Comments and commands

  private mutating func note(comment text: String, at place: LogPosition) throws(MalformedInput) {
    switch text {
    case " PostgreSQL database dump":
      guard openDumps.insert(.database).inserted || isSurvey else {
        throw MalformedInput(
          at: place, reason: "a dump begins here before the one before it ended, which was cut off; dump again")
      }
    case " PostgreSQL database dump complete": openDumps.remove(.database)
    case " PostgreSQL database cluster dump": openDumps.insert(.cluster)
    case " PostgreSQL database cluster dump complete": openDumps.remove(.cluster)
    default: break  // Any other comment.
    }
  }

  /// Takes in a psql command. `false` to stop with what there is.
  private mutating func run(command text: String, _ work: inout Work) throws(MalformedInput) -> Bool {
    let line = PsqlCommand(text)
    if line.hasAnother, !isSurvey {
      throw MalformedInput(
        at: statementStart, reason: "several commands of psql on one line, which cannot be followed; write one a line")
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
        reason: "\\\(line.name) takes in another file, which is not read; name that file in its place"
      )
    case "if", "elif":
      throw MalformedInput(
        at: statementStart,
        reason: "\\\(line.name) makes statements depend on psql's variables, which are not known here"
      )
    case "copy": try runCopy(text)
    case "r", "reset": scanner.begin()
    case _ where line.name.hasPrefix("g") || line.name == "watch" || line.name == "crosstabview":
      // Ends the statement like a semicolon.
      return try take(SQLStatement(scanner.tokens), isEnd: true, &work, from: nil)
    default: break  // Any other command changes no rows.
    }
    return !work.hasContent
  }

  /// `\copy table from …`: the rows are in another file, or in the lines after it.
  private mutating func runCopy(_ text: String) throws(MalformedInput) {
    switch SQLStatement(SQLScanner.tokens(of: text)) {
    case .copyFrom(let name, let names, let source, _):
      try refuse([name], "\\copy")
      if source == .stdin { mode = .copyLine(Block(place: place(name), start: statementStart, names: names)) }
    case .unreadable(let verb): try apply(.unreadable(verb: verb))
    default: break  // `\copy … to`.
    }
  }

  /// The database of `\connect [-reuse-previous=on] NAME`, where NAME may be `dbname='name' …`; `nil` for the same one.
  private func databaseName(_ words: [String]) -> String? {
    guard let word = words.first(where: { !$0.hasPrefix("-reuse-previous") }), word != "-", !word.isEmpty else {
      return nil
    }
    return PsqlCommand.database(ofConnection: word)
  }

  // MARK: Rows of INSERT

  /// Takes rows up to the end of those at hand, or of the statement.
  private mutating func scanRows(_ current: Insert, _ work: inout Work) throws(MalformedInput) -> Bool {
    var insert = current
    defer { if case .rows = mode { mode = .rows(insert) } }
    if work.hasContent, !insert.isOpen, insert.layout != columns { return false }
    let (base, count, isLast) = (work.window.base, work.window.count, work.window.isLast)
    while true {
      guard case .at(let next) = InsertRows.skipBlanks(base, from: work.offset, to: count, isLast: isLast) else {
        return false
      }
      work.offset = next
      guard next < count else { return false }
      if insert.expectsRow {
        guard base[next] == UInt8(ascii: "(") else {
          throw MalformedInput(at: work.position(next), reason: "a row in parentheses was expected in INSERT")
        }
        guard case .at(let end) = InsertRows.endOfRow(base, from: next, to: count, isLast: isLast) else {
          if isLast { throw cutOff(at: work.position(next), "within a row of \(insert.place.table)") }
          return false
        }
        if insert.isOpen {
          insert.layout = layout(insert.layout.table, fields: fieldCount(ofInsert: base, from: next, to: end))
          insert.isOpen = false
          if work.hasContent, insert.layout != columns { return false }
        }
        work.add(row: next..<end)
        columns = insert.layout
        isInsert = true
        work.offset = end
        insert.expectsRow = false
      } else if base[next] == ASCII.comma {
        work.offset = next + 1
        insert.expectsRow = true
      } else if base[next] == UInt8(ascii: ";") {
        work.offset = next + 1
        mode = .statements
        return true
      } else {
        statementStart = work.position(next)
        mode = .tail(insert)
        return true
      }
    }
  }

  /// Reads what follows the rows of an INSERT.
  private mutating func scanTail(_ insert: Insert, _ work: inout Work) throws(MalformedInput) -> Bool {
    let stop = scanner.scan(work.window.base, &work.offset, to: work.window.count, isLast: work.window.isLast)
    scanner.startOffset = nil
    switch stop {
    case .bytes: return false
    case .comment, .command, .values: return true
    case .end:
      try checkTail(insert)
      return true
    }
  }

  /// Nothing, `ON CONFLICT … DO NOTHING` and `RETURNING …` leave the rows as they are.
  private mutating func checkTail(_ insert: Insert) throws(MalformedInput) {
    var words = SQLWords(scanner.tokens)
    var isPlain = true
    if words.take("on", "conflict") {
      while !words.isAtEnd, words.next != SQLToken(kind: .word, text: "do") {
        if words.next == SQLToken(kind: .symbol, text: "(") { words.skipGroup() } else { _ = words.takeAny() }
      }
      isPlain = words.take("do", "nothing")
    }
    if isPlain, !words.isAtEnd { isPlain = words.take("returning") }
    guard isPlain else {
      throw MalformedInput(
        at: statementStart,
        reason:
          "INSERT into \(insert.place.table) with more than rows and ON CONFLICT … DO NOTHING, which cannot be followed; "
          + "restore the script into a database and export the table from there")
    }
    scanner.begin()
    mode = .statements
  }

  // MARK: Blocks of COPY

  /// Passes what is left of the line of a COPY statement; the rows begin with the next one.
  private mutating func passCopyLine(_ block: Block, _ work: inout Work) throws(MalformedInput) -> Bool {
    let (base, count) = (work.window.base, work.window.count)
    guard let lineEnd = base.firstIndex(of: ASCII.lineFeed, from: work.offset, to: count) else {
      if !work.window.isLast { return false }
      work.offset = count
      mode = .block(block)
      return false
    }
    let rest = UnsafeRawBufferPointer(start: base + work.offset, count: lineEnd - work.offset)
      .drop { $0 == ASCII.space || $0 == ASCII.tab || $0 == ASCII.carriageReturn }
    if !isSurvey, !rest.isEmpty, !rest.starts(with: [UInt8(ascii: "-"), UInt8(ascii: "-")]) {
      throw MalformedInput(
        at: work.position(work.offset),
        reason: "something follows a COPY statement on its line, which cannot be followed")
    }
    work.offset = lineEnd + 1
    mode = .block(block)
    return true
  }

  private mutating func cutBlock(_ block: Block, _ work: inout Work) throws(MalformedInput) -> Bool {
    guard let layout = block.layout else { return try passBlock(block, &work) }
    let window = work.window
    let lines = CopyLines.scan(window.base, from: work.offset, to: window.count, isLast: false)
    let content = work.offset..<lines.whole
    if !content.isEmpty {
      work.take(content, lines: lines.lines)
      columns = layout
      if block.isOpen {
        var block = block
        let row = UnsafeRawBufferPointer(start: window.base + content.lowerBound, count: content.count)
          .prefix { $0 != ASCII.lineFeed }
        block.layout = self.layout(layout.table, fields: 1 + row.count { $0 == ASCII.tab })
        block.isOpen = false
        columns = block.layout
        mode = .block(block)
      }
      isInsert = false
    }
    work.offset = lines.whole
    if let end = lines.endMarker {
      work.offset = end
      mode = .statements
    } else if window.isLast, work.offset < window.count {
      // The last line has no line end: the end marker, or a row that was cut off.
      if CopyLines.isEndMarker(window.base, from: work.offset, to: window.count) {
        work.offset = window.count
        mode = .statements
      } else {
        throw unended(block, at: work.position(work.offset))
      }
    } else if content.isEmpty {
      return false
    }
    return content.isEmpty
  }

  /// Passes over rows, a long one in pieces, and counts them.
  private mutating func passBlock(_ current: Block, _ work: inout Work) throws(MalformedInput) -> Bool {
    var block = current
    let window = work.window
    while work.offset < window.count {
      let lineEnd = window.base.firstIndex(of: ASCII.lineFeed, from: work.offset, to: window.count)
      let end = lineEnd ?? window.count
      if !block.isMidLine {
        if lineEnd == nil, !window.isLast, end - work.offset < DumpCutter.longLine {
          mode = .block(block)
          return false
        }
        if CopyLines.isEndMarker(window.base, from: work.offset, to: end) {
          work.offset = min(end + 1, window.count)
          tables.pass(block.place, rows: block.passed, columns: block.names)
          mode = .statements
          return true
        }
        if let reason = block.refusal { throw MalformedInput(at: block.start, reason: reason) }
        block.passed += 1
        noteCatalog(block, UnsafeRawBufferPointer(start: window.base + work.offset, count: end - work.offset))
      }
      block.isMidLine = lineEnd == nil
      work.offset = min(end + 1, window.count)
    }
    mode = .block(block)
    return false
  }

  /// Reads a row of TimescaleDB's catalog of hypertables.
  private mutating func noteCatalog(_ block: Block, _ line: UnsafeRawBufferPointer) {
    guard block.place.table == TableName(schema: "_timescaledb_catalog", name: "hypertable"), let names = block.names,
      let id = names.firstIndex(of: "id"), let schema = names.firstIndex(of: "schema_name"),
      let name = names.firstIndex(of: "table_name")
    else { return }
    let fields = line.split(separator: ASCII.tab, omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
    guard fields.count == names.count, let number = Int(fields[id]) else { return }
    tables.noteHypertable(number, TableName(schema: fields[schema], name: fields[name]), in: block.place.database)
  }

  // MARK: The end

  /// Checks, at the end of the file, that the dump is whole.
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
    // psql runs the last statement without its semicolon too.
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

  private func unended(_ block: Block, at place: LogPosition) -> MalformedInput {
    let name = block.layout?.table.name ?? block.place.table.description
    return MalformedInput(
      at: place,
      reason: "the file ends within the COPY block of \(name) that starts in line \(block.start.line): "
        + "it was cut off; dump again")
  }

  private func cutOff(at place: LogPosition, _ where: String) -> MalformedInput {
    MalformedInput(at: place, reason: "the file ends \(`where`): it was cut off; dump again")
  }
}
