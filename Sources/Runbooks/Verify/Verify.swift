import Comparing
import EventModel
import Folding
import Formatting
import JSONTape
import Rebuilding
import Reporting
import Running
import SnapshotStore

/// The arguments of `refold verify`.
package struct VerifyPlan: Sendable {
  package enum List: String, Sendable, CaseIterable { case missing, lagging }

  /// The snapshot or log; without paths, only the queue is checked.
  package var input: SnapshotInput
  /// Users exports; empty: the users of the snapshot.
  package var users: [String] = []
  /// Exports of the live projections, or another snapshot.
  package var live: [String] = []
  /// The log of a snapshot, needed for the causes of differences from live.
  package var log: [String] = []
  /// The value of the runbooks' NOW(); `nil`: the snapshot's as-of.
  package var now: Instant?
  package var list: List?
  /// How far the newest signal may be ahead of a projection, in microseconds.
  package var maximumLag: Int64?
  package var queue: QueuePlan?
  /// Whether users on whom the reducers fail are acceptable.
  package var allowsFailures = false

  package init(_ catalogue: Catalogue) { input = SnapshotInput(catalogue) }
}

/// Answers both runbooks' verification queries offline.
///
/// snapshot (or log → temporary snapshot) → facts of each user; live rows → facts; facts → figures and lists;
/// jobs → queue progress.
package func verify(_ plan: VerifyPlan, progress: ProgressMeter) throws -> VerifyReport {
  guard !plan.input.paths.isEmpty else {
    guard let queue = plan.queue else { throw RefoldError.usage("name a snapshot, a log or, with --jobs, a queue") }
    let (queueReport, now) = try queueProgress(queue, plan.input.rebuild.catalogue, now: plan.now)
    guard let now else { throw RefoldError.usage("the export of jobs holds no instant; give one with --now INSTANT") }
    var report = VerifyReport(now: now, nowSource: plan.now == nil ? "the newest instant of the jobs" : "given")
    report.add(queueReport)
    return report
  }
  let snapshot = try plan.input.open(progress)
  let catalogue = plan.input.rebuild.catalogue
  var facts = try FactTable(
    snapshot.reader, catalogue,
    usersTable: plan.users.isEmpty ? nil : readUsers(plan.users, plan.input.rebuild.input.reading))
  let now = plan.now ?? facts.asOf
  var report = VerifyReport(now: now, nowSource: plan.now == nil ? "the snapshot's as-of" : "given")
  if !facts.hasUsersExport {
    report.notices.append("no users export: users_total counts the users seen in the events")
  }
  // The types of the snapshot's reducers; another refold may have made the snapshot.
  for type in facts.backfills.unnamed(snapshot.reader.reducers.map(\.type)) {
    report.notices.append("no runbook names \(Foreign(type)): no figure here is about its rows")
  }
  report.rebuilt = VerifyReport.Side(facts.figures(\.rebuilt, now: now))
  if !plan.live.isEmpty {
    var diffPlan = DiffPlan(catalogue)
    diffPlan.snapshot = snapshot.path
    diffPlan.live = plan.live
    diffPlan.profile = plan.input.rebuild.profile
    diffPlan.resources = plan.input.rebuild.input.resources
    let withoutInstant = try facts.addLive(diffPlan, progress)
    if withoutInstant > 0 {
      let rows = "\(plural(withoutInstant, "live row")) without updated_at"
      if plan.maximumLag == nil, plan.list != .lagging {
        report.notices.append(Foreign("\(rows): their lag and age are not known"))
      } else {
        report.unjudged.append(Foreign("\(rows): how far they lag is not known"))
      }
    }
    report.live = VerifyReport.Side(facts.figures(\.live, now: now))
    let logs = snapshot.isTemporary ? plan.input.paths : plan.log
    if !logs.isEmpty {
      diffPlan.log = plan.input.rebuild.input
      diffPlan.liveReading = plan.input.rebuild.input.reading
      diffPlan.log.logs = logs
      report.causes = try usersByCause(diffPlan, progress)
    }
  }
  report.usersChecked = facts.usersToCheck
  if facts.usersToCheck == 0 {
    report.unjudged.append("\(snapshot.name) has neither users nor events: nothing to check")
  } else if !snapshot.reader.hasEvents {
    report.unjudged.append(Foreign("\(snapshot.name) has no event: the export may have been cut off"))
  }
  if let queue = plan.queue { report.add(try queueProgress(queue, plan.input.rebuild.catalogue, now: plan.now).report) }
  complain(plan, facts, &report)
  if let list = plan.list {
    report.listName = list.rawValue
    report.listed = facts.list(list, hasLive: report.live != nil)
  }
  return report
}

/// Counts the users with a row that has the cause `behind`, and the users with a row that is not what the log says.
private func usersByCause(_ plan: DiffPlan, _ progress: ProgressMeter) throws -> (behind: Int, changed: Int) {
  var counts = (behind: 0, changed: 0)
  var last: (behind: UserID?, changed: UserID?)
  _ = try diff(plan, progress: progress) { difference in
    // Differences are ordered by user.
    if difference.causes.contains(.behind), last.behind != difference.user {
      counts.behind += 1
      last.behind = difference.user
    }
    // A row that a later job will fix (`unseen`) or that only a complete log can judge (`ahead`) is not what this log
    // says either.
    if !Set(difference.causes).isDisjoint(with: [.changed, .unseen, .ahead]), last.changed != difference.user {
      counts.changed += 1
      last.changed = difference.user
    }
  }
  return counts
}

extension VerifyReport {
  /// Adds the queue's progress. If no job has the source, it is misspelt or its backfill was never triggered.
  fileprivate mutating func add(_ queue: QueueReport) {
    self.queue = queue
    if queue.jobsOfSource == 0 {
      unjudged.append(
        Foreign(
          "none of the \(plural(queue.jobsRead, "job")) has the source \(JSONTree.string(queue.source.raw).pretty)"))
    }
    let unfinished = queue.unfinished
    let jobs = unfinished.reduce(0) { $0 + $1.jobs }
    if jobs > 0 {
      let statuses = unfinished.map { "\($0.status.raw) \(grouped($0.jobs))" }.joined(separator: ", ")
      let what = jobs == 1 ? "1 job of the source is" : "\(grouped(jobs)) jobs of the source are"
      complaints.append(Foreign("queue: \(what) not completed: \(statuses)"))
    }
  }
}

/// Adds the complaints, which make the exit status 1.
private func complain(_ plan: VerifyPlan, _ facts: FactTable, _ report: inout VerifyReport) {
  for (name, side, path) in [
    ("rebuilt", report.rebuilt, \UserFacts.rebuilt), ("live", report.live, \UserFacts.live),
  ] {
    guard side != nil else { continue }
    for (place, backfill) in facts.backfills.all.enumerated() {
      let all = facts.users.filter { $0.lacks(place, backfill, $0[keyPath: path]) }
      let failing = all.count { facts.fails($0, place, $0[keyPath: path]) }
      let lacking = all.count - failing
      if lacking > 0 {
        let noun = lacking == 1 ? "user" : "users"
        let users = backfill.audience == .signals ? "\(noun) with \(backfill.name) events" : noun
        let verb = lacking == 1 ? "lacks" : "lack"
        report.complaints.append(Foreign("\(name): \(grouped(lacking)) \(users) \(verb) \(backfill.name) rows"))
      }
      if failing > 0 {
        report.failing.append(.init(side: name, backfill: backfill.name, users: failing))
        if !plan.allowsFailures {
          let them = failing == 1 ? "it lacks" : "they lack"
          report.complaints.append(
            Foreign("\(name): the reducers fail on \(plural(failing, "user")), so \(them) \(backfill.name) rows"))
        }
      }
    }
    if name == "live", let causes = report.causes, causes.changed > 0 {
      report.complaints.append("live: \(grouped(causes.changed)) users have rows that are not what the log says")
    }
    // Rebuilt rows always have the as-of as their instant. If there are live rows, only their lag counts.
    guard let limit = plan.maximumLag, name == "live" || report.live == nil else { continue }
    for (place, backfill) in facts.backfills.all.map(\.name).enumerated() {
      let late = facts.users.count { user in
        guard let signal = user.signals[place], let updated = user[keyPath: path].rows[place].updated else {
          return false
        }
        return signal.microseconds - updated.microseconds > limit
      }
      if late > 0 {
        report.complaints.append("\(name): \(grouped(late)) users' \(backfill) rows lag more than --max-lag")
      }
    }
  }
}
