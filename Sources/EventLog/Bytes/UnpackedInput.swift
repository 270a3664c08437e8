import EventModel

/// The unpacked bytes of a compressed file, in order. Not thread-safe.
protocol UnpackedInput: AnyObject {
  /// The bytes of the file.
  var packed: PackedInput { get }

  /// Unpacks up to `buffer.count` bytes. Returns 0 only at the end. Bytes unpacked before a fault are returned before
  /// the fault is thrown.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(MalformedInput) -> Int
}
