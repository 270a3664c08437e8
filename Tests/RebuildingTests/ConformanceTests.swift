import EventModel
import Fitness
import JSONTape
import Rebuilding
import Running
import SnapshotStore
import TestSupport
import Testing

/// The recordings of the live system under `fixtures/cases`.
@Suite("conformance: recorded live projections")
struct ConformanceTests {
  @Test(
    "every recorded row is equal, there are no others, and exactly the recorded users fail",
    arguments: [
      "realistic", "hostile", "storm", "formats", "number-too-long", "blank-exercise-id",
    ])
  func rebuildEqualsRecording(name: String) throws {
    let recorded = try RecordedCase(name)
    let folder = try TemporaryFolder()
    var plan = RebuildPlan(.fitness)
    plan.input.logs = [recorded.events[0]]
    plan.input.users = [recorded.users[0]]
    plan.input.resources.threads = 2
    plan.asOf = recorded.asOf
    plan.output = folder.file("snapshot.sqlite")
    _ = try rebuild(plan, progress: ProgressMeter())

    let reader = try SnapshotReader(plan.output)
    var rows: [RowKey: JSONTree] = [:]
    let projections = try reader.projections()
    while let stored = try projections.next() {
      let row = stored.row
      rows[RowKey(row.user.description, row.name.type, row.name.key)] = try JSONTree(parsing: row.data)
    }
    for (key, data) in recorded.rows {
      guard let row = rows[key] else {
        Issue.record("missing row \(key)")
        continue
      }
      let differences = jsonDifferences(row, data)
      #expect(differences.isEmpty, "\(key)")
    }
    let extra = rows.keys.filter { recorded.rows[$0] == nil && !recorded.notRecorded.contains($0.user) }.sorted()
    #expect(extra.isEmpty)

    var failures: [FailureKey: String] = [:]
    for failure in try reader.failures().all() {
      failures[FailureKey(failure.user.description, failure.projectionType)] = failure.code.rawValue
    }
    #expect(failures == recorded.failures)
  }
}
