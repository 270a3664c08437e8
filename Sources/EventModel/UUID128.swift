import CBytes

/// A UUID as its 16 bytes, big-endian in two words, so that `<` is the order of the bytes:
/// the order in which PostgreSQL compares `uuid` and in which the fold breaks timestamp ties.
public struct UUID128: Hashable, Sendable, Comparable, BitwiseCopyable {
  public var high: UInt64
  public var low: UInt64

  @inlinable @inline(__always) public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  @inlinable @inline(__always) public static func < (a: UUID128, b: UUID128) -> Bool {
    a.high == b.high ? a.low < b.low : a.high < b.high
  }

  @inlinable @inline(__always) public static func == (a: UUID128, b: UUID128) -> Bool {
    a.high == b.high && a.low == b.low
  }
}

/// The id of a user: `users.id`.
public typealias UserID = UUID128
/// The id of an event: `events.id`.
public typealias EventID = UUID128

extension UUID128 {
  /// Reads the hyphenated form (8-4-4-4-12 hex digits, either case) with nothing around it.
  ///
  /// `nil` for everything else, the form without hyphens included. O(1).
  @inlinable @inline(__always)
  public init?(_ text: UnsafeRawBufferPointer) {
    guard text.count == 36, let base = text.baseAddress else { return nil }
    guard
      base.load(fromByteOffset: 8, as: UInt8.self) == 0x2D,
      base.load(fromByteOffset: 13, as: UInt8.self) == 0x2D,
      base.load(fromByteOffset: 18, as: UInt8.self) == 0x2D,
      base.load(fromByteOffset: 23, as: UInt8.self) == 0x2D
    else { return nil }
    let bytes = refold_read_uuid(base.assumingMemoryBound(to: UInt8.self))
    guard bytes.is_valid else { return nil }
    self.init(high: UInt64(bigEndian: bytes.first), low: UInt64(bigEndian: bytes.second))
  }

  /// The same, from a Swift string.
  public init?(_ text: String) {
    var copy = text
    guard let id = copy.withUTF8({ UUID128(UnsafeRawBufferPointer($0)) }) else { return nil }
    self = id
  }

  /// Number of bytes that ``writeText(to:)`` writes.
  public static var textBytes: Int { 36 }

  /// Writes the lower-case hyphenated form.
  public func writeText(to base: UnsafeMutableRawPointer) {
    base.storeBytes(of: hexText(high >> 32), as: UInt64.self)
    let middle = hexText(high & 0xFFFF_FFFF)
    base.storeBytes(of: 0x2D, toByteOffset: 8, as: UInt8.self)
    base.storeBytes(of: UInt32(truncatingIfNeeded: middle), toByteOffset: 9, as: UInt32.self)
    base.storeBytes(of: 0x2D, toByteOffset: 13, as: UInt8.self)
    base.storeBytes(of: UInt32(truncatingIfNeeded: middle >> 32), toByteOffset: 14, as: UInt32.self)
    let next = hexText(low >> 32)
    base.storeBytes(of: 0x2D, toByteOffset: 18, as: UInt8.self)
    base.storeBytes(of: UInt32(truncatingIfNeeded: next), toByteOffset: 19, as: UInt32.self)
    base.storeBytes(of: 0x2D, toByteOffset: 23, as: UInt8.self)
    base.storeBytes(of: UInt32(truncatingIfNeeded: next >> 32), toByteOffset: 24, as: UInt32.self)
    base.storeBytes(of: hexText(low & 0xFFFF_FFFF), toByteOffset: 28, as: UInt64.self)
  }

  /// Appends the lower-case hyphenated form, 36 bytes.
  public func append(to bytes: inout [UInt8]) {
    withUnsafeTemporaryAllocation(byteCount: UUID128.textBytes, alignment: 8) { text in
      guard let base = text.baseAddress else { return }
      writeText(to: base)
      bytes.append(contentsOf: UnsafeRawBufferPointer(text))
    }
  }
}

extension UUID128: CustomStringConvertible {
  /// The lower-case hyphenated form.
  public var description: String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(36)
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Eight hex digits of 32 bits as text, the first in the lowest byte.
@inline(__always)
private func hexText(_ value: UInt64) -> UInt64 {
  // Puts the four bytes in order, then each nibble into a byte of its own, the high one first.
  let words = (value << 32 | value >> 16) & 0x0000_FFFF_0000_FFFF
  let bytes = (words << 16 | words >> 8) & 0x00FF_00FF_00FF_00FF
  let nibbles = (bytes >> 4 & 0x000F_000F_000F_000F) | (bytes & 0x000F_000F_000F_000F) << 8
  // 1 in each byte of ten or more: those digits are letters.
  let letters = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
  return nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
}
