import EventModel
import JSONTape

/// The runbooks' queue progress for one source, and what became of its jobs.
package struct QueueReport: Sendable {
  package struct Group: Sendable {
    package var jobType: String
    /// By status, as the runbooks order it.
    package var statuses: [(status: String, jobs: Int)]

    package init(jobType: String, statuses: [(status: String, jobs: Int)]) {
      self.jobType = jobType
      self.statuses = statuses
    }
  }

  /// Jobs of one type and state with the same error.
  package struct Trouble: Sendable {
    package var jobType: String
    /// `dead`, `failed` or `stuck`.
    package var state: String
    /// What failed: the job's `handler_name`, where it has one.
    package var handler: String?
    package var error: String?
    package var jobs: Int
    package var users: Int
    package var example: UserID

    package init(
      jobType: String, state: String, handler: String?, error: String?, jobs: Int, users: Int, example: UserID
    ) {
      self.jobType = jobType
      self.state = state
      self.handler = handler
      self.error = error
      self.jobs = jobs
      self.users = users
      self.example = example
    }
  }

  package var source: String
  package var groups: [Group] = []
  package var troubles: [Trouble] = []
  /// Jobs of any source that were read.
  package var jobsRead = 0
  /// Jobs of this one.
  package var jobsOfSource: Int { groups.reduce(0) { $0 + $1.statuses.reduce(0) { $0 + $1.jobs } } }

  package init(source: String) { self.source = source }

  package var text: String {
    var text = "queue progress, source \(visible(JSONTree.string(source).pretty))\n"
    for group in groups {
      text += "  \(visible(group.jobType))\n"
      if group.statuses.isEmpty { text += "    no jobs\n" }
      for (status, jobs) in group.statuses { text += "    \(visible(status))  \(grouped(jobs))\n" }
    }
    for trouble in troubles {
      let handler = trouble.handler.map { " \(visible($0))" } ?? ""
      text += "  \(visible(trouble.state)) \(visible(trouble.jobType))\(handler): \(grouped(trouble.jobs)) jobs, "
      text +=
        "\(grouped(trouble.users)) users (such as \(trouble.example)): \(visible(trouble.error ?? "no error message"))\n"
    }
    return text
  }

  package var json: JSONTree {
    .object([
      .init("source", .string(source)), .init("jobs_read", .integer(Int64(jobsRead))),
      .init(
        "progress",
        .object(
          groups.map { group in
            .init(
              group.jobType, .object(group.statuses.map { .init($0.status, .integer(Int64($0.jobs))) }))
          })),
      .init(
        "trouble",
        .array(
          troubles.map {
            .object([
              .init("job_type", .string($0.jobType)), .init("state", .string($0.state)),
              .init("handler_name", $0.handler.map { .string($0) } ?? .null),
              .init("error_message", $0.error.map { .string($0) } ?? .null),
              .init("jobs", .integer(Int64($0.jobs))), .init("users", .integer(Int64($0.users))),
              .init("example_user_id", .string($0.example.description)),
            ])
          })),
    ])
  }
}
