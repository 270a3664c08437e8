import EventModel
import Glibc

/// Trouble with files of refold's own: temporary space, output.
public struct StorageFault: Error, Hashable, Sendable, CustomStringConvertible {
  public var path: String
  public var reason: String

  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  /// From `errno`.
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
/// Appending is for one thread at a time; reading at offsets is for many.
public final class SpillFile: @unchecked Sendable {
  let descriptor: Int32
  private let directory: String
  /// Bytes appended so far.
  public private(set) var size = 0

  public init(directory: String) throws(StorageFault) {
    self.directory = directory
    // mkstemp makes it owner-only; without its name nothing has to be cleaned up.
    var template = Array((directory + "/.refold-XXXXXX").utf8CString)
    let descriptor = mkstemp(&template)
    if descriptor >= 0 { unlink(template) }
    if descriptor < 0 { throw StorageFault(path: directory, errno: errno, doing: "creating a temporary file") }
    self.descriptor = descriptor
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

  /// Fills the buffer from `offset`, less only at the end; returns how much.
  public func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(StorageFault) -> Int {
    var done = 0
    while done < buffer.count {
      let got = pread(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
      if got < 0 {
        if errno == EINTR { continue }
        throw StorageFault(path: directory, errno: errno, doing: "reading temporary data")
      }
      if got == 0 { break }
      done += got
    }
    return done
  }
}
