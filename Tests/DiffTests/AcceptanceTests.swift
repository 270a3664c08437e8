import Comparing
import EventModel
import Fitness
import Folding
import JSONTape
import ProcessSupport
import Reporting
import Running
import TestSupport
import Testing

@Suite("diff: rules, exit codes, reports")
struct AcceptanceTests {
  private let live = Fixtures.path("diff/live/live-projections.ndjson.gz")

  private func report(
    _ run: DiffRun, _ live: String, withLog: Bool = true, _ reports: (inout DiffReportPlan) -> Void = { _ in },
    plan change: (inout DiffPlan) throws -> Void = { _ in }
  ) throws -> (DiffReport, DiffReporter, DiffOutcome) {
    var plan = run.plan([live], withLog: withLog)
    try change(&plan)
    var reportPlan = DiffReportPlan()
    reports(&reportPlan)
    let reporter = try DiffReporter(reportPlan, .fitness, detailsAsJSON: false, temporaryDirectory: run.folder.path)
    let outcome = try diff(plan, progress: ProgressMeter()) { try reporter.take($0) }
    let report = try reporter.finish(outcome, plan)
    try reporter.outputs.publish()
    return (report, reporter, outcome)
  }

  @Test("a diff is acceptable if all its causes are allowed, or its changes are within --max-changed")
  func allowances() throws {
    let run = try DiffRun.live()
    #expect(try report(run, run.snapshot).0.isAcceptable)
    #expect(try !report(run, live).0.isAcceptable)
    let all = Set(Cause.allCases)
    #expect(try report(run, live) { $0.allowed = all }.0.isAcceptable)
    let changed = try report(run, live).2.tally.count(.changed)
    let others = all.subtracting([.changed])
    #expect(
      try !report(run, live) {
        $0.allowed = others
        $0.maxChanged = .count(changed - 1)
      }.0.isAcceptable)
    #expect(
      try report(run, live) {
        $0.allowed = others
        $0.maxChanged = .count(changed)
      }.0.isAcceptable)
    #expect(
      try report(run, live) {
        $0.allowed = others
        $0.maxChanged = .share(0.5)
      }.0.isAcceptable)
  }

  @Test("too few compared rows are trouble; bookkeeping fails only when asked for")
  func coverageAndBookkeeping() throws {
    let run = try DiffRun.live()
    var rows = try run.rows()
    rows.removeLast(rows.count / 2)
    let half = try run.write("half.ndjson", rows)
    #expect(throws: DiffError.self) { try report(run, half) { $0.minimumCoverage = 0.9 } }
    #expect(throws: Never.self) { try report(run, half) { $0.minimumCoverage = 0.4 } }

    var moved = try run.rows()
    moved[0][path: ["version"]] = .integer(9)
    let path = try run.write("moved.ndjson", moved)
    let plain = try report(run, path).0
    #expect(plain.isAcceptable && plain.equal == moved.count)
    #expect(plain.bookkeeping.first { $0.column == "version" }?.rows == 1)
    #expect(try !report(run, path) { $0.columns = ["version"] }.0.isAcceptable)
    #expect(try report(run, path) { $0.columns = ["id"] }.0.isAcceptable)
  }

  @Test("a bookkeeping column that live lacks is not judged, one that only some rows lack fails, in every report")
  func absentColumns() throws {
    let run = try DiffRun.live()
    var rows = try run.rows()
    for index in rows.indices { rows[index][path: ["version"]] = nil }
    for index in rows.indices { rows[index][path: ["created_at"]] = .null }
    rows[3][path: ["id"]] = .null
    rows[4][path: ["last_event_id"]] = .null
    let path = try run.write("lacking.ndjson", rows)
    #expect(try report(run, path).0.judgement.status == 0)
    for (column, verdict) in [
      ("version", Judgement.Verdict.unjudged), ("created_at", .unjudged), ("id", .different),
      ("last_event_id", .different), ("updated_at", .same),
    ] {
      let (report, reporter, outcome) = try report(run, path) { $0.columns = [column] }
      #expect(report.judgement.verdict == verdict, "\(column)")
      let findings = reporter.findings(report, outcome.tally)
      let failures = verdict == .same ? 0 : 1
      #expect(report.junit(findings).contains("failures=\"\(failures)\""), "\(column)")
      #expect(
        report.githubAnnotations(findings).contains("::error title=refold%3A \(column) in bookkeeping")
          == (failures > 0))
    }
  }

  @Test("rules from the command line and from a file tolerate the same; unknown keys are refused")
  func rules() throws {
    let run = try DiffRun.live()
    var rows = try run.rows()
    let index = try #require(rows.firstIndex { $0["data"]?["estimate"]?["mean"]?.number != nil })
    let mean = try #require(rows[index]["data"]?["estimate"]?["mean"]?.number)
    rows[index][path: ["data", "estimate", "mean"]] = .double(mean + 0.01)
    rows[index][path: ["data", "status"]] = .string("other")
    let path = try run.write("moved.ndjson", rows)
    let file = try run.folder.write(
      "rules.json",
      """
      {"ignore": ["status"], "tolerance": [{"path": "estimate.*", "projection": "capability_estimation", "absolute": 0.02, \
      "why": "rounding"}], "allow": ["missing"]}
      """)
    var byFile = DiffRules(.fitness)
    try byFile.read(file)
    #expect(byFile.allowed == [.missing])
    var byHand = DiffRules(.fitness)
    try byHand.ignore("capability_estimation:status")
    try byHand.tolerance("estimate.mean=0,0.5")
    for rules in [byFile, byHand] {
      let (report, _, outcome) = try report(run, path, plan: { $0.rules = rules.fields })
      #expect(outcome.tally.count(.tolerated) == 1 && outcome.tally.different == 1)
      #expect(report.isAcceptable && report.equal == rows.count - 1)
    }
    for text in [
      "{\"ignored\": []}", "{\"ignore\": [{\"path\": \"a\", \"x\": 1}]}", "{\"tolerance\": [{\"path\": \"a\"}]}",
      "{\"tolerance\": [{\"path\": \"a\", \"absolute\": -1}]}", "{\"allow\": [\"anything\"]}", "[]", "{",
      "{\"ignore\": [{\"path\": \"a\", \"projection\": \"nothing\"}]}", "{\"ignore\": [\"a\"], \"ignore\": [\"b\"]}",
      "{\"allow\": [], \"allow\": [\"changed\"]}", "{\"ignore\": [{\"path\": \"a\", \"path\": \"b\"}]}",
      "{\"tolerance\": [{\"path\": \"a\", \"absolute\": 0.1, \"absolute\": 100}]}",
    ] {
      let bad = try run.folder.write("bad.json", text)
      #expect(throws: (any Error).self, "\(text)") {
        var rules = DiffRules(.fitness)
        try rules.read(bad)
      }
    }
    for text in ["a", "a=", "a=x", "a=1,2,3", "=1", "a=-1"] {
      #expect(throws: (any Error).self, "\(text)") {
        var rules = DiffRules(.fitness)
        try rules.tolerance(text)
      }
    }
  }

  @Test("--user and --only leave other rows out and count them")
  func selection() throws {
    let run = try DiffRun.live()
    let rows = try run.rows()
    let user = try #require(UserID(rows[0]["user_id"]?.string ?? ""))
    let path = try run.write("all.ndjson", rows)
    let mine = rows.count { $0["user_id"] == rows[0]["user_id"] }
    let byUser = try run.differences(path) { $0.onlyUsers = [user] }
    #expect(byUser.rows.isEmpty && byUser.outcome.tally.compared == mine)
    #expect(byUser.outcome.tally.notSelected == rows.count - mine)
    let states = rows.count { $0["projection_type"]?.string == "objective_state" }
    let byType = try run.differences(path) { $0.filter.wanted = [("objective_state", nil)] }
    #expect(byType.rows.isEmpty && byType.outcome.tally.compared == states)
  }

  @Test("NDJSON: one line per difference; JUnit: one case per projection and cause; annotations: at most ten of a kind")
  func reports() throws {
    let run = try DiffRun.live()
    let path = run.folder.file("out.ndjson")
    let (report, reporter, outcome) = try report(run, live) {
      $0.ndjson = path
      $0.sqlite = run.folder.file("out.sqlite")
    }
    let lines = try Fixtures.lines(path).map { try JSONTree(parsing: $0) }
    #expect(lines.count == outcome.tally.different)
    #expect(lines.allSatisfy { $0["causes"]?.array?.isEmpty == false && $0["paths"]?.array != nil })
    #expect(run.folder.names.contains("out.sqlite") && !run.folder.names.contains { $0.hasSuffix(".tmp") })
    let findings = reporter.findings(report, outcome.tally)
    #expect(findings.count == Catalogue.fitness.names.count * Cause.allCases.count)
    let junit = report.junit(findings)
    #expect(junit.components(separatedBy: "<testcase ").count - 1 == findings.count)
    let annotations = report.githubAnnotations(findings).split(separator: "\n")
    #expect(annotations.count { $0.hasPrefix("::error") } <= 10)
    #expect(annotations.count { $0.hasPrefix("::notice") } <= 10)
    #expect(annotations.allSatisfy { $0.hasPrefix("::") })
    #expect(report.text.contains("DIFFERENT"))
    #expect(report.markdown(details: [], cut: 0).contains("| capability_estimation/jump_height |"))
  }

  @Test("a redacted report holds no id, no text of a user and no wording")
  func redaction() throws {
    let run = try DiffRun.live()
    let path = run.folder.file("out.ndjson")
    let (report, _, _) = try report(run, live) {
      $0.ndjson = path
      $0.isRedacted = true
    } plan: {
      $0.isRedacted = true
    }
    let text = String(decoding: try Fixtures.bytes(path), as: UTF8.self) + report.text + report.json.pretty
    for row in try run.rows() {
      #expect(!text.contains(row["user_id"]?.string ?? "?"))
      for group in row["data"]?["comparability"]?["groups"]?.array ?? [] {
        if let group = group.string { #expect(!text.contains("\"\(group)\""), "\(group)") }
      }
    }
    for wording in ["Record", "Log more", "Squat", "Nothing observable"] { #expect(!text.contains(wording)) }
    #expect(text.contains("user-") && text.contains("event-"))
  }

  @Test("two snapshots: the effect of a profile change, by field")
  func twoSnapshots() throws {
    let run = try DiffRun.live()
    var profile = Profile()
    profile.constants.requiredObservations = 8
    let other = try DiffRun(
      log: run.log, users: [Fixtures.path("diff/live/users.ndjson")], asOf: "2026-02-22T00:00:00Z", profile: profile)
    let (report, _, outcome) = try report(run, other.snapshot, withLog: false)
    #expect(report.isSnapshotPair)
    #expect(outcome.tally.count(.changed) == outcome.tally.different && outcome.tally.different > 0)
    let required = try #require(report.changes.first { $0.field == "data_sufficiency.required_observations" })
    #expect(required.median == 2 && required.p95 == 2 && required.max == 2)
    #expect(report.text.contains("values: snapshot → other snapshot"))
    #expect(report.text.onOneLine.contains("size: median 2, p95 2, largest +2"), "\(report.text)")
  }
}
