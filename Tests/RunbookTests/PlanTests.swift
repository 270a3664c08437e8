import EventModel
import Fitness
import Folding
import Foundation
import JSONTape
import Rebuilding
import Reporting
import Runbooks
import Running
import TestSupport
import Testing

@Suite("refold plan")
struct PlanTests {
  /// The jobs of the recorded queue, without retries, as objects of user, type, payload and priority.
  static func recorded() throws -> [JSONTree] {
    // A CSV field with JSON is in quotes, and quotes in it are doubled. It ends with `}",`.
    try Fixtures.lines(Formats.path("background_jobs.csv.gz")).dropFirst().compactMap { line in
      let text = String(decoding: line, as: UTF8.self)
      let head = text.split(separator: ",", maxSplits: 3, omittingEmptySubsequences: false)
      guard head[2] != "projection.retry" else { return nil }
      let quoted = try #require(head[3].range(of: "}\","))
      let payload = head[3][..<quoted.lowerBound].dropFirst().replacing("\"\"", with: "\"") + "}"
      let rest = head[3][quoted.upperBound...].split(separator: ",", omittingEmptySubsequences: false)
      return .object([
        .init("user_id", .string(String(head[1]))), .init("job_type", .string(String(head[2]))),
        .init("payload", try JSONTree(parsing: Array(payload.utf8))),
        .init("priority", .integer(try #require(Int64(rest[1])))),
      ])
    }
  }

  @Test("backfill.md: controller jobs and both fan-outs equal the recorded ones, in the same order")
  func recordedQueue() throws {
    let jobs = try planned(try Formats.input(), Catalogue.fitness.backfills)
    let recorded = try PlanTests.recorded()
    #expect(recorded.count == 85)
    #expect(jobs.map(\.canonicalText) == recorded.map(\.canonicalText))
  }

  @Test("backfill.md: jobs that are pending or processing under the same source are not enqueued again")
  func inFlight() throws {
    let folder = try TemporaryFolder()
    let all = try planned(try Formats.input(), [.capability])
    func write(_ jobs: [JSONTree], _ status: String) throws -> String {
      let lines = jobs.map { job in
        JSONTree.object((job.members ?? []) + [.init("status", .string(status))]).canonicalText
      }
      let path = folder.file("\(status)-\(jobs.count).ndjson")
      try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
      return path
    }
    for status in ["pending", "processing"] {
      let blocked = try write(all, status)
      #expect(try planned(try Formats.input(), [.capability]) { $0.jobs = [blocked] }.isEmpty)
      let some = try write(Array(all[1...5]), status)
      let rest = try planned(try Formats.input(), [.capability]) { $0.jobs = [some] }
      #expect(rest == [all[0]] + all[6...])
      let other = try planned(try Formats.input(), [.capability]) {
        $0.jobs = [blocked]
        $0.source = "another"
      }
      #expect(other.count == all.count)
    }
    for status in ["completed", "failed", "dead"] {
      let done = try write(all, status)
      #expect(try planned(try Formats.input(), [.capability]) { $0.jobs = [done] } == all)
    }
  }

  @Test("backfill.md: the id of a synthetic event is the UUIDv5 of the user in the source's namespace")
  func syntheticEvent() throws {
    let updates = try planned(try Formats.input(), [.objective])
    let user = "0ab1d834-0c9f-45c9-9eea-22de4be3e2c9"
    let profile = updates.first {
      $0["user_id"]?.string == user && $0["payload"]?["event_type"]?.string == "profile.updated"
    }
    #expect(profile?["payload"]?["event_id"]?.string == "7f074764-4676-5183-9b2b-0ad75617b479")
    let other = try planned(try Formats.input(), [.objective]) { $0.source = "quoted \"ü\"" }
    #expect(other.count == updates.count)
    #expect(!other.contains { $0["payload"]?["event_id"]?.string == "7f074764-4676-5183-9b2b-0ad75617b479" })
    #expect(other.allSatisfy { $0["payload"]?["source"]?.string == "quoted \"ü\"" })
  }

  @Test("backfill.md: the source is trimmed in payloads, in the look-up of jobs in flight and in synthetic ids")
  func trimmedSource() throws {
    let all = try planned(try Formats.input(), Catalogue.fitness.backfills)
    for source in [" formats", "\u{3000}formats \u{1F}\n"] {
      #expect(try planned(try Formats.input(), Catalogue.fitness.backfills) { $0.source = source } == all)
      let inFlight = try planned(try Formats.input(), Catalogue.fitness.backfills) {
        $0.source = source
        $0.jobs = [Formats.path("background_jobs.csv.gz")]
      }
      let exact = try planned(try Formats.input(), Catalogue.fitness.backfills) {
        $0.jobs = [Formats.path("background_jobs.csv.gz")]
      }
      #expect(inFlight == exact)
    }
    let folder = try TemporaryFolder()
    let blocked = folder.file("jobs.ndjson")
    let lines = all.map { JSONTree.object(($0.members ?? []) + [.init("status", .string("pending"))]).canonicalText }
    try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: blocked))
    let left = try planned(try Formats.input(), Catalogue.fitness.backfills) {
      $0.source = " formats "
      $0.jobs = [blocked]
    }
    #expect(left.isEmpty)
  }

  @Test("backfill.md: a blank source is refused; without users or capability events nothing is enqueued")
  func refusals() throws {
    for source in ["", " ", "\t\u{2003}\n", "\u{1C}"] {
      #expect(throws: RefoldError.self) { try planned(try Formats.input(), [.capability]) { $0.source = source } }
    }
    let folder = try TemporaryFolder()
    let path = folder.file("events.ndjson")
    let line =
      #"{"id":"50f831db-5680-4cb0-97b3-400dbfc61877","user_id":"0ab1d834-0c9f-45c9-9eea-22de4be3e2c9","#
      + #""timestamp":"2026-01-01T00:00:00Z","event_type":"goal.set","data":{},"metadata":{}}"#
    try Data(line.utf8).write(to: URL(fileURLWithPath: path))
    var plan = BackfillPlan(.fitness)
    plan.input.paths = [path]
    plan.backfills = Catalogue.fitness.backfills
    plan.source = "x"
    let report = try Runbooks.plan(plan, progress: ProgressMeter())
    #expect(report.backfills.map(\.status) == [.nobody("no_capability_seed_user"), .enqueued])
    #expect(report.backfills[1].byType == ["goal.set": 1, "profile.updated": 1])
    #expect(report.backfills[1].synthetic == 1)
  }

  @Test("plan: the users file replaces a snapshot's users table")
  func usersFile() throws {
    let folder = try TemporaryFolder()
    let snapshot = try Live.snapshot(in: folder)
    let path = folder.file("users.csv")
    try Data("id\ne0000000-0000-4000-8000-000000000001\nE0000000-0000-4000-8000-000000000001\n".utf8)
      .write(to: URL(fileURLWithPath: path))
    var input = SnapshotInput(.fitness)
    input.paths = [snapshot]
    let jobs = try planned(input, [.objective]) { $0.users = [path] }
    #expect(jobs.map { $0["user_id"]?.string } == Array(repeating: "e0000000-0000-4000-8000-000000000001", count: 2))
    #expect(jobs[1]["payload"]?["event_type"]?.string == "profile.updated")
  }
}
