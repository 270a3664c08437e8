import Comparing
import EventModel
import Explaining
import Fitness
import Folding
import Foundation
import JSONTape
import Rebuilding
import Reporting
import Runbooks
import Running
import SnapshotStore
import Surveying
import TestSupport
import Testing

@Suite("report: facts")
struct FactsTests {
  @Test("counts, causes and verdict equal those of refold diff")
  func sameAsDiff() throws {
    let run = try ReportRun.live()
    let facts = try run.facts(ReportRun.liveRows)
    var plan = DiffPlan(.fitness)
    plan.snapshot = run.snapshot
    plan.live = [ReportRun.liveRows]
    plan.log.logs = run.log
    var rows: [RowDifference] = []
    let outcome = try diff(plan, progress: ProgressMeter()) { rows.append($0) }
    let report = try #require(facts.diff)
    #expect(report.compared == outcome.tally.compared && report.equal == outcome.tally.equal)
    for cause in Cause.allCases { #expect(report.count(cause) == outcome.tally.count(cause), "\(cause)") }
    #expect(facts.exitStatus == 1)
    #expect(
      facts.verdict.raw
        == "snapshot.sqlite against live-projections.ndjson.gz, as of 2026-02-22 00:00 UTC: 207 of 345 compared rows "
        + "(60.0 %) are equal; exit status 1: 118 rows differ because of behind, changed, missing, surplus "
        + "(accepted: clock, texts).")

    let behind = try #require(facts.behind)
    #expect(behind.rows == outcome.tally.count(.behind))
    for bins in [behind.duration, behind.unseen, behind.since.bins] {
      #expect(bins.reduce(0) { $0 + $1.counts.reduce(0, +) } == behind.rows)
    }
    #expect(behind.users == Set(rows.filter { $0.causes.contains(.behind) }.map(\.user)).count)

    // The worst users are those with the most rows that are not accepted.
    let unacceptable = Dictionary(
      grouping: rows.filter { !$0.causes.allSatisfy { [.clock, .texts, .tolerated].contains($0) } }, by: \.user
    ).mapValues(\.count).values.sorted(by: >)
    #expect(facts.users.map(\.unacceptable) == Array(unacceptable.prefix(ReportLimits.users)))
    #expect(
      facts.cuts.contains(
        "\(unacceptable.count - ReportLimits.users) more users with differences that are not accepted"))
  }

  @Test("--show-accepted lists accepted rows last, --all lists all users and rows; without them the report says so")
  func listing() throws {
    let run = try ReportRun.live()
    func facts(all: Bool = false, accepted: Bool = false) throws -> ReportFacts {
      try run.facts(ReportRun.liveRows) { plan in
        if all { plan.judging.limit = nil }
        plan.judging.showsAccepted = accepted
      }
    }
    let usual = try facts()
    let report = try #require(usual.diff)
    let acceptedRows = report.different - report.unacceptable
    #expect(acceptedRows > 0 && usual.users.allSatisfy { user in user.rows.allSatisfy { !$0.isAccepted } })
    #expect(usual.cuts.contains("\(acceptedRows) accepted differences: --show-accepted lists them"))

    let all = try facts(all: true)
    #expect(all.users.prefix(10).map(\.name) == usual.users.map(\.name) && all.users.count > 10)
    #expect(all.users.reduce(0) { $0 + $1.rows.count } == report.unacceptable)
    #expect(!all.cuts.contains { $0.raw.contains("more users with differences") })

    let both = try facts(all: true, accepted: true)
    #expect(both.users.reduce(0) { $0 + $1.rows.count } == report.different)
    #expect(both.users.reduce(0) { $0 + $1.accepted } == acceptedRows)
    for user in both.users {
      #expect(user.cut == 0 && user.rows.count { !$0.isAccepted } == user.unacceptable)
      #expect(user.rows.prefix(user.unacceptable).allSatisfy { !$0.isAccepted })
    }
    #expect(both.users.contains { $0.unacceptable == 0 } && !all.users.contains { $0.unacceptable == 0 })
    #expect(!both.cuts.contains { $0.raw.contains("--show-accepted") })
    // Both are about what is listed alone.
    #expect(both.exitStatus == usual.exitStatus && both.verdict == usual.verdict)
    let last = try #require(both.users.last)
    #expect(both.page.contains("<span class=\"rows\">\(last.counts)</span>"))
    #expect(both.markdown.contains(" (accepted)\n") && !usual.markdown.contains("(accepted)\n"))

    // A user with more rows than the page has.
    let few = try facts(accepted: true)
    #expect(few.users.allSatisfy { $0.rows.count + $0.cut == $0.unacceptable + $0.accepted })
  }

  @Test("coverage and lag equal those of refold verify, on both sides")
  func sameAsVerify() throws {
    for (run, live) in [
      (try ReportRun.live(), ReportRun.liveRows),
      (try ReportRun(log: [Fixtures.path("diff/live/events.ndjson.gz")], users: []), ReportRun.liveRows),
      (try ReportRun.recorded("formats"), Fixtures.path("cases/formats/projections.csv.gz")),
    ] {
      var plan = VerifyPlan(.fitness)
      plan.input.paths = [run.snapshot]
      plan.live = [live]
      let expected = try verify(plan, progress: ProgressMeter())
      let coverage = try #require(try run.facts(live).coverage)
      for (mine, theirs) in [(coverage.rebuilt, expected.rebuilt), (coverage.live, expected.live)] {
        let (mine, theirs) = (try #require(mine), try #require(theirs))
        #expect(mine.backfills.map(\.name) == ["capability", "objective"])
        #expect(theirs.backfills.map(\.name) == ["capability", "objective"])
        for (mine, theirs) in zip(mine.backfills, theirs.backfills) {
          #expect(mine.coverage.elementsEqual(theirs.coverage, by: ==))
          var lag = theirs.lag
          lag.percentiles = []
          #expect(mine.lag == lag)
        }
      }
      for (place, backfill) in coverage.rebuilt.backfills.enumerated() {
        #expect(coverage.lag.reduce(0) { $0 + $1.counts[place] } == backfill.lag.usersConsidered)
      }
    }
  }

  @Test("statuses and confidences are counted from the rows of each side")
  func quality() throws {
    let run = try ReportRun.live()
    let facts = try run.facts(ReportRun.liveRows)
    func mixes(_ rows: [JSONTree]) -> [String: ReportFacts.Mix] {
      var mixes: [String: ReportFacts.Mix] = [:]
      for row in rows {
        guard let type = row["projection_type"]?.string, let key = row["key"]?.string, let data = row["data"] else {
          continue
        }
        var mix = mixes["\(type)/\(key)"] ?? ReportFacts.Mix(statuses: Catalogue.fitness.statuses)
        mix.rows += 1
        let isCapability = type == "capability_estimation"
        if isCapability {
          let place = mix.names.firstIndex(of: data["status"]?.string ?? "")
          mix.statuses[place ?? 3] += 1
        }
        if let confidence = data[isCapability ? "confidence" : "inferred_confidence"]?.number {
          // Confidences have at most four decimals, so whole ten-thousandths lose nothing.
          mix.confidence[min(19, Int((confidence * 10_000).rounded()) / 500)] += 1
        } else {
          mix.withoutConfidence += 1
        }
        mixes["\(type)/\(key)"] = mix
      }
      return mixes
    }
    let rebuilt = mixes(try run.rows())
    let live = mixes(try Fixtures.lines(ReportRun.liveRows).map { try JSONTree(parsing: $0) })
    #expect(facts.quality.count == 5)
    for entry in facts.quality {
      #expect(entry.rebuilt == rebuilt[entry.projection.raw], "\(entry.projection)")
      #expect(entry.live == live[entry.projection.raw], "\(entry.projection)")
    }
    // A report on the snapshot alone gives the same figures for it.
    #expect(try run.facts(withLog: false).quality.map(\.rebuilt) == facts.quality.map(\.rebuilt))
  }

  @Test("a row of any length can be read", arguments: [10, 5000, 100_000, 10])
  func longRows(length: Int) throws {
    let packer = SidePacker()
    // Twice: the first round may reallocate the buffer of the packed value.
    for _ in 0..<2 {
      let text = "{\"filler\":\"\(String(repeating: "x", count: length))\",\"status\":\"ok\"}"
      let status = Array(text.utf8).withUnsafeBytes { packer.pack($0)?.member("status").map { Array($0.text) } }
      #expect(status == Array("ok".utf8))
    }
  }

  @Test("every record of the log is in a bucket and on a day")
  func log() throws {
    let run = try ReportRun.live()
    let facts = try run.facts(ReportRun.liveRows)
    let lines = try Fixtures.lines(run.log[0]).map { try JSONTree(parsing: $0) }
    let buckets = Dictionary(uniqueKeysWithValues: facts.log.buckets.map { ($0.name, $0.records) })
    #expect(buckets["records"] == lines.count)
    #expect(facts.log.buckets.dropLast().reduce(0) { $0 + ($1.records ?? 0) } == lines.count)
    let days = try #require(facts.log.days)
    #expect(days.bins.reduce(0) { $0 + $1.counts.reduce(0, +) } + days.outside == lines.count)
    let place = try #require(days.names.firstIndex(of: "session.logged"))
    #expect(
      days.bins.reduce(0) { $0 + $1.counts[place] } == lines.count { $0["event_type"]?.string == "session.logged" })
    #expect(facts.log.types.first?.events == lines.count { $0["event_type"]?.string == "set.logged" })
    // Without the log, the report says what it does not know.
    let alone = try run.facts(withLog: false)
    #expect(alone.log.days == nil && alone.log.buckets.contains { $0.name == "duplicates" && $0.records == nil })
    #expect(alone.unknown.contains { $0.raw.hasPrefix("duplicates and events over time") })
  }

  @Test("a file of differences is refused with another snapshot; if it covers only some rows, the report says so")
  func differencesOfAnother() throws {
    let run = try ReportRun.live()
    let path = run.folder.file("differences.sqlite")
    var plan = DiffPlan(.fitness)
    plan.snapshot = run.snapshot
    plan.live = [ReportRun.liveRows]
    plan.filter.wanted = [("objective_state", nil)]
    var reports = DiffReportPlan()
    reports.sqlite = path
    let reporter = try DiffReporter(reports, .fitness, detailsAsJSON: false, temporaryDirectory: run.folder.path)
    let outcome = try diff(plan, progress: ProgressMeter()) { try reporter.take($0) }
    _ = try reporter.finish(outcome, plan)
    try reporter.outputs.publish()
    let facts = try run.facts(withLog: false) { $0.differences = path }
    #expect(facts.unknown.contains { $0.raw.contains("of a diff of 1 projection alone") })
    let other = try ReportRun.recorded("formats")
    #expect { try other.facts(withLog: false) { $0.differences = path } } throws: {
      "\($0)".contains("holds the differences of a snapshot other")
    }
    var repairing = RepairPlan(.fitness)
    repairing.source = "x"
    repairing.inputs = [path, other.snapshot]
    #expect(throws: SnapshotError.self) { try repair(repairing, progress: ProgressMeter()) }
    repairing.inputs = [path, run.snapshot]
    _ = try repair(repairing, progress: ProgressMeter())
  }

  @Test("a report from a file of differences has the differences, and says what the file does not hold")
  func storedDifferences() throws {
    let run = try ReportRun.live()
    let direct = try run.facts(ReportRun.liveRows)
    for isRedacted in [false, true] {
      var plan = DiffPlan(.fitness)
      plan.snapshot = run.snapshot
      plan.live = [ReportRun.liveRows]
      plan.log.logs = run.log
      plan.isRedacted = isRedacted
      var reports = DiffReportPlan()
      reports.sqlite = run.folder.file("differences-\(isRedacted).sqlite")
      reports.isRedacted = isRedacted
      let reporter = try DiffReporter(reports, .fitness, detailsAsJSON: false, temporaryDirectory: run.folder.path)
      let outcome = try diff(plan, progress: ProgressMeter()) { try reporter.take($0) }
      _ = try reporter.finish(outcome, plan)
      try reporter.outputs.publish()
      let facts = try run.facts(withLog: false) { $0.differences = reports.sqlite }
      #expect(facts.mode == .file && facts.exitStatus == 1)
      #expect(facts.diff?.rows.map(\.causes) == direct.diff?.rows.map(\.causes))
      #expect(facts.diff?.patterns.map(\.words) == direct.diff?.patterns.map(\.words))
      // Users with the same number of rows are in order of their ids, which a redacted file does not have.
      #expect(facts.users.map(\.unacceptable) == direct.users.map(\.unacceptable))
      let (mine, theirs) = (Set(facts.users.map(\.name)), Set(direct.users.map(\.name)))
      #expect(isRedacted ? mine.count == theirs.count : mine == theirs)
      for user in facts.users where theirs.contains(user.name) {
        #expect(user.rows.map(\.details) == direct.users.first { $0.name == user.name }?.rows.map(\.details))
      }
      #expect(facts.behind?.since == direct.behind?.since)
      #expect(facts.changes.map(\.median) == direct.changes.map(\.median))
      #expect(facts.unknown.contains { $0.raw.hasPrefix("how many rows were compared") })
    }
  }

  @Test("two snapshots: how many rows and users the change between them affects")
  func pair() throws {
    let run = try ReportRun.live()
    let older = try ReportRun(
      log: run.log, users: [Fixtures.path("diff/live/users.ndjson")], asOf: "2026-01-22T00:00:00Z", name: "older.sqlite"
    )
    let facts = try run.facts(older.snapshot, withLog: false)
    #expect(facts.mode == .pair && facts.sides == ("after", "before"))
    #expect(facts.diff?.usersDifferent == 31 && facts.diff?.compared == 384)
    #expect(facts.quality.allSatisfy { $0.live != nil })
    #expect(facts.page.contains("Going from before to after changes what 31 users of 82 would see."))
    #expect(try run.facts(run.snapshot, withLog: false).outcome == "same")
  }

  @Test("explanations and ids appear only with --identify")
  func identify() throws {
    let run = try ReportRun.live()
    let shown = try run.facts(ReportRun.liveRows) { $0.isIdentified = true }
    let hidden = try run.facts(ReportRun.liveRows)
    #expect(hidden.users.allSatisfy { $0.rows.allSatisfy { $0.explanation == nil } })
    let user = try #require(shown.users.first { $0.causes.contains(.behind) })
    #expect(UserID(user.name) != nil)
    let text = try #require(user.rows.first?.explanation)
    var plan = ExplainPlan(.fitness, user: try #require(UserID(user.name)))
    plan.search.logs = run.log
    plan.asOf = try TimestampText.parse("2026-02-22T00:00:00Z")
    plan.wanted = ("capability_estimation", "endurance_threshold")
    let steps = try #require(try explain(plan).text().components(separatedBy: "\n\n").last)
    #expect(user.rows[0].projection == "capability_estimation/endurance_threshold")
    #expect(text.hasSuffix("…") || text.contains(steps))
    #expect(user.commands.last == "refold show snapshot.sqlite \(user.name)")
  }
  @Test("with --identify, a row's main number is drawn after each event, up to the rebuilt value")
  func course() throws {
    let run = try ReportRun.live()
    let shown = try run.facts(ReportRun.liveRows) { $0.isIdentified = true }
    let hidden = try run.facts(ReportRun.liveRows)
    #expect(hidden.users.allSatisfy { $0.rows.allSatisfy { $0.course == nil } })
    var drawn = 0
    var compared = 0
    for user in shown.users {
      for row in user.rows {
        guard let course = row.course else { continue }
        drawn += 1
        #expect(course.points.map(\.place) == course.points.map(\.place).sorted())
        #expect((course.points.last?.place ?? 0) <= course.events)
        var plan = ExplainPlan(.fitness, user: try #require(UserID(user.name)))
        plan.search.logs = run.log
        plan.asOf = try TimestampText.parse("2026-02-22T00:00:00Z")
        plan.wanted = Catalogue.fitness.wanted(row.projection.raw)
        guard case .row(let data, _)? = try explain(plan).projections.first?.outcome else { continue }
        compared += 1
        #expect(data.at(course.path.raw)?.number == course.points.last?.value, "\(user.name) \(row.projection)")
      }
    }
    #expect(drawn > 0 && compared == drawn)
    #expect(shown.page.contains("in stored order") && !hidden.page.contains("in stored order"))
  }
}
