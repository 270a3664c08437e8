import EventModel

/// Writes canonical JSON: keys ordered by UTF-16 code units and numbers in ECMAScript's form, as in
/// RFC 8785, but integers of any size exact. Equal values give equal bytes.
///
/// Whoever writes an object member by member gives the keys in that order.
public struct CanonicalWriter {
  public let output: ByteArena
  /// Whether NaN or an infinity was written (as `null`): JSON has none.
  public var sawNotFinite = false
  private var needsComma = false

  public init(output: ByteArena) { self.output = output }

  /// Begins a new document behind what was written before.
  public mutating func beginDocument() {
    needsComma = false
    sawNotFinite = false
  }

  // MARK: Structure

  @inline(__always) public mutating func beginObject() { begin(0x7B) }
  @inline(__always) public mutating func endObject() { end(0x7D) }
  @inline(__always) public mutating func beginArray() { begin(0x5B) }
  @inline(__always) public mutating func endArray() { end(0x5D) }

  private mutating func begin(_ byte: UInt8) {
    separate()
    output.append(byte)
    needsComma = false
  }

  private mutating func end(_ byte: UInt8) {
    output.append(byte)
    needsComma = true
  }

  @inline(__always)
  private mutating func separate() {
    if needsComma { output.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  /// A key that needs no escaping.
  public mutating func key(_ name: StaticString) {
    separate()
    output.append(UInt8(ascii: "\""))
    output.append(name)
    output.append("\":")
    needsComma = false
  }

  public mutating func key(_ name: UnsafeRawBufferPointer) {
    separate()
    appendQuoted(name)
    output.append(UInt8(ascii: ":"))
    needsComma = false
  }

  // MARK: Values

  public mutating func null() {
    separate()
    output.append("null")
  }

  public mutating func bool(_ value: Bool) {
    separate()
    output.append(value ? "true" : "false")
  }

  public mutating func integer(_ value: Int64) {
    separate()
    appendInteger(value)
  }

  public mutating func integer(_ value: Int) { integer(Int64(value)) }

  /// An integer of any size, given as its digits.
  public mutating func digits(_ text: String) {
    separate()
    output.append(text)
  }

  public mutating func double(_ value: Double) {
    separate()
    if !value.isFinite {
      sawNotFinite = true
      output.append("null")
    } else {
      appendDouble(value)
    }
  }

  /// A literal that needs no escaping.
  public mutating func literal(_ text: StaticString) {
    separate()
    output.append(UInt8(ascii: "\""))
    output.append(text)
    output.append(UInt8(ascii: "\""))
  }

  public mutating func string(_ text: UnsafeRawBufferPointer) {
    separate()
    appendQuoted(text)
  }

  public mutating func string(_ text: String) {
    var copy = text
    copy.withUTF8 { string(UnsafeRawBufferPointer($0)) }
  }

  public mutating func instant(_ instant: Instant) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(32)
    instant.append(to: &bytes)
    bytes.withUnsafeBytes { string($0) }
  }

  /// A packed value, whatever it is.
  public mutating func value(_ value: JSONValue) {
    switch value.kind {
    case .null: null()
    case .no: bool(false)
    case .yes: bool(true)
    case .smallInteger, .mediumInteger, .integer: integer(value.integer)
    case .double: double(value.double)
    case .bigInteger:
      separate()
      output.append(value.text)
    case .shortString, .string: string(value.text)
    case .array:
      beginArray()
      for element in value.elements { self.value(element) }
      endArray()
    case .object:
      beginObject()
      let members = value.members.sorted { precedesInUTF16($0.key, $1.key) }
      for (key, value) in members {
        self.key(key)
        self.value(value)
      }
      endObject()
    }
  }

  // MARK: Text of scalars

  private func appendInteger(_ value: Int64) {
    output.reserve(20)
    if value < 0 { output.put(UInt8(ascii: "-")) }
    appendDigits(value.magnitude)
  }

  /// Room for 20 digits must have been reserved.
  private func appendDigits(_ value: UInt64) {
    var divisor: UInt64 = 1
    while value / divisor >= 10 { divisor *= 10 }
    var rest = value
    while divisor > 0 {
      output.put(0x30 + UInt8(truncatingIfNeeded: rest / divisor))
      rest %= divisor
      divisor /= 10
    }
  }

  /// ECMAScript's Number::toString of a finite number.
  private func appendDouble(_ value: Double) {
    if value == 0 { return output.append(UInt8(ascii: "0")) }
    // What is rounded to four places has at most fifteen digits below 10¹¹: then the decimal is the
    // shortest one that reads back.
    let scaled = value * 10_000
    if scaled.magnitude < 1e15, scaled == scaled.rounded(.towardZero), scaled / 10_000 == value {
      return appendTenThousandths(Int64(scaled))
    }
    appendShortest(value)
  }

  private func appendTenThousandths(_ scaled: Int64) {
    output.reserve(32)
    if scaled < 0 { output.put(UInt8(ascii: "-")) }
    let magnitude = scaled.magnitude
    appendDigits(magnitude / 10_000)
    var fraction = magnitude % 10_000
    if fraction == 0 { return }
    output.put(UInt8(ascii: "."))
    var width: UInt64 = 1000
    while fraction > 0 {
      output.put(0x30 + UInt8(truncatingIfNeeded: fraction / width))
      fraction %= width
      width /= 10
    }
  }

  /// Takes the shortest digits from Swift's description and places point and exponent as ECMAScript does.
  private func appendShortest(_ value: Double) {
    var digits: [UInt8] = []
    var point = 0
    var exponent = 0
    var sawPoint = false
    var text = value.magnitude.description
    text.withUTF8 { bytes in
      for (index, byte) in bytes.enumerated() {
        if byte == UInt8(ascii: "e") {
          exponent = Int(String(decoding: bytes[(index + 1)...], as: UTF8.self)) ?? 0
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
    if value < 0 { output.append(UInt8(ascii: "-")) }
    output.reserve(digits.count + 32)
    let count = digits.count
    if count <= position, position <= 21 {
      digits.withUnsafeBytes { output.put($0) }
      for _ in count..<position { output.put(UInt8(0x30)) }
    } else if position > 0, position <= 21 {
      digits[..<position].withUnsafeBytes { output.put($0) }
      output.put(UInt8(ascii: "."))
      digits[position...].withUnsafeBytes { output.put($0) }
    } else if position > -6, position <= 0 {
      output.append("0.")
      for _ in position..<0 { output.put(UInt8(0x30)) }
      digits.withUnsafeBytes { output.append($0) }
    } else {
      output.put(digits[0])
      if count > 1 {
        output.put(UInt8(ascii: "."))
        digits[1...].withUnsafeBytes { output.put($0) }
      }
      output.append(position > 0 ? "e+" : "e-")
      output.reserve(8)
      appendDigits(UInt64(abs(position - 1)))
    }
  }

  private func appendQuoted(_ text: UnsafeRawBufferPointer) {
    output.reserve(text.count * 6 + 2)
    output.put(UInt8(ascii: "\""))
    var plain = true
    for byte in text where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { plain = false }
    if plain {
      output.put(text)
    } else {
      for byte in text { putEscaped(byte) }
    }
    output.put(UInt8(ascii: "\""))
  }

  private func putEscaped(_ byte: UInt8) {
    let short: UInt8
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): short = byte
    case 0x08: short = UInt8(ascii: "b")
    case 0x09: short = UInt8(ascii: "t")
    case 0x0A: short = UInt8(ascii: "n")
    case 0x0C: short = UInt8(ascii: "f")
    case 0x0D: short = UInt8(ascii: "r")
    case 0..<0x20:
      for byte in "\\u00".utf8 { output.put(byte) }
      output.put(0x30 + byte >> 4)
      output.put(byte & 15 < 10 ? 0x30 + byte & 15 : 0x57 + byte & 15)
      return
    default: return output.put(byte)
    }
    output.put(UInt8(ascii: "\\"))
    output.put(short)
  }
}

/// The order of RFC 8785: by UTF-16 code units. Differs from the order of UTF-8 bytes only where
/// scalars beyond U+FFFF meet U+E000…U+FFFF. O(n).
public func precedesInUTF16(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
  let common = min(a.count, b.count)
  for index in 0..<common where a[index] != b[index] {
    let (x, y) = (a[index], b[index])
    // F0…F4 lead scalars beyond U+FFFF (surrogates D800…), EE and EF lead U+E000…U+FFFF.
    if x >= 0xF0, y == 0xEE || y == 0xEF { return true }
    if y >= 0xF0, x == 0xEE || x == 0xEF { return false }
    return x < y
  }
  return a.count < b.count
}
