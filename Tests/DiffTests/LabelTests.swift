import Cases
import Comparing
import EventModel
import Fitness
import JSONTape
import Rebuilding
import Running
import SnapshotStore
import TestSupport
import Testing

@Suite("diff: labels of recorded live rows")
struct LabelTests {
  static func labels() throws -> [Key: [String]] {
    var labels: [Key: [String]] = [:]
    for label in try RegressionCase(.fitness, folder: Fixtures.path("diff/live")).expectedDifferences() {
      labels[Key(label.user.description, label.name.type, label.name.key)] = label.causes.map(\.rawValue)
    }
    return labels
  }

  private let live = Fixtures.path("diff/live/live-projections.ndjson.gz")

  @Test("README: every cause is found and none invented")
  func labelsAreFound() throws {
    let run = try DiffRun.live()
    let (rows, outcome) = try run.differences(live)
    var found: [Key: [String]] = [:]
    for row in rows { found[row.at] = row.causes.map(\.rawValue).sorted() }
    for (key, causes) in try LabelTests.labels() {
      #expect(found.removeValue(forKey: key) ?? [] == causes, "\(key)")
    }
    #expect(found.isEmpty)
    #expect(outcome.tally.count(.unexplained) == 0)
    for row in rows where row.causes == [.behind] {
      guard case .behind(let events, _, let since, let microseconds, .updatedAt)? = row.details.first else {
        Issue.record("\(row.at) does not say how far it is behind")
        continue
      }
      #expect(events > 0 && microseconds >= 0)
      #expect(row.updatedAt.map { $0 < since } ?? false)
    }
  }

  @Test("without the log, rows whose causes need it are unexplained; the others have the same causes")
  func withoutLog() throws {
    let run = try DiffRun.live()
    let labels = try LabelTests.labels()
    for row in try run.differences(live, withLog: false).rows {
      let causes = labels[row.at] ?? []
      let needsLog = !Set(causes).isDisjoint(with: ["clock", "behind", "changed"])
      #expect(row.causes.map(\.rawValue).sorted() == (needsLog ? ["unexplained"] : causes), "\(row.at)")
    }
  }

  @Test("the result depends on neither threads nor memory nor the order of the file")
  func determinism() throws {
    let run = try DiffRun.live()
    let expected = try run.differences(live).rows
    var lines = try Fixtures.lines(live)
    var random = SeededGenerator(seed: 7)
    lines.shuffle(using: &random)
    let shuffled = try run.folder.write("shuffled.ndjson", lines: lines)
    for threads in [1, 3] {
      let rows = try run.differences(shuffled) {
        $0.resources.threads = threads
        $0.resources.memory = 1 << 20
      }.rows
      #expect(rows == expected)
    }
  }

  @Test("clock-and-failures.md: an older live row where the rebuild fails is `failed`, with the failure")
  func failed() throws {
    let run = try DiffRun(
      log: [Fixtures.path("cases/hostile/events.ndjson.gz")], users: [Fixtures.path("cases/hostile/users.ndjson")],
      asOf: "2026-02-22T00:00:00Z")
    var rows = try run.rows()
    let failure = try #require(
      try FailureKeyReader.failures(run.snapshot).first { $0.projectionType == "capability_estimation" })
    var row = try #require(rows.first { $0["key"]?.string == "jump_height" })
    row[path: ["user_id"]] = .string(failure.user.description)
    rows.append(row)
    let found = try run.differences(try run.write("live.ndjson", rows)).rows
    #expect(found.map(\.causes) == [[.failed]])
    #expect(
      found.first?.details == [
        .failed(code: Foreign(failure.code.rawValue), event: failure.event, detail: Foreign(failure.detail))
      ])
  }

  @Test("a log that is not the snapshot's is trouble, as is another profile")
  func otherLog() throws {
    let run = try DiffRun.live()
    let half = try Fixtures.lines(run.log[0]).enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    let path = try run.folder.write("half.ndjson", lines: half)
    #expect(throws: DiffError.self) { try run.differences(live) { $0.log.logs = [path] } }
    var profile = Profile()
    profile.texts.staleReference = "other"
    #expect(throws: DiffError.self) { try run.differences(live) { $0.profile = profile } }
  }
}

enum FailureKeyReader {
  static func failures(_ path: String) throws -> [Failure] { try SnapshotReader(path).failures().all() }
}
