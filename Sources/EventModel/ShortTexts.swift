/// Copies `count` bytes to memory that does not overlap them. O(n), without a call for short texts.
@inlinable @inline(__always)
public func copyBytes(_ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, count: Int) {
  if count > 64 { return target.copyMemory(from: source, byteCount: count) }
  if count >= 8 {
    var offset = 0
    while offset + 8 < count {
      target.storeBytes(
        of: source.loadUnaligned(fromByteOffset: offset, as: UInt64.self), toByteOffset: offset, as: UInt64.self)
      offset += 8
    }
    // The last eight bytes, which may overlap the previous ones.
    target.storeBytes(
      of: source.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self), toByteOffset: count - 8, as: UInt64.self)
  } else if count >= 4 {
    let head = source.loadUnaligned(as: UInt32.self)
    let tail = source.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)
    target.storeBytes(of: head, as: UInt32.self)
    target.storeBytes(of: tail, toByteOffset: count - 4, as: UInt32.self)
  } else {
    for offset in 0..<count {
      target.storeBytes(of: source.load(fromByteOffset: offset, as: UInt8.self), toByteOffset: offset, as: UInt8.self)
    }
  }
}
