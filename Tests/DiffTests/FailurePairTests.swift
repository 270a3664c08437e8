import Comparing
import EventModel
import Fitness
import JSONTape
import Reporting
import Running
import SnapshotStore
import TestSupport
import Testing

/// Two snapshots are the same only if their failures are the same too.
@Suite("diff: failures of two snapshots")
struct FailurePairTests {
  private static let user = "08a74b44-65f4-477d-9dbe-1c12c0d105b6"
  private static let other = "123e4567-e89b-12d3-a456-426614174000"

  private static func event(_ number: Int, _ user: String, _ data: String) -> String {
    #"{"id":"00000000-0000-4000-8000-00000000000\#(number)","user_id":"\#(user)","timestamp":"2026-01-05T10:00:00Z","#
      + #""event_type":"set.logged","data":\#(data),"metadata":{},"created_at":"2026-01-05T10:00:00Z"}"#
  }

  /// A rebuilt log with two users. One has ordinary rows. The other has one event with `data`, which make its rows
  /// fail; with `nil`, the log does not have that user.
  private func run(_ data: String?, number: Int = 1) throws -> DiffRun {
    let folder = try TemporaryFolder()
    var lines = [FailurePairTests.event(9, FailurePairTests.other, #"{"weight_kg":80,"reps":5}"#)]
    if let data { lines.append(FailurePairTests.event(number, FailurePairTests.user, data)) }
    let log = try folder.write("log.ndjson", lines: lines.map { Array($0.utf8) })
    return try DiffRun(log: [log], users: [], asOf: "2026-02-22T00:00:00Z")
  }

  private static let overflow = #"{"block_type":"strength_set","weight_kg":1e309}"#
  private static let digits = #"{"block_type":"strength_set","weight_kg":1\#(String(repeating: "0", count: 4300))}"#

  @Test("another code, another event or a failure on one side only is a difference; the same failure is not")
  func pairs() throws {
    let overflow = try run(FailurePairTests.overflow)
    let digits = try run(FailurePairTests.digits)
    func capability(_ a: DiffRun, _ b: DiffRun) throws -> [RowDifference] {
      let (rows, outcome) = try a.differences(b.snapshot, withLog: false)
      let found = rows.filter { $0.name.type == "capability_estimation" }
      #expect(found.allSatisfy { $0.user == UserID(FailurePairTests.user) })
      #expect(outcome.tally.failedOnBothSides == (found.isEmpty ? 4 : 0))
      return found
    }
    #expect(try capability(overflow, overflow).isEmpty)
    #expect(try capability(overflow, try run(FailurePairTests.overflow)).isEmpty)
    let code = try capability(overflow, digits)
    #expect(code.count == 4 && code.allSatisfy { $0.causes == [.changed] })
    let event = EventID("00000000-0000-4000-8000-000000000001")
    #expect(code[0].details.last == .otherFailure(code: "number_too_long", event: event))
    let moved = try capability(overflow, try run(FailurePairTests.overflow, number: 2))
    #expect(moved.count == 4 && moved.allSatisfy { $0.causes == [.changed] })
    let gone = try capability(overflow, try run(nil))
    #expect(gone.count == 4 && gone.allSatisfy { $0.details.last == .otherFailure(code: nil, event: nil) })
    let new = try capability(try run(nil), overflow)
    #expect(new.count == 4 && new.allSatisfy { $0.causes == [.changed] && $0.details.count == 1 })
  }

  @Test("the difference is in every report")
  func reports() throws {
    let (one, other) = (try run(FailurePairTests.overflow), try run(FailurePairTests.digits))
    let path = one.folder.file("out.ndjson")
    var plan = DiffReportPlan()
    plan.ndjson = path
    let reporter = try DiffReporter(plan, .fitness, detailsAsJSON: false, temporaryDirectory: one.folder.path)
    let diffPlan = one.plan([other.snapshot], withLog: false)
    let outcome = try diff(diffPlan, progress: ProgressMeter()) { try reporter.take($0) }
    let report = try reporter.finish(outcome, diffPlan)
    try reporter.outputs.publish()
    #expect(!report.isAcceptable && report.unacceptable == outcome.tally.different)
    var text = ""
    try reporter.details.each { text += $0 }
    #expect(text.contains("the other rebuild fails: number_too_long"))
    let line = try JSONTree(parsing: try #require(try Fixtures.lines(path).first))
    #expect(line["failed"]?["code"]?.string == "number_overflow")
    #expect(line["failed_there"]?["code"]?.string == "number_too_long")
  }
}
