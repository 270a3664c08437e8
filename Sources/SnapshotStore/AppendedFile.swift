import EventModel
import Platform

/// A file under construction to which bytes are appended. It gets its name when it is finished.
///
/// Bytes are collected into blocks that begin where the file's length is a multiple of their size: the kernel takes them
/// at less cost. Every few MiB it is asked to start writing to the device, so that little is left to wait for.
package final class AppendedFile {
  private let file: PendingFile
  private let block = ByteArena(capacity: AppendedFile.blockBytes)
  private var written = 0
  private var unsent = 0

  private static let blockBytes = 1 << 18
  private static let writebackBytes = 8 << 20

  package init(_ file: PendingFile) { self.file = file }

  /// Bytes appended so far.
  package var size: Int { written + block.count }

  package func append(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = rest.prefix(AppendedFile.blockBytes - block.count)
      block.append(UnsafeRawBufferPointer(rebasing: piece))
      rest = rest.dropFirst(piece.count)
      if block.count == AppendedFile.blockBytes { try flush() }
    }
  }

  /// Writes what is left and gives the file its name.
  package func finish() throws(SnapshotError) {
    try flush()
    try file.publish()
  }

  private func flush() throws(SnapshotError) {
    var done = 0
    while done < block.count {
      let result = pwrite(file.descriptor, block.base + done, block.count - done, off_t(written + done))
      if result < 0 {
        if errno == EINTR { continue }
        throw .system(errno, path: file.target, action: "write it")
      }
      done += result
    }
    written += block.count
    unsent += block.count
    block.count = 0
    if unsent >= AppendedFile.writebackBytes {
      unsent = 0
      startWriteback(file.descriptor)
    }
  }
}
