import Comparing
import EventLog
import EventModel
import Fitness
import JSONTape
import ProcessSupport
import Reporting
import Running
import TestSupport
import Testing

/// Keys and projection types that no reducer writes: the first are named, the others counted.
@Suite("names that no reducer writes")
struct UnknownNameTests {
  private static let user = "0b4ff52d-0000-4000-8000-000000000001"
  private static let keys = (0..<250).map { "key_\($0)" }

  private static func row(_ type: String, _ key: String, updatedAt: String? = nil) -> String {
    let update = updatedAt.map { ",\"updated_at\":\"\($0)\"" } ?? ""
    return
      "{\"user_id\":\"\(user)\",\"projection_type\":\"\(type)\",\"key\":\"\(key)\",\"data\":{\"a\":1}\(update)}\n"
  }

  /// Rows in random order: unknown keys of two types, three copies of each key for one type, and many unknown types.
  private static func live(seed: UInt64, in run: DiffRun) throws -> String {
    var random = SeededGenerator(seed: seed)
    var rows: [String] = []
    for key in keys {
      for _ in 0..<3 { rows.append(row("capability_estimation", key)) }
      rows.append(row("objective_state", key, updatedAt: "2026-01-02T00:00:00Z"))
    }
    for number in 0..<1500 { rows.append(row("type_\(number)", "key")) }
    rows.shuffle(using: &random)
    return try run.folder.write("live-\(seed).ndjson", rows.joined())
  }

  @Test(
    "the named ones are the same for any order, threads and memory; totals are exact", arguments: [1, 2, 3] as [UInt64])
  func order(seed: UInt64) throws {
    let run = try DiffRun.live()
    let live = try UnknownNameTests.live(seed: seed, in: run)
    for (threads, memory) in [(1, 64 << 20), (2, 64 << 20), (2, 1 << 20)] {
      var plan = run.plan([live], withLog: false)
      plan.mayBeEmpty = true
      plan.resources.threads = threads
      plan.resources.memory = memory
      var rows: [RowDifference] = []
      let outcome = try diff(plan, progress: ProgressMeter()) { rows.append($0) }
      let unknown = rows.filter { $0.details.contains(.unknownKey) }
      for (type, copies) in [("capability_estimation", 3), ("objective_state", 1)] {
        let ofType = unknown.filter { $0.name.type == type }
        #expect(ofType.map(\.name.key) == Array(UnknownNameTests.keys.sorted().prefix(100)))
        #expect(ofType.last?.details.last == .moreUnknownKeys(keys: 150, rows: 150 * copies))
        #expect(ofType.dropLast().allSatisfy { $0.keyCount == 1 })
        #expect(ofType.allSatisfy { $0.details.contains(.repeated(copies: 3)) == (copies == 3) })
      }
      let others = try #require(outcome.tally.rows.last)
      #expect(others.different == 500)
      #expect(others.causes[Cause.surplus.number] == 500)
      #expect(others.live == 1000)
      #expect(rows.reduce(0) { $0 + $1.keyCount } == outcome.tally.different)
      #expect(
        outcome.tally.otherTypes.named.map(\.type) == Array((0..<1500).map { "type_\($0)" }.sorted().prefix(1000)))
      #expect(outcome.tally.otherTypes.unnamed == 500)
    }
  }

  @Test("names are counted in the reports")
  func reports() throws {
    let run = try DiffRun.live()
    let live = try UnknownNameTests.live(seed: 4, in: run)
    var plan = run.plan([live], withLog: false)
    plan.mayBeEmpty = true
    for isRedacted in [false, true] {
      plan.isRedacted = isRedacted
      var reports = DiffReportPlan()
      reports.limit = nil
      reports.isRedacted = isRedacted
      let reporter = try DiffReporter(reports, .fitness, detailsAsJSON: true, temporaryDirectory: run.folder.path)
      let outcome = try diff(plan, progress: ProgressMeter()) { try reporter.take($0) }
      let report = try reporter.finish(outcome, plan)
      #expect(report.unacceptable == outcome.tally.different)
      let counted = report.json["not_compared"]
      #expect(counted?["unnamed_types"]?.number == (isRedacted ? 1500 : 500))
      #expect(counted?["other_types"]?.members?.count == (isRedacted ? 0 : 1000))
      #expect(
        report.text.contains(
          isRedacted
            ? "1,500 live rows of types that no reducer of the snapshot writes"
            : "1,490 live rows of further types that no reducer of the snapshot writes"), "\(report.text)")
      var records: [String] = []
      try reporter.details.each { records.append($0) }
      let more = try records.compactMap { try JSONTree(parsing: Array($0.utf8))["more_unknown_keys"] }
      #expect(more.map { $0["keys"]?.number } == [150, 150])
      #expect(more.map { $0["rows"]?.number } == [450, 150])
      let text = try #require(try rowText(plan)).onOneLine
      #expect(text.contains("and 150 more keys of the type that no reducer of the snapshot writes, in 450 rows"))
    }
  }

  private func rowText(_ plan: DiffPlan) throws -> String? {
    var text: String?
    _ = try diff(plan, progress: ProgressMeter()) { if $0.keyCount > 1, text == nil { text = $0.text(.plain) } }
    return text
  }
}
