import EventModel
import Fitness
import Foundation
import JSONTape
import Rebuilding
import Reporting
import Runbooks
import Running
import TestSupport
import Testing

@Suite("refold verify")
struct VerifyTests {
  @Test("the runbooks: coverage and lag of a real database equal what their SQL returned there, except ages")
  func recordedFigures() throws {
    var plan = VerifyPlan(.fitness)
    plan.input = try Formats.input()
    plan.live = [Formats.path("projections.csv.gz")]
    var queue = QueuePlan()
    queue.jobs = [Formats.path("background_jobs.csv.gz")]
    queue.source = "formats"
    plan.queue = queue
    let json = try verify(plan, progress: ProgressMeter()).json
    let recorded = try JSONTree(parsing: Fixtures.bytes(Formats.path("verification.json")))
    for backfill in ["capability", "objective"] {
      let checks = try #require(recorded[backfill]?.array)
      let controller = try #require(checks[0]["rows"]?.array?.first)
      let progress = try #require(json["queue"]?["progress"])
      #expect(progress["inference.\(backfill)_backfill"]?["completed"] == controller["jobs"])
      #expect(progress["projection.update"]?["completed"] == checks[1]["rows"]?.array?.first?["jobs"])
      let live = try #require(json["live"]?[backfill])
      let coverage = try #require(checks[2]["rows"]?.array?.first?.members)
      #expect(live["coverage"] == .object(coverage))
      #expect(json["rebuilt"]?[backfill]?["coverage"] == .object(coverage))
      for member in try #require(checks[3]["rows"]?.array?.first?.members) where !member.key.contains("age") {
        #expect(live["lag"]?[member.key] == member.value, "\(member.key)")
      }
      let names = checks[3]["rows"]?.array?.first?.members?.map(\.key)
      #expect(live["lag"]?.members?.map(\.key) == names)
    }
    // Jobs of another projection died in the recording.
    #expect(
      json["complaints"] == .array([.string("queue: 13 jobs of the source are not completed: dead 13")]))
    #expect(json["complete"] == .bool(false))
  }

  @Test("the runbooks: the same figures from every form of the live rows, and from the log's own dump")
  func everyForm() throws {
    var texts: Set<String> = []
    for live in ["projections.csv.gz", "dump.sql.gz"] {
      for log in ["events.csv.gz", "events.tsv.gz", "dump.sql.gz"] {
        var plan = VerifyPlan(.fitness)
        plan.input = try Formats.input()
        plan.input.paths = [Formats.path(log)]
        plan.live = [Formats.path(live)]
        texts.insert(try verify(plan, progress: ProgressMeter()).text)
      }
    }
    #expect(texts.count == 1)
  }

  @Test("coverage: missing rows are listed by user and reason, and make the exit status 1")
  func missing() throws {
    let folder = try TemporaryFolder()
    var plan = VerifyPlan(.fitness)
    plan.input.paths = [try Live.snapshot(in: folder)]
    plan.live = [Live.path("projections.csv.gz")]
    plan.log = [Live.path("events.csv.gz")]
    plan.list = .missing
    let report = try verify(plan, progress: ProgressMeter())
    #expect(!report.complaints.isEmpty)
    let live = report.listed.filter { $0.side == "live" && !$0.reason.raw.contains("failed") }
    let listed = Set(live.map(\.user.description))
    let labelled = Set(try Live.labels().filter { $0.causes.contains("missing") }.map(\.user))
    #expect(listed == labelled)
    let causes = try #require(report.causes)
    func users(_ cause: String) throws -> Int {
      Set(try Live.labels().filter { $0.causes.contains(cause) }.map(\.user)).count
    }
    #expect(try causes.behind == users("behind"))
    #expect(try causes.changed == users("changed"))
  }

  @Test("questions without an answer are trouble: --max-lag without updated_at, no users, a source that no job has")
  func unjudged() throws {
    let folder = try TemporaryFolder()
    var plan = VerifyPlan(.fitness)
    plan.input = try Formats.input()
    var rows = try Fixtures.lines(Formats.path("projections.ndjson.gz"))
    rows = try rows.map { line in
      let row = try JSONTree(parsing: line)
      return JSONTree.object(try #require(row.members).filter { $0.key != "updated_at" }).canonicalBytes
    }
    plan.live = [try folder.write("live.ndjson", lines: rows)]
    func judgement() throws -> Judgement { try verify(plan, progress: ProgressMeter()).judgement }
    #expect(try judgement().status == 0)
    plan.maximumLag = 3_600_000_000
    #expect(try judgement().verdict == .unjudged)
    plan.maximumLag = nil
    plan.list = .lagging
    #expect(try judgement().verdict == .unjudged)
    plan.list = nil
    var queue = QueuePlan()
    queue.jobs = [Formats.path("background_jobs.csv.gz")]
    queue.source = "no such deploy"
    plan.queue = queue
    #expect(try judgement().unjudged.count == 1)
    plan.input.paths = []
    plan.live = []
    #expect(try judgement().verdict == .unjudged)
    plan.queue?.source = "formats"
    #expect(try judgement().verdict == .different)
  }

  @Test("with the log, users with changed rows make the exit status 1")
  func changed() throws {
    let folder = try TemporaryFolder()
    var plan = VerifyPlan(.fitness)
    plan.input = try Formats.input()
    var rows = try Fixtures.lines(Formats.path("projections.ndjson.gz")).map { try JSONTree(parsing: $0) }
    let index = try #require(rows.firstIndex { $0["projection_type"]?.string == "capability_estimation" })
    let data = try #require(rows[index]["data"]?.members).map { member in
      JSONTree.Member(member.key, member.key == "confidence" ? .double(0.123) : member.value)
    }
    rows[index] = .object(
      try #require(rows[index].members).map { $0.key == "data" ? JSONTree.Member("data", .object(data)) : $0 })
    plan.live = [try folder.write("live.ndjson", lines: rows.map(\.canonicalBytes))]
    let report = try verify(plan, progress: ProgressMeter())
    #expect(report.causes?.changed == 1)
    #expect(report.judgement.verdict == .different)
  }

  @Test("lag: --max-lag complains about users with a newest signal that is further ahead of their live rows")
  func maximumLag() throws {
    let folder = try TemporaryFolder()
    var plan = VerifyPlan(.fitness)
    plan.input.paths = [try Live.snapshot(in: folder)]
    plan.live = [Live.path("projections.csv.gz")]
    plan.list = .lagging
    let report = try verify(plan, progress: ProgressMeter())
    let objective = try #require(report.live?.backfills.first { $0.name == "objective" })
    let most = try #require(objective.lag.maximumLag)
    let listed = report.listed.filter { $0.side == "live" && $0.backfill == "objective" }
    #expect(listed.count == objective.lag.usersLagging)
    #expect(listed.compactMap(\.lag).max() == most)
    for (minutes, complains) in [(most.hundredths / 100 - 1, true), (most.hundredths / 100 + 1, false)] {
      plan.maximumLag = minutes * 60_000_000
      let late = try verify(plan, progress: ProgressMeter()).complaints.contains {
        $0.raw.contains("objective rows lag")
      }
      #expect(late == complains)
    }
  }

  @Test("verify: a users file replaces a snapshot's users table; a snapshot of only some users is refused")
  func users() throws {
    let folder = try TemporaryFolder()
    let users = folder.file("users.csv")
    try Data("id\n00000000-0000-4000-8000-000000000001\nb9f046f1-9b06-4942-b4d8-2a2cb8140b27\n".utf8)
      .write(to: URL(fileURLWithPath: users))
    var plan = VerifyPlan(.fitness)
    plan.input.paths = [try Live.snapshot(in: folder)]
    plan.users = [users]
    let side = try #require(try verify(plan, progress: ProgressMeter()).rebuilt)
    let coverage = Dictionary(
      uniqueKeysWithValues: try #require(side.backfills.first { $0.name == "objective" }).coverage.map {
        ($0.name, $0.count)
      })
    #expect(coverage["users_total"] == 2)
    #expect(coverage["users_missing_objective_surfaces_all_users"] == 1)
    #expect(coverage["users_missing_objective_surfaces_signal_users"] == 0)

    var some = try Live.input()
    some.rebuild.input.onlyUsers = [try #require(UserID("b9f046f1-9b06-4942-b4d8-2a2cb8140b27"))]
    plan.input = some
    #expect(throws: RefoldError.self) { try verify(plan, progress: ProgressMeter()) }
    #expect(throws: RefoldError.self) { try planned(some, [.objective]) }
  }

  @Test("queue: dead jobs by error, stuck jobs by age; the source is trimmed, then compared exactly")
  func queue() throws {
    let folder = try TemporaryFolder()
    let user = "0ab1d834-0c9f-45c9-9eea-22de4be3e2c9"
    func line(_ type: String, _ status: String, _ source: String, _ more: String = "") -> String {
      #"{"id":1,"user_id":"\#(user)","job_type":"\#(type)","payload":{"source":"\#(source)","event_type":"set.logged"},"#
        + #""status":"\#(status)","created_at":"2026-01-01T00:00:00Z","scheduled_for":"2026-01-01T00:00:00Z"\#(more)}"#
    }
    let lines = [
      line("projection.update", "pending", "a"),
      line("projection.update", "dead", "a", #","error_message":"boom\nat x""#),
      line("projection.update", "dead", "a", #","error_message":"boom\nat y""#),
      line("projection.update", "processing", "a", #","started_at":"2026-01-01T00:59:00Z""#),
      line("projection.update", "completed", "a "), line("inference.objective_backfill", "completed", "a"),
    ]
    try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: folder.file("jobs.ndjson")))
    var plan = VerifyPlan(.fitness)
    var queue = QueuePlan()
    queue.jobs = [folder.file("jobs.ndjson")]
    queue.source = " a\n"
    plan.queue = queue
    plan.now = try TimestampText.parse("2026-01-01T01:00:00Z")
    let verified = try verify(plan, progress: ProgressMeter())
    #expect(
      verified.complaints == ["queue: 4 jobs of the source are not completed: dead 2, pending 1, processing 1"])
    #expect(verified.judgement.verdict == .different)
    let report = try #require(verified.queue)
    #expect(report.jobsRead == 6)
    let updates = try #require(report.groups.first { $0.jobType == "projection.update" })
    #expect(updates.statuses.map { "\($0.status.text) \($0.jobs)" } == ["dead 2", "pending 1", "processing 1"])
    #expect(report.troubles.map { "\($0.state) \($0.jobs) \(($0.error ?? "-").text)" } == ["dead 2 boom", "stuck 1 -"])
  }

  @Test("queue: completed jobs alone are no complaint, one failed job is")
  func finishedQueue() throws {
    let folder = try TemporaryFolder()
    for (status, complaints) in [
      ("completed", []), ("failed", ["queue: 1 job of the source is not completed: failed 1"] as [Foreign]),
    ] {
      let job = #"""
        {"id":1,"user_id":"0ab1d834-0c9f-45c9-9eea-22de4be3e2c9","job_type":"projection.update",\#
        "payload":{"source":"a"},"status":"\#(status)","created_at":"2026-01-01T00:00:00Z"}
        """#
      let path = folder.file("\(status).ndjson")
      try Data(job.utf8).write(to: URL(fileURLWithPath: path))
      var plan = VerifyPlan(.fitness)
      var queue = QueuePlan()
      queue.jobs = [path]
      queue.source = "a"
      plan.queue = queue
      let report = try verify(plan, progress: ProgressMeter())
      #expect(report.complaints == complaints)
      #expect(report.judgement.verdict == (complaints.isEmpty ? .same : .different))
    }
  }

  @Test("users on whom the reducers fail are counted apart, and accepted when that is asked for")
  func failing() throws {
    var plan = VerifyPlan(.fitness)
    plan.input.paths = [Fixtures.path("demo/events.ndjson")]
    plan.input.rebuild.input.users = [Fixtures.path("demo/users.ndjson")]
    let strict = try verify(plan, progress: ProgressMeter())
    #expect(strict.failing.map { "\($0.side) \($0.backfill) \($0.users)" } == ["rebuilt capability 1"])
    #expect(strict.complaints == ["rebuilt: the reducers fail on 1 user, so it lacks capability rows"])
    plan.allowsFailures = true
    let accepting = try verify(plan, progress: ProgressMeter())
    #expect(accepting.complaints.isEmpty && accepting.judgement.verdict == .same)
    #expect(accepting.failing.count == 1)
  }
}
