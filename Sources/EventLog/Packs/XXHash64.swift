/// XXH64, the 64-bit hash of xxHash by Yann Collet, with seed 0: the checksums of packed logs. Any xxHash library
/// computes the same. It detects damage by accident, not on purpose.
enum XXHash64 {
  private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
  private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
  private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
  private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
  private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

  /// O(n), 32 bytes a step.
  static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    guard let base = bytes.baseAddress else { return finish(prime5, nil, 0, total: 0) }
    let count = bytes.count
    var offset = 0
    var state: UInt64
    if count >= 32 {
      var (a, b, c, d) = (prime1 &+ prime2, prime2, UInt64(0), 0 &- prime1)
      while offset &+ 32 <= count {
        a = round(a, word(base + offset))
        b = round(b, word(base + offset + 8))
        c = round(c, word(base + offset + 16))
        d = round(d, word(base + offset + 24))
        offset &+= 32
      }
      state = rotated(a, 1) &+ rotated(b, 7) &+ rotated(c, 12) &+ rotated(d, 18)
      for lane in [a, b, c, d] { state = (state ^ round(0, lane)) &* prime1 &+ prime4 }
    } else {
      state = prime5
    }
    return finish(state &+ UInt64(count), base + offset, count - offset, total: count)
  }

  private static func finish(_ start: UInt64, _ base: UnsafeRawPointer?, _ count: Int, total: Int) -> UInt64 {
    var state = start
    if let base {
      var offset = 0
      while offset &+ 8 <= count {
        state = rotated(state ^ round(0, word(base + offset)), 27) &* prime1 &+ prime4
        offset &+= 8
      }
      if offset &+ 4 <= count {
        let half = UInt64(UInt32(littleEndian: (base + offset).loadUnaligned(as: UInt32.self)))
        state = rotated(state ^ half &* prime1, 23) &* prime2 &+ prime3
        offset &+= 4
      }
      while offset < count {
        state = rotated(state ^ UInt64((base + offset).load(as: UInt8.self)) &* prime5, 11) &* prime1
        offset &+= 1
      }
    }
    state = (state ^ state >> 33) &* prime2
    state = (state ^ state >> 29) &* prime3
    return state ^ state >> 32
  }

  @inline(__always)
  private static func word(_ place: UnsafeRawPointer) -> UInt64 {
    UInt64(littleEndian: place.loadUnaligned(as: UInt64.self))
  }

  @inline(__always)
  private static func round(_ state: UInt64, _ word: UInt64) -> UInt64 {
    rotated(state &+ word &* prime2, 31) &* prime1
  }

  @inline(__always)
  private static func rotated(_ value: UInt64, _ by: UInt64) -> UInt64 { value << by | value >> (64 - by) }
}
