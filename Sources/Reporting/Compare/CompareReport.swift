import EventModel
import JSONTape

/// What changes from one set of reducers to another over one log: the blast radius.
package struct CompareReport: Sendable {
  /// The reducers and the profile of one side.
  package struct Side: Sendable {
    /// Sorted by type.
    package var reducers: [(type: String, version: String)]
    package var profile: Foreign

    package init(reducers: [(type: String, version: String)], profile: Foreign) {
      self.reducers = reducers
      self.profile = profile
    }
  }

  /// The counts of one projection.
  package struct Row: Sendable {
    package var name: ProjectionName
    package var before = 0
    package var after = 0
    /// Rows that are equal on both sides; the version stamp is not compared.
    package var same = 0
    /// By position in ``RowChange/Kind``'s cases.
    package var changes = [Int](repeating: 0, count: RowChange.Kind.allCases.count)
    /// The number of users whose row fails, on each side.
    package var failedBefore = 0
    package var failedAfter = 0

    package init(name: ProjectionName) { self.name = name }

    package var changed: Int { changes.reduce(0, +) }
    package subscript(kind: RowChange.Kind) -> Int {
      get { changes[kind.number] }
      set { changes[kind.number] = newValue }
    }
  }

  /// Rows that change from one status to another; `nil`: no row.
  package struct Transition: Sendable, Hashable, Comparable {
    package var name: ProjectionName
    package var before: Foreign?
    package var after: Foreign?

    package init(name: ProjectionName, before: Foreign?, after: Foreign?) {
      self.name = name
      self.before = before
      self.after = after
    }

    package static func < (a: Transition, b: Transition) -> Bool {
      if a.name != b.name { return a.name < b.name }
      func key(_ one: Transition) -> (String, String) { (one.before?.raw ?? "", one.after?.raw ?? "") }
      return key(a) < key(b)
    }
  }

  /// How the values of a numeric field changed, over the rows where they differ.
  package struct Move: Sendable {
    package var projection: Foreign
    package var field: Foreign
    /// Users in whom the field differs, whether numeric or not.
    package var users: Int
    /// The number of numeric changes, and how many of them are increases.
    package var count: Int
    package var up: Int
    /// Of after − before.
    package var median: Double
    /// Of |after − before|.
    package var p95: Double
    package var max: Double

    package init(
      projection: Foreign, field: Foreign, users: Int, count: Int, up: Int, median: Double, p95: Double, max: Double
    ) {
      self.projection = projection
      self.field = field
      self.users = users
      self.count = count
      self.up = up
      self.median = median
      self.p95 = p95
      self.max = max
    }
  }

  package var logs: [Foreign] = []
  package var before: Side
  package var after: Side
  package var asOf: Instant
  package var rows: [Row] = []
  package var users = 0
  package var usersAffected = 0
  package var transitions: [(transition: Transition, rows: Int)] = []
  package var moves: [Move] = []
  package var patterns: [DiffReport.Pattern] = []
  /// The options that excluded rows, in words.
  package var filters: [Foreign] = []
  package var notices: [Foreign] = []
  /// Changes that their cause or an entry of an accept file accepts.
  package var accepted = 0
  /// The number of these that only an entry accepts.
  package var acceptedByEntry = 0
  /// Changes within `--max-changed`.
  package var excused = 0
  /// What became of the entries of accept files; `nil` without them.
  package var acceptance: AcceptanceFigures?
  package var isRedacted = false
  package var phases: [(name: String, seconds: Double)] = []
  package var peakMemory = 0

  package init(before: Side, after: Side, asOf: Instant) {
    self.before = before
    self.after = after
    self.asOf = asOf
  }

  package var changed: Int { rows.reduce(0) { $0 + $1.changed } }
  package func count(_ kind: RowChange.Kind) -> Int { rows.reduce(0) { $0 + $1[kind] } }
  /// The number of rows of either side; a failure counts as a row.
  package var compared: Int { rows.reduce(0) { $0 + $1.same + $1.changed } }

  package var judgement: Judgement {
    var judgement = Judgement(of: "rows", compared: compared)
    judgement.filters = filters
    judgement.differing = changed
    judgement.accepted = accepted + excused
    if let failure = acceptance?.failure { judgement.failed.append(failure) }
    return judgement
  }

  /// The types whose versions differ: `TYPE.v1 → TYPE.v2`; profiles likewise.
  package var differences: [Foreign] {
    let types = Set(before.reducers.map(\.type)).union(after.reducers.map(\.type)).sorted()
    var found: [Foreign] = types.compactMap { type in
      let one = before.reducers.first { $0.type == type }?.version
      let other = after.reducers.first { $0.type == type }?.version
      if one == other { return nil }
      return "\(one ?? "no \(type)") → \(other ?? "no \(type)")"
    }
    if before.profile != after.profile { found.append("profile \(before.profile) → \(after.profile)") }
    return found
  }
}

extension RowChange.Kind {
  var number: Int {
    guard let number = RowChange.Kind.allCases.firstIndex(of: self) else { preconditionFailure("a kind of change") }
    return number
  }

  /// The heading of a column.
  package var words: String {
    switch self {
    case .changed: "changed"
    case .texts: "texts"
    case .onlyBefore: "only before"
    case .onlyAfter: "only after"
    case .failure: "failure"
    case .tolerated: "tolerated"
    }
  }
}
