import Cases
import EventModel
import JSONTape
import TestSupport
import Testing

/// Witnesses of the recorded live rows must be small, reproduce the difference, and not get smaller.
struct WitnessTests {
  @Test(
    "issue 7: ten witnesses of a cause have at most ten events and reproduce it, but not without any one event",
    arguments: [Cause.changed, .behind])
  func smallAndMinimal(_ cause: Cause) throws {
    let run = try Recorded.run(cause)
    #expect(run.outcome.written.count == 10)
    #expect(run.outcome.refused.map(\.reason) == [])
    for (_, report) in run.outcome.written {
      #expect(report.causes == [cause])
      #expect(report.isMinimal)
      #expect((1...10).contains(report.events.after), "\(report.name)")
      let events = try Fixtures.lines(report.folder.raw + "/events.ndjson")
      #expect(events.count == report.events.after)
      #expect(try checkStatus(report.folder.raw) == 0)
      for left in events.indices where events.count > 1 {
        var fewer = events
        fewer.remove(at: left)
        let smaller = try copy(report.folder.raw, to: run.folder, events: fewer)
        #expect(try checkStatus(smaller) == 1, "\(report.name) without event \(left + 1)")
      }
    }
  }

  private func copy(_ folder: String, to place: TemporaryFolder, events: [[UInt8]]) throws -> String {
    let other = try TemporaryFolder()
    for name in ["case.json", "live-projections.ndjson"] {
      _ = try other.write(name, try Fixtures.bytes(folder + "/" + name))
    }
    _ = try other.write("events.ndjson", lines: events)
    kept.append(other)
    return other.path
  }

  private let kept = Kept()

  private final class Kept: @unchecked Sendable {
    private var folders: [TemporaryFolder] = []
    func append(_ folder: TemporaryFolder) { folders.append(folder) }
  }

  @Test(
    "diff.md: each other cause has witnesses that reproduce", arguments: [Cause.clock, .texts, .missing, .surplus])
  func everyCause(_ cause: Cause) throws {
    let run = try WitnessRun(cause: cause, limit: 2)
    #expect(run.outcome.refused.map(\.reason) == [])
    if cause == .surplus {
      // All surplus rows of the recording belong to users without events.
      #expect(run.outcome.withoutEvents == 2)
      return
    }
    #expect(run.outcome.written.count == 2)
    for (_, report) in run.outcome.written {
      #expect(report.causes.contains(cause))
      #expect(report.events.after <= 4)
      #expect(try checkStatus(report.folder.raw) == 0)
    }
  }

  @Test("Formats.md: events and rows from CSV give witnesses like any other")
  func fromCSV() throws {
    let run = try WitnessRun { plan, _ in
      plan.logs = [Fixtures.path("runbooks/live/events.csv.gz")]
      plan.live = [Fixtures.path("runbooks/live/projections.csv.gz")]
      plan.usersExports = [Fixtures.path("runbooks/live/users.csv")]
      plan.causes = [.changed]
      plan.limit = 4
    }
    #expect(run.outcome.refused.map(\.reason) == [])
    #expect(Set(run.outcome.written.map(\.report.name.key)).count == 4)
    for (_, report) in run.outcome.written { #expect(try checkStatus(report.folder.raw) == 0) }
  }

  @Test("The same input gives the same bytes with any number of threads")
  func deterministic() throws {
    let once = try Recorded.run(.behind).all()
    let again = try WitnessRun(cause: .behind, limit: 10, threads: 3).all()
    #expect(once.count == 40)
    #expect(once == again)
  }
}
