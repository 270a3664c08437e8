import Comparing
import Fitness
import Foundation
import ProcessSupport
import Rebuilding
import Reporting
import Running
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
