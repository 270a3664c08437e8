import EventModel
import Platform
import Synchronization

/// The raw bytes of one path, in order: a thin wrapper of a file descriptor.
///
/// Knows nothing about compression. Not thread-safe, except for ``stop()``.
final class FileInput {
  /// The path as the operator gave it, `-` for standard input.
  let path: String
  /// Number of bytes to read, determined when the file is opened; `nil` for pipes and devices.
  let size: Int?
  /// Bytes returned so far.
  private(set) var bytesRead = 0
  /// -1 when the bytes come from `copy`.
  private let descriptor: Int32
  /// The file as it was when it was opened; `nil` for standard input, pipes, devices and copies.
  private let stamp: FileStamp?
  /// Without a descriptor, the source of the bytes; with one, the file that they are copied to.
  private let copy: SpillFile?
  private let isStopped = Atomic(false)

  /// Opens the path for reading.
  ///
  /// Throws if it is missing, a directory, or not readable.
  /// - Parameter copies: copies of inputs that cannot be read twice. The first reading fills a copy, later ones read
  ///   it.
  init(path: String, copies: InputCopies? = nil) throws(MalformedInput) {
    self.path = path
    if let copy = copies?.copy(of: path) {
      self.copy = copy
      size = copy.size
      stamp = nil
      descriptor = -1
      return
    }
    let opened = path == "-" ? dup(STDIN_FILENO) : retrying { open(path, O_RDONLY | O_CLOEXEC) }
    guard opened >= 0 else { throw MalformedInput(file: path, reason: reason(ofOpening: errno)) }
    var status = stat()
    guard fstat(opened, &status) == 0 else {
      let code = errno
      close(opened)
      throw MalformedInput(file: path, reason: "cannot be examined: \(message(of: code))")
    }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      close(opened)
      throw MalformedInput(file: path, reason: "is a directory where a file is expected")
    }
    let isFile = status.st_mode & S_IFMT == S_IFREG
    // Standard input may be a file that was partly read already. It cannot be reopened, so start at its current offset.
    let start = path == "-" ? max(0, Int(lseek(opened, 0, SEEK_CUR))) : 0
    stamp = path == "-" ? nil : FileStamp(status)
    size = isFile ? max(0, Int(status.st_size) - start) : nil
    do throws(MalformedInput) { copy = isFile && path != "-" ? nil : try copies?.begin(path) } catch {
      close(opened)
      throw error
    }
    descriptor = opened
    willReadInOrder(opened)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Reads up to `buffer.count` bytes. Returns 0 only at the end of the file.
  ///
  /// Throws if the file ends before the size it was opened with, or if it was changed or replaced meanwhile.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(MalformedInput) -> Int {
    guard let base = buffer.baseAddress, buffer.count > 0 else { return 0 }
    if descriptor < 0 { return try readCopy(into: buffer) }
    while true {
      try waitForBytes()
      let count = Platform.read(descriptor, base, buffer.count)
      if count >= 0 {
        bytesRead += count
        if count == 0, let size, bytesRead < size {
          throw MalformedInput(
            file: path, reason: "ended after \(bytesRead) of \(size) bytes: it was cut or replaced while it was read")
        }
        if count == 0, let stamp { try stamp.check(path) }
        try fillCopy(UnsafeRawBufferPointer(start: base, count: count))
        return count
      }
      if errno != EINTR {
        throw MalformedInput(
          file: path, reason: "cannot be read further after \(bytesRead) bytes: \(message(of: errno))")
      }
    }
  }

  /// Makes a running call of ``read(into:)`` on another thread, and every later one, end with an error: even one that
  /// waits for a pipe.
  func stop() { isStopped.store(true, ordering: .relaxed) }

  /// Sleeps until a pipe or a device has bytes or has ended, so that the read after it does not block.
  private func waitForBytes() throws(MalformedInput) {
    while true {
      if isStopped.load(ordering: .relaxed) { throw MalformedInput(file: path, reason: "reading was stopped") }
      if size != nil { return }
      var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      // What poll cannot wait for, the read reports.
      if poll(&wanted, 1, 50) != 0 { return }
    }
  }

  private func readCopy(into buffer: UnsafeMutableRawBufferPointer) throws(MalformedInput) -> Int {
    guard let copy else { return 0 }
    do throws(StorageFault) {
      let count = try copy.read(buffer, at: bytesRead)
      bytesRead += count
      return count
    } catch { throw MalformedInput(file: error.path, reason: error.reason) }
  }

  private func fillCopy(_ bytes: UnsafeRawBufferPointer) throws(MalformedInput) {
    guard let copy, !bytes.isEmpty else { return }
    do throws(StorageFault) { try copy.append(bytes) } catch {
      throw MalformedInput(file: error.path, reason: error.reason)
    }
  }
}

/// Why a path could not be opened, and what to do about it if that is known.
func reason(ofOpening code: Int32) -> String {
  switch code {
  case ENOENT: "no such file"
  case EACCES: "no permission to read it; check the file's mode and its directories'"
  default: "cannot be opened: \(message(of: code))"
  }
}

/// The C library's message for an error number.
func message(of code: Int32) -> String {
  var buffer = [CChar](repeating: 0, count: 256)
  guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
  return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// Repeats a system call that a signal interrupted.
private func retrying(_ call: () -> Int32) -> Int32 {
  while true {
    let result = call()
    if result >= 0 || errno != EINTR { return result }
  }
}
