import Reporting

/// The sum of `EXTRACT(EPOCH FROM interval) / 60.0` over intervals, and the average and maximum after `ROUND(…, 2)`.
/// The results are those of PostgreSQL 14 and later, digit for digit, computed in integers.
///
/// PostgreSQL's `EXTRACT` returns a `numeric` with six digits after the point. Each division rounds its quotient, half
/// away from zero, to a scale that gives at least sixteen significant digits (`select_div_scale` in PostgreSQL's
/// numeric.c). The sum is exact; the average is one more such division. Adding is O(1).
package struct MinuteSum {
  package private(set) var count = 0
  /// Whole minutes, and the rest in units of 10⁻²⁴ minutes; both signed.
  private var whole: Int64 = 0
  private var rest: Int128 = 0
  /// The largest scale (number of digits after the point) of the summands.
  private var scale = 0
  private var largest: Int64?

  package init() {}

  package mutating func add(microseconds: Int64) {
    let value = microseconds == 0 ? MinuteSum.zero : MinuteSum.quotient(microseconds)
    whole += value.whole
    rest += value.rest
    scale = max(scale, value.scale)
    count += 1
    largest = max(largest ?? .min, microseconds)
  }

  /// Adds the summands of another sum.
  package mutating func add(_ other: MinuteSum) {
    whole += other.whole
    rest += other.rest
    scale = max(scale, other.scale)
    count += other.count
    if let theirs = other.largest { largest = max(largest ?? .min, theirs) }
  }

  /// `ROUND(AVG(x)::numeric, 2)`; `nil`, for NULL, without summands.
  package var average: Minutes? {
    if count == 0 { return nil }
    let unit = MinuteSum.unit
    var (whole, rest) = (whole + Int64(rest / unit), rest % unit)
    if whole > 0, rest < 0 { (whole, rest) = (whole - 1, rest + unit) }
    if whole < 0, rest > 0 { (whole, rest) = (whole + 1, rest - unit) }
    let isNegative = whole < 0 || rest < 0
    let (minutes, fraction) = (UInt128(whole.magnitude), rest.magnitude)
    let sum = minutes > 0 ? Lead(minutes, groupsAfterPoint: 0) : Lead(fraction, groupsAfterPoint: 6)
    let divisor = UInt128(count)
    let digits = min(max(MinuteSum.scale(of: sum, by: Lead(divisor, groupsAfterPoint: 0)), scale), 24)
    // If the scale exceeds 24 digits, the quotient is below 10⁻⁸ and rounds to 0.00.
    let numerator = minutes % divisor * UInt128(unit) + fraction
    let quotient = MinuteSum.halfUp(numerator, divisor * MinuteSum.power(24 - digits))
    return MinuteSum.hundredths(minutes / divisor, quotient, digits, isNegative)
  }

  /// `ROUND(MAX(x)::numeric, 2)`.
  package var maximum: Minutes? { largest.map(MinuteSum.minutes) }

  /// `ROUND(x, 2)` for one interval.
  package static func minutes(_ microseconds: Int64) -> Minutes {
    let value = quotient(microseconds)
    return hundredths(
      UInt128(value.whole.magnitude), value.rest.magnitude / power(24 - value.scale), value.scale, microseconds < 0)
  }

  // MARK: Numeric

  /// One minute in units of the sums.
  private static let unit = Int128(power(24))

  /// The first base-10,000 digit of a `numeric`, and its power of 10,000.
  private struct Lead {
    var digit: UInt128 = 0
    var weight = 0

    init(_ value: UInt128, groupsAfterPoint: Int) {
      if value == 0 { return }
      digit = value
      weight = -groupsAfterPoint
      while digit >= 10_000 {
        digit /= 10_000
        weight += 1
      }
    }
  }

  /// The scale of a quotient, before the scales of the operands are considered.
  private static func scale(of dividend: Lead, by divisor: Lead) -> Int {
    16 - (dividend.weight - divisor.weight - (dividend.digit <= divisor.digit ? 1 : 0)) * 4
  }

  /// Microseconds as seconds with six digits, divided by 60.0.
  private static func quotient(_ microseconds: Int64) -> (whole: Int64, rest: Int128, scale: Int) {
    // Eight digits after the point are two base-10,000 digits.
    let seconds = Lead(UInt128(microseconds.magnitude) * 100, groupsAfterPoint: 2)
    let digits = max(scale(of: seconds, by: Lead(60, groupsAfterPoint: 0)), 6)
    let fraction = halfUp(UInt128(microseconds.magnitude % 60_000_000) * power(digits), 60_000_000)
    let rest = Int128(fraction * power(24 - digits))
    return (microseconds / 60_000_000, microseconds < 0 ? -rest : rest, digits)
  }

  /// The age of every rebuilt row is zero.
  private static let zero = quotient(0)

  private static func hundredths(
    _ whole: UInt128, _ fraction: UInt128, _ digits: Int, _ isNegative: Bool
  ) -> Minutes {
    let value = Int64(whole * 100 + halfUp(fraction, power(digits - 2)))
    return Minutes(hundredths: isNegative ? -value : value)
  }

  private static func halfUp(_ a: UInt128, _ b: UInt128) -> UInt128 { (2 * a + b) / (2 * b) }

  private static func power(_ exponent: Int) -> UInt128 { (0..<exponent).reduce(1) { power, _ in power * 10 } }
}
