import EventModel

/// The tables seen so far in the dumps of one log, and which of them are read.
///
/// One value is passed from dump to dump of a log, so that one choice applies to all: the tables of one database and
/// one schema are read. Several schemas are read only if the options name them, several databases never.
public struct DumpTables: Sendable {
  /// A table in one database of a cluster.
  struct Place: Hashable, Comparable, Sendable {
    /// The database that `\connect` named last; `nil` before the first.
    var database: String?
    var table: TableName

    static func < (a: Place, b: Place) -> Bool { (a.database ?? "", a.table) < (b.database ?? "", b.table) }
  }

  /// What is known about a table.
  struct Known: Sendable {
    /// In order; `nil` if the dump does not say.
    var columns: [String]?
    /// Whether the dump defines it.
    var isDefined = false
    /// The tables that it is a part of: a partition's partitioned table, a child's parents.
    var parents: [TableName] = []
    /// Number of rows that were skipped.
    var passedRows = 0
    /// Whether its rows are read, even if it has none.
    var isRead = false
    /// Whether skipped rows have the columns of events.
    var hasEventColumns = false
    /// The kind of table that it is or belongs to; `nil` if neither is known.
    var kind: TableKind?
  }

  /// The database and the schemas that are read from all dumps.
  struct Choice: Sendable, Equatable {
    var database: String?
    /// If the options name tables, the schemas of these.
    var schemas: Set<String>
    /// Whether it was made before the deciding table was seen.
    var isProvisional = false
  }

  /// The kinds of tables to read.
  let wanted: Set<TableKind>
  let options: ReadingOptions
  private(set) var known: [Place: Known] = [:]
  private(set) var choice: Choice?
  /// The TimescaleDB hypertables by database and number, if the catalog is in the dump.
  private var hypertables: [String: [Int: TableName]] = [:]
  /// Number of the hypertable whose chunks are read as events, if the catalog does not say it.
  private var untiedHypertable: Int?

  init(wanted: Set<TableKind>, options: ReadingOptions) {
    self.wanted = wanted
    self.options = options
  }

  // MARK: What was met

  /// Notes a table's definition.
  mutating func define(_ place: Place, _ table: SQLTable, parents: [TableName]) {
    if table.staysIfThere, known[place]?.isDefined == true { return }
    var columns = table.columns
    if !parents.isEmpty {
      // The columns of the parents come first.
      let inherited = parents.map { known[Place(database: place.database, table: $0)]?.columns }
      if inherited.contains(nil) {
        columns = nil
      } else {
        let first = inherited.flatMap { $0 ?? [] }
        columns = first + (table.columns ?? []).filter { !first.contains($0) }
      }
    }
    known[place, default: Known()].columns = columns
    known[place, default: Known()].isDefined = true
    known[place, default: Known()].parents += parents
  }

  mutating func forgetColumns(of place: Place) { known[place, default: Known()].columns = nil }

  /// Notes that a table does not exist any more.
  mutating func drop(_ place: Place) {
    guard var table = known[place] else { return }
    (table.isDefined, table.columns, table.parents) = (false, nil, [])
    known[place] = table
  }

  /// Makes a table a part of another one. Returns whether some of its rows have been skipped already.
  mutating func tie(_ place: Place, to parent: TableName) -> Bool {
    known[place, default: Known()].parents.append(parent)
    return known[place, default: Known()].passedRows > 0
  }

  /// Notes rows that were skipped.
  mutating func pass(_ place: Place, rows: Int, columns: [String]?) {
    known[place, default: Known()].passedRows += rows
    let names = columns ?? known[place]?.columns ?? []
    if TableKind.events.required.allSatisfy(names.contains) { known[place, default: Known()].hasEventColumns = true }
  }

  mutating func noteHypertable(_ number: Int, _ table: TableName, in database: String?) {
    hypertables[database ?? "", default: [:]][number] = table
  }

  // MARK: What a table is

  /// What to do with a table's rows.
  enum Role: Equatable {
    case read(TableKind)
    case pass
    /// Unknown until all tables of the log are known: see ``decide(among:)``.
    case undecided
    /// The rows cannot be read, for this reason, and cannot be skipped either: if there are any, the log is refused.
    case refuseRows(String)
    /// The table cannot be read together with others, for this reason.
    case refuse(String)
  }

  /// The role of a table whose rows come next.
  ///
  /// - Parameter columns: the columns named by the statement.
  mutating func role(of place: Place, columns: [String]?) -> Role {
    if let database = options.database, place.database != database { return .pass }
    let (kind, root) = self.kind(of: place, columns: columns)
    switch kind {
    case .none: return .pass
    case .compressed:
      return .refuseRows(
        "compressed chunks of TimescaleDB, which hold no rows that can be read; decompress them before the dump: "
          + "select decompress_chunk(c, true) from show_chunks('events') c")
    case .severalHypertables:
      return .refuseRows(
        "chunks of several hypertables have the columns of events, and the dump does not say which hypertable each belongs to; dump "
          + "_timescaledb_catalog too, or name the chunks: --table SCHEMA.NAME")
    case .table(let kind):
      known[place, default: Known()].kind = kind
      guard wanted.contains(kind) || kind == .events else { return .pass }
      if let conflict = conflict(with: place, kind) { return .refuse(conflict) }
      if choice == nil { choice = immediateChoice(for: place, root: root) }
      guard let choice else { return wanted.contains(kind) ? .undecided : .pass }
      guard wanted.contains(kind), place.database == choice.database else { return .pass }
      let isChosen: Bool
      if kind == .events, !options.tables.isEmpty {
        isChosen = true
      } else {
        isChosen = root.map { choice.schemas.contains($0.schema) } ?? true
      }
      if isChosen { known[place, default: Known()].isRead = true }
      return isChosen ? .read(kind) : .pass
    }
  }

  /// Why the rows of a table cannot be read together with those read before; `nil` if they can.
  private func conflict(with place: Place, _ kind: TableKind) -> String? {
    guard let choice, options.database == nil, place.database != choice.database else { return nil }
    guard kind == .events || !wanted.contains(.events) else { return nil }
    return DumpTables.severalDatabases([choice.database, place.database], kind.name)
  }

  private enum Kind {
    case none
    case table(TableKind)
    case compressed
    case severalHypertables
  }

  /// What a table is read as, and the root table that it belongs to; `nil` for chunks without a known root.
  private mutating func kind(of place: Place, columns: [String]?) -> (Kind, TableName?) {
    if !options.tables.isEmpty {
      // Tables named by the options replace `events`, and so do their parts.
      if lineage(of: place).contains(where: options.tables.contains) { return (.table(.events), place.table) }
    }
    if place.table.schema == SQLSession.temporary { return (.none, nil) }
    let chunk = place.table.schema == "_timescaledb_internal" ? DumpTables.hypertable(ofChunk: place.table.name) : nil
    if let (kind, root) = root(of: place), kind != .events || options.tables.isEmpty {
      // Chunks with another number and the columns of events are then of another table.
      if kind == .events, let chunk { untiedHypertable = untiedHypertable ?? chunk }
      return (.table(kind), root)
    }
    // A part of another table does not belong to events.
    guard options.tables.isEmpty, place.table.schema == "_timescaledb_internal",
      known[place]?.parents.isEmpty ?? true
    else { return (.none, nil) }
    let names = columns ?? known[place]?.columns ?? []
    guard TableKind.events.required.allSatisfy(names.contains) else { return (.none, nil) }
    if place.table.name.hasPrefix("compress_hyper_") { return (.compressed, nil) }
    guard let number = chunk else { return (.none, nil) }
    if let tables = hypertables[place.database ?? ""] {
      guard let table = tables[number], table.name == "events" else { return (.none, nil) }
      return (.table(.events), table)
    }
    if let other = untiedHypertable, other != number { return (.severalHypertables, nil) }
    untiedHypertable = number
    return (.table(.events), nil)
  }

  /// N of `_hyper_N_M_chunk`; `nil` for other names.
  private static func hypertable(ofChunk name: String) -> Int? {
    let parts = name.split(separator: "_", omittingEmptySubsequences: false)
    guard parts.count == 5, parts[0] == "", parts[1] == "hyper", parts[4] == "chunk", Int(parts[3]) != nil else {
      return nil
    }
    return Int(parts[2])
  }

  /// The table, its parents, their parents, and so on; nearest first.
  private func lineage(of place: Place) -> [TableName] {
    var line = [place.table]
    var next = 0
    while next < line.count {
      for parent in known[Place(database: place.database, table: line[next])]?.parents ?? []
      where !line.contains(parent) {
        line.append(parent)
      }
      next += 1
    }
    return line
  }

  /// The outermost table with a known name that the table is or belongs to, and its kind.
  private func root(of place: Place) -> (TableKind, TableName)? {
    for table in lineage(of: place).reversed() {
      if let kind = TableKind(name: table.name) { return (kind, table) }
    }
    return nil
  }

  // MARK: The choice

  /// The choice, if the options or the known tables already determine it; otherwise `nil`.
  private func immediateChoice(for place: Place, root: TableName?) -> Choice? {
    if !options.schemas.isEmpty { return Choice(database: place.database, schemas: Set(options.schemas)) }
    if !options.tables.isEmpty {
      return Choice(database: place.database, schemas: Set(options.tables.map(\.schema)))
    }
    let isKnown = known.contains { other, table in
      other.database == place.database && other.table == TableName(schema: "public", name: "events")
        && (table.columns != nil || table.isRead || table.kind == .events)
    }
    if isKnown { return Choice(database: place.database, schemas: ["public"]) }
    // If events are not to be read, use `public` until events are found elsewhere.
    guard !wanted.contains(.events), let root, root.schema == "public" else { return nil }
    return Choice(database: place.database, schemas: ["public"], isProvisional: true)
  }

  /// Makes the choice from all tables of the log. Returns why there is none, or `nil` if there is one.
  mutating func decide(among all: DumpTables) -> String? {
    var candidates = all.candidates(.events)
    var name = TableKind.events.name
    if candidates.isEmpty {
      for kind in TableKind.allCases where wanted.contains(kind) && candidates.isEmpty {
        candidates = all.candidates(kind)
        name = kind.name
      }
    }
    let databases = Set(candidates.map(\.database))
    guard let database = databases.first else { return "no table that is read" }
    if databases.count > 1 { return DumpTables.severalDatabases(Array(databases), name) }
    let schemas = Set(candidates.compactMap(\.schema))
    if schemas.contains("public") || schemas.isEmpty {
      choice = Choice(database: database, schemas: ["public"])
    } else if schemas.count == 1 {
      choice = Choice(database: database, schemas: schemas)
    } else {
      let names = schemas.sorted().map(quotedIdentifier).joined(separator: ", ")
      return "several schemas hold a table \(name), none of them is public: \(names); choose with --schema NAME"
    }
    return nil
  }

  private static func severalDatabases(_ names: [String?], _ table: String) -> String {
    let shown = Set(names).map { $0.map(quotedIdentifier) ?? "one without a name" }.sorted().joined(separator: ", ")
    return "several databases hold a table \(table): \(shown); choose with --database NAME"
  }

  /// The databases and schemas that have a table of this kind. The schema is `nil` if the root table is unknown.
  private func candidates(_ kind: TableKind) -> [(database: String?, schema: String?)] {
    var found: [(database: String?, schema: String?)] = []
    for (place, table) in known {
      if let database = options.database, place.database != database { continue }
      if place.table.schema == SQLSession.temporary { continue }
      if let (other, root) = root(of: place), other == kind {
        found.append((place.database, root.schema))
      } else if table.kind == kind {
        found.append((place.database, nil))
      }
    }
    return found
  }

  // MARK: Afterwards

  /// Why the choice was wrong, now that all tables are known; `nil` if it was right.
  func fault() -> String? {
    if let choice, choice.isProvisional {
      let events = candidates(.events)
      if !events.isEmpty, !events.contains(where: { $0.schema.map(choice.schemas.contains) ?? true }) {
        let names = Set(events.compactMap(\.schema)).sorted().map(quotedIdentifier).joined(separator: ", ")
        return "rows were read from public while events are in \(names); choose with --schema NAME"
      }
    }
    return nil
  }

  /// A table with rows that were skipped, although they might have been meant.
  public struct Passed: Sendable, Equatable {
    public var table: String
    public var rows: Int
  }

  /// Tables with skipped rows that have the columns of events, or a wanted name in another schema or database. Sorted
  /// by database and name.
  var passed: [Passed] { passed { _ in true } }

  private func passed(where isMeant: (Known) -> Bool) -> [Passed] {
    known.filter { isMeant($0.value) }.sorted { $0.key < $1.key }.compactMap { place, table in
      let isNamesake = table.kind.map(wanted.contains) ?? (place.table.name == "events" && wanted.contains(.events))
      guard table.passedRows > 0, place.table.schema != SQLSession.temporary,
        table.hasEventColumns && wanted.contains(.events) || isNamesake
      else { return nil }
      let database = place.database.map { quotedIdentifier($0) + "." } ?? ""
      let isOther = place.database != choice?.database
      return Passed(table: (isOther ? database : "") + place.table.description, rows: table.passedRows)
    }
  }

  /// Why no rows of the wanted tables were found, and what to do about it.
  var missing: String {
    let kinds = wanted.contains(.events) ? [.events] : TableKind.allCases.filter(wanted.contains)
    let names = options.tables.isEmpty ? kinds.map(\.name) : options.tables.map(\.description)
    let places = Set(
      kinds.flatMap { kind in
        candidates(kind).map { candidate in
          [candidate.database, candidate.schema].compactMap { $0 }.map(quotedIdentifier).joined(separator: ".")
            + ".\(kind.name)"
        }
      }
    ).sorted()
    var reason = "the dump has no rows of \(names.joined(separator: ", "))"
    if !options.schemas.isEmpty {
      reason += " in schema \(options.schemas.map(quotedIdentifier).joined(separator: ", "))"
    }
    if let database = options.database { reason += " in database \(quotedIdentifier(database))" }
    if !places.isEmpty { reason += "; it has \(places.joined(separator: ", "))" }
    let others = wanted.contains(.events) ? passed { $0.hasEventColumns || $0.kind == .events } : passed
    if others.isEmpty {
      let tables =
        wanted.contains(.events) ? "-t events -t users" : kinds.map { "-t \($0.name)" }.joined(separator: " ")
      return places.isEmpty ? reason + "; dump them too: pg_dump \(tables)" : reason
    }
    return reason + "; " + DumpTables.shown(others)
  }

  /// The message about tables that may hold the wanted rows, and how to read them.
  static func shown(_ passed: [Passed]) -> String {
    "tables with the same columns hold rows: \(list(passed)); read them with --table SCHEMA.NAME, or dump again with "
      + "--load-via-partition-root"
  }

  /// The names of the tables (at most 12) and their numbers of rows.
  public static func list(_ passed: [Passed]) -> String {
    let shown = passed.prefix(12).map { "\($0.table) (\($0.rows) \($0.rows == 1 ? "row" : "rows"))" }
    return shown.joined(separator: ", ") + (passed.count > 12 ? " and \(passed.count - 12) more" : "")
  }
}
