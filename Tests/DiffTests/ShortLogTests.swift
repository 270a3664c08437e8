import Comparing
import EventModel
import JSONTape
import ProcessSupport
import TestSupport
import Testing

/// A live export against a log that lost pages.
@Suite("diff: a short log")
struct ShortLogTests {
  private static let live = Fixtures.path("diff/lost-pages/live-projections.csv")
  /// The event that the live rows name as their last and that `pages-newest-missing` lacks.
  private static let newest = "1d2c3b4a-5968-4778-8f9e-adbccbe5c006"

  private static func pages(_ folder: String) -> [String] {
    (1...3).map { Fixtures.path("diff/lost-pages/\(folder)/page-000\($0).ndjson") }
  }

  private func run(_ folder: String) throws -> DiffRun {
    try DiffRun(log: ShortLogTests.pages(folder), users: [], asOf: "2026-01-18T06:20:00Z")
  }

  @Test("rows that nothing else explains are ahead if the event that they name is not in the log")
  func ahead() throws {
    let run = try run("pages-newest-missing")
    let rows = try run.differences(ShortLogTests.live).rows
    let event = try #require(EventID(ShortLogTests.newest))
    #expect(rows.map(\.name.description) == ["capability_estimation/strength_1rm", "objective_advisory/overview"])
    #expect(rows.map(\.causes) == [[.ahead], [.ahead]])
    // The second row itself names no event that is missing.
    #expect(rows.map(\.details) == [[.ahead(event: event, isOwn: true)], [.ahead(event: event, isOwn: false)]])
    let text = rows[0].text(.plain).onOneLine
    #expect(text.contains("the row names event \(event) as its last, which is not in the log as it was read"))
    #expect(try run.differences(ShortLogTests.live, withLog: false).rows.allSatisfy { $0.causes == [.unexplained] })
  }

  @Test("an event of a type that no reducer reads is in the log too: the rows are changed")
  func unread() throws {
    let folder = try TemporaryFolder()
    let line = """
      {"id":"\(ShortLogTests.newest)","user_id":"8a91d3c4-05be-4f7a-8c2e-6b1f0d7e9a02",\
      "timestamp":"2026-01-18T06:14:00Z","event_type":"some.other","data":{},"metadata":{},\
      "created_at":"2026-01-18T06:17:30.333Z"}
      """
    let log = ShortLogTests.pages("pages-newest-missing") + [try folder.write("more.ndjson", line)]
    let run = try DiffRun(log: log, users: [], asOf: "2026-01-18T06:20:00Z")
    let rows = try run.differences(ShortLogTests.live).rows
    #expect(rows.count == 2 && rows.allSatisfy { $0.causes == [.changed] })
  }

  @Test("a set missing in the middle leaves the row changed, with notes that the log may be short")
  func middle() throws {
    let run = try run("pages-middle-missing")
    let rows = try run.differences(ShortLogTests.live).rows
    #expect(rows.map(\.causes) == [[.changed]])
    let computed = try TimestampText.parse("2026-01-18T06:20:00Z")
    let newest = try TimestampText.parse("2026-01-18T06:17:30.333Z")
    #expect(
      rows.first?.details == [
        .afterLog(newest: newest, computed: computed),
        .moreObserved(live: 5, rebuilt: 4, events: 7, until: computed),
      ])
    let text = try #require(rows.first).text(.plain).onOneLine
    #expect(text.contains("live counts 5 observations, the log gives 4"))
    #expect(text.contains("7 events of the user with created_at ≤ 2026-01-18T06:20:00+00:00: compare with count(*)"))
  }

  @Test("ahead and changed are counted separately, and neither is accepted by default")
  func counts() throws {
    let run = try run("pages-newest-missing")
    let outcome = try run.differences(ShortLogTests.live).outcome
    #expect(outcome.tally.count(.ahead) == 2 && outcome.tally.count(.changed) == 0)
    #expect(DiffReportPlan().allowed == [.clock, .texts])
  }
}
