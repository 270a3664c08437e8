import EventModel
import Platform

/// A failure with refold's own files: temporary files and output.
public struct StorageFault: Error, Hashable, Sendable, CustomStringConvertible {
  public var path: String
  public var reason: String

  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  /// Describes an `errno`.
  public init(path: String, errno code: Int32, doing action: String) {
    self.path = path
    reason =
      code == ENOSPC || code == EDQUOT
      ? "no room left while \(action); --temp DIR names another place, --memory SIZE a larger budget"
      : "\(String(cString: strerror(code))) while \(action)"
  }

  public var description: String { "\(path): \(reason)" }
}

/// A temporary file without a name: owner-only, gone when refold ends, however it ends.
///
/// One thread at a time may append. Any number of threads may read at offsets.
public final class SpillFile: @unchecked Sendable {
  let descriptor: Int32
  let directory: String
  /// Bytes appended so far.
  public private(set) var size = 0

  public init(directory: String) throws(StorageFault) {
    self.directory = directory
    descriptor = openNameless(in: directory)
    if descriptor < 0 { throw StorageFault(path: directory, errno: errno, doing: "creating a temporary file") }
  }

  deinit { close(descriptor) }

  /// Appends all bytes and returns the offset of the first.
  @discardableResult
  public func append(_ bytes: UnsafeRawBufferPointer) throws(StorageFault) -> Int {
    let offset = size
    var done = 0
    while done < bytes.count {
      let written = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
      if written < 0 {
        if errno == EINTR { continue }
        throw StorageFault(path: directory, errno: errno, doing: "writing temporary data")
      }
      done += written
    }
    size += bytes.count
    return offset
  }

  /// Fills the buffer from `offset`. Returns the number of bytes read, which is smaller only at the end of the file.
  public func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(StorageFault) -> Int {
    guard let count = readFully(descriptor, buffer, at: offset) else {
      throw StorageFault(path: directory, errno: errno, doing: "reading temporary data")
    }
    return count
  }
}

/// Fills the buffer from a file. Returns the number of bytes read, which is smaller only at the end of the file; `nil` if
/// reading failed, with `errno`.
func readFully(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int? {
  var done = 0
  while done < buffer.count {
    let got = pread(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
    if got < 0 {
      if errno == EINTR { continue }
      return nil
    }
    if got == 0 { break }
    done += got
  }
  return done
}
