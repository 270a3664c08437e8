import EventModel

/// Unpacks a file: its first bytes on the thread that asks for them, the rest ahead of its reader on a thread of its own.
///
/// Small files need no other thread. Not thread-safe.
final class Unpacker {
  /// Number of unpacked bytes that are read before the thread is started.
  private static let firstBytes = 256 << 10

  private let input: any UnpackedInput
  private var unpackedHere = 0
  private var thread: UnpackingThread?
  private var canStart = true

  init(_ input: any UnpackedInput) { self.input = input }

  /// Packed bytes of everything that was returned so far, and at most a block more.
  var bytesRead: Int { thread?.bytesRead ?? input.packed.file.bytesRead }

  /// Returns up to `buffer.count` unpacked bytes, 0 only at the end. Sleeps until there are some.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(MalformedInput) -> Int {
    if let thread { return try thread.read(into: buffer) }
    if unpackedHere >= Unpacker.firstBytes, canStart {
      thread = UnpackingThread(input)
      // Where no thread can be created, unpacking goes on here.
      canStart = false
      return try read(into: buffer)
    }
    let count = try input.read(into: buffer)
    unpackedHere += count
    return count
  }
}
