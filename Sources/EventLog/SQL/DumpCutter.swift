import EventModel

/// Finds the rows of the wanted tables in a script of SQL, as psql would run it: the blocks of COPY and the rows of INSERT,
/// where a statement begins and nowhere else.
///
/// What is in texts, comments and function bodies is passed over, and so are the rows of other tables, which are counted.
struct DumpCutter {
  /// The tables of all dumps of the log so far.
  var tables: DumpTables
  /// The wanted tables that a block or an INSERT was met of.
  var tablesSeen: Set<TableKind> = []
  /// The columns of the rows the last cut gave.
  var columns: ColumnLayout?
  /// Whether those rows are values of an INSERT.
  var isInsert = false
  /// Whether the tables of the whole log must be known before the cutter can go on: see ``DumpTables/decide(among:)``.
  var needsDecision = false

  /// Whether tables are looked for and no rows are given.
  let isSurvey: Bool
  let file: String
  var mode = Mode.statements
  var scanner = SQLScanner()
  var session = SQLSession()
  /// The database that `\connect` named last.
  var database: String?
  /// Where the statement at hand begins.
  var statementStart: LogPosition
  /// Where backslashes were made escapes in texts; `nil`: they are not.
  var escapesSince: LogPosition?
  /// The opening comments that lack their closing ones.
  var openDumps: Set<Opening> = []
  /// An INSERT from its first word to its VALUES, as it was written last, and what it means.
  var lastInsert: (text: [UInt8], rows: Insert)?
  /// The statement that waits for a decision.
  var waiting: (statement: SQLStatement, isEnd: Bool)?
  /// The INSERT whose rows are passed over.
  var passing: Passing?
  /// Thrown once the rows before it were given.
  var fault: MalformedInput?

  enum Opening { case database, cluster }

  enum Mode {
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

  init(tables: DumpTables, file: String, isSurvey: Bool = false) {
    self.tables = tables
    self.file = file
    self.isSurvey = isSurvey
    statementStart = LogPosition(file: file, line: 1, byteOffset: 0)
  }

  /// Goes on after the decision was made.
  mutating func resume(with tables: DumpTables) {
    self.tables = tables
    needsDecision = false
  }

  /// Throws for statements that cannot be followed, columns that lack and rows that are cut off. O(bytes).
  mutating func cut(_ window: CutWindow) throws(MalformedInput) -> Cut {
    if let fault { throw fault }
    var work = Work(window)
    do throws(MalformedInput) {
      var goesOn = true
      while goesOn, !needsDecision {
        // After the last byte only a decision that was waited for is left to do.
        if work.offset >= window.count, waiting == nil { break }
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
}
