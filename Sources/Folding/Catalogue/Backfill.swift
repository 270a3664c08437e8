import EventModel

/// A backfill of the live system: the jobs that compute rows again, and the figures by which a runbook checks them.
///
/// A controller job fans out, user by user, into a `projection.update` for the newest event of each of ``eventTypes``.
/// An update runs every reducer that its event's type triggers, over all of the user's events.
public struct Backfill: Sendable {
  /// The name in `refold plan` and in reports.
  public var name: String
  /// `background_jobs.job_type` of its controller jobs.
  public var jobType: String
  /// The event types whose events are signals for this backfill, in the order in which it enqueues their jobs.
  public var eventTypes: [EventType]
  /// The rows that a user has when the backfill is complete for them. Missing rows are listed in this order.
  public var rows: [ProjectionName]
  /// Whether the runbook looks at every row of the types of ``rows``, and not only at ``rows`` themselves.
  public var countsAnyKey: Bool
  /// The users for whom it computes rows.
  public var audience: Audience
  /// The event that the worker makes up for a user who has none of its type; `nil` if it makes up none.
  public var synthetic: SyntheticEvent?
  /// One job for any of these event types is enough to compute ``rows`` again. The best type is first.
  public var repairTypes: [EventType]
  /// The status that the script reports if there is no user to run for.
  public var nobody: String
  /// The columns of the runbook's coverage query.
  public var coverage: [CoverageColumn]
  /// The coverage query as a view of a snapshot: SQL that creates the view `NAME_coverage`.
  public var coverageView: String

  public enum Audience: Sendable, Equatable {
    /// Users with a signal. The controller job belongs to the user with the newest signal; its payload names no users.
    case signals
    /// All users. The controller job belongs to the last user by id; its payload names all users.
    case everyone
  }

  /// An event that the worker makes up. Its id is the version 5 UUID of the user's id. The namespace of that UUID is
  /// the version 5 UUID of `PREFIX:SOURCE:TYPE` in the URL namespace.
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

  /// The projection types of ``rows``, each once, in the order of ``rows``.
  public var types: [String] {
    rows.map(\.type).reduce(into: []) { types, type in if !types.contains(type) { types.append(type) } }
  }

  /// Whether the runbook looks at that row.
  public func looks(at name: ProjectionName) -> Bool {
    rows.contains(name) || countsAnyKey && rows.contains { $0.type == name.type }
  }
}

/// A column of a coverage query: the number of users of some kind who have, or lack, certain rows.
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
    /// The row at that index of ``Backfill/rows``.
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
