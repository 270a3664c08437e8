import EventModel
import Glibc
import SnapshotStore

/// A report file in the making: nothing stands under its name until ``finish()``; a run that fails leaves none behind.
///
/// `-` is standard output and is written as it comes.
final class OutputFile {
  private let path: String
  private let temporary: String
  private var entry: TemporaryFiles.Entry?
  private let buffer = ByteArena(capacity: 1 << 16)

  init(_ path: String) throws {
    self.path = path
    let slash = path.lastIndex(of: "/")
    let directory = slash.map { String(path[...$0]) } ?? ""
    let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
    temporary = "\(directory).\(name.prefix(48)).refold-\(getpid()).tmp"
    if path == "-" { return }
    do throws(SnapshotError) { entry = try TemporaryFiles.create(temporary) } catch {
      throw DiffError.output(path: path, reason: error.reason)
    }
  }

  deinit {
    guard let entry else { return }
    TemporaryFiles.remove(entry)
    close(entry.descriptor)
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    buffer.append(bytes)
    if buffer.count >= 1 << 16 { try flush() }
  }

  func write(_ text: String) throws {
    var text = text
    try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
  }

  /// Writes what is left and gives the file its name.
  func finish() throws {
    try flush()
    guard let entry else { return }
    if fchmod(entry.descriptor, 0o644 & ~OutputFile.mask) != 0 || rename(temporary, path) != 0 { throw failure() }
    TemporaryFiles.forget(entry)
    close(entry.descriptor)
    self.entry = nil
  }

  private static var mask: mode_t {
    let mask = umask(0o077)
    umask(mask)
    return mask
  }

  private func flush() throws {
    let descriptor = path == "-" ? STDOUT_FILENO : entry?.descriptor ?? -1
    var done = 0
    while done < buffer.count {
      let written = Glibc.write(descriptor, buffer.base + done, buffer.count - done)
      if written < 0 {
        if errno == EINTR { continue }
        throw failure()
      }
      done += written
    }
    buffer.count = 0
  }

  private func failure() -> DiffError { .output(path: path, reason: String(cString: strerror(errno)).lowercased()) }
}

/// Writes a finished report to a file, or to standard output for `-`.
package func writeReport(_ text: String, to path: String) throws {
  let file = try OutputFile(path)
  try file.write(text)
  try file.finish()
}

/// The same for a report that is bytes already.
package func writeReport(_ bytes: [UInt8], to path: String) throws {
  let file = try OutputFile(path)
  try bytes.withUnsafeBytes { try file.write($0) }
  try file.finish()
}

/// Appends to a GitHub step summary, which takes a mebibyte at most.
package func appendStepSummary(_ text: String, to path: String) throws {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
  if descriptor < 0 { throw DiffError.output(path: path, reason: String(cString: strerror(errno)).lowercased()) }
  defer { close(descriptor) }
  let bytes = Array(text.utf8.prefix(1 << 20))
  var done = 0
  while done < bytes.count {
    let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, bytes.count - done) }
    if written < 0 {
      if errno == EINTR { continue }
      throw DiffError.output(path: path, reason: String(cString: strerror(errno)).lowercased())
    }
    done += written
  }
}
