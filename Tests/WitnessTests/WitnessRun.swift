import Cases
import EventModel
import Fitness
import Folding
import JSONTape
import Reporting
import Running
import TestSupport

/// The witnesses of one run, in their own temporary folder.
struct WitnessRun: Sendable {
  let folder: TemporaryFolder
  let outcome: WitnessOutcome

  init(_ change: (inout WitnessPlan, TemporaryFolder) throws -> Void) throws {
    folder = try TemporaryFolder()
    var plan = WitnessPlan(.fitness)
    plan.asOf = try TimestampText.parse("2026-02-22T00:00:00Z")
    plan.output = folder.file("cases")
    plan.resources.threads = 2
    plan.resources.temporaryDirectory = folder.path
    try change(&plan, folder)
    outcome = try witness(plan, progress: ProgressMeter())
  }

  /// Witnesses of the recorded live rows, reduced.
  init(cause: Cause, limit: Int, threads: Int = 2) throws {
    try self.init { plan, _ in
      plan.logs = [Fixtures.path("diff/live/events.ndjson.gz")]
      plan.usersExports = [Fixtures.path("diff/live/users.ndjson")]
      plan.live = [Fixtures.path("diff/live/live-projections.ndjson.gz")]
      plan.causes = [cause]
      plan.limit = limit
      plan.resources.threads = threads
    }
  }

  /// Witnesses of a history in compact text, compared with live rows that are given as lines.
  init(
    _ history: String, live: [String], key: String, asOf: String = "2026-02-22T00:00:00Z",
    _ change: (inout WitnessPlan) -> Void = { _ in }
  ) throws {
    try self.init { plan, folder in
      plan.logs = [try folder.write("log.ndjson", FoldedHistory.records(history).joined(separator: "\n") + "\n")]
      plan.live = [try folder.write("live.ndjson", live.joined(separator: "\n") + "\n")]
      plan.users = [UserID(FoldedHistory.user)].compactMap { $0 }
      let name = key.split(separator: "/").map(String.init)
      plan.filter.wanted = [(name[0], name[1])]
      plan.asOf = try TimestampText.parse(asOf)
      change(&plan)
    }
  }

  /// The bytes of a witness's files, by name.
  func files(_ report: WitnessReport) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for name in ["case.json", "events.ndjson", "live-projections.ndjson", "why.md"] {
      files[name] = try Fixtures.bytes(report.folder.raw + "/" + name)
    }
    return files
  }

  /// Every file of every witness, by its path in the folder.
  func all() throws -> [String: [UInt8]] {
    var all: [String: [UInt8]] = [:]
    for (_, report) in outcome.written {
      for (name, bytes) in try files(report) {
        all[report.folder.raw.dropFirst(folder.path.count) + "/" + name] = bytes
      }
    }
    return all
  }
}

/// Ten witnesses of the recorded live rows for each of two causes, made once for all tests that use them.
enum Recorded {
  private static let changed = Result { try WitnessRun(cause: .changed, limit: 10) }
  private static let behind = Result { try WitnessRun(cause: .behind, limit: 10) }

  static func run(_ cause: Cause) throws -> WitnessRun { try (cause == .changed ? changed : behind).get() }
}

/// The exit status of `refold check` for a case folder.
func checkStatus(_ folder: String) throws -> Int32 {
  var plan = CheckPlan(.fitness)
  plan.folders = [folder]
  return try check(plan) { _ in }.status
}

/// An NDJSON line with a live row of the user of compact histories. `key` is `TYPE/KEY`.
func liveLine(_ key: String, _ data: String, updatedAt: String = "2026-02-22T00:00:00Z") -> String {
  let name = key.split(separator: "/")
  return """
    {"user_id":"\(FoldedHistory.user)","projection_type":"\(name[0])","key":"\(name[1])","data":\(data),\
    "updated_at":"\(updatedAt)"}
    """
}
