import EventModel

/// Numbers in the form of RFC 8785, with exact integers. The caller must have reserved room: 20 bytes for an integer,
/// 32 for a double.
extension CanonicalWriter {
  func putInteger(_ value: Int64) {
    if value < 0 { output.put(UInt8(ascii: "-")) }
    putDigits(value.magnitude)
  }

  private func putDigits(_ value: UInt64) {
    if value < 10 { return output.put(0x30 + UInt8(truncatingIfNeeded: value)) }
    var length = 2
    var bound: UInt64 = 100
    while value >= bound, length < 20 {
      length += 1
      bound = bound &* 10
    }
    var end = output.base + output.count + length
    var rest = value
    while rest >= 100 {
      end -= 2
      writePair(Int(truncatingIfNeeded: rest % 100), to: end)
      rest /= 100
    }
    if rest >= 10 {
      writePair(Int(truncatingIfNeeded: rest), to: end - 2)
    } else {
      (end - 1).storeBytes(of: 0x30 + UInt8(truncatingIfNeeded: rest), as: UInt8.self)
    }
    output.count += length
  }

  /// ECMAScript's Number::toString of a finite number.
  func putDouble(_ value: Double) {
    if value == 0 { return output.put(UInt8(ascii: "0")) }
    // A number of four decimal places below 10¹¹ has at most fifteen digits: then this decimal is the shortest one that
    // reads back as the same double.
    let scaled = value * 10_000
    if scaled.magnitude < 1e15, scaled == scaled.rounded(.towardZero), scaled / 10_000 == value {
      return putTenThousandths(Int64(scaled))
    }
    putShortest(value)
  }

  private func putTenThousandths(_ scaled: Int64) {
    if scaled < 0 { output.put(UInt8(ascii: "-")) }
    let (whole, fraction) = scaled.magnitude.quotientAndRemainder(dividingBy: 10_000)
    putDigits(whole)
    if fraction == 0 { return }
    output.put(UInt8(ascii: "."))
    let places = output.base + output.count
    writePair(Int(fraction / 100), to: places)
    writePair(Int(fraction % 100), to: places + 2)
    var length = 4
    while places.load(fromByteOffset: length - 1, as: UInt8.self) == 0x30 { length -= 1 }
    output.count += length
  }

  /// Takes the shortest digits from Swift's description and places point and exponent as ECMAScript does.
  private func putShortest(_ value: Double) {
    var digits: [UInt8] = []
    var point = 0
    var exponent = 0
    var sawPoint = false
    var text = value.magnitude.description
    text.withUTF8 { bytes in
      for (index, byte) in bytes.enumerated() {
        if byte == UInt8(ascii: "e") {
          exponent = Int(String(decoding: bytes[(index + 1)...], as: UTF8.self))!
          break
        }
        if byte == UInt8(ascii: ".") {
          sawPoint = true
        } else {
          digits.append(byte)
          if !sawPoint { point += 1 }
        }
      }
    }
    let leading = digits.prefix { $0 == 0x30 }.count
    digits.removeFirst(leading)
    while digits.last == 0x30 { digits.removeLast() }
    // The value is 0.d₁d₂… × 10^position.
    let position = point - leading + exponent
    if value < 0 { output.put(UInt8(ascii: "-")) }
    let count = digits.count
    if count <= position, position <= 21 {
      digits.withUnsafeBytes { output.put($0) }
      for _ in count..<position { output.put(UInt8(0x30)) }
    } else if position > 0, position <= 21 {
      digits[..<position].withUnsafeBytes { output.put($0) }
      output.put(UInt8(ascii: "."))
      digits[position...].withUnsafeBytes { output.put($0) }
    } else if position > -6, position <= 0 {
      output.put(UInt8(ascii: "0"))
      output.put(UInt8(ascii: "."))
      for _ in position..<0 { output.put(UInt8(0x30)) }
      digits.withUnsafeBytes { output.put($0) }
    } else {
      output.put(digits[0])
      if count > 1 {
        output.put(UInt8(ascii: "."))
        digits[1...].withUnsafeBytes { output.put($0) }
      }
      output.put(UInt8(ascii: "e"))
      output.put(position > 0 ? UInt8(ascii: "+") : UInt8(ascii: "-"))
      putDigits(UInt64(abs(position - 1)))
    }
  }
}
