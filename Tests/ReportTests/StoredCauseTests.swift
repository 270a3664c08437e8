import Comparing
import Fitness
import Foundation
import ProcessSupport
import Rebuilding
import Reporting
import Running
import SQLiteSupport
import Surveying
import TestSupport
import Testing

/// Findings of a diff about a short log, and about events that a row lacks, read back from its file of differences.
@Suite("report: causes that need a search")
struct StoredCauseTests {
  struct Recording: Sendable, CustomTestStringConvertible {
    var live: String
    var log: [String]
    var asOf: String
    /// A text that a detail of some row must contain.
    var words: String
    var testDescription: String { words }

    static let all = [
      Recording(
        live: "diff/committed-late/live-projections.ndjson", log: ["diff/committed-late/events.ndjson"],
        asOf: "2026-01-21T17:34:00Z", words: "equal without what was stored last"),
      Recording(
        live: "diff/lost-pages/live-projections.csv", log: pages("newest"), asOf: "2026-01-18T06:20:00Z",
        words: "not in the log as it was read"),
      Recording(
        live: "diff/lost-pages/live-projections.csv", log: pages("middle"), asOf: "2026-01-18T06:20:00Z",
        words: "live counts 5 observations, the log gives 4"),
    ]

    private static func pages(_ which: String) -> [String] {
      (1...3).map { "diff/lost-pages/pages-\(which)-missing/page-000\($0).ndjson" }
    }

    func run() throws -> ReportRun { try ReportRun(log: log.map(Fixtures.path), users: [], asOf: asOf) }
  }

  @Test("a file of differences holds everything that the diff found out about them", arguments: Recording.all)
  func stored(_ recording: Recording) throws {
    let run = try recording.run()
    let live = Fixtures.path(recording.live)
    let direct = try run.facts(live)
    #expect(direct.users.contains { $0.rows.contains { $0.details.contains { $0.raw.contains(recording.words) } } })
    var plan = DiffPlan(.fitness)
    plan.snapshot = run.snapshot
    plan.live = [live]
    plan.log.logs = run.log
    var reports = DiffReportPlan()
    reports.sqlite = run.folder.file("differences.sqlite")
    let reporter = try DiffReporter(reports, .fitness, detailsAsJSON: false, temporaryDirectory: run.folder.path)
    _ = try reporter.finish(try diff(plan, progress: ProgressMeter()) { try reporter.take($0) }, plan)
    try reporter.outputs.publish()
    let facts = try run.facts(withLog: false) { $0.differences = reports.sqlite }
    #expect(!facts.users.isEmpty)
    #expect(facts.users.map { $0.rows.map(\.details) } == direct.users.map { $0.rows.map(\.details) })
    #expect(facts.users.map { $0.rows.map(\.causes) } == direct.users.map { $0.rows.map(\.causes) })
    #expect(facts.diff?.unseen.rows == direct.diff?.unseen.rows)
    #expect(facts.diff?.unseen.longest == direct.diff?.unseen.longest)
  }

  @Test("a record of which a member of a cause cannot be read is refused: nothing is taken for 0 or left out")
  func damaged() throws {
    let recording = Recording.all[0]
    let run = try recording.run()
    let file = run.folder.file("differences.sqlite")
    let arguments = ["diff", run.snapshot, Fixtures.path(recording.live)] + run.log.flatMap { ["--log", $0] }
    #expect(try StoredCauseTests.refold(arguments + ["--sqlite", file, "--quiet"]).status == 1)
    let database = try Database(path: file)
    let report = ["report", run.snapshot, "--diff", file, "-o", run.folder.file("page.html"), "--quiet"]
    #expect(try StoredCauseTests.refold(report).status == 1)
    let record = try #require(try database.value("SELECT max(record) FROM differences") as String?)
    var met: Set<String> = []
    // What is said of each kind of cause, in place of what the recording has.
    for (member, whole, damaged) in [
      ("behind", #"{"events":1,"evidence":"cut","first_event_id":"ID","seconds":1.5,"since":"AT"}"#, "events"),
      ("behind", #"{"events":1,"evidence":"cut","first_event_id":"ID","seconds":1.5,"since":"AT"}"#, "evidence"),
      ("behind", #"{"events":1,"first_event_id":"ID","seconds":1.5,"since":"AT"}"#, "since"),
      ("version", #"{"equal_under":"2026-01","stamped":true}"#, "equal_under"),
      ("unseen", #"{"all_from_first":true,"event_ids":["ID"],"events":1,"seconds":0.5}"#, "events"),
      ("unseen", #"{"all_from_first":true,"event_ids":["ID"],"events":1,"seconds":0.5}"#, "event_ids"),
      ("after_log", #"{"computed":"AT","newest":"AT"}"#, "newest"),
      ("more_observed", #"{"events":1,"live":2,"rebuilt":1,"until":"AT"}"#, "live"),
      ("equal_without", #"{"event_id":"ID","seconds":0.5}"#, "seconds"),
      ("search_cut", #"{"folds":7}"#, "folds"),
      ("failed", #"{"code":"x","detail":"","event_id":null}"#, "code"),
      ("missing", #"{"newest_event_id":"ID","reason":"never_computed","triggering_events":3}"#, "triggering_events"),
      ("missing", #"{"reason":"needs_seeding"}"#, "reason"),
      ("surplus", #"{"reason":"unknown_user"}"#, "reason"),
      ("more_unknown_keys", #"{"keys":2,"rows":3}"#, "keys"),
      ("repeated", #"{"copies":2}"#, "copies"),
    ] {
      let detail = whole.replacing("ID", with: "00000000-0000-4000-8000-000000000001")
        .replacing("AT", with: "2026-01-05T10:00:00.000000Z")
      for (text, status) in [(detail, 1), (detail.replacing("\"\(damaged)\":", with: "\"\(damaged)\":{},\"x\":"), 2)] {
        // Records end with the instants; those of the recording have causes of their own, so they are taken out.
        var tree = try #require(JSONSerialization.jsonObject(with: Data(record.utf8)) as? [String: Any])
        for name in ["behind", "version", "unseen", "after_log", "equal_without", "search_cut"] { tree[name] = nil }
        tree[member] = try JSONSerialization.jsonObject(with: Data(text.utf8))
        let bytes = try JSONSerialization.data(withJSONObject: tree, options: .sortedKeys)
        try database.execute("UPDATE differences SET record = ?1", [String(decoding: bytes, as: UTF8.self)])
        let finished = try StoredCauseTests.refold(report + ["--force"])
        #expect(finished.status == Int32(status), "\(text) \(finished.errors)")
        #expect(status == 1 || finished.errors.contains("a record was not written by refold diff --sqlite"), "\(text)")
      }
      met.insert(member)
    }
    #expect(met.count == 12)
  }

  @Test("the causes fail a diff unless allowed; --unseen-within sets how far back is searched")
  func command() throws {
    for (recording, cause) in zip(Recording.all, ["unseen", "ahead", "changed"]) {
      let run = try recording.run()
      let arguments =
        ["diff", run.snapshot, Fixtures.path(recording.live)] + run.log.flatMap { ["--log", $0] } + ["--quiet"]
      for (more, status) in [([], 1), (["--allow", cause], 0), (["--allow", "clock,texts,behind"], 1)] {
        #expect(try StoredCauseTests.refold(arguments + more).status == Int32(status), "\(cause) \(more)")
      }
      let later = try StoredCauseTests.refold(arguments + ["--allow", cause, "--unseen-within", "3s"])
      #expect(later.status == (cause == "unseen" ? 1 : 0))
      #expect(try StoredCauseTests.refold(arguments + ["--unseen-within", "soon"]).status == 2)
    }
  }

  private static func refold(_ arguments: [String]) throws -> FinishedProcess {
    try ProcessSupport.run(refoldBinary, arguments)
  }
}
