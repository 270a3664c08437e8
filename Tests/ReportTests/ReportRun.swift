import EventModel
import Fitness
import Foundation
import JSONTape
import Pages
import Rebuilding
import Reporting
import Running
import SnapshotStore
import Surveying
import TestSupport

/// A rebuilt log in its own temporary folder, and reports on it.
final class ReportRun {
  let folder: TemporaryFolder
  let snapshot: String
  let log: [String]

  init(log: [String], users: [String], asOf: String = "2026-02-22T00:00:00Z", name: String = "snapshot.sqlite") throws {
    folder = try TemporaryFolder()
    self.log = log
    snapshot = folder.file(name)
    var plan = RebuildPlan(.fitness)
    plan.input.logs = log
    plan.input.users = users
    plan.asOf = try TimestampText.parse(asOf)
    plan.output = snapshot
    _ = try rebuild(plan, progress: ProgressMeter())
  }

  /// The case with recorded live rows, reduced.
  static func live() throws -> ReportRun {
    try ReportRun(
      log: [Fixtures.path("diff/live/events.ndjson.gz")], users: [Fixtures.path("diff/live/users.ndjson")])
  }

  static let liveRows = Fixtures.path("diff/live/live-projections.ndjson.gz")

  /// A recording of `fixtures/cases`.
  static func recorded(_ name: String) throws -> ReportRun {
    let folder = "cases/" + name
    return try ReportRun(
      log: [Fixtures.path(folder + "/events.ndjson.gz")], users: [Fixtures.path(folder + "/users.ndjson")])
  }

  func facts(_ against: String..., withLog: Bool = true, change: (inout ReportPlan) -> Void = { _ in }) throws
    -> ReportFacts
  {
    var plan = ReportPlan(.fitness)
    plan.snapshot = snapshot
    plan.against = against
    if withLog { plan.logs = log }
    plan.resources.threads = 2
    plan.resources.temporaryDirectory = folder.path
    change(&plan)
    return try report(plan, progress: ProgressMeter())
  }

  /// The snapshot's rows as lines of an export.
  func rows() throws -> [JSONTree] {
    let cursor = try SnapshotReader(snapshot).projections()
    var rows: [JSONTree] = []
    while let row = try cursor.next() {
      rows.append(
        .object([
          .init("user_id", .string(row.user.description)), .init("projection_type", .string(row.name.type)),
          .init("key", .string(row.name.key)), .init("data", try JSONTree(parsing: Array(row.data))),
          .init("updated_at", .string("2026-02-21T00:00:00Z")),
        ]))
    }
    return rows
  }
}

extension JSONTree {
  /// The object with this member added or replaced.
  func with(_ key: String, _ value: JSONTree) -> JSONTree {
    guard case .object(let members) = self else { return self }
    return .object(members.filter { $0.key != key } + [.init(key, value)])
  }
}

extension ReportFacts {
  var page: String { String(decoding: html, as: UTF8.self) }
}
