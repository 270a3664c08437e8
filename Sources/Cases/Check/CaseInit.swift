import EventLog
import EventModel
import Folding
import JSONTape
import Platform
import Programs
import Rebuilding
import Reporting
import Running
import SnapshotStore

/// The arguments of `refold check --init`.
package struct CaseInitPlan: Sendable {
  /// The projections, each in the version that is folded.
  package let catalogue: Catalogue
  /// The folder to create.
  package var folder = ""
  package var logs: [String] = []
  package var users: [String] = []
  package var live: [String] = []
  package var onlyUsers: Set<UserID> = []
  package var only = ProjectionFilter()
  package var profile: String?
  package var reading = ReadingOptions()
  /// `nil`: the newest created_at among the events of the case.
  package var asOf: Instant?
  package var why: String?
  /// Replace an existing case.
  package var force = false
  /// The permission bits of the files; `nil`: 0600.
  package var mode: mode_t?
  /// Runs the catalogue's programs; `nil` if it has none.
  package var programs: ProgramLauncher?
  package var resources = Resources()

  package init(_ catalogue: Catalogue) { self.catalogue = catalogue }
}

extension CaseInitPlan {
  /// The types that the case records. A type that is added to refold later is not part of the case.
  fileprivate var recordedTypes: [String] {
    catalogue.schemas.map(\.type).filter { only.includes(type: $0) }
  }
}

/// Makes a case from a log and records the results.
///
/// log → events.ndjson, users.ndjson, live.ndjson → case.json → rebuilt rows and differences → expected. Only the ids
/// of users are copied. The folder gets its final name once everything has been written.
package func makeCase(_ plan: CaseInitPlan) throws -> CheckedCase {
  let pending = try PendingFolder(
    target: plan.folder, replacing: plan.force, mayHold: caseFileNames, mode: plan.mode)
  let made: CheckedCase
  do { made = try makeCase(plan, in: pending.path) } catch {
    // The user does not know the hidden folder: errors name the target instead.
    throw RefoldError.usage("\(error)".replacing(pending.path, with: plan.folder))
  }
  try pending.publish()
  return made
}

/// The files that `--init` may write. A folder that holds anything else is not replaced.
private let caseFileNames = [
  RegressionCase.fileName, "events.ndjson", "users.ndjson", "profile.json", "live.ndjson", "projections.ndjson",
  "failures.ndjson", "differences.ndjson",
]

private func makeCase(_ plan: CaseInitPlan, in folder: String) throws -> CheckedCase {
  var members: [JSONTree.Member] = []
  if let why = plan.why { members.append(.init("why", .string(why))) }
  let hasUsers = try copyLog(plan, to: folder)
  let asOf = try plan.asOf ?? newestInstant(folder, plan)
  members.append(.init("as_of", .string(asOf.description)))
  members.append(.init("events", .string("events.ndjson")))
  if hasUsers { members.append(.init("users", .string("users.ndjson"))) }
  if let profile = plan.profile {
    try writeReport(try plan.catalogue.loadProfile(profile).json.pretty + "\n", to: folder + "/profile.json")
    members.append(.init("profile", .string("profile.json")))
  }
  if let reading = plan.reading.afterCopy.json { members.append(.init("reading", reading)) }
  if let reducers = plan.catalogue.reducersMember(in: plan.folder) { members.append(.init("reducers", reducers)) }
  members.append(.init("recorded", .array(plan.recordedTypes.map { .string($0) })))
  if !plan.only.wanted.isEmpty { members.append(.init("only", .array(plan.only.names.map { .string($0) }))) }
  var expected: [JSONTree.Member] = [
    .init("projections", .string("projections.ndjson")), .init("failures", .string("failures.ndjson")),
  ]
  if !plan.live.isEmpty {
    try copyLive(plan, to: folder + "/live.ndjson")
    members.append(.init("live", .string("live.ndjson")))
    expected.append(.init("differences", .string("differences.ndjson")))
  }
  members.append(.init("expected", .object(expected)))
  try writeReport(JSONTree.object(members).pretty + "\n", to: folder + "/" + RegressionCase.fileName)
  let run = CaseRun(
    try RegressionCase(plan.catalogue.own, folder: folder, isRecording: true, programs: plan.programs), plan.resources,
    limit: 0)
  try run.run(isRecording: true)
  let written = try run.record()
  return try summary(folder, plan, written)
}

/// Runs the finished case and summarises the outcome.
private func summary(_ folder: String, _ plan: CaseInitPlan, _ written: [String]) throws -> CheckedCase {
  let run = CaseRun(
    try RegressionCase(plan.catalogue.own, folder: folder, programs: plan.programs), plan.resources, limit: 10)
  try run.run(isRecording: false)
  let name = plan.folder.count > 1 && plan.folder.hasSuffix("/") ? String(plan.folder.dropLast()) : plan.folder
  var made = CheckedCase(name: name)
  made.status = run.changes.counts.total == 0 ? .recorded : .different
  made.checked = run.checked
  made.counts = run.changes.counts
  made.changes = run.changes.first
  made.written = ([RegressionCase.fileName] + written).map { Foreign($0) }
  return made
}

/// Copies the log's events and users. Returns whether there is a users export.
private func copyLog(_ plan: CaseInitPlan, to folder: String) throws -> Bool {
  let lines = try RecordLines(
    plan.catalogue.vocabulary, plan.logs, .events, reading: plan.reading, directory: plan.resources.temporaryDirectory,
    onlyUsers: plan.onlyUsers, keepsAll: true)
  let events = try OutputFile(folder + "/events.ndjson")
  var users: OutputFile?
  var count = 0
  func add(user line: UnsafeRawBufferPointer) throws {
    if users == nil { users = try OutputFile(folder + "/users.ndjson") }
    try users?.write(line)
  }
  try lines.each { table, line in
    if table == .users {
      // A separate users export replaces the users of a dump.
      if plan.users.isEmpty { try add(user: line) }
      return
    }
    count += 1
    try events.write(line)
  }
  if count == 0 {
    let whose = plan.onlyUsers.isEmpty ? "" : " of that user"
    throw RefoldError.usage("no event\(whose) in \(plan.logs.joined(separator: ", "))")
  }
  try events.finish()
  if !plan.users.isEmpty {
    try RecordLines(
      plan.catalogue.vocabulary, plan.users, .users, reading: plan.reading,
      directory: plan.resources.temporaryDirectory, onlyUsers: plan.onlyUsers
    ).each { _, line in try add(user: line) }
  }
  try users?.finish()
  return users != nil
}

private func copyLive(_ plan: CaseInitPlan, to path: String) throws {
  let file = try OutputFile(path)
  try RecordLines(
    plan.catalogue.vocabulary, plan.live, .projections, reading: plan.reading,
    directory: plan.resources.temporaryDirectory,
    onlyUsers: plan.onlyUsers
  ).each { _, line in try file.write(line) }
  try file.finish()
}

/// The newest created_at of the events of the case.
private func newestInstant(_ folder: String, _ plan: CaseInitPlan) throws -> Instant {
  var input = IngestPlan(plan.catalogue.vocabulary)
  input.logs = [folder + "/events.ndjson"]
  input.reading = plan.reading.afterCopy
  input.resources = plan.resources
  guard let newest = try ingest(input, ProgressMeter()).newest else { throw RefoldError.noEventToTakeAsOfFrom }
  return newest
}
