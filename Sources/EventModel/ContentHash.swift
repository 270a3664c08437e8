/// A 64-bit fingerprint of content, the same whatever export the content came from.
///
/// Decides whether two lines with one event id are the same event, and feeds the manifest's digest of the event set.
/// Built from full-width multiplications as in the wyhash family. Two different contents agree by accident with a
/// probability of about 2⁻⁶⁴. It does not protect against constructed collisions.
public struct ContentHash: Hashable, Sendable, BitwiseCopyable {
  public var state: UInt64

  /// A fresh state; `seed` keeps kinds of content apart.
  @inlinable @inline(__always)
  public init(seed: UInt64) { state = 0x9E37_79B9_7F4A_7C15 &* (seed &+ 1) }

  @inlinable @inline(__always)
  public init(state: UInt64) { self.state = state }

  /// Mixes in two words; their order matters.
  @inlinable @inline(__always)
  public mutating func mix(_ x: UInt64, _ y: UInt64) {
    let product = (x ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(by: y ^ state)
    // The rotated state preserves what a zero factor would wipe out.
    state = product.high ^ product.low ^ (state << 23 | state >> 41)
  }

  /// A prepared ``ContentHash/mix(_:_:)``: the state and the second word are known, and many first words can be mixed
  /// in.
  public struct BeforeWord: BitwiseCopyable, Sendable {
    @usableFromInline let factor: UInt64
    @usableFromInline let rotated: UInt64

    /// - Parameter second: the second word.
    @inlinable @inline(__always)
    public init(_ hash: ContentHash, _ second: UInt64) {
      factor = second ^ hash.state
      rotated = hash.state << 23 | hash.state >> 41
    }

    /// The result of ``ContentHash/mix(_:_:)`` with `first` and the second word.
    @inlinable @inline(__always)
    public func mixing(_ first: UInt64) -> ContentHash {
      let product = (first ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(by: factor)
      return ContentHash(state: product.high ^ product.low ^ rotated)
    }
  }

  /// Mixes in bytes and their number. O(n), sixteen bytes a step.
  @inlinable @inline(__always)
  public mutating func mix(_ bytes: UnsafeRawBufferPointer) {
    let count = bytes.count
    guard count > 0, let base = bytes.baseAddress else { return mix(0, 0x5C) }
    var offset = 0
    while offset &+ 16 <= count {
      mix(
        base.loadUnaligned(fromByteOffset: offset, as: UInt64.self),
        base.loadUnaligned(fromByteOffset: offset &+ 8, as: UInt64.self))
      offset &+= 16
    }
    var x: UInt64 = 0
    var y: UInt64 = 0
    let rest = count &- offset
    if rest >= 8 {
      x = base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      y = ContentHash.tail(base + offset + 8, rest &- 8)
    } else {
      x = ContentHash.tail(base + offset, rest)
    }
    mix(x, y ^ UInt64(truncatingIfNeeded: count) << 56)
    if count > 255 { mix(UInt64(truncatingIfNeeded: count), 0x5C) }
  }

  /// The last 0–7 bytes as a word.
  @inlinable @inline(__always)
  public static func tail(_ base: UnsafeRawPointer, _ count: Int) -> UInt64 {
    if count >= 4 {
      let low = UInt64(base.loadUnaligned(as: UInt32.self))
      let high = UInt64(base.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self))
      return low | high << 32
    }
    if count == 0 { return 0 }
    let first = UInt64(base.load(as: UInt8.self))
    let middle = UInt64(base.load(fromByteOffset: count >> 1, as: UInt8.self))
    let last = UInt64(base.load(fromByteOffset: count &- 1, as: UInt8.self))
    return first | middle << 8 | last << 16
  }

  /// Adds another hash; the order of additions does not matter.
  @inlinable @inline(__always)
  public mutating func add(_ other: ContentHash) {
    state &+= other.state
  }
}
