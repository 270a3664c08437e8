/// Growable bytes with readable padding after them.
///
/// Owned by one thread at a time.
final class ByteBuffer {
  /// Readable bytes after the capacity.
  static let padding = 64

  /// Bytes in use.
  private(set) var filled = 0
  /// Allocated bytes, without the padding.
  private(set) var capacity = 0
  private var storage = UnsafeMutableRawPointer.allocate(byteCount: ByteBuffer.padding, alignment: 64)

  deinit { storage.deallocate() }

  /// Address of the first byte. At least ``padding`` readable bytes follow the last byte.
  var base: UnsafeRawPointer { UnsafeRawPointer(storage) }

  /// The bytes in use.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: storage, count: filled) }

  /// Empties the buffer and makes room for `wanted` bytes. Shrinks a buffer that a long record made much larger.
  func reset(capacity wanted: Int) {
    filled = 0
    guard wanted > capacity || capacity > 4 * max(wanted, 4096) else { return }
    storage.deallocate()
    allocate(wanted)
  }

  /// Makes room for `wanted` bytes in total, keeping the bytes in use.
  func grow(to wanted: Int) {
    guard wanted > capacity else { return }
    let old = storage
    allocate(wanted)
    storage.copyMemory(from: old, byteCount: filled)
    old.deallocate()
  }

  /// Lets `source` write into the free part, up to `limit` bytes in use in total. Returns `false` if it wrote nothing.
  func fill<E: Error>(to limit: Int, from source: (UnsafeMutableRawBufferPointer) throws(E) -> Int) throws(E) -> Bool {
    let count = try source(UnsafeMutableRawBufferPointer(start: storage + filled, count: limit - filled))
    filled += count
    return count > 0
  }

  /// Appends bytes. There must be room for them.
  func append(_ bytes: UnsafeRawBufferPointer) {
    UnsafeMutableRawBufferPointer(start: storage + filled, count: capacity - filled).copyMemory(from: bytes)
    filled += bytes.count
  }

  /// Drops the first `count` bytes. O(bytes kept).
  func drop(_ count: Int) {
    filled -= count
    storage.copyMemory(from: storage + count, byteCount: filled)
  }

  /// Zeroes the padding after the bytes in use, so that scanning never reads uninitialised memory.
  func seal() { (storage + filled).initializeMemory(as: UInt8.self, repeating: 0, count: ByteBuffer.padding) }

  private func allocate(_ wanted: Int) {
    capacity = wanted
    storage = .allocate(byteCount: wanted + ByteBuffer.padding, alignment: 64)
  }
}
