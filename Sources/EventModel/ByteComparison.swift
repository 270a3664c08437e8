import Platform

extension UnsafeRawBufferPointer {
  /// Whether these bytes equal the other's. O(n), without a call for short ones.
  @inlinable @inline(__always)
  public func equals(_ other: UnsafeRawBufferPointer) -> Bool {
    guard count == other.count else { return false }
    guard count > 0, let a = baseAddress, let b = other.baseAddress else { return true }
    return count > 64 ? byteOrder(a, b, count) == 0 : areEqual(a, b, count)
  }

  /// Whether these bytes equal the array's.
  @inlinable @inline(__always)
  public func equals(_ other: [UInt8]) -> Bool { other.withUnsafeBytes { equals($0) } }

  /// Whether these bytes equal the literal's.
  @inlinable @inline(__always)
  public func equals(_ literal: StaticString) -> Bool {
    count == literal.utf8CodeUnitCount && (count == 0 || areEqual(baseAddress!, literal.utf8Start, count))
  }

  /// Negative if these bytes come before the other's, zero if they are equal, positive if they come after. The first
  /// byte that differs decides; if there is none, the shorter comes first. O(n).
  @inlinable @inline(__always)
  public func order(to other: UnsafeRawBufferPointer) -> Int {
    let shared = Swift.min(count, other.count)
    if shared > 0 {
      let order = byteOrder(baseAddress!, other.baseAddress!, shared)
      if order != 0 { return order }
    }
    return count - other.count
  }

  /// The same, for an array's bytes.
  @inlinable @inline(__always)
  public func order(to other: [UInt8]) -> Int { other.withUnsafeBytes { order(to: $0) } }
}

/// Negative if the first `count` bytes of `a` come before those of `b`, zero if they are equal, else positive. O(n).
@inlinable @inline(__always)
public func byteOrder(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ count: Int) -> Int { Int(memcmp(a, b, count)) }

/// Whether two texts of `count` bytes are equal. O(n), eight bytes a step, without a call for short ones.
@inlinable @inline(__always)
public func areEqual(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ count: Int) -> Bool {
  if count >= 8 {
    var offset = 0
    while offset + 8 < count {
      if a.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        != b.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      {
        return false
      }
      offset += 8
    }
    // The last eight bytes, which may overlap the previous ones.
    return a.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
      == b.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
  }
  return ContentHash.tail(a, count) == ContentHash.tail(b, count)
}
