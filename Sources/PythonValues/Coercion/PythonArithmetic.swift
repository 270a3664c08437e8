import CUnicodeData
import Folding
import Platform

/// Python's `round(x, places)` for 0 to 6 places: correctly rounded on the exact binary value, exact ties to even
/// (2.675 → 2.67, 0.03125 at 4 → 0.0312). Keeps the sign of zero. Returns NaN and infinities unchanged (values.md:
/// clamp, round, sum).
///
/// O(1), a few nanoseconds. Values above 2^51 / 10^places that have a fraction go through the exact decimal output of
/// the C library, which takes about a microsecond.
public func roundToEven(_ value: Double, places: Int) -> Double {
  precondition(places >= 0 && places <= 6)
  // The value is an integer, as every double from 2^52 up is. NaN fails this test and returns at the next.
  if value.rounded(.towardZero) == value { return value }
  guard value.magnitude < 0x1p52 else { return value }
  let scale = powersOfTen[places]
  let scaled = value * scale
  guard scaled.magnitude < 0x1p51 else { return roundByLibrary(value, places: places) }
  var units = scaled.rounded(.toNearestOrEven)
  let rest = scaled - units
  // The distance to the nearest integer is a multiple of the unit in the last place of `scaled`. The rounding error of
  // `scaled` is at most half of that unit. So if the distance is below one half, the exact distance is too.
  if rest.magnitude == 0.5 {
    let error = fma(value, scale, -scaled)
    if rest > 0 && error > 0 { units += 1 }
    if rest < 0 && error < 0 { units -= 1 }
  }
  // This divides an integer below 2^53 by an exact power of ten, so the quotient is the double nearest to the decimal.
  return units / scale
}

/// Rounds any finite value by way of decimal text: glibc prints the exact value correctly rounded, ties to even, and
/// reads it back correctly rounded.
private func roundByLibrary(_ value: Double, places: Int) -> Double {
  if value == value.rounded(.towardZero) { return value }
  return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
    guard let base = buffer.baseAddress else { return value }
    let written = withVaList([Int32(places), value]) { vsnprintf(base, 64, "%.*f", $0) }
    return written > 0 && written < 64 ? strtod(base, nil) : value
  }
}

/// Python's `round(x)` to an integer, as a double: 2.5 → 2, 3.5 → 4. Returns NaN and infinities unchanged, where Python
/// raises.
public func roundToEvenInteger(_ value: Double) -> Double { value.rounded(.toNearestOrEven) }

/// `max(lo, min(hi, x))` as Python evaluates it: `max` and `min` return their first argument unless the second is
/// strictly greater or less, so NaN gives `hi`.
public func clamp(_ x: Double, _ lo: Double, _ hi: Double) -> Double {
  let upper = x < hi ? x : hi
  return upper > lo ? upper : lo
}

/// `d ** 2` as CPython computes it: the C library's `pow(d, 2)`, which can differ from `d * d`. Can be infinite.
///
/// The error of the library is below 0.54 units in the last place of the exact square (glibc, e_pow.c). So if `d * d`
/// is within 0.45 units of it, every other double is too far away to be the result. O(1), a tenth of the library's
/// time.
public func squared(_ d: Double) -> Double {
  let product = d * d
  // Both neighbours of such a square are one unit away: it is not subnormal, not a power of two, and does not overflow.
  if product > 0x1p-900, product < 0x1p1000, product.significandBitPattern != 0,
    fma(d, d, -product).magnitude < product.ulp * 0.45
  {
    return product
  }
  return cud_pow_two(d)
}

/// The sum of doubles as `sum` of Python 3.12 computes it: Neumaier's compensated summation (A. Neumaier 1974). Depends
/// on the order of the terms. The empty sum is 0.
public struct NeumaierSum: Sendable {
  private var sum = 0.0
  private var compensation = 0.0

  public init() {}

  /// Adds a term. O(1).
  public mutating func add(_ x: Double) {
    let total = sum + x
    if sum.magnitude >= x.magnitude {
      compensation += (sum - total) + x
    } else {
      compensation += (x - total) + sum
    }
    sum = total
  }

  /// The sum plus its compensation; the sum alone if the compensation is zero or not finite.
  public var value: Double {
    compensation != 0 && compensation.isFinite ? sum + compensation : sum
  }
}
