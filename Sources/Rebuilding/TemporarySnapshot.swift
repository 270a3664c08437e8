import EventModel
import Platform
import SnapshotStore

/// A snapshot that lasts as long as the run: gone when this is released, and on the signals that end a run.
package final class TemporarySnapshot {
  package let path: String
  private let entry: TemporaryFiles.Entry

  package init(directory: String) throws {
    let random = String(UInt64.random(in: .min ... .max), radix: 36)
    path = "\(directory)/refold-audit-\(getpid())-\(random).sqlite"
    entry = try TemporaryFiles.create(path)
  }

  deinit {
    // What a process that was killed left in the place of this file is ours too.
    for file in staleTemporaryFiles(beside: path) { unlink(file) }
    TemporaryFiles.remove(entry)
    close(entry.descriptor)
  }
}
