import EventModel

/// Finds the rows of the wanted tables in an SQL script, as psql would run it: COPY blocks and the rows of INSERT, only
/// where a statement begins.
///
/// The contents of strings, comments and function bodies are skipped. Rows of other tables are skipped and counted.
struct DumpCutter {
  /// The tables seen so far in all dumps of the log.
  var tables: DumpTables
  /// The wanted tables for which a block or an INSERT was found.
  var tablesSeen: Set<TableKind> = []
  /// The columns of the rows in the last cut.
  var columns: ColumnLayout?
  /// Whether these rows come from an INSERT.
  var isInsert = false
  /// Whether the tables of the whole log must be known before cutting can go on: see ``DumpTables/decide(among:)``.
  var needsDecision = false

  /// Whether the cutter only looks for tables and returns no rows.
  let isSurvey: Bool
  let file: String
  var mode = Mode.statements
  var scanner = SQLScanner()
  var session = SQLSession()
  /// The database that `\connect` named last.
  var database: String?
  /// Where the current statement begins.
  var statementStart: LogPosition
  /// Where backslashes became escapes in strings; `nil` if they are not.
  var escapesSince: LogPosition?
  /// Opening comments of dumps whose closing comments are still missing.
  var openDumps: Set<Opening> = []
  /// The text of the last INSERT, from its first word to VALUES, and its meaning.
  var lastInsert: (text: [UInt8], rows: Insert)?
  /// The statement that waits for a decision.
  var waiting: (statement: SQLStatement, isEnd: Bool)?
  /// The INSERT whose rows are being skipped.
  var passing: Passing?
  /// Thrown by the next call, after the rows before it have been returned.
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

  /// Goes on after the decision has been made.
  mutating func resume(with tables: DumpTables) {
    self.tables = tables
    needsDecision = false
  }

  /// Throws for statements that cannot be followed, missing columns, and truncated rows. O(bytes).
  mutating func cut(_ window: CutWindow) throws(MalformedInput) -> Cut {
    if let fault { throw fault }
    var work = Work(window)
    do throws(MalformedInput) {
      var goesOn = true
      while goesOn, !needsDecision {
        // After the last byte, only a statement that waited for a decision can be left.
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
