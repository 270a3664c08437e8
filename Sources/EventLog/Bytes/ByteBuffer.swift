/// Growable bytes with readable padding after them.
///
/// Owned by one thread at a time.
final class ByteBuffer {
  /// Readable bytes after the capacity.
  static let padding = 64

  /// Bytes in use.
  private(set) var filled = 0
  /// Bytes there is room for.
  private(set) var capacity = 0
  private var storage = UnsafeMutableRawPointer.allocate(byteCount: ByteBuffer.padding, alignment: 64)

  deinit { storage.deallocate() }

  /// The first byte. At least ``padding`` readable bytes follow the last.
  var base: UnsafeRawPointer { UnsafeRawPointer(storage) }

  /// The bytes in use.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: storage, count: filled) }

  /// Empties it and makes room for `wanted` bytes, giving back what a long record once needed.
  func reset(capacity wanted: Int) {
    filled = 0
    guard wanted > capacity || capacity > 4 * max(wanted, 4096) else { return }
    storage.deallocate()
    allocate(wanted)
  }

  /// Makes room for `wanted` bytes in all, keeping what is in use.
  func grow(to wanted: Int) {
    guard wanted > capacity else { return }
    let old = storage
    allocate(wanted)
    storage.copyMemory(from: old, byteCount: filled)
    old.deallocate()
  }

  /// Appends what `source` writes into the free part, at most up to `limit` bytes in use. `false` if it wrote nothing.
  func fill<E: Error>(to limit: Int, from source: (UnsafeMutableRawBufferPointer) throws(E) -> Int) throws(E) -> Bool {
    let count = try source(UnsafeMutableRawBufferPointer(start: storage + filled, count: limit - filled))
    filled += count
    return count > 0
  }

  /// Appends bytes, for which there must be room.
  func append(_ bytes: UnsafeRawBufferPointer) {
    UnsafeMutableRawBufferPointer(start: storage + filled, count: capacity - filled).copyMemory(from: bytes)
    filled += bytes.count
  }

  /// Drops the first `count` bytes. O(bytes kept).
  func drop(_ count: Int) {
    filled -= count
    storage.copyMemory(from: storage + count, byteCount: filled)
  }

  /// Zeroes the padding after the bytes in use, so that scanning it never reads what was never written.
  func seal() { (storage + filled).initializeMemory(as: UInt8.self, repeating: 0, count: ByteBuffer.padding) }

  private func allocate(_ wanted: Int) {
    capacity = wanted
    storage = .allocate(byteCount: wanted + ByteBuffer.padding, alignment: 64)
  }
}
