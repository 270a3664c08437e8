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
  /// Whether the first of ``inputs`` is a diff for certain; otherwise its content says what it is.
  package var isOfDiff = false
  /// The form of the live exports; `nil`: their content says it.
  package var liveForm: RecordForm?
  /// Repair these projections only; all if empty.
  package var filter = ProjectionFilter()
  /// Repair these users only; all if empty.
  package var onlyUsers: Set<UserID> = []
  /// `nil`: no field is tolerated.
  package var rules: DiffRules?
  /// Causes that are acceptable; a row that has no other cause stays as it is.
  package var allowed: Set<Cause> = DiffReportPlan().allowed
  /// Knows the differences that are accepted one by one; `nil`: none is.
  package var register: DifferenceRegister?
  /// Those of entries of accept files.
  package var pseudonyms = PseudonymScheme.unkeyed
  /// How long before a live row an event can be stored and still be invisible to it, in microseconds.
  package var unseenWithin: Int64
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
    unseenWithin = DiffPlan(catalogue).unseenWithin
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
  let found = Found(plan)
  let snapshot = try readDifferences(plan, into: found, progress)
  var table = found.table
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
  report.accepted = found.accepted
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
  _ plan: RepairPlan, into found: Found, _ progress: ProgressMeter
) throws -> SnapshotReader? {
  guard let first = plan.inputs.first else { throw RefoldError.usage("name a diff, or a snapshot and live rows") }
  if let expected = plan.expected { return try compare(plan, expected, into: found, progress) }
  let rest = Array(plan.inputs.dropFirst())
  func named() throws -> SnapshotReader? {
    guard rest.count < 2 else { throw RefoldError.usage("after a diff, name at most its snapshot") }
    return try rest.first.map { (path) throws(SnapshotError) in try .verified(path) }
  }
  if SnapshotInput.isSnapshot(first) {
    if try !DifferenceReader.isDatabaseButNoSnapshot(first) {
      if plan.isOfDiff { throw RefoldError.usage("\(first) is a snapshot, not a diff") }
      if rest.isEmpty { throw RefoldError.usage("name the live rows after the snapshot") }
      return try compare(plan, first, rest, into: found, progress)
    }
    let file = try DifferenceReader(first)
    let snapshot = try named()
    if let snapshot { try file.check(against: snapshot) }
    let differences = try file.differences()
    while let difference = try differences.next() { try found.note(difference) }
    return snapshot
  }
  let snapshot = try named()
  try readDifferenceLines(first, of: snapshot) { try found.note($0) }
  return snapshot
}

/// Rebuilds the log with the expected rows in place of the reducers' own, and compares that.
private func compare(
  _ plan: RepairPlan, _ expected: ExpectedPlan, into found: Found, _ progress: ProgressMeter
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
  let reader = try compare(plan, made.path, plan.inputs, into: found, progress)
  withExtendedLifetime((rows, made, users)) {}
  return reader
}

private func compare(
  _ plan: RepairPlan, _ snapshot: String, _ live: [String], into found: Found, _ progress: ProgressMeter
) throws -> SnapshotReader {
  var diffPlan = DiffPlan(plan.catalogue)
  diffPlan.snapshot = snapshot
  diffPlan.live = live
  diffPlan.log.logs = plan.log
  diffPlan.log.reading = plan.reading
  diffPlan.liveReading = plan.reading
  diffPlan.profile = plan.profile
  diffPlan.resources = plan.resources
  diffPlan.liveForm = plan.liveForm
  diffPlan.filter = plan.filter
  diffPlan.onlyUsers = plan.onlyUsers
  if let rules = plan.rules { diffPlan.rules = rules.fields }
  diffPlan.unseenWithin = plan.unseenWithin
  diffPlan.fingerprints = plan.register != nil
  diffPlan = try diffPlan.bound()
  diffPlan.pseudonyms = plan.pseudonyms
  _ = try plan.register?.begin(diffPlan)
  _ = try diff(diffPlan, progress: progress) { try found.note($0) }
  return try SnapshotReader(snapshot)
}

/// The differences to repair, and the number of those that are accepted instead.
private final class Found {
  private let plan: RepairPlan
  private(set) var table: RepairTable
  /// Rows that stay as they are because of an entry or of `--allow`.
  private(set) var accepted = 0

  init(_ plan: RepairPlan) {
    self.plan = plan
    table = RepairTable(plan.catalogue)
  }

  /// A difference of a file. What the diff accepted by an entry stays accepted.
  func note(_ stored: StoredDifference) throws {
    guard plan.onlyUsers.isEmpty || plan.onlyUsers.contains(stored.user),
      plan.filter.includes(stored.name.type, stored.name.key)
    else { return }
    if stored.isAccepted {
      accepted += stored.keyCount
      return
    }
    var difference = RowDifference(user: stored.user, name: stored.name, causes: stored.causes)
    difference.marks.fingerprint = stored.fingerprint
    if plan.register != nil, stored.fingerprint == nil {
      throw RefoldError.usage(
        "--accept: the diff has no fingerprints; write it with refold diff --accept or --history")
    }
    try note(difference, keys: stored.keyCount)
  }

  func note(_ difference: RowDifference) throws { try note(difference, keys: difference.keyCount) }

  private func note(_ difference: RowDifference, keys: Int) throws {
    var difference = difference
    if let register = plan.register { difference = try register.mark(difference, isAllowed: plan.allowed.contains) }
    // What the allowed causes say of a row is not repeated: clock and texts never needed a repair.
    let isAllowed = difference.causes.allSatisfy { plan.allowed.contains($0) || $0 == .tolerated }
    if difference.marks.isAcceptedByEntry || isAllowed {
      if difference.causes.contains(where: RepairTable.healing.contains) || difference.marks.isAcceptedByEntry {
        accepted += keys
      }
      return
    }
    table.note(
      StoredDifference(user: difference.user, name: difference.name, causes: difference.causes, keyCount: keys))
  }
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
