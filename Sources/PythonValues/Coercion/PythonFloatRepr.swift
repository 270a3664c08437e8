import Folding

/// 10^0 … 10^22: the powers of ten that are exact as doubles, from 1 up.
public let powersOfTen: [Double] = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
]

extension PythonFloat {
  /// Appends `repr(float)`: the shortest decimal that reads back as the value; among several, the nearest to it.
  ///
  /// From 1e-4 to below 1e16 it is positional, with at least one digit after the point; otherwise `d[.ddd]e±XX` with at
  /// least two exponent digits. Special values are `0.0`, `-0.0`, `inf`, `-inf` and `nan`. O(1).
  public static func appendRepr(_ value: Double, to bytes: inout [UInt8]) {
    if value.isNaN {
      bytes.append(contentsOf: [0x6E, 0x61, 0x6E])
      return
    }
    if value.sign == .minus { bytes.append(ASCII.minus) }
    let magnitude = value.magnitude
    if magnitude.isInfinite {
      bytes.append(contentsOf: [0x69, 0x6E, 0x66])
    } else if magnitude == 0 {
      bytes.append(contentsOf: [0x30, 0x2E, 0x30])
    } else if !appendShortPositional(magnitude, to: &bytes) {
      appendShortest(magnitude, to: &bytes)
    }
  }

  /// Appends a value that is a decimal of at most 15 significant digits, at most four of them after the point. For
  /// other values it returns `false` and appends nothing.
  ///
  /// Two different decimals of at most 15 digits never read as the same double. So if such a decimal reads as the
  /// value, it is the shortest, once its trailing zeros are removed.
  private static func appendShortPositional(_ magnitude: Double, to bytes: inout [UInt8]) -> Bool {
    guard magnitude >= 1e-4, magnitude < 1e11 else { return false }
    let scaled = (magnitude * 1e4).rounded()
    guard scaled < 1e15, scaled / 1e4 == magnitude else { return false }
    let units = UInt64(scaled)
    appendDecimal(units / 10_000, to: &bytes)
    bytes.append(ASCII.point)
    var fraction = units % 10_000
    var place: UInt64 = 1000
    repeat {
      bytes.append(ASCII.zero + UInt8(fraction / place))
      fraction %= place
      place /= 10
    } while fraction > 0
    return true
  }

  /// Appends a number in decimal.
  private static func appendDecimal(_ value: UInt64, to bytes: inout [UInt8]) {
    var divisor: UInt64 = 1
    while value / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
      bytes.append(ASCII.zero + UInt8(value / divisor % 10))
      divisor /= 10
    }
  }

  /// Takes the digits from Swift's description, which is also the shortest and nearest decimal, and writes them in
  /// Python's form. Only for positive finite values.
  private static func appendShortest(_ magnitude: Double, to bytes: inout [UInt8]) {
    var digits: [UInt8] = []
    digits.reserveCapacity(24)
    // The value is 0.d₁d₂d₃… · 10^pointAt.
    var pointAt = 0
    var exponent = 0
    var state = 0  // 0 before the point, 1 after it, 2 exponent, 3 negative exponent
    for byte in magnitude.description.utf8 {
      switch byte {
      case ASCII.point: state = 1
      case 0x65: state = 2
      case ASCII.plus: break
      case ASCII.minus: state = 3
      default:
        let digit = byte - ASCII.zero
        if state >= 2 {
          exponent = exponent * 10 + Int(digit)
        } else {
          let leadingZero = digit == 0 && digits.isEmpty
          if !leadingZero { digits.append(byte) }
          if state == 0 && !leadingZero { pointAt += 1 }
          if state == 1 && leadingZero { pointAt -= 1 }
        }
      }
    }
    pointAt += state == 3 ? -exponent : exponent
    while digits.count > 1, digits.last == ASCII.zero { digits.removeLast() }
    appendPythonForm(digits, pointAt: pointAt, to: &bytes)
  }

  /// Appends 0.`digits` · 10^`pointAt`. The digits are ASCII; the first and the last are not zero.
  private static func appendPythonForm(_ digits: [UInt8], pointAt: Int, to bytes: inout [UInt8]) {
    if pointAt > 16 || pointAt < -3 {
      bytes.append(digits[0])
      if digits.count > 1 {
        bytes.append(ASCII.point)
        bytes.append(contentsOf: digits[1...])
      }
      let exponent = pointAt - 1
      bytes.append(0x65)
      bytes.append(exponent < 0 ? ASCII.minus : ASCII.plus)
      if exponent.magnitude < 10 { bytes.append(ASCII.zero) }
      appendDecimal(UInt64(exponent.magnitude), to: &bytes)
      return
    }
    if pointAt <= 0 {
      bytes.append(contentsOf: [ASCII.zero, ASCII.point])
      bytes.append(contentsOf: repeatElement(ASCII.zero, count: -pointAt))
      bytes.append(contentsOf: digits)
      return
    }
    for index in 0..<max(pointAt, digits.count) {
      if index == pointAt { bytes.append(ASCII.point) }
      bytes.append(index < digits.count ? digits[index] : ASCII.zero)
    }
    if digits.count <= pointAt { bytes.append(contentsOf: [ASCII.point, ASCII.zero]) }
  }
}
