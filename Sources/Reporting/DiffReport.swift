import EventModel
import Formatting
import JSONTape

/// The result of a diff, as values for every kind of report.
package struct DiffReport: Sendable {
  /// One line of the projection table.
  package struct Row: Sendable {
    /// A text of the program: a name of the catalogue, `other keys` or `all`.
    package var name: String
    package var rebuilt: Int
    package var live: Int
    package var compared: Int
    package var equal: Int
    package var different: Int
    /// By position in ``Cause/allCases``.
    package var causes: [Int]

    package init(name: String, rebuilt: Int, live: Int, compared: Int, equal: Int, different: Int, causes: [Int]) {
      self.name = name
      self.rebuilt = rebuilt
      self.live = live
      self.compared = compared
      self.equal = equal
      self.different = different
      self.causes = causes
    }
  }

  package struct User: Sendable {
    package var id: Foreign
    package var rows: Int
    package var unacceptable: Int
    package var causes: [Cause]

    package init(id: String, rows: Int, unacceptable: Int, causes: [Cause]) {
      self.id = Foreign(id)
      self.rows = rows
      self.unacceptable = unacceptable
      self.causes = causes
    }
  }

  package struct Pattern: Sendable {
    package enum Kind: String, Sendable {
      case factor, offset, value
      case missingCode = "missing_code"
      case extraCode = "extra_code"
      case onlyField = "only_field"
      case field
    }

    package var kind: Kind
    package var projection: Foreign
    package var subject: Foreign
    package var value: Double?
    package var rows: Int
    package var of: Int
    /// Rows in which only this field differs.
    package var alone: Int
    /// Further fields that differ in the same rows, or in elements of the same array.
    package var with: [Foreign]

    package init(
      kind: Kind, projection: String, subject: Foreign, value: Double?, rows: Int, of: Int, alone: Int,
      with: [Foreign] = []
    ) {
      self.kind = kind
      self.projection = Foreign(projection)
      self.subject = subject
      self.value = value
      self.rows = rows
      self.of = of
      self.alone = alone
      self.with = with
    }
  }

  package var snapshot: Foreign = ""
  package var live: [Foreign] = []
  package var asOf = Instant(microseconds: 0)
  /// The as-of of the live side, if that is a snapshot too.
  package var liveAsOf: Instant?
  /// For two snapshots: how the reducers of the other one differ from these, as from → to.
  package var otherReducers: [Foreign] = []
  package var isSnapshotPair = false
  /// `I/N` if only the users of one partition were compared.
  package var partition: String?
  package var hasLog = false
  /// Whether wording could be distinguished from data, because the profile is the snapshot's.
  package var knowsWording = true
  package var usersRefolded = 0
  package var rows: [Row] = []
  package var otherTypes: [(type: Foreign, rows: Int)] = []
  /// Live rows of further types that no reducer writes and whose names are not kept or not shown.
  package var unnamedTypeRows = 0
  package var notSelected = 0
  package var liveFailures = 0
  package var failedOnBothSides = 0
  package var usersCompared = 0
  package var usersDifferent = 0
  package var usersOnlyRebuilt = 0
  package var usersOnlyLive = 0
  package var unseen = UnseenGroup()
  /// The `updated_at` that very many live rows have, if that left open when a differing row was computed.
  package var sharedUpdate: SharedUpdate?
  /// Which events of the log say when they were stored.
  package var storedInstants = StoredInstants.all
  /// Differing rows by projection type and a version of it that this refold does not have.
  package var unknownVersions: [(version: Foreign, rows: Int)] = []
  /// Further such rows.
  package var unnamedVersions = 0
  package var bookkeeping: [(column: String, rows: Int)] = []
  package var worstUsers: [User] = []
  package var patterns: [Pattern] = []
  /// How far the fields of rows moved that nothing explains.
  package var changes: [FieldChange] = []
  package var allowed: [Cause] = []
  /// Rows with a cause that is not allowed, and that no entry of an accept file accepts.
  package var unacceptable = 0
  /// Rows that `--max-changed` excuses.
  package var excused = 0
  /// Rows that entries of accept files accept, and their causes do not.
  package var acceptedByEntry = 0
  /// What became of the entries of accept files; `nil` without any.
  package var acceptance: AcceptanceFigures?
  /// How it compares with the last run; `nil` without a history.
  package var since: DiffSince?
  /// Compared rows that lack a bookkeeping column on the live side.
  package var columnsAbsent: [(column: String, rows: Int)] = []
  /// Bookkeeping columns that must be equal too.
  package var columns: [String] = []
  package var phases: [(name: String, seconds: Double)] = []
  package var spilledBytes = 0
  package var threads = 1
  package var peakMemory = 0
  package var isRedacted = false
  /// What was compared, and with which filters and rules.
  package var inputs = JSONTree.null
  /// `--max-changed`, in the form the option takes.
  package var maxChanged = "0"
  /// `--min-coverage`, 0…1.
  package var minimumCoverage = 0.0
  /// Whether only the rows that differ are known.
  package var isOfDifferences = false

  package init() {}

  package var compared: Int { rows.reduce(0) { $0 + $1.compared } }
  package var equal: Int { rows.reduce(0) { $0 + $1.equal } }
  package var different: Int { rows.reduce(0) { $0 + $1.different } }
  package var rebuilt: Int { rows.reduce(0) { $0 + $1.rebuilt } }
  package var liveRows: Int { rows.reduce(0) { $0 + $1.live } }
  package func count(_ cause: Cause) -> Int { rows.reduce(0) { $0 + $1.causes[cause.number] } }

  /// What the exit status is derived from.
  package var judgement: Judgement {
    var judgement = Judgement(of: "rows", compared: isOfDifferences ? nil : compared)
    judgement.filters = filters
    judgement.differing = different
    judgement.accepted = different - unacceptable + excused
    judgement.known = knownRows
    judgement.isPart = partition != nil
    for column in columnFigures where column.isAsked && column.compared > 0 {
      if column.absent == column.compared {
        judgement.unjudged.append("--bookkeeping \(column.name): no live row has that column")
      } else if column.differing + column.absent > 0 {
        judgement.failed.append("bookkeeping \(column.name): \(column.text)")
      }
    }
    if let failure = acceptance?.failure { judgement.failed.append(failure) }
    return judgement
  }

  /// Rows whose causes are all allowed.
  package var acceptedByCause: Int { different - unacceptable - acceptedByEntry }

  /// The options that excluded rows.
  package var filters: [Foreign] {
    func texts(_ key: String) -> [Foreign] { (inputs[key]?.array ?? []).compactMap { $0.string.map { Foreign($0) } } }
    let users = texts("users")
    var filters = texts("projections").map { "--only \($0)" as Foreign }
    filters += users.count > 3 ? ["--user of \(grouped(users.count)) users"] : users.map { "--user \($0)" }
    if let partition { filters.append("partition \(partition)") }
    return filters
  }

  /// Whether nothing unacceptable was found.
  package var isAcceptable: Bool { judgement.status == 0 }

  /// A bookkeeping column, over the rows that both sides have.
  package struct Column: Sendable {
    package var name: String
    /// Whether it must be equal.
    package var isAsked: Bool
    package var compared: Int
    package var differing: Int
    package var absent: Int

    package var text: String {
      let parts = [(differing, "differ"), (absent, "lack it")].filter { $0.0 > 0 }
      return parts.map { "\(grouped($0.0)) \($0.1)" }.joined(separator: ", ")
    }
  }

  /// The columns that must be equal but are not equal in all rows.
  package var unacceptableColumns: [String] {
    columnFigures.filter { $0.isAsked && $0.differing + $0.absent > 0 }.map(\.name)
  }

  package var columnFigures: [Column] {
    bookkeeping.map { column, rows in
      Column(
        name: column, isAsked: columns.contains(column), compared: compared, differing: rows,
        absent: columnsAbsent.first { $0.column == column }?.rows ?? 0)
    }
  }

  /// Causes that occur, in their fixed order.
  package var causesMet: [Cause] { Cause.allCases.filter { count($0) > 0 } }
}

extension DiffReport.Pattern {
  /// What live rows have in common, in words.
  package var words: Foreign {
    switch kind {
    case .factor: "\(subject) is \(number) times what it should be\(onlyThere)\(withOthers)"
    case .offset: "\(subject) is off by \(number)\(onlyThere)\(withOthers)"
    case .value: "\(subject) is \(number)\(onlyThere)\(withOthers)"
    case .missingCode: "only the code \(subject) is missing"
    case .extraCode: "only the code \(subject) is extra"
    case .onlyField: "only \(subject) differs"
    case .field: "\(subject) differs\(withOthers)"
    }
  }

  /// `; with it a, b and 3 more`.
  private var withOthers: Foreign {
    if with.isEmpty { return "" }
    let more = with.count - DiffReport.Pattern.namedOthers
    let names = with.prefix(DiffReport.Pattern.namedOthers).joined(separator: ", ")
    return more > 0 ? "; with it \(names) and \(grouped(more)) more" : "; with it \(names)"
  }

  private static let namedOthers = 2

  /// The same for rows after a change, compared with those before.
  package var wordsOfChange: Foreign {
    switch kind {
    case .factor: "\(subject) is \(number) times what it was\(onlyThere)\(withOthers)"
    case .offset: "\(subject) moves by \(number)\(onlyThere)\(withOthers)"
    case .value: "\(subject) becomes \(number)\(onlyThere)\(withOthers)"
    case .missingCode: "only the code \(subject) is removed"
    case .extraCode: "only the code \(subject) is added"
    case .onlyField: "only \(subject) changes"
    case .field: "\(subject) changes\(withOthers)"
    }
  }

  private var number: String { value.map { shortest($0) } ?? "" }

  private var onlyThere: String {
    alone == 0 ? "" : alone == rows ? ", and nothing else differs" : ", in \(alone) rows alone"
  }
}
