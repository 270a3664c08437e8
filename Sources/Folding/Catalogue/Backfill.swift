import EventModel

/// A backfill of the live system: the jobs that compute rows again, and what a runbook counts to see that they did.
///
/// A controller job fans out into a `projection.update` for the newest event of each of ``eventTypes``, user by user. An update
/// runs every reducer that its event's type triggers, over all of the user's events.
public struct Backfill: Sendable {
  /// As `refold plan` and reports name it.
  public var name: String
  /// `background_jobs.job_type` of its controller jobs.
  public var jobType: String
  /// The event types that it is about, in the order in which it enqueues their jobs: a user's signals.
  public var eventTypes: [EventType]
  /// The rows that a user it is complete for has, in the order in which they are listed when they are missing.
  public var rows: [ProjectionName]
  /// Whether the runbook looks at every row of the types of ``rows``, and not only at those.
  public var countsAnyKey: Bool
  /// The users that it computes rows for.
  public var audience: Audience
  /// The type of the event that it makes up for a user without one; `nil` where it makes up none.
  public var synthetic: SyntheticEvent?
  /// The types of which one job is enough to compute ``rows`` again, the best first.
  public var repairTypes: [EventType]
  /// What it says when there is nobody to run for.
  public var nobody: String
  /// The columns of the runbook's coverage query.
  public var coverage: [CoverageColumn]
  /// The coverage query as a view of a snapshot: SQL that creates the view `NAME_coverage`.
  public var coverageView: String

  public enum Audience: Sendable, Equatable {
    /// Those with a signal. The controller job is the row of the user with the newest one; its payload names no users.
    case signals
    /// All users. The controller job is the row of the last user by id; its payload names all of them.
    case everyone
  }

  /// An event that the worker makes up. Its id is the version 5 UUID of the user's id in a namespace that is the version 5 UUID
  /// of `PREFIX:SOURCE:TYPE` among URLs.
  public struct SyntheticEvent: Sendable {
    public var type: EventType
    public var prefix: String

    public init(type: EventType, prefix: String) {
      self.type = type
      self.prefix = prefix
    }
  }

  public init(
    name: String, jobType: String, eventTypes: [EventType], rows: [ProjectionName], countsAnyKey: Bool,
    audience: Audience, synthetic: SyntheticEvent?, repairTypes: [EventType], nobody: String,
    coverage: [CoverageColumn], coverageView: String
  ) {
    precondition(rows.count < 32, "the rows of a backfill are counted in 31 bits")
    self.name = name
    self.jobType = jobType
    self.eventTypes = eventTypes
    self.rows = rows
    self.countsAnyKey = countsAnyKey
    self.audience = audience
    self.synthetic = synthetic
    self.repairTypes = repairTypes
    self.nobody = nobody
    self.coverage = coverage
    self.coverageView = coverageView
  }

  /// The types of ``rows``, each once, in their order.
  public var types: [String] {
    rows.map(\.type).reduce(into: []) { types, type in if !types.contains(type) { types.append(type) } }
  }

  /// Whether the runbook looks at that row.
  public func looks(at name: ProjectionName) -> Bool {
    rows.contains(name) || countsAnyKey && rows.contains { $0.type == name.type }
  }
}

/// A column of a coverage query: how many users of a kind have rows, or have not.
public struct CoverageColumn: Sendable {
  public enum Users: Sendable {
    /// In the users table.
    case listed
    /// With a signal.
    case signals
    case all
  }

  public enum Rows: Sendable {
    case any
    /// All of the backfill's rows.
    case complete
    /// Not all of them.
    case incomplete
    /// No row that the runbook looks at.
    case none
    /// The row of that place in ``Backfill/rows``.
    case row(Int)
  }

  public var name: String
  public var users: Users
  public var rows: Rows

  public init(_ name: String, _ users: Users, _ rows: Rows) {
    self.name = name
    self.users = users
    self.rows = rows
  }
}
