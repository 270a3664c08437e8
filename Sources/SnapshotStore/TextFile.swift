import Glibc

/// A text file in the making, or standard output for `-`: nothing stands under the name until ``finish()`` returns.
package final class TextFile {
  private let path: String
  private let file: PendingFile?
  private let replacing: Bool
  private var buffer: [UInt8] = []

  /// Throws `exists` when there is a file and `force` is false.
  package init(_ path: String, force: Bool) throws(SnapshotError) {
    self.path = path
    replacing = force
    file = path == "-" ? nil : try PendingFile(target: path, replacing: force)
  }

  package func write(_ bytes: [UInt8]) throws(SnapshotError) {
    buffer += bytes
    if buffer.count >= 1 << 16 { try flush() }
  }

  package func finish() throws(SnapshotError) {
    try flush()
    try file?.publish(replacing: replacing)
  }

  private func flush() throws(SnapshotError) {
    let descriptor = file?.descriptor ?? STDOUT_FILENO
    var done = 0
    while done < buffer.count {
      let written = buffer.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done) }
      if written < 0 {
        if errno == EINTR { continue }
        throw .system(errno, path: path, action: "write it")
      }
      done += written
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
