import EventModel
import Formatting
import JSONTape

/// The result of a repair plan.
package struct RepairReport: Sendable {
  /// Controller jobs that differ only in their users.
  package struct Group: Sendable {
    package var jobType: String
    package var eventTypes: [String]
    package var users: Int
    package var controllers: Int

    package init(jobType: String, eventTypes: [String], users: Int, controllers: Int) {
      self.jobType = jobType
      self.eventTypes = eventTypes
      self.users = users
      self.controllers = controllers
    }
  }

  /// A row that no backfill heals.
  package struct Unhealable: Sendable {
    package var user: UserID
    package var name: ProjectionName
    package var cause: Cause
    package var reason: String
    /// The number of keys it counts for: 1, or more for keys that no reducer writes.
    package var keys: Int

    package init(user: UserID, name: ProjectionName, cause: Cause, reason: String, keys: Int) {
      self.user = user
      self.name = name
      self.cause = cause
      self.reason = reason
      self.keys = keys
    }
  }

  package var source: Foreign
  package var commits: Bool
  /// The users whose rows are computed again, sorted.
  package var users: [UserID] = []
  /// The number of rows that heal.
  package var rows = 0
  /// Rows that stay as they are because they are accepted.
  package var accepted = 0
  package var controllers = 0
  /// The projection.update jobs that the worker creates from them; `nil` without a snapshot that says which events the
  /// users have.
  package var updates: Int?
  /// The number of jobs of both backfills in full.
  package var fullJobs: Int?
  package var groups: [Group] = []
  package var jobs: [JSONTree] = []
  package var unhealable: [Unhealable] = []

  package init(source: String, commits: Bool) {
    self.source = Foreign(source)
    self.commits = commits
  }

  /// Controllers and updates as a percentage of a full backfill, with one decimal place.
  private var share: String? {
    guard let updates, let fullJobs, fullJobs > 0 else { return nil }
    return fixed(Double(controllers + updates) / Double(fullJobs) * 100, 1)
  }

  package var text: String {
    var table = TextTable()
    table.row("source", source.inQuotes)
    table.row("users", grouped(users.count))
    table.row("rows that heal", grouped(rows))
    for group in groups {
      let types = group.eventTypes.joined(separator: ", ")
      table.row(group.jobType, "\(grouped(group.controllers)) jobs, \(grouped(group.users)) users, \(types)")
    }
    table.row("projection.update", updates.map { "\(grouped($0)) jobs" } ?? "not known without the snapshot")
    if let share, let fullJobs { table.row("share", "\(share) % of a full backfill's \(grouped(fullJobs)) jobs") }
    if accepted > 0 { table.row("rows that are accepted", grouped(accepted)) }
    table.row("rows that cannot heal", grouped(unhealable.reduce(0) { $0 + $1.keys }))
    var text = table.text
    for row in unhealable.prefix(RepairReport.shown) {
      text += "  \(row.user) \(row.name.foreign.text) \(row.cause.rawValue): \(row.reason)"
      text += row.keys > 1 ? "; the same for \(grouped(row.keys - 1)) more keys\n" : "\n"
    }
    if unhealable.count > RepairReport.shown {
      text += "  … and \(grouped(unhealable.count - RepairReport.shown)) more; --json lists them all\n"
    }
    if jobs.isEmpty { return text + "nothing to enqueue\n" }
    return commits ? text : text + "the script rolls back; --commit keeps the jobs\n"
  }

  private static let shown = 20

  package var json: JSONTree {
    func count(_ value: Int?) -> JSONTree { value.map { .integer(Int64($0)) } ?? .null }
    return .object([
      .init("source", .string(source.raw)), .init("commit", .bool(commits)),
      .init("users", .array(users.map { .string($0.description) })), .init("rows", count(rows)),
      .init("accepted", count(accepted)),
      .init(
        "estimate",
        .object([
          .init("users", count(users.count)), .init("controller_jobs", count(controllers)),
          .init("projection_updates", count(updates)), .init("full_backfill_jobs", count(fullJobs)),
          .init("share_percent", share.flatMap { Double($0) }.map { .double($0) } ?? .null),
        ])),
      .init(
        "groups",
        .array(
          groups.map {
            .object([
              .init("job_type", .string($0.jobType)), .init("event_types", .array($0.eventTypes.map { .string($0) })),
              .init("users", count($0.users)), .init("controller_jobs", count($0.controllers)),
            ])
          })),
      .init("jobs", .array(jobs)),
      .init(
        "cannot_heal",
        .array(
          unhealable.map {
            .object([
              .init("user_id", .string($0.user.description)), .init("projection_type", .string($0.name.type)),
              .init("key", .string($0.name.key)), .init("cause", .string($0.cause.rawValue)),
              .init("reason", .string($0.reason)), .init("keys", count($0.keys)),
            ])
          })),
    ])
  }
}
