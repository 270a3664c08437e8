import EventLog
import EventModel
import Folding
import Rebuilding
import Reporting

/// How to check a background_jobs export.
package struct QueuePlan: Sendable {
  package var jobs: [String] = []
  /// How to read the export where the content is ambiguous.
  package var reading = ReadingOptions()
  /// Trimmed before use.
  package var source = ""
  /// A job that has been running or due for longer than this is stuck. Microseconds.
  package var stuckAfter: Int64 = 15 * 60_000_000

  package init() {}
}

/// The runbooks' queue progress for one source. `now` is `nil` to take the newest instant of the export.
func queueProgress(_ plan: QueuePlan, _ catalogue: Catalogue, now: Instant?) throws -> (
  report: QueueReport, now: Instant?
) {
  let source = try JobNames.label(plan.source)
  var report = QueueReport(source: source)
  var counts: [String: [String: Int]] = [:]
  var waiting: [Job] = []
  var troubles = TroubleTable()
  var newest: Instant?
  try readJobs(plan.jobs, plan.reading) { job in
    report.jobsRead += 1
    if let instant = job.newestInstant { newest = max(newest ?? instant, instant) }
    guard job.source == source else { return }
    counts[job.jobType, default: [:]][job.status, default: 0] += 1
    switch job.status {
    case "dead": troubles.add(job, .dead)
    case "failed": troubles.add(job, .failed)
    case "pending", "processing": waiting.append(job)
    default: break
    }
  }
  let now = now ?? newest
  for job in waiting {
    let since = job.status == "processing" ? job.startedAt ?? job.createdAt : job.scheduledFor ?? job.createdAt
    if let now, let since, now.microseconds - since.microseconds > plan.stuckAfter { troubles.add(job, .stuck) }
  }
  // The runbooks' job types come first, in their order, even if they have no jobs; then all others.
  let asked = catalogue.backfills.map(\.jobType) + [JobNames.update]
  let others = counts.keys.filter { !asked.contains($0) }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  report.groups = (asked + others).map { type in
    QueueReport.Group(
      jobType: type,
      statuses: (counts[type] ?? [:]).sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .map { (status: $0.key, jobs: $0.value) })
  }
  report.troubles = troubles.sorted
  return (report, now)
}

/// Jobs in trouble, grouped by type, state, handler and error.
private struct TroubleTable {
  private struct Key: Hashable {
    var jobType: String
    var state: QueueReport.Trouble.State
    var handler: String?
    var error: String?

    var order: [String] { [state.rawValue, jobType, handler ?? "", error ?? ""] }
  }

  private var groups: [Key: (jobs: Int, users: Set<UserID>)] = [:]

  mutating func add(_ job: Job, _ state: QueueReport.Trouble.State) {
    let error = job.error.map(TroubleTable.shortened)
    let key = Key(jobType: job.jobType, state: state, handler: job.handler, error: error)
    groups[key, default: (0, [])].jobs += 1
    groups[key]?.users.insert(job.user)
  }

  /// The first line of an error, at most 200 characters.
  private static func shortened(_ error: String) -> String {
    let line = error.prefix { !$0.isNewline }
    return line.count > 200 ? String(line.prefix(200)) + "…" : String(line)
  }

  /// Sorted by the number of jobs, most first.
  var sorted: [QueueReport.Trouble] {
    groups.sorted { a, b in
      a.value.jobs == b.value.jobs
        ? a.key.order.lexicographicallyPrecedes(b.key.order) { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        : a.value.jobs > b.value.jobs
    }.compactMap { key, group in
      group.users.min().map {
        QueueReport.Trouble(
          jobType: key.jobType, state: key.state, handler: key.handler, error: key.error, jobs: group.jobs,
          users: group.users.count, example: $0)
      }
    }
  }
}
