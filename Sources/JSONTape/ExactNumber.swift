import Platform

/// A JSON number as PostgreSQL's `numeric` would print it: the exponent is applied, the number of digits after the
/// point is max(0, written fraction digits − exponent), and zero has no sign.
///
/// A number without digits after the point is an integer of any size, any other is an IEEE double. Source: the
/// contract's page on values. The bounds are from PostgreSQL's documentation, "Arbitrary Precision Numbers" (131,072
/// digits before the point, 16,383 after).
struct ExactNumber {
  enum Value {
    case integer(Int64)
    case double(Double)
    /// `-` and digits without leading zeros, beyond 64 bits.
    case bigInteger([UInt8])
  }

  private var negative = false
  private var integerDigits = 0..<0
  private var fractionDigits = 0..<0
  private var exponent = 0

  static let maxIntegerDigits = 131_072
  static let maxFractionDigits = 16_383

  /// Scans a number in JSON's grammar and leaves `position` after it.
  init(scanning input: UnsafeRawBufferPointer, at position: inout Int) throws(JSONFault) {
    let start = position
    func digits() -> Range<Int> {
      let first = position
      while position < input.count, input[position] &- 0x30 < 10 { position += 1 }
      return first - start..<position - start
    }
    func take(_ bytes: UInt8...) -> UInt8? {
      guard position < input.count, bytes.contains(input[position]) else { return nil }
      defer { position += 1 }
      return input[position]
    }
    negative = take(UInt8(ascii: "-")) != nil
    integerDigits = digits()
    if integerDigits.isEmpty { throw JSONFault("not JSON: a number without digits") }
    if integerDigits.count > 1, input[start + integerDigits.lowerBound] == 0x30 {
      throw JSONFault("not JSON: a number with a leading zero")
    }
    if take(UInt8(ascii: ".")) != nil {
      fractionDigits = digits()
      if fractionDigits.isEmpty { throw JSONFault("not JSON: a number that ends with its decimal point") }
    }
    if take(UInt8(ascii: "e"), UInt8(ascii: "E")) != nil {
      let sign = take(UInt8(ascii: "+"), UInt8(ascii: "-"))
      let written = digits()
      if written.isEmpty { throw JSONFault("not JSON: an exponent without digits") }
      for index in written {
        // Saturates: anything above a million is out of bounds anyway.
        exponent = min(exponent * 10 + Int(input[start + index] - 0x30), 1_000_000_000)
      }
      if sign == UInt8(ascii: "-") { exponent = -exponent }
    }
  }

  /// The value. `text` is the scanned text.
  func value(in text: UnsafeRawBufferPointer) throws(JSONFault) -> Value {
    let significant = significantDigits(text)
    let scale = max(0, fractionDigits.count - exponent)
    if scale > ExactNumber.maxFractionDigits { throw ExactNumber.outOfRange }
    let integerCount = significant.isEmpty ? 0 : significant.count + exponent - fractionDigits.count
    if integerCount > ExactNumber.maxIntegerDigits { throw ExactNumber.outOfRange }
    if scale > 0 {
      if significant.isEmpty { return .double(0) }
      let value = String(decoding: text, as: UTF8.self).withCString { strtod($0, nil) }
      return .double(value == 0 ? 0 : value)
    }
    if significant.isEmpty { return .integer(0) }
    var digits: [UInt8] = negative ? [UInt8(ascii: "-")] : []
    digits.append(contentsOf: significant)
    digits.append(contentsOf: repeatElement(0x30, count: integerCount - significant.count))
    if digits.count <= 20, let value = Int64(String(decoding: digits, as: UTF8.self)) { return .integer(value) }
    return .bigInteger(digits)
  }

  /// All written digits, without leading zeros.
  private func significantDigits(_ text: UnsafeRawBufferPointer) -> [UInt8] {
    let all = Array(text[integerDigits]) + Array(text[fractionDigits])
    return Array(all.drop { $0 == 0x30 })
  }

  static let outOfRange = JSONFault(
    "a number beyond numeric (131,072 digits before the point, 16,383 after)")
}
