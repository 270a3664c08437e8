import EventModel
import Platform
import SnapshotStore

/// A text output: a file, which has no name before it is whole, or a device, a pipe or standard output, written through.
package final class OutputFile {
  private let path: String
  /// `nil` where it is written through.
  private let file: PendingFile?
  private let descriptor: Int32
  /// Whether the descriptor is ours to close.
  private let isOpened: Bool
  private let buffer = ByteArena(capacity: 1 << 16)

  /// - Parameters:
  ///   - force: whether a file that is there is replaced.
  ///   - mode: the permission bits; by default those of the file that is replaced, 0600 for a new one.
  package init(_ path: String, force: Bool = true, mode: mode_t? = nil) throws(SnapshotError) {
    self.path = path
    switch try OutputTarget(path) {
    case .file:
      let file = try PendingFile(target: path, replacing: force, mode: mode)
      self.file = file
      descriptor = file.descriptor
      isOpened = false
    case .stream:
      file = nil
      // A FIFO waits for its reader here.
      descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
      if descriptor < 0 { throw .system(errno, path: path, action: "write it") }
      isOpened = true
    case .descriptor(let open):
      file = nil
      descriptor = open
      isOpened = false
    }
  }

  deinit { if isOpened { close(descriptor) } }

  package func write(_ bytes: UnsafeRawBufferPointer) throws {
    buffer.append(bytes)
    if buffer.count >= 1 << 16 { try flush() }
  }

  package func write(_ text: String) throws {
    var text = text
    try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
  }

  /// Writes what is left and gives the file its name.
  package func finish() throws { if let file = try complete() { try file.publish() } }

  /// Writes what is left; gives the file that is to be published, where there is one.
  package func complete() throws -> PendingFile? {
    try flush()
    try file?.complete()
    return file
  }

  private func flush() throws {
    if descriptor == STDOUT_FILENO { try StandardOutput.write(buffer.bytes) } else { try writeThrough() }
    buffer.count = 0
  }

  private func writeThrough() throws(SnapshotError) {
    var done = 0
    while done < buffer.count {
      let written = Glibc.write(descriptor, buffer.base + done, buffer.count - done)
      if written < 0 {
        if errno == EINTR { continue }
        throw .system(errno, path: path, action: "write it")
      }
      done += written
    }
  }
}

/// The outputs of a run, which get their names together: all of them, or none where the run fails.
package final class OutputGroup {
  private let mode: mode_t?
  private var files: [PendingFile] = []

  /// - Parameter mode: the permission bits of all files; by default those of replaced files, 0600 for new ones.
  package init(mode: mode_t? = nil) { self.mode = mode }

  /// Takes a file that is written and has no name yet.
  package func add(_ file: PendingFile?) { if let file { files.append(file) } }

  /// Writes a text to a file, or through a device, a pipe or standard output.
  package func write(_ text: String, to path: String, force: Bool = true) throws {
    try write(Array(text.utf8), to: path, force: force)
  }

  /// The same for a report that is bytes already.
  package func write(_ bytes: [UInt8], to path: String, force: Bool = true) throws {
    let file = try OutputFile(path, force: force, mode: mode)
    try bytes.withUnsafeBytes { try file.write($0) }
    add(try file.complete())
  }

  /// Gives the files their names.
  package func publish() throws(SnapshotError) {
    try PendingFile.publish(files)
    files = []
  }
}

/// Writes one finished report to a file, or through a device, a pipe or standard output.
package func writeReport(
  _ text: String, to path: String, force: Bool = true, mode: mode_t? = nil
) throws {
  let group = OutputGroup(mode: mode)
  try group.write(text, to: path, force: force)
  try group.publish()
}

/// The same for a report that is bytes already.
package func writeReport(_ bytes: [UInt8], to path: String, force: Bool = true, mode: mode_t? = nil) throws {
  let group = OutputGroup(mode: mode)
  try group.write(bytes, to: path, force: force)
  try group.publish()
}

/// Appends to a GitHub step summary, which takes a mebibyte at most.
package func appendStepSummary(_ text: String, to path: String) throws(SnapshotError) {
  var descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
  if descriptor < 0, errno == ENOENT {
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    // Whatever the umask.
    if descriptor >= 0 { fchmod(descriptor, 0o600) }
  }
  if descriptor < 0 { throw .system(errno, path: path, action: "append to it") }
  defer { close(descriptor) }
  var bytes = Array(text.utf8.prefix(1 << 20))
  if text.utf8.count > bytes.count {
    // Not in the middle of a character.
    while let last = bytes.popLast(), last & 0xC0 == 0x80 {}
  }
  var done = 0
  while done < bytes.count {
    let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, bytes.count - done) }
    if written < 0 {
      if errno == EINTR { continue }
      throw .system(errno, path: path, action: "append to it")
    }
    done += written
  }
}
