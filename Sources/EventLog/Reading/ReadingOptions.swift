/// How to read exports where their content alone does not decide. One value serves a run's log, users, live and job
/// exports.
public struct ReadingOptions: Sendable, Equatable {
  /// The form of every file of the log; `nil`: detected from each file's content.
  public var form: RecordForm?
  /// The schemas of a dump to read; empty: `public`, or the only one there is.
  public var schemas: [String] = []
  /// The database of a cluster dump to read; `nil`: the only one that holds the table.
  public var database: String?
  /// The tables of a dump to read as `events`; empty: those with that name.
  public var tables: [TableName] = []
  /// Text that means NULL if it is an unquoted field of CSV or COPY text.
  public var null: String?
  /// What to do with rows that are marked as deleted; `nil`: they stop the run.
  public var deleted: DeletedRows?
  /// Whether `data` and `metadata` that are JSON strings in all records are read as the documents inside those strings.
  public var unwrapsData = false
  /// Whether a log without any `metadata` is accepted, as if it were null.
  public var allowsNoMetadata = false
  /// Whether a log without any event is accepted.
  public var allowsEmpty = false

  public init() {}

  /// The same options for the other exports: users, live rows and jobs. Their form is detected from each file.
  public var besideLog: ReadingOptions {
    var reading = self
    reading.form = nil
    reading.tables = []
    return reading
  }

  /// The same options, with those that are not set taken from `other`. Schemas, database and tables count as one
  /// option.
  public func completed(by other: ReadingOptions) -> ReadingOptions {
    var reading = self
    reading.form = form ?? other.form
    if schemas.isEmpty, database == nil, tables.isEmpty {
      (reading.schemas, reading.database, reading.tables) = (other.schemas, other.database, other.tables)
    }
    reading.null = null ?? other.null
    reading.deleted = deleted ?? other.deleted
    reading.unwrapsData = unwrapsData || other.unwrapsData
    reading.allowsNoMetadata = allowsNoMetadata || other.allowsNoMetadata
    reading.allowsEmpty = allowsEmpty || other.allowsEmpty
    return reading
  }
}

/// What `--deleted` does with all records that share the id of a record marked as deleted.
public enum DeletedRows: String, Sendable, CaseIterable {
  /// They are left out and counted.
  case drop
  /// They are read like all others.
  case keep
}

/// A table of a dump. Names are as PostgreSQL stores them: unquoted names in lower case.
public struct TableName: Sendable, Hashable, Comparable, CustomStringConvertible {
  public var schema: String
  public var name: String

  public init(schema: String, name: String) {
    self.schema = schema
    self.name = name
  }

  /// Parses `SCHEMA.NAME` as SQL does: quoted parts as they are, others in lower case. `nil` for anything else.
  public init?(argument: String) {
    var words = SQLWords(SQLScanner.tokens(of: argument))
    guard let name = words.takeName(), words.isAtEnd, name.parts.count == 2 else { return nil }
    self.init(schema: name.parts[0], name: name.parts[1])
  }

  /// The name as SQL writes it.
  public var description: String { "\(quotedIdentifier(schema)).\(quotedIdentifier(name))" }

  public static func < (a: TableName, b: TableName) -> Bool { (a.schema, a.name) < (b.schema, b.name) }
}

/// An identifier in SQL syntax, quoted if necessary. Characters that do not print are shown as `?`.
func quotedIdentifier(_ text: String) -> String {
  let shown = String(String.UnicodeScalarView(text.unicodeScalars.map { isShown($0) ? $0 : "?" }))
  let isPlain =
    shown.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
    && shown.utf8.first.map { !(0x30...0x39).contains($0) } == true
  return isPlain
    ? shown : "\"\(shown.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\""
}

/// Whether a character of a name from the input may be printed as it is.
private func isShown(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
  default: true
  }
}
