import EventModel
import Fitness
import Folding
import Foundation
import JSONTape
import Rebuilding
import Runbooks
import Running
import TestSupport

/// `fixtures/cases/formats`: a real database after both backfills.
enum Formats {
  static func path(_ name: String) -> String { Fixtures.path("cases/formats/" + name) }

  /// The log, for a rebuild at the recording's as-of.
  static func input() throws -> SnapshotInput {
    var input = SnapshotInput(.fitness)
    input.paths = [path("events.ndjson.gz")]
    input.rebuild.input.users = [path("users.ndjson")]
    input.rebuild.asOf = try TimestampText.parse("2026-02-22T00:00:00Z")
    return input
  }
}

/// `fixtures/runbooks/live`: live rows as organic traffic leaves them, and labels that say why each differs.
enum Live {
  static func path(_ name: String) -> String { Fixtures.path("runbooks/live/" + name) }

  static func input() throws -> SnapshotInput {
    var input = SnapshotInput(.fitness)
    input.paths = [path("events.csv.gz")]
    input.rebuild.input.users = [path("users.csv")]
    input.rebuild.asOf = try TimestampText.parse("2026-02-22T00:00:00Z")
    return input
  }

  /// Rebuilds the log to a snapshot in a folder and returns its path.
  static func snapshot(in folder: TemporaryFolder) throws -> String {
    var plan = try input().rebuild
    plan.input.logs = try input().paths
    plan.output = folder.file("snapshot.sqlite")
    _ = try rebuild(plan, progress: ProgressMeter())
    return plan.output
  }

  struct Label: Hashable {
    var user: String
    var type: String
    var causes: Set<String>
  }

  static func labels() throws -> [Label] {
    try Fixtures.lines(path("labels.ndjson")).map { line in
      let row = try JSONTree(parsing: line)
      return Label(
        user: row["user_id"]?.string ?? "", type: row["projection_type"]?.string ?? "",
        causes: Set((row["causes"]?.array ?? []).compactMap(\.string)))
    }
  }

  /// The labels of rows that a backfill heals.
  static func healing() throws -> [Label] {
    try labels().filter { !$0.causes.isDisjoint(with: ["behind", "missing", "changed"]) }
  }
}

/// The jobs that a plan would enqueue, read from its NDJSON.
func planned(_ input: SnapshotInput, _ backfills: [Backfill], _ change: (inout BackfillPlan) -> Void = { _ in }) throws
  -> [JSONTree]
{
  let folder = try TemporaryFolder()
  var plan = BackfillPlan(.fitness)
  plan.input = input
  plan.backfills = backfills
  plan.source = "formats"
  plan.ndjson = folder.file("jobs.ndjson")
  change(&plan)
  _ = try Runbooks.plan(plan, progress: ProgressMeter())
  return try Fixtures.lines(folder.file("jobs.ndjson")).map { try JSONTree(parsing: $0) }
}

extension JSONTree {
  var canonicalText: String { String(decoding: canonicalBytes, as: UTF8.self) }
}
