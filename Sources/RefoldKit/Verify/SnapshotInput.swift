import EventModel
import Glibc
import SnapshotStore

/// What a command was given to look at: a snapshot, or a log that is rebuilt to a temporary one first.
package struct SnapshotInput: Sendable {
  /// One snapshot, or the shards of one log.
  package var paths: [String] = []
  /// How to rebuild a log; `input.logs` and `output` are filled in from the paths.
  package var rebuild = RebuildPlan()

  package init() {}

  /// Whether it names a snapshot: one file that is a SQLite database. Pipes and standard input are logs.
  package var isSnapshot: Bool {
    guard paths.count == 1, let path = paths.first, path != "-" else { return false }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { return false }
    defer { close(descriptor) }
    var head = [UInt8](repeating: 0, count: 16)
    return read(descriptor, &head, 16) == 16 && head.elementsEqual("SQLite format 3\0".utf8)
  }

  /// Opens the snapshot, or rebuilds the log. The temporary snapshot lives as long as what is returned.
  package func open(_ progress: ProgressMeter) throws -> OpenedSnapshot {
    if isSnapshot, let path = paths.first {
      return OpenedSnapshot(reader: try SnapshotReader(path), path: path, folder: nil)
    }
    let folder = try TemporaryFolder(in: rebuild.input.resources.temporaryDirectory)
    var plan = rebuild
    plan.input.logs = paths
    plan.output = folder.path + "/snapshot.sqlite"
    _ = try RefoldKit.rebuild(plan, progress: progress)
    return OpenedSnapshot(reader: try SnapshotReader(plan.output), path: plan.output, folder: folder)
  }
}

/// A snapshot to read from, and the folder that goes away with it where it is a temporary one.
package struct OpenedSnapshot {
  package let reader: SnapshotReader
  package let path: String
  let folder: TemporaryFolder?

  package var isTemporary: Bool { folder != nil }
}

/// A folder of this process alone, removed with the files in it.
final class TemporaryFolder {
  let path: String

  init(in directory: String) throws(SnapshotError) {
    var template = Array("\(directory)/refold-XXXXXX".utf8CString)
    guard let made = template.withUnsafeMutableBufferPointer({ $0.baseAddress.flatMap { mkdtemp($0) } }) else {
      throw SnapshotError(
        .denied, path: directory, reason: "cannot make a folder in it", advice: "name another with --temp")
    }
    path = String(cString: made)
  }

  deinit {
    unlink(path + "/snapshot.sqlite")
    rmdir(path)
  }
}
