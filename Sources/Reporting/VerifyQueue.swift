import EventModel
import Formatting
import JSONTape

/// The runbooks' queue progress for one source, and the state of its jobs.
package struct QueueReport: Sendable {
  package struct Group: Sendable {
    package var jobType: Foreign
    /// Sorted by status, as in the runbooks.
    package var statuses: [(status: Foreign, jobs: Int)]

    package init(jobType: String, statuses: [(status: String, jobs: Int)]) {
      self.jobType = Foreign(jobType)
      self.statuses = statuses.map { (Foreign($0.status), $0.jobs) }
    }
  }

  /// Jobs of one type and state with the same error.
  package struct Trouble: Sendable {
    package enum State: String, Sendable { case dead, failed, stuck }

    package var jobType: Foreign
    package var state: State
    /// The job's `handler_name`, which says what failed; `nil` if it has none.
    package var handler: Foreign?
    package var error: Foreign?
    package var jobs: Int
    package var users: Int
    package var example: UserID

    package init(
      jobType: String, state: State, handler: String?, error: String?, jobs: Int, users: Int, example: UserID
    ) {
      self.jobType = Foreign(jobType)
      self.state = state
      self.handler = handler.map { Foreign($0) }
      self.error = error.map { Foreign($0) }
      self.jobs = jobs
      self.users = users
      self.example = example
    }
  }

  package var source: Foreign
  package var groups: [Group] = []
  package var troubles: [Trouble] = []
  /// The number of jobs read, of any source.
  package var jobsRead = 0
  /// The number of jobs of this source.
  package var jobsOfSource: Int { groups.reduce(0) { $0 + $1.statuses.reduce(0) { $0 + $1.jobs } } }

  /// The jobs of the source that are not completed, by status.
  package var unfinished: [(status: Foreign, jobs: Int)] {
    var jobs: [Foreign: Int] = [:]
    for group in groups {
      for (status, count) in group.statuses where status.raw != "completed" { jobs[status, default: 0] += count }
    }
    return jobs.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  package init(source: String) { self.source = Foreign(source) }

  package var text: String {
    var text = "queue progress, source \(source.inQuotes)\n"
    for group in groups {
      text += "  \(group.jobType.text)\n"
      if group.statuses.isEmpty { text += "    no jobs\n" }
      for (status, jobs) in group.statuses { text += "    \(status.text)  \(grouped(jobs))\n" }
    }
    for trouble in troubles {
      let handler = trouble.handler.map { " \($0.text)" } ?? ""
      text += "  \(trouble.state.rawValue) \(trouble.jobType.text)\(handler): \(grouped(trouble.jobs)) jobs, "
      text +=
        "\(grouped(trouble.users)) users (such as \(trouble.example)): \((trouble.error ?? "no error message").text)\n"
    }
    return text
  }

  package var json: JSONTree {
    .object([
      .init("source", .string(source.raw)), .init("jobs_read", .integer(Int64(jobsRead))),
      .init(
        "progress",
        .object(
          groups.map { group in
            .init(
              group.jobType.raw, .object(group.statuses.map { .init($0.status.raw, .integer(Int64($0.jobs))) }))
          })),
      .init(
        "trouble",
        .array(
          troubles.map {
            .object([
              .init("job_type", .string($0.jobType.raw)), .init("state", .string($0.state.rawValue)),
              .init("handler_name", $0.handler.map { .string($0.raw) } ?? .null),
              .init("error_message", $0.error.map { .string($0.raw) } ?? .null),
              .init("jobs", .integer(Int64($0.jobs))), .init("users", .integer(Int64($0.users))),
              .init("example_user_id", .string($0.example.description)),
            ])
          })),
    ])
  }
}
