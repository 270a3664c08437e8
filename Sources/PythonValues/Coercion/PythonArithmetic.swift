import CUnicodeData
import Folding
import Platform

/// Python's `round(x, places)` for 0 to 6 places: correctly rounded on the exact binary value, exact
/// ties to even (2.675 → 2.67, 0.03125 at 4 → 0.0312). Keeps the sign of zero; NaN and infinities
/// pass through (values.md: clamp, round, sum).
///
/// O(1), a few nanoseconds; values with a fraction above 2^51 / 10^places go through the C library's
/// exact decimal output instead, about a microsecond.
public func roundToEven(_ value: Double, places: Int) -> Double {
  precondition(places >= 0 && places <= 6)
  // An integer, as every double from 2^52 up is. NaN is none.
  if value.rounded(.towardZero) == value { return value }
  guard value.magnitude < 0x1p52 else { return value }
  let scale = powersOfTen[places]
  let scaled = value * scale
  guard scaled.magnitude < 0x1p51 else { return roundByLibrary(value, places: places) }
  var units = scaled.rounded(.toNearestOrEven)
  let rest = scaled - units
  // The distance to the nearest integer is a multiple of the unit in the last place of `scaled`,
  // whose rounding error is half of that at most: below one half it stays below.
  if rest.magnitude == 0.5 {
    let error = fma(value, scale, -scaled)
    if rest > 0 && error > 0 { units += 1 }
    if rest < 0 && error < 0 { units -= 1 }
  }
  // An integer below 2^53 over an exact power of ten: the quotient is the double nearest the decimal.
  return units / scale
}

/// The same by way of decimal text, for any finite value: glibc prints the exact value correctly
/// rounded, ties to even, and reads it back correctly rounded.
private func roundByLibrary(_ value: Double, places: Int) -> Double {
  if value == value.rounded(.towardZero) { return value }
  return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
    guard let base = buffer.baseAddress else { return value }
    let written = withVaList([Int32(places), value]) { vsnprintf(base, 64, "%.*f", $0) }
    return written > 0 && written < 64 ? strtod(base, nil) : value
  }
}

/// Python's `round(x)` to an integer, left as a double: 2.5 → 2, 3.5 → 4. NaN and infinities, on
/// which Python raises, pass through.
public func roundToEvenInteger(_ value: Double) -> Double { value.rounded(.toNearestOrEven) }

/// `max(lo, min(hi, x))` as Python evaluates it: each keeps its first argument unless the second is
/// strictly better, so NaN gives `hi`.
public func clamp(_ x: Double, _ lo: Double, _ hi: Double) -> Double {
  let upper = x < hi ? x : hi
  return upper > lo ? upper : lo
}

/// `d ** 2` as CPython computes it: the C library's `pow(d, 2)`, which need not be `d * d`.
/// May be infinite.
///
/// The library's error is below 0.54 units in the last place of the exact square (glibc, e_pow.c), so where `d * d` is
/// within 0.45 of them every other double is too far away. O(1), a tenth of the library's time.
public func squared(_ d: Double) -> Double {
  let product = d * d
  // Squares between these have all their neighbours one unit away: no subnormals, no overflow, no power of two.
  if product > 0x1p-900, product < 0x1p1000, product.significandBitPattern != 0,
    fma(d, d, -product).magnitude < product.ulp * 0.45
  {
    return product
  }
  return cud_pow_two(d)
}

/// The sum of doubles as Python 3.12's `sum` takes it: Neumaier's compensated summation
/// (A. Neumaier 1974). Depends on the order of the terms; the empty sum is 0.
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

  /// The running sum with its compensation, the plain sum where that is zero or not finite.
  public var value: Double {
    compensation != 0 && compensation.isFinite ? sum + compensation : sum
  }
}
