import EventModel
import Platform

/// The raw bytes of one path, in order: a thin owner of a file descriptor.
///
/// It knows nothing of compression. Not for use by several threads at once.
final class FileInput {
  /// The path as the operator gave it, `-` for standard input.
  let path: String
  /// Bytes to be read, as it was when the file was opened; `nil` for pipes and devices.
  let size: Int?
  /// Bytes handed out so far.
  private(set) var bytesRead = 0
  /// -1 when the bytes come from `copy`.
  private let descriptor: Int32
  /// What the path led to when it was opened; `nil` for standard input, pipes and devices.
  private let stamp: FileStamp?
  /// Where the bytes come from, or, with a descriptor, where they are copied to.
  private let copy: SpillFile?

  /// Opens the path for reading.
  ///
  /// Throws when it is missing, a directory, or may not be read.
  /// - Parameter copies: keeps what cannot be read twice, and gives it the second time.
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
    // Standard input may be a file that somebody has read from already, and cannot be opened anew.
    let start = path == "-" ? max(0, Int(lseek(opened, 0, SEEK_CUR))) : 0
    stamp = path == "-" ? nil : FileStamp(status)
    size = isFile ? max(0, Int(status.st_size) - start) : nil
    do throws(MalformedInput) { copy = isFile && path != "-" ? nil : try copies?.begin(path) } catch {
      close(opened)
      throw error
    }
    descriptor = opened
    posix_fadvise(opened, 0, 0, POSIX_FADV_SEQUENTIAL)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Reads some bytes, at most as many as fit. Returns 0 at the end of the file only.
  ///
  /// Throws for a file that ends before the size it was opened with.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(MalformedInput) -> Int {
    guard let base = buffer.baseAddress, buffer.count > 0 else { return 0 }
    if descriptor < 0 { return try readCopy(into: buffer) }
    while true {
      let count = Glibc.read(descriptor, base, buffer.count)
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
        throw MalformedInput(file: path, reason: "cannot be read on after \(bytesRead) bytes: \(message(of: errno))")
      }
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

/// Why a path could not be opened, with the next step where there is one.
func reason(ofOpening code: Int32) -> String {
  switch code {
  case ENOENT: "no such file"
  case EACCES: "no permission to read it; check the file's mode and its directories'"
  default: "cannot be opened: \(message(of: code))"
  }
}

/// The C library's words for an error number.
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
