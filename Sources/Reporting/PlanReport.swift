import EventModel
import Formatting
import JSONTape

/// What `refold plan` would enqueue, counted.
package struct PlanReport: Sendable {
  package enum Status: Sendable, Equatable {
    case enqueued
    case alreadyInFlight
    /// There is no user to run for, in the words of the backfill.
    case nobody(String)

    package var rawValue: String {
      switch self {
      case .enqueued: "enqueued"
      case .alreadyInFlight: "already_inflight"
      case .nobody(let word): word
      }
    }
  }

  /// One backfill.
  package struct Run: Sendable {
    package var backfill: String
    package var jobType: String
    package var status = Status.enqueued
    /// The user of the controller job.
    package var controllerUser: UserID?
    /// The number of projection.update jobs, and of the users they are for.
    package var updates = 0
    package var users = 0
    /// The number of updates with a synthetic event.
    package var synthetic = 0
    /// The number of jobs not enqueued, because an equal one is pending or processing.
    package var leftOut = 0
    package var byType: [String: Int] = [:]

    package init(backfill: String, jobType: String) {
      self.backfill = backfill
      self.jobType = jobType
    }
  }

  package var source: Foreign
  package var backfills: [Run] = []
  package var jobsRead = 0
  package var files: [Foreign] = []

  package init(source: String) { self.source = Foreign(source) }

  /// The number of controller jobs and of jobs in their fan-out.
  package var jobs: Int { backfills.reduce(0) { $0 + $1.updates + ($1.status == .enqueued ? 1 : 0) } }

  package var text: String {
    var table = TextTable()
    table.row("source", source.inQuotes)
    for run in backfills {
      guard run.status == .enqueued else {
        table.row(run.jobType, run.status.rawValue)
        continue
      }
      table.row(run.jobType, "1 job, of user \(run.controllerUser?.description ?? "")")
      table.row("  projection.update", "\(grouped(run.updates)) jobs for \(grouped(run.users)) users")
      for (type, count) in run.sortedTypes { table.row("    \(type)", grouped(count)) }
      if run.synthetic > 0 { table.row("  synthetic events", grouped(run.synthetic)) }
      if run.leftOut > 0 { table.row("  left out, in flight", grouped(run.leftOut)) }
    }
    table.row("jobs", grouped(jobs))
    return table.text + files.map { "wrote \($0.text)\n" }.joined()
  }

  package var json: JSONTree {
    .object([
      .init("source", .string(source.raw)), .init("jobs", .integer(Int64(jobs))),
      .init(
        "backfills",
        .array(
          backfills.map { run in
            .object([
              .init("backfill", .string(run.backfill)), .init("job_type", .string(run.jobType)),
              .init("status", .string(run.status.rawValue)),
              .init("controller_user_id", run.controllerUser.map { .string($0.description) } ?? .null),
              .init("projection_updates", .integer(Int64(run.updates))), .init("users", .integer(Int64(run.users))),
              .init("synthetic_events", .integer(Int64(run.synthetic))),
              .init("left_out_in_flight", .integer(Int64(run.leftOut))),
              .init("by_event_type", .object(run.sortedTypes.map { .init($0.key, .integer(Int64($0.value))) })),
            ])
          })),
      .init("files", .array(files.map { .string($0.raw) })),
    ])
  }
}

extension PlanReport.Run {
  var sortedTypes: [(key: String, value: Int)] {
    byType.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
  }
}
