import Platform

/// What stops a run.
enum GenerateFailure: Error, CustomStringConvertible {
  /// The reader of the output is gone, which is no error.
  case outputClosed
  /// A system call failed: what was being done, and its `errno`.
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

/// Bytes on their way to a file or to standard output, gathered into large writes.
struct ByteSink: ~Copyable {
  private static let capacity = 1 << 20

  private let descriptor: Int32
  private let path: String?
  /// Whether a failed run removes the file: not a device, not a pipe, not standard output.
  private let removable: Bool
  private let buffer: UnsafeMutableRawPointer
  private var count = 0
  /// Bytes given to this sink.
  private(set) var total = 0

  /// A sink into a new or emptied file, or into standard output for `nil`.
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

  /// Takes bytes, fewer than a mebibyte.
  @inline(__always)
  mutating func append(_ bytes: UnsafeRawBufferPointer) throws(GenerateFailure) {
    if count + bytes.count > ByteSink.capacity { try flush() }
    guard let start = bytes.baseAddress else { return }
    (buffer + count).copyMemory(from: start, byteCount: bytes.count)
    count += bytes.count
    total += bytes.count
  }

  /// Hands everything to the system.
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

  /// Removes what a failed run has written of a file.
  func discard() {
    if removable, let path { unlink(path) }
  }
}

/// Writes all of it, in as many calls as it takes.
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
