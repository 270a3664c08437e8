import Comparing
import EventLog
import EventModel
import Folding
import Formatting
import Rebuilding
import Reconciliation
import Reporting
import Running
import SnapshotStore

/// Collects what a report shows.
///
/// snapshot × live export → differences → counts, samples and the worst users; rows of both sides → statuses,
/// confidences, coverage and lag, in the same pass; the log, if the diff reads it → its buckets and days; all of these
/// → facts.
package func report(_ plan: ReportPlan, progress: ProgressMeter) throws -> ReportFacts {
  // The diff checks the digests itself.
  let isCompared = plan.differences == nil && !plan.against.isEmpty
  let reader = isCompared ? try SnapshotReader(plan.snapshot) : try .verified(plan.snapshot)
  var diffPlan = DiffPlan(plan.catalogue)
  diffPlan.snapshot = plan.snapshot
  diffPlan.snapshotName = plan.snapshotName
  diffPlan = try diffPlan.bound(to: reader)
  diffPlan.live = plan.against
  diffPlan.log.logs = plan.logs
  diffPlan.log.reading = plan.reading
  diffPlan.liveReading = plan.reading
  diffPlan.profile = plan.profile
  diffPlan.liveForm = plan.liveForm
  diffPlan.filter = plan.filter
  diffPlan.onlyUsers = plan.onlyUsers
  diffPlan.rules = plan.rules
  diffPlan.unseenWithin = plan.unseenWithin
  diffPlan.isRedacted = !plan.isIdentified
  diffPlan.pseudonyms = plan.pseudonyms
  diffPlan.census = Census.self
  diffPlan.resources = plan.resources
  var reports = plan.judging
  reports.register = plan.register
  reports.pseudonyms = plan.pseudonyms
  diffPlan.fingerprints = plan.register != nil
  if let path = plan.differences { return try reportDifferences(path, diffPlan, reports, plan, reader, progress) }
  if plan.against.isEmpty {
    var facts = ReportFacts()
    facts.isIdentified = plan.isIdentified
    facts.pseudonymKey = plan.pseudonyms.key?.tag
    try addSnapshot(reader, plan.pseudonyms, to: &facts)
    addCensus(try census(diffPlan.catalogue, reader, progress), nil, diffPlan, reader, to: &facts)
    return facts
  }
  let recorder = try ReportRecorder(reports, diffPlan, isIdentified: plan.isIdentified)
  if let notice = try plan.register?.begin(diffPlan) { progress.note(notice) }
  let outcome = try diff(diffPlan, progress: progress) { difference in
    try recorder.take(plan.register?.mark(difference, isAllowed: reports.isAllowed) ?? difference)
  }
  return try recorder.facts(outcome)
}

/// The facts of a file of differences. The file does not say what was equal and what live looks like.
private func reportDifferences(
  _ path: String, _ diffPlan: DiffPlan, _ reports: DiffReportPlan, _ plan: ReportPlan, _ reader: SnapshotReader,
  _ progress: ProgressMeter
) throws -> ReportFacts {
  let records = try StoredRecords(path, of: reader)
  if records.isRedacted, plan.isIdentified {
    throw RefoldError.usage("\(path) was written with --redact: it holds no ids; leave --identify out")
  }
  var diffPlan = diffPlan
  diffPlan.isRedacted = records.isRedacted
  let recorder = try ReportRecorder(
    reports, diffPlan, isIdentified: plan.isIdentified, names: records.names)
  var outcome = DiffOutcome(diffPlan.catalogue, snapshot: plan.snapshot, live: [path], asOf: try reader.asOf())
  outcome.isOfDifferences = true
  var lastUser: UserID?
  let catalogue = diffPlan.catalogue
  for (place, name) in catalogue.names.enumerated() {
    outcome.tally.rows[place].rebuilt = reader.manifestValue("rows.\(name)").flatMap { Int($0) } ?? 0
  }
  try records.each { difference in
    let number = catalogue.number(of: difference.name) ?? catalogue.names.count
    outcome.tally.rows[number].different += difference.keyCount
    for cause in difference.causes { outcome.tally.rows[number].causes[cause.number] += difference.keyCount }
    outcome.tally.unseen.note(difference)
    if lastUser != difference.user { outcome.tally.usersDifferent += 1 }
    lastUser = difference.user
    try recorder.take(difference)
  }
  outcome.census = try census(diffPlan.catalogue, reader, progress)
  diffPlan.live = [path]
  var facts = try recorder.facts(outcome, diffPlan, mode: .file)
  if let selection = try records.selection() {
    facts.unknown.append("how all other rows compare: the file is of a diff of \(selection) alone")
  }
  facts.unknown += [
    "how many rows were compared and are equal: a file of differences holds the others only",
    "what the live rows look like (status, confidence, coverage, lag): --live EXPORT tells",
  ]
  return facts
}

/// The census of a snapshot alone: one pass over its rows.
private func census(_ catalogue: Catalogue, _ reader: SnapshotReader, _ progress: ProgressMeter) throws -> Census {
  progress.enter(.folding)
  let slice = UserSlice(lower: nil, upper: nil)
  let census = try SliceCensus(catalogue, reader, slice: slice, asOf: try reader.asOf())
  let side = try SnapshotSide(catalogue, reader, slice: slice)
  while let user = side.nextUser {
    try side.next()
    try census.note(user, rebuilt: side.rows, live: [])
    for row in side.rows {
      if let number = row.number { try census.note(number, rebuilt: row) }
    }
    progress.add(users: 1)
  }
  return try census.finish()
}
