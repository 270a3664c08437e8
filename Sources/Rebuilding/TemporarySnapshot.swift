import EventModel
import Platform
import SnapshotStore

/// A snapshot that exists only during the run. It is removed when this object is released, and on signals that end the
/// run.
package final class TemporarySnapshot {
  package let path: String
  private let entry: TemporaryFiles.Entry

  package init(directory: String) throws {
    let random = String(UInt64.random(in: .min ... .max), radix: 36)
    path = "\(directory)/refold-audit-\(getpid())-\(random).sqlite"
    entry = try TemporaryFiles.create(path)
  }

  deinit {
    // Also remove the files that a killed process left for this path.
    for file in staleTemporaryFiles(beside: path) { unlink(file) }
    TemporaryFiles.remove(entry)
    close(entry.descriptor)
  }
}
