/// A seeded stream of random numbers: xoshiro256++ (Blackman and Vigna), with its state filled by SplitMix64. Only
/// integer arithmetic, so the same seed gives the same stream on every machine.
struct RandomSource {
  private var a: UInt64
  private var b: UInt64
  private var c: UInt64
  private var d: UInt64

  /// The stream of one user of one log. Streams of different users are unrelated, and user k's does not depend on the
  /// number of users.
  init(seed: UInt64, stream: UInt64) {
    var state = mixed(seed) ^ mixed(stream &* 0xD1B5_4A32_D192_ED03 &+ 0x8CB9_2BA7_2F3D_8DD7)
    func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      return mixed(state)
    }
    a = next()
    b = next()
    c = next()
    d = next()
  }

  /// 64 uniform bits.
  @inline(__always)
  mutating func word() -> UInt64 {
    let sum = a &+ d
    let result = (sum << 23 | sum >> 41) &+ a
    let shifted = b << 17
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = d << 45 | d >> 19
    return result
  }

  /// Uniform in 0 ..< bound, for a bound up to 2³²; the bias is below bound/2⁶⁴.
  @inline(__always)
  mutating func below(_ bound: Int) -> Int {
    Int(truncatingIfNeeded: word().multipliedFullWidth(by: UInt64(truncatingIfNeeded: bound)).high)
  }

  /// Uniform in a closed range of integers.
  @inline(__always)
  mutating func from(_ low: Int, _ high: Int) -> Int { low + below(high - low + 1) }

  /// True in `percent` of 100 cases.
  @inline(__always)
  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

  /// One of some texts, chosen uniformly.
  @inline(__always)
  mutating func pick(_ words: [StaticString]) -> StaticString { words[below(words.count)] }

  /// The index of a weight, drawn with a probability proportional to it. O(n).
  mutating func weighted(_ weights: [Int], total: Int) -> Int {
    var rest = below(total)
    for (index, weight) in weights.enumerated() {
      if rest < weight { return index }
      rest -= weight
    }
    return weights.count - 1
  }
}

/// The finaliser of SplitMix64: a bijection of 64 bits that spreads every input bit over all.
@inline(__always)
func mixed(_ value: UInt64) -> UInt64 {
  var z = value
  z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
  return z ^ z >> 31
}
