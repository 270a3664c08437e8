import Cases
import Comparing
import EventLog
import EventModel
import Fitness
import Folding
import JSONTape
import Rebuilding
import Reconciliation
import Reporting
import Running
import SnapshotStore
import TestSupport
import Testing

/// The user, type and key of a row.
typealias Key = RowKey

/// A rebuilt log and diffs against it.
final class DiffRun {
  let folder: TemporaryFolder
  let snapshot: String
  let log: [String]

  init(log: [String], users: [String], asOf: String, profile: Profile = Profile()) throws {
    folder = try TemporaryFolder()
    self.log = log
    snapshot = folder.file("snapshot.sqlite")
    var plan = RebuildPlan(.fitness)
    plan.input.logs = log
    plan.input.users = users
    plan.input.resources.threads = 2
    plan.profile = profile
    plan.asOf = try TimestampText.parse(asOf)
    plan.output = snapshot
    _ = try rebuild(plan, progress: ProgressMeter())
  }

  /// The case with recorded live rows, reduced.
  static func live() throws -> DiffRun {
    let recorded = try RegressionCase(.fitness, folder: Fixtures.path("diff/live"))
    return try DiffRun(log: recorded.logs, users: recorded.users, asOf: recorded.asOf.description)
  }

  func plan(_ live: [String], withLog: Bool) -> DiffPlan {
    var plan = DiffPlan(.fitness)
    plan.snapshot = snapshot
    plan.live = live
    if withLog { plan.log.logs = log }
    plan.resources.threads = 2
    plan.resources.temporaryDirectory = folder.path
    return plan
  }

  /// The differences, and the outcome with its counts.
  func differences(
    _ live: String..., withLog: Bool = true, change: (inout DiffPlan) throws -> Void = { _ in }
  ) throws -> (rows: [RowDifference], outcome: DiffOutcome) {
    var plan = plan(live, withLog: withLog)
    try change(&plan)
    var rows: [RowDifference] = []
    let outcome = try diff(plan, progress: ProgressMeter()) { rows.append($0) }
    #expect(outcome.tally.different == rows.count)
    return (rows, outcome)
  }

  /// The snapshot's rows as objects with the columns of the live table.
  func rows() throws -> [JSONTree] {
    let reader = try SnapshotReader(snapshot)
    let cursor = try reader.rows(from: nil, to: nil, withBookkeeping: true)
    var rows: [JSONTree] = []
    while let row = try cursor.next() {
      rows.append(
        .object([
          .init("id", .string(row.id?.description ?? "")), .init("user_id", .string(row.user.description)),
          .init("projection_type", .string(String(decoding: row.type, as: UTF8.self))),
          .init("key", .string(String(decoding: row.key, as: UTF8.self))),
          .init("data", try JSONTree(parsing: Array(row.data))), .init("version", .integer(Int64(row.version))),
          .init("last_event_id", row.lastEvent.map { .string($0.description) } ?? .null),
          .init("created_at", .string(row.createdAt?.description ?? "")),
          .init("updated_at", .string(row.updatedAt?.description ?? "")),
        ]))
    }
    return rows
  }

  func write(_ name: String, _ rows: [JSONTree]) throws -> String {
    try folder.write(name, lines: rows.map(\.canonicalBytes))
  }
}

extension RowDifference {
  var at: Key { Key(user.description, name.type, name.key) }
}

extension JSONTree {
  var at: Key {
    Key(self["user_id"]?.string ?? "", self["projection_type"]?.string ?? "", self["key"]?.string ?? "")
  }

  /// The value at a path of keys; setting `nil` removes the member.
  subscript(path path: [String]) -> JSONTree? {
    get { path.reduce(Optional(self)) { value, key in value?[key] } }
    set {
      guard case .object(var members) = self, let key = path.first else { return }
      let index = members.firstIndex { $0.key == key }
      if path.count == 1 {
        if let newValue {
          if let index { members[index].value = newValue } else { members.append(Member(key, newValue)) }
        } else if let index {
          members.remove(at: index)
        }
      } else if let index {
        members[index].value[path: Array(path.dropFirst())] = newValue
      }
      self = .object(members)
    }
  }
}
