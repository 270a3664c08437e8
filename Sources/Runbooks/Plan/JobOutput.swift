import EventModel
import Running
import SnapshotStore

/// Writes planned jobs as NDJSON lines, as database rows, as both or not at all.
final class JobOutput {
  private let source: String
  private let lines: OutputFile?
  private let database: JobsWriter?
  private var files: [String] = []
  private let outputs = OutputGroup()

  init(_ plan: BackfillPlan) throws {
    source = plan.source
    lines = try plan.ndjson.map { try OutputFile($0, mode: plan.mode) }
    database = try plan.database.map { (path) throws(SnapshotError) in
      try JobsWriter(replacing: path, force: plan.force, mode: plan.mode)
    }
    files = [plan.ndjson, plan.database].compactMap { $0 }.filter { $0 != "-" }
  }

  func take(_ job: PlannedJob) throws {
    if let lines { try job.line(source: source).withUnsafeBytes { try lines.write($0) } }
    try database?.insert(
      user: job.user, jobType: job.jobType, payload: job.payloadJSON(source: source).canonicalBytes,
      priority: job.priority)
  }

  /// Completes the files, renames them into place and returns their names.
  func finish() throws -> [String] {
    outputs.add(try lines?.complete())
    outputs.add(try database?.finish())
    try outputs.publish()
    return files
  }
}
