import EventModel
import Folding
import Platform
import Running
import SnapshotStore

/// The input of a command: a snapshot, or a log that is rebuilt to a temporary snapshot first.
package struct SnapshotInput: Sendable {
  /// One snapshot, or the shards of one log.
  package var paths: [String] = []
  /// How to rebuild a log; `input.logs` and `output` are set from the paths.
  package var rebuild: RebuildPlan

  /// Prepares the rebuild of a log, and returns a check for after it.
  package var prepare: (@Sendable (inout RebuildPlan, ProgressMeter) throws -> () throws -> Void)?

  package init(_ catalogue: Catalogue) { rebuild = RebuildPlan(catalogue) }

  /// Whether the file is a SQLite database; see ``isSnapshot``.
  package static func isSnapshot(_ path: String) -> Bool { isSnapshot([path]) }

  /// Whether the paths name a snapshot: one file that is a SQLite database. Pipes and standard input are logs.
  package var isSnapshot: Bool { SnapshotInput.isSnapshot(paths) }

  private static func isSnapshot(_ paths: [String]) -> Bool {
    guard paths.count == 1, let path = paths.first, path != "-" else { return false }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
    let descriptor = Platform.open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { return false }
    defer { close(descriptor) }
    var head = [UInt8](repeating: 0, count: 16)
    return read(descriptor, &head, 16) == 16 && head.elementsEqual("SQLite format 3\0".utf8)
  }

  /// Opens the snapshot, or rebuilds the log. The temporary snapshot lives as long as the returned value.
  package func open(_ progress: ProgressMeter) throws -> OpenedSnapshot {
    if isSnapshot, let path = paths.first {
      return OpenedSnapshot(reader: try .verified(path), path: path, temporary: nil)
    }
    let temporary = try TemporarySnapshot(directory: rebuild.input.resources.temporaryDirectory)
    var plan = rebuild
    plan.input.logs = paths
    plan.output = temporary.path
    plan.force = true
    let check = try prepare?(&plan, progress)
    let summary = try Rebuilding.rebuild(plan, progress: progress)
    let malformed = summary.malformed + summary.malformedUsers
    if malformed > 0 { progress.note("\(malformed) malformed records left out") }
    try check?()
    return OpenedSnapshot(reader: try SnapshotReader(plan.output), path: plan.output, temporary: temporary)
  }
}

extension SnapshotReader {
  /// Whether the snapshot was made from a log, so that it knows the users' events.
  package var knowsEvents: Bool { manifestValue("events.digest") != nil }

  /// Whether the log that was rebuilt had any event.
  package var hasEvents: Bool { ["events.folded", "events.unread"].contains { manifestValue($0) ?? "0" != "0" } }

  /// Refuses a snapshot of some users or projections where figures must cover all of them.
  package func refuseSelection(ofProjections: Bool) throws(RefoldError) {
    for key in ["selection.users"] + (ofProjections ? ["selection.projections"] : [])
    where manifestValue(key) ?? "all" != "all" {
      throw .usage("\(path) holds some of the users or projections only; rebuild it without --user and --only")
    }
  }
}

/// A snapshot to read from. A temporary one is deleted with this value.
package struct OpenedSnapshot {
  package let reader: SnapshotReader
  package let path: String
  let temporary: TemporarySnapshot?

  /// The snapshot's name in messages.
  package var name: String { isTemporary ? "the log" : path }

  package var isTemporary: Bool { temporary != nil }
}
