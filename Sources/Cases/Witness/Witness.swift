import EventModel
import Folding
import Reconciliation
import Reporting
import Running
import SnapshotStore
import Synchronization

/// The outcome for the rows that were asked for.
package struct WitnessOutcome: Sendable {
  package var written: [(user: UserID, report: WitnessReport)] = []
  /// Rows that differ but have no witness, with the reason.
  package var refused: [(user: UserID, name: ProjectionName, reason: Foreign)] = []
  /// The number of rows, of the users asked for, that are equal.
  package var equal = 0
  /// The number of rows that differ, but not with a cause that was asked for.
  package var otherCauses = 0
  /// The number of rows whose users have no event to shrink.
  package var withoutEvents = 0
  /// The number of malformed records that were left out.
  package var leftOut = 0

  package init() {}
}

/// Writes a small, anonymous case for each difference asked for.
///
/// log → the users' events; live export → their rows; row that differs → few events and fields → pseudonyms → folder.
package func witness(_ plan: WitnessPlan, progress: ProgressMeter) throws -> WitnessOutcome {
  if plan.isOneRow {
    try PendingFolder.check(plan.output, replacing: plan.force, mayHold: WitnessCase.fileNames)
  }
  let chosen = plan.users.isEmpty ? try chooseRows(plan, progress) : nil
  let users = Set(chosen?.map(\.user) ?? plan.users)
  progress.enter(.reading)
  let live = try readLiveRows(plan, users: users, progress)
  let log = try readWitnessLog(plan, users: users, progress)
  guard let asOf = plan.asOf ?? log.newest else { throw WitnessError.noAsOf }
  var outcome = WitnessOutcome()
  outcome.leftOut = log.leftOut

  progress.enter(.folding)
  let words = KnownWords(plan.catalogue)
  let ownWords = Redaction(words: plan.catalogue.words)
  var jobs: [WitnessJob] = []
  for row in try chosen ?? rows(of: plan, log, live) {
    let rows = live[row.user] ?? [:]
    guard let events = log.events[row.user] else {
      outcome.withoutEvents += 1
      continue
    }
    let trial = WitnessTrial(
      plan.catalogue, number: row.number, profile: plan.profile, words: words, ownWords: ownWords, limit: plan.tries)
    let required = plan.catalogue.schema(of: row.number).requires
    let hasRequiredRow = required.map { type in rows.keys.contains { plan.catalogue.names[$0].type == type } } ?? true
    defer { trial.rest() }
    do {
      let found = try Exhibit.whole(
        user: row.user, events: events, asOf: asOf, live: rows[row.number], hasRequiredRow: hasRequiredRow, trial: trial
      )
      if let fault = trial.fault { throw fault }
      guard let found else {
        outcome.equal += 1
        continue
      }
      if !plan.causes.isEmpty, plan.causes.isDisjoint(with: found.signature.causes) {
        outcome.otherCauses += 1
        continue
      }
      jobs.append(WitnessJob(trial: trial, exhibit: found.exhibit, signature: found.signature))
    } catch let error as WitnessError {
      if let fault = trial.fault { throw fault }
      outcome.refused.append((row.user, trial.name, Foreign(error.description)))
    }
  }
  jobs = Array(jobs.prefix(plan.limit))
  for (index, job) in jobs.enumerated() { job.folder = folder(of: job, at: index, jobs, plan) }
  for job in jobs { try PendingFolder.check(job.folder, replacing: plan.force, mayHold: WitnessCase.fileNames) }
  // Create the parent folder here; otherwise a case that is given up would remove it.
  let above = plan.isOneRow || jobs.isEmpty ? nil : try NewFolders(plan.output)
  try run(jobs, plan)
  for job in jobs { if let fault = job.trial.fault { throw fault } }
  let made = jobs.compactMap(\.pending)
  try PendingFolder.publish(made)
  if !made.isEmpty { above?.keep() }
  for job in jobs {
    switch job.result {
    case .success(let report): outcome.written.append((job.exhibit.user, report))
    case .failure(let error): outcome.refused.append((job.exhibit.user, job.trial.name, Foreign(error.description)))
    case nil: break
    }
  }
  return outcome
}

/// All the requested rows of the requested users.
private func rows(
  of plan: WitnessPlan, _ log: WitnessLog, _ live: [UserID: [Int: LiveRowCopy]]
) throws(WitnessError) -> [WitnessRow] {
  var rows: [WitnessRow] = []
  var seen: Set<UserID> = []
  for user in plan.users where seen.insert(user).inserted {
    if log.events[user]?.isEmpty ?? true {
      throw live[user]?.isEmpty ?? true ? .unknownUser(user) : .noEvents(user)
    }
    for (number, name) in plan.catalogue.names.enumerated() where plan.filter.includesName(name) {
      rows.append(WitnessRow(user: user, number: number))
    }
  }
  return rows
}

/// The output folder itself for a single row that was named; otherwise a folder in it, named after the projection.
private func folder(of job: WitnessJob, at index: Int, _ jobs: [WitnessJob], _ plan: WitnessPlan) -> String {
  if plan.isOneRow { return plan.output }
  let base = plan.output.hasSuffix("/") ? String(plan.output.dropLast()) : plan.output
  let name = job.trial.name.type + "." + job.trial.name.key
  if plan.users.count == 1 { return base + "/" + name }
  // Use a number: a user's id must not appear in a name.
  let digits = String(index + 1)
  let width = String(jobs.count).count
  let causes = job.signature.causes.map(\.rawValue).joined(separator: "+")
  return base + "/" + String(repeating: "0", count: width - digits.count) + digits + "." + causes + "." + name
}

/// Runs each job on one thread. The results do not depend on which thread takes a job.
private func run(_ jobs: [WitnessJob], _ plan: WitnessPlan) throws {
  let next = Atomic(0)
  onThreads(min(max(1, plan.resources.threads), max(1, jobs.count))) { _ in
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      if index >= jobs.count { return }
      jobs[index].run(plan)
    }
  }
}

extension ProjectionFilter {
  fileprivate func includesName(_ name: ProjectionName) -> Bool {
    wanted.isEmpty || wanted.contains { $0.type == name.type && ($0.key ?? name.key) == name.key }
  }
}
