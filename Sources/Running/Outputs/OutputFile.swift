import EventModel
import Platform
import SnapshotStore

/// A text output: a file, which gets its name only when it is complete, or a device, a pipe or standard output, which
/// is written directly.
package final class OutputFile {
  private let path: String
  /// `nil` if the output is written directly.
  private let file: PendingFile?
  private let descriptor: Int32
  /// Whether this object opened the descriptor and must close it.
  private let isOpened: Bool
  private let buffer = ByteArena(capacity: 1 << 16)

  /// - Parameters:
  ///   - force: whether an existing file is replaced.
  ///   - mode: the permission bits; by default those of the replaced file, 0600 for a new one.
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
      // Opening a FIFO blocks until it has a reader.
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

  /// Writes the remaining bytes and gives the file its name.
  package func finish() throws { if let file = try complete() { try file.publish() } }

  /// Writes the remaining bytes. Returns the file to publish; `nil` if the output is written directly.
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
      let written = Platform.write(descriptor, buffer.base + done, buffer.count - done)
      if written < 0 {
        if errno == EINTR { continue }
        throw .system(errno, path: path, action: "write it")
      }
      done += written
    }
  }
}

/// The output files of a run. They get their names together: all of them, or none if the run fails.
package final class OutputGroup {
  private let mode: mode_t?
  private var files: [PendingFile] = []

  /// - Parameter mode: the permission bits of all files; by default those of replaced files, 0600 for new ones.
  package init(mode: mode_t? = nil) { self.mode = mode }

  /// Adds a complete file that has no name yet.
  package func add(_ file: PendingFile?) { if let file { files.append(file) } }

  /// Writes a text to a file that ``publish()`` names, or directly to a device, a pipe or standard output.
  package func write(_ text: String, to path: String, force: Bool = true) throws {
    try write(Array(text.utf8), to: path, force: force)
  }

  /// The same for a report given as bytes.
  package func write(_ bytes: [UInt8], to path: String, force: Bool = true) throws {
    let file = try OutputFile(path, force: force, mode: mode)
    try bytes.withUnsafeBytes { try file.write($0) }
    add(try file.complete())
  }

  /// Gives all files their names.
  package func publish() throws(SnapshotError) {
    try PendingFile.publish(files)
    files = []
  }
}

/// Throws, before any work, if a file that is written at the end could not be: its folder is missing or must not be
/// written, or it exists and must not be replaced. Leaves nothing behind.
package func checkOutputs(_ paths: [String?], force: Bool) throws(SnapshotError) {
  for path in paths.compactMap({ $0 }) {
    guard case .file = try OutputTarget(path) else { continue }
    try PendingFile(target: path, replacing: force).discard()
  }
}

/// Writes one finished report to a file, or directly to a device, a pipe or standard output.
package func writeReport(
  _ text: String, to path: String, force: Bool = true, mode: mode_t? = nil
) throws {
  let group = OutputGroup(mode: mode)
  try group.write(text, to: path, force: force)
  try group.publish()
}

/// The same for a report given as bytes.
package func writeReport(_ bytes: [UInt8], to path: String, force: Bool = true, mode: mode_t? = nil) throws {
  let group = OutputGroup(mode: mode)
  try group.write(bytes, to: path, force: force)
  try group.publish()
}

/// Appends to a GitHub step summary. Text beyond the limit of 1 MiB is cut off.
package func appendStepSummary(_ text: String, to path: String) throws(SnapshotError) {
  var descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
  if descriptor < 0, errno == ENOENT {
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    // Regardless of the umask.
    if descriptor >= 0 { fchmod(descriptor, 0o600) }
  }
  if descriptor < 0 { throw .system(errno, path: path, action: "append to it") }
  defer { close(descriptor) }
  var bytes = Array(text.utf8.prefix(1 << 20))
  if text.utf8.count > bytes.count {
    // Do not cut in the middle of a character.
    while let last = bytes.popLast(), last & 0xC0 == 0x80 {}
  }
  var done = 0
  while done < bytes.count {
    let written = bytes.withUnsafeBytes { Platform.write(descriptor, $0.baseAddress! + done, bytes.count - done) }
    if written < 0 {
      if errno == EINTR { continue }
      throw .system(errno, path: path, action: "append to it")
    }
    done += written
  }
}
