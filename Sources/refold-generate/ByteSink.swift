import Platform

/// Why a run stops.
enum GenerateFailure: Error, CustomStringConvertible {
  /// The reader of the output has closed it, which is not an error.
  case outputClosed
  /// A system call failed: what it was for, and its `errno`.
  case system(String, Int32)
  /// A bucket of lines does not fit into memory.
  case tooDense

  var description: String {
    switch self {
    case .outputClosed: "the output was closed"
    case .system(let action, let code): "\(action): \(String(cString: strerror(code)))"
    case .tooDense: "too many events in too short a time to sort them: widen --start and --end"
    }
  }
}

/// Bytes to be written to a file or to standard output, collected into large writes.
struct ByteSink: ~Copyable {
  private static let capacity = 1 << 20

  private let descriptor: Int32
  private let path: String?
  /// Whether a failed run removes the file: it is not a device, a pipe or standard output.
  private let removable: Bool
  private let buffer: UnsafeMutableRawPointer
  private var count = 0
  /// Number of bytes appended so far.
  private(set) var total = 0

  /// A sink that writes to a new or truncated file, or to standard output for `nil`.
  init(path: String?) throws(GenerateFailure) {
    var descriptor = STDOUT_FILENO
    var removable = false
    if let path {
      descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
      if descriptor < 0 { throw .system("cannot write \(path)", errno) }
      var status = stat()
      removable = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
    self.descriptor = descriptor
    self.path = path
    self.removable = removable
    buffer = .allocate(byteCount: ByteSink.capacity, alignment: 4096)
  }

  deinit {
    buffer.deallocate()
    if path != nil { close(descriptor) }
  }

  /// Appends bytes, fewer than a mebibyte.
  @inline(__always)
  mutating func append(_ bytes: UnsafeRawBufferPointer) throws(GenerateFailure) {
    if count + bytes.count > ByteSink.capacity { try flush() }
    guard let start = bytes.baseAddress else { return }
    (buffer + count).copyMemory(from: start, byteCount: bytes.count)
    count += bytes.count
    total += bytes.count
  }

  /// Writes everything that is buffered.
  mutating func flush() throws(GenerateFailure) {
    defer { count = 0 }
    do {
      try writeAll(UnsafeRawBufferPointer(start: buffer, count: count), to: descriptor)
    } catch .system(_, EPIPE) {
      throw .outputClosed
    } catch .system(_, let code) {
      throw .system("cannot write \(path ?? "standard output")", code)
    } catch { throw error }
  }

  /// Removes the file that a failed run has written.
  func discard() {
    if removable, let path { unlink(path) }
  }
}

/// Writes all bytes, in as many calls as needed.
func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(GenerateFailure) {
  var rest = bytes
  while let start = rest.baseAddress, !rest.isEmpty {
    let written = write(descriptor, start, rest.count)
    if written < 0 {
      if errno == EINTR { continue }
      throw .system("cannot write", errno)
    }
    rest = UnsafeRawBufferPointer(rebasing: rest[written...])
  }
}
