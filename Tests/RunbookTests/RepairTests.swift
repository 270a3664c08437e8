import Comparing
import EventModel
import Fitness
import Folding
import Foundation
import JSONTape
import Rebuilding
import Reporting
import Runbooks
import Running
import SnapshotStore
import TestSupport
import Testing

@Suite("refold repair")
struct RepairTests {
  private func report(_ change: (inout RepairPlan) -> Void = { _ in }) throws -> (sql: String, report: RepairReport) {
    let folder = try TemporaryFolder()
    var plan = RepairPlan(.fitness)
    plan.inputs = [try Live.snapshot(in: folder), Live.path("projections.csv.gz")]
    plan.log = [Live.path("events.csv.gz")]
    plan.source = "repair"
    change(&plan)
    return try repair(plan, progress: ProgressMeter())
  }

  /// The projections that an update for an event type computes; see the contract's page on the backfill.
  static let runs: [String: Set<String>] = [
    "set.logged": ["capability_estimation", "objective_advisory"],
    "session.logged": ["capability_estimation", "objective_advisory"],
    "external.activity_imported": ["capability_estimation", "objective_advisory"],
    "set.corrected": ["capability_estimation"], "profile.updated": ["objective_state", "objective_advisory"],
  ]

  @Test("repair: covers exactly the users with rows that are behind, missing or changed, and all that they need")
  func coversExactly() throws {
    let report = try report().report
    let labels = try Live.healing()
    #expect(Set(report.users.map(\.description)) == Set(labels.map(\.user)))
    #expect(report.rows == labels.count)
    var events: [String: Set<String>] = [:]
    for job in try planned(try Live.input(), Catalogue.fitness.backfills) {
      guard let type = job["payload"]?["event_type"]?.string, let user = job["user_id"]?.string else { continue }
      events[user, default: []].insert(type)
    }
    var computed: [String: Set<String>] = [:]
    var updates = 0
    for job in report.jobs {
      for user in (job["payload"]?["user_ids"]?.array ?? []).compactMap(\.string) {
        for type in (job["payload"]?["event_types"]?.array ?? []).compactMap(\.string)
        where events[user]?.contains(type) ?? false {
          computed[user, default: []].formUnion(RepairTests.runs[type] ?? [])
          updates += 1
        }
      }
    }
    for label in labels { #expect(computed[label.user]?.contains(label.type) ?? false, "\(label)") }
    #expect(Set(computed.keys) == Set(labels.map(\.user)))
    #expect(report.updates == updates)
    let unhealable = Set(try Live.labels().filter { !$0.causes.isDisjoint(with: ["surplus", "failed"]) }.map(\.user))
    #expect(Set(report.unhealable.map(\.user.description)) == unhealable)
  }

  /// Writes a diff in both of its forms: `d.ndjson` and `d.sqlite`.
  @discardableResult
  private func writeDiff(_ plan: DiffPlan, in folder: TemporaryFolder) throws -> DiffReporter {
    var files = DiffReportPlan()
    files.ndjson = folder.file("d.ndjson")
    files.sqlite = folder.file("d.sqlite")
    files.snapshot = plan.snapshot
    let reporter = try DiffReporter(files, .fitness, detailsAsJSON: true, temporaryDirectory: folder.path)
    let outcome = try diff(plan, progress: ProgressMeter()) { try reporter.take($0) }
    _ = try reporter.finish(outcome, plan)
    try reporter.outputs.publish()
    return reporter
  }

  @Test("repair: a diff read from its file, in either form, gives the same as a new diff")
  func fromFiles() throws {
    let folder = try TemporaryFolder()
    let snapshot = try Live.snapshot(in: folder)
    var diffPlan = DiffPlan(.fitness)
    diffPlan.snapshot = snapshot
    diffPlan.live = [Live.path("projections.csv.gz")]
    diffPlan.log.logs = [Live.path("events.csv.gz")]
    try writeDiff(diffPlan, in: folder)
    let expected = try report()
    for name in ["d.ndjson", "d.sqlite"] {
      let found = try report { $0.inputs = [folder.file(name), snapshot] }
      #expect(found.sql == expected.sql)
      #expect(found.report.json == expected.report.json)
      let alone = try report { $0.inputs = [folder.file(name)] }.report
      #expect(alone.users == expected.report.users)
      #expect(alone.updates == nil)
    }
  }

  @Test("repair: each line of a diff must name the snapshot, also after filtering, or it is refused")
  func linesOfAnotherSnapshot() throws {
    let folder = try TemporaryFolder()
    let snapshot = try Live.snapshot(in: folder)
    let digest = try #require(try SnapshotReader(snapshot).manifestValue("digest.snapshot"))
    var diffPlan = DiffPlan(.fitness)
    diffPlan.snapshot = snapshot
    diffPlan.live = [Live.path("projections.csv.gz")]
    let reporter = try writeDiff(diffPlan, in: folder)
    let lines = try String(contentsOfFile: folder.file("d.ndjson"), encoding: .utf8).split(separator: "\n")
    #expect(lines.count > 3)
    #expect(lines.allSatisfy { $0.hasSuffix(#","snapshot_digest":"\#(digest)"}"#) })
    // Only lines have it: the other forms state the digest once, outside the records.
    try reporter.details.each { #expect(!$0.contains("snapshot_digest")) }
    let records = try DifferenceReader(folder.file("d.sqlite")).records()
    while let record = try records.next() {
      #expect(!String(decoding: record, as: UTF8.self).contains("snapshot_digest"))
    }

    func refusal(_ text: String, _ inputs: [String]) throws -> String? {
      let path = try folder.write("some.ndjson", text)
      do {
        _ = try report { $0.inputs = [path] + inputs }
        return nil
      } catch { return "\(error)".replacing(folder.path + "/", with: "") }
    }
    let other = lines[1].replacing(digest, with: String(repeating: "0", count: 64))
    let bare = lines[1].replacing(#","snapshot_digest":"\#(digest)""#, with: "")
    #expect(try refusal("\(lines[2])\n\(lines[1])\n", [snapshot]) == nil)
    #expect(try refusal("", [snapshot]) == nil)
    let name = snapshot.replacing(folder.path + "/", with: "")
    #expect(
      try refusal("\(lines[0])\n\(other)\n", [snapshot])
        == "some.ndjson:2: holds the differences of a snapshot other than \(name); "
        + "name the snapshot it was made from, or compare again")
    #expect(
      try refusal("\(bare)\n", [snapshot])
        == "some.ndjson:1: does not name the snapshot of its differences; "
        + "keep snapshot_digest as this refold diff --ndjson writes it, or name no snapshot")
    #expect(try refusal("\(lines[0])\n\(other)\n\(bare)\n", []) == nil)
  }

  @Test("repair: all keys that no reducer writes are counted, from a diff in any form")
  func countsUnknownKeys() throws {
    let folder = try TemporaryFolder()
    let snapshot = try Live.snapshot(in: folder)
    let user = try #require(try Live.labels().first).user
    let extra = try folder.write(
      "extra.ndjson",
      (0..<250).map {
        #"{"user_id":"\#(user)","projection_type":"objective_state","key":"key_\#($0)","data":{}}"# + "\n"
      }.joined())
    let before = try report().report
    var diffPlan = DiffPlan(.fitness)
    diffPlan.snapshot = snapshot
    diffPlan.live = [Live.path("projections.csv.gz"), extra]
    diffPlan.log.logs = [Live.path("events.csv.gz")]
    try writeDiff(diffPlan, in: folder)
    for inputs in [diffPlan.live, [folder.file("d.ndjson")], [folder.file("d.sqlite")]] {
      let isDiff = inputs.count == 1
      let found = try report { $0.inputs = isDiff ? inputs + [snapshot] : [snapshot] + inputs }.report
      #expect(found.unhealable.reduce(0) { $0 + $1.keys } == before.unhealable.count + 250)
      #expect(found.unhealable.count == before.unhealable.count + 100)
      #expect(found.unhealable.filter { $0.keys > 1 }.map(\.keys) == [151])
    }
  }

  @Test("repair: without the log, only rows whose cause is known are repaired")
  func withoutLog() throws {
    let report = try report { $0.log = [] }.report
    let missing = Set(try Live.labels().filter { $0.causes.contains("missing") }.map(\.user))
    #expect(missing.isSubset(of: Set(report.users.map(\.description))))
    #expect(report.unhealable.contains { $0.cause == .unexplained })
    let healing = Set(try Live.healing().map(\.user))
    #expect(Set(report.users.map(\.description)).isSubset(of: healing))
  }

  @Test("repair: batches split the users of a group and lose none", arguments: [1, 2, 3, 100])
  func batches(size: Int) throws {
    let whole = try report().report
    let split = try report { $0.batch = size }.report
    func users(_ report: RepairReport, _ type: String) -> [String] {
      report.jobs.filter { $0["job_type"]?.string == type }
        .flatMap { ($0["payload"]?["user_ids"]?.array ?? []).compactMap(\.string) }
    }
    for backfill in Catalogue.fitness.backfills {
      #expect(users(split, backfill.jobType) == users(whole, backfill.jobType))
    }
    #expect(split.jobs.allSatisfy { ($0["payload"]?["user_ids"]?.array ?? []).count <= size })
    #expect(split.updates == whole.updates)
  }

  @Test("repair: the script is ASCII, rolls back by default, and holds the label only in literals")
  func script() throws {
    let label = "x'; DROP TABLE users; --\n\\\\q :source \u{1F3CB} é \"$$"
    let plain = try report { $0.source = label }.sql
    #expect(plain.utf8.allSatisfy { $0 == 0x0A || ($0 >= 0x20 && $0 < 0x7F) })
    #expect(plain.hasSuffix("ROLLBACK;\n"))
    #expect(try report { $0.commits = true }.sql.hasSuffix("COMMIT;\n"))
    // Apart from its escape strings, the script is the same for every label.
    func bare(_ sql: String) -> String {
      sql.replacing(/E'(?:[^'\\]|''|\\\\)*'/, with: "L")
    }
    #expect(try bare(plain) == bare(report().sql))
    #expect(!bare(plain).contains("DROP"))
  }

  @Test("repair: the source is trimmed, a blank one refused")
  func trimmedSource() throws {
    let exact = try report()
    let padded = try report { $0.source = "\trepair \u{A0}" }
    #expect(padded.sql == exact.sql && padded.report.jobs == exact.report.jobs)
    #expect(throws: RefoldError.self) { try report { $0.source = "\u{1D} " } }
  }

  @Test("repair: a redacted diff and other files are refused with the reason")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("d.ndjson")
    try Data(#"{"user_id":"user-1","projection_type":"a","key":"b","causes":["changed"]}"#.utf8)
      .write(to: URL(fileURLWithPath: path))
    let error = #expect(throws: MalformedInput.self) { try report { $0.inputs = [path] } }
    #expect(error?.description.contains("redacted") ?? false)
  }
}
