import Comparing
import EventLog
import EventModel
import Folding
import JSONTape
import Rebuilding
import Reporting
import Running
import SnapshotStore

/// The arguments of `refold repair`.
package struct RepairPlan: Sendable {
  /// The projections, each in the version that is folded.
  package let catalogue: Catalogue
  /// A snapshot and exports of the live rows; or a diff and, optionally, its snapshot.
  package var inputs: [String] = []
  /// Rows in place of a snapshot; ``inputs`` are then exports of the live rows. `nil`: there is a snapshot.
  package var expected: ExpectedPlan?
  /// The snapshot's log, needed for the causes.
  package var log: [String] = []
  /// How to read exports where the content is ambiguous.
  package var reading = ReadingOptions()
  package var profile: any DomainProfile
  /// Trimmed before use.
  package var source = ""
  /// The maximum number of users in a controller job.
  package var batch = 500
  package var commits = false
  package var resources = Resources()

  package init(_ catalogue: Catalogue) {
    self.catalogue = catalogue
    profile = catalogue.profile
  }
}

/// Finds the cheapest backfill that repairs the differences of a diff. Returns the script and a report about it.
///
/// diff (or snapshot × live → differences) → needs of each user → the fewest updates → groups → controller jobs → SQL.
package func repair(
  _ plan: RepairPlan, progress: ProgressMeter
) throws -> (sql: String, report: RepairReport) {
  var plan = plan
  plan.source = try JobNames.label(plan.source)
  var table = RepairTable(plan.catalogue)
  let snapshot = try readDifferences(plan, into: &table, progress)
  var groups: [RepairGroup] = []
  var updates = 0
  let catalogue = try snapshot.map { try plan.catalogue.bound(to: $0, mustFold: false) } ?? plan.catalogue
  let choosing = RepairChoice(catalogue: catalogue)
  let vocabulary = catalogue.vocabulary
  try forEachUser(table.needs, snapshot, vocabulary) { user, needs, newest in
    let choice = choosing.updates(needs, newest)
    updates += choice.updates.count
    for (place, types) in choice.updates {
      if let index = groups.firstIndex(where: { $0.place == place && $0.eventTypes == types }) {
        groups[index].users.append(user)
      } else {
        groups.append(
          RepairGroup(place: place, backfill: plan.catalogue.backfills[place], eventTypes: types, users: [user]))
      }
    }
    for type in choice.unmet.sorted() {
      let names = plan.catalogue.backfills.filter { $0.types.contains(type) }.map(\.name).joined(separator: " or ")
      table.giveUp(
        user, ProjectionName(type: type, key: "*"),
        reason: "the snapshot has no \(names) event of the user: is it the snapshot of the diff?")
    }
  }
  groups.sort { a, b in
    a.place == b.place
      ? a.eventTypes.map(\.rawValue).lexicographicallyPrecedes(b.eventTypes.map(\.rawValue)) : a.place < b.place
  }
  let jobs = groups.flatMap { $0.jobs(batch: plan.batch) }
  var report = RepairReport(source: plan.source, commits: plan.commits)
  report.users = table.needs.keys.sorted()
  report.rows = table.rows
  report.controllers = jobs.count
  report.groups = groups.map {
    RepairReport.Group(
      jobType: $0.backfill.jobType, eventTypes: $0.eventTypes.map(\.name.description), users: $0.users.count,
      controllers: $0.jobs(batch: plan.batch).count)
  }
  report.jobs = jobs.map {
    .object([
      .init("user_id", .string($0.user.description)), .init("job_type", .string($0.jobType)),
      .init("payload", $0.payloadJSON(source: plan.source)), .init("priority", .integer(Int64($0.priority))),
    ])
  }
  report.unhealable = table.unhealable.sorted { ($0.user, $0.name) < ($1.user, $1.name) }
  if let snapshot {
    report.updates = updates
    report.fullJobs = try fullBackfillJobs(snapshot, plan.catalogue, source: plan.source)
  }
  return (RepairSQL(source: plan.source, jobs: jobs, commits: plan.commits).text, report)
}

/// Fills the table from the diff, or by making a diff. Returns the snapshot if one was named.
private func readDifferences(
  _ plan: RepairPlan, into table: inout RepairTable, _ progress: ProgressMeter
) throws -> SnapshotReader? {
  guard let first = plan.inputs.first else { throw RefoldError.usage("name a diff, or a snapshot and live rows") }
  if let expected = plan.expected { return try compare(plan, expected, into: &table, progress) }
  let rest = Array(plan.inputs.dropFirst())
  func named() throws -> SnapshotReader? {
    guard rest.count < 2 else { throw RefoldError.usage("after a diff, name at most its snapshot") }
    return try rest.first.map { (path) throws(SnapshotError) in try .verified(path) }
  }
  if SnapshotInput.isSnapshot(first) {
    if try !DifferenceReader.isDatabaseButNoSnapshot(first) {
      if rest.isEmpty { throw RefoldError.usage("name the live rows after the snapshot") }
      return try compare(plan, first, rest, into: &table, progress)
    }
    let file = try DifferenceReader(first)
    let snapshot = try named()
    if let snapshot { try file.check(against: snapshot) }
    let differences = try file.differences()
    while let difference = try differences.next() { table.note(difference) }
    return snapshot
  }
  let snapshot = try named()
  try readDifferenceLines(first, of: snapshot) { table.note($0) }
  return snapshot
}

/// Rebuilds the log with the expected rows in place of the reducers' own, and compares that.
private func compare(
  _ plan: RepairPlan, _ expected: ExpectedPlan, into table: inout RepairTable, _ progress: ProgressMeter
) throws -> SnapshotReader {
  let rows = try importExpected(expected, progress)
  let made = try TemporarySnapshot(directory: plan.resources.temporaryDirectory)
  var rebuilding = RebuildPlan(expected.catalogue)
  rebuilding.input.logs = plan.log
  rebuilding.input.reading = plan.reading
  rebuilding.input.resources = plan.resources
  rebuilding.profile = expected.profile
  rebuilding.asOf = expected.asOf
  rebuilding.output = made.path
  rebuilding.force = true
  // Users without events have no job, but their rows are compared.
  let users = try UsersFile(of: rows, directory: plan.resources.temporaryDirectory)
  rebuilding.input.users = [users.path]
  let check = try rebuilding.write(expected: rows)
  _ = try rebuild(rebuilding, progress: progress)
  try check()
  let reader = try compare(plan, made.path, plan.inputs, into: &table, progress)
  withExtendedLifetime((rows, made, users)) {}
  return reader
}

private func compare(
  _ plan: RepairPlan, _ snapshot: String, _ live: [String], into table: inout RepairTable, _ progress: ProgressMeter
) throws -> SnapshotReader {
  var diffPlan = DiffPlan(plan.catalogue)
  diffPlan.snapshot = snapshot
  diffPlan.live = live
  diffPlan.log.logs = plan.log
  diffPlan.log.reading = plan.reading
  diffPlan.liveReading = plan.reading
  diffPlan.profile = plan.profile
  diffPlan.resources = plan.resources
  let found = Found(plan.catalogue)
  _ = try diff(diffPlan, progress: progress) {
    found.table.note(StoredDifference(user: $0.user, name: $0.name, causes: $0.causes, keyCount: $0.keyCount))
  }
  table = found.table
  return try SnapshotReader(snapshot)
}

/// A table that the diff's closure can fill.
private final class Found {
  var table: RepairTable

  init(_ catalogue: Catalogue) { table = RepairTable(catalogue) }
}

/// Visits users in ascending order, each with the newest events that the snapshot knows; `nil` without a snapshot.
private func forEachUser(
  _ needs: [UserID: Set<String>], _ snapshot: SnapshotReader?, _ vocabulary: Vocabulary,
  _ body: (UserID, Set<String>, NewestEvents?) -> Void
) throws {
  var signals = try snapshot.map { try UserSignals($0, vocabulary) }
  var pending = try signals?.next()
  for (user, need) in needs.sorted(by: { $0.key < $1.key }) {
    while let known = pending, known.user < user { pending = try signals?.next() }
    let newest = pending.flatMap { $0.user == user ? $0.newest : nil }
    body(user, need, snapshot == nil ? nil : newest ?? NewestEvents())
  }
}

/// Jobs of all backfills in full, controllers and fan-out.
private func fullBackfillJobs(_ reader: SnapshotReader, _ catalogue: Catalogue, source: String) throws -> Int {
  let fanOut = FanOut(
    reader: reader, users: try exportedUsers(reader), vocabulary: catalogue.vocabulary, source: source,
    inFlight: InFlight())
  var jobs = 0
  for backfill in catalogue.backfills { _ = try fanOut.run(backfill) { _ in jobs += 1 } }
  return jobs
}
