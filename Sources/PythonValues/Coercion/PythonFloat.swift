import CUnicodeData
import Folding
import Platform

/// Python's `float`: conversions from text (values.md: number) and to text (values.md: text).
public enum PythonFloat {
  /// `float(str)`, `nil` where Python raises ValueError.
  ///
  /// White space at the ends is trimmed (the set of `str.strip()` without U+001C–001F). The rest is an optional sign,
  /// decimal digits of any script with single underscores between digits only, a point with digits on at least one
  /// side, and an optional exponent; or `inf`, `infinity` or `nan` in any case, with an optional sign. No hex. The
  /// value is correctly rounded; beyond the range it is infinite and not an error. O(n). Short ASCII decimals need
  /// neither an allocation nor the C library.
  public static func parse(_ text: UnsafeRawBufferPointer) -> Double? {
    let body = WhiteSpace.trim(text, .number)
    if isPlain(body) { return parsePlain(body) }
    return withUnsafeTemporaryAllocation(byteCount: body.count, alignment: 1) { plain in
      guard let count = normalize(body, into: plain) else { return nil }
      return parsePlain(UnsafeRawBufferPointer(rebasing: plain[..<count]))
    }
  }

  /// Whether the text is ASCII without underscores and so does not need ``normalize(_:into:)``.
  @inline(__always)
  private static func isPlain(_ text: UnsafeRawBufferPointer) -> Bool {
    var plain = true
    for byte in text { plain = plain && byte < 0x80 && byte != ASCII.underscore }
    return plain
  }

  /// Copies `text` without underscores and with each Nd digit as an ASCII digit. Returns the number of bytes written,
  /// at most `text.count`; `nil` if an underscore is not between two digits or a code point beyond ASCII is not a
  /// digit.
  private static func normalize(_ text: UnsafeRawBufferPointer, into plain: UnsafeMutableRawBufferPointer) -> Int? {
    var count = 0
    var index = 0
    var afterDigit = false
    var afterUnderscore = false
    while index < text.count {
      var byte = text[index]
      var length = 1
      if byte >= 0x80 {
        let decoded = UTF8Scalars.decode(text, at: index)
        let decimal = cud_lookup(decoded.scalar).decimal
        if decimal < 0 { return nil }
        byte = ASCII.zero + UInt8(decimal)
        length = decoded.length
      }
      index += length
      if byte == ASCII.underscore {
        if !afterDigit { return nil }
        afterDigit = false
        afterUnderscore = true
        continue
      }
      afterDigit = ASCII.isDigit(byte)
      if afterUnderscore && !afterDigit { return nil }
      afterUnderscore = false
      plain[count] = byte
      count += 1
    }
    return afterUnderscore ? nil : count
  }
}

/// The value of a scanned unsigned decimal: `mantissa` · 10^`exponent`. It is exact if `significant` ≤ 19.
private struct Decimal {
  public var mantissa: UInt64 = 0
  /// The number of mantissa digits from the first non-zero digit on.
  public var significant = 0
  public var exponent = 0
}

extension PythonFloat {
  /// The value of trimmed ASCII text without underscores.
  private static func parsePlain(_ text: UnsafeRawBufferPointer) -> Double? {
    guard let first = text.first else { return nil }
    let start = first == ASCII.minus || first == ASCII.plus ? 1 : 0
    guard start < text.count else { return nil }
    if text[start] >= 0x41 {
      guard let magnitude = parseWord(text, from: start) else { return nil }
      return first == ASCII.minus ? -magnitude : magnitude
    }
    guard let decimal = scan(text, from: start) else { return nil }
    guard decimal.significant <= 15, decimal.exponent >= -22, decimal.exponent <= 22 else {
      return libraryValue(text)
    }
    // Both operands are exact doubles, so a single operation rounds correctly (Clinger 1990).
    let mantissa = Double(decimal.mantissa)
    let magnitude =
      decimal.exponent < 0 ? mantissa / powersOfTen[-decimal.exponent] : mantissa * powersOfTen[decimal.exponent]
    return first == ASCII.minus ? -magnitude : magnitude
  }

  /// Scans `digits [. digits] [e [sign] digits]` up to the end of the text; `nil` for any other text, and without a
  /// digit in the mantissa.
  private static func scan(_ text: UnsafeRawBufferPointer, from start: Int) -> Decimal? {
    var result = Decimal()
    var index = start
    var digits = 0
    var point = false
    while index < text.count {
      let byte = text[index]
      if ASCII.isDigit(byte) {
        digits += 1
        if result.significant > 0 || byte != ASCII.zero { result.significant += 1 }
        if result.significant <= 19 { result.mantissa = result.mantissa &* 10 &+ UInt64(byte - ASCII.zero) }
        if point { result.exponent -= 1 }
      } else if byte == ASCII.point && !point {
        point = true
      } else {
        break
      }
      index += 1
    }
    if digits == 0 { return nil }
    if index == text.count { return result }
    guard text[index] | 0x20 == 0x65 else { return nil }
    guard let written = scanExponent(text, from: index + 1) else { return nil }
    result.exponent += written
    return result
  }

  /// Scans `[sign] digits` up to the end of the text; `nil` for any other text. The value is limited to ±10^9, far
  /// beyond the exponent of any double.
  private static func scanExponent(_ text: UnsafeRawBufferPointer, from start: Int) -> Int? {
    var index = start
    var negative = false
    if index < text.count, text[index] == ASCII.minus || text[index] == ASCII.plus {
      negative = text[index] == ASCII.minus
      index += 1
    }
    guard index < text.count else { return nil }
    var value = 0
    while index < text.count {
      guard ASCII.isDigit(text[index]) else { return nil }
      value = min(value * 10 + Int(text[index] - ASCII.zero), 1_000_000_000)
      index += 1
    }
    return negative ? -value : value
  }

  /// `inf`, `infinity` or `nan` in any case, from `start` to the end.
  private static func parseWord(_ text: UnsafeRawBufferPointer, from start: Int) -> Double? {
    func isWord(_ word: StaticString) -> Bool {
      guard text.count - start == word.utf8CodeUnitCount else { return false }
      for index in 0..<word.utf8CodeUnitCount where text[start + index] | 0x20 != word.utf8Start[index] {
        return false
      }
      return true
    }
    if isWord("inf") || isWord("infinity") { return .infinity }
    return isWord("nan") ? .nan : nil
  }

  /// The C library's correctly rounded value of a scanned decimal. `strtod` depends on the locale, which is "C" unless
  /// the program sets another; refold does not.
  private static func libraryValue(_ text: UnsafeRawBufferPointer) -> Double {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: text.count + 1) { copy in
      UnsafeMutableRawBufferPointer(copy).copyMemory(from: text)
      copy[text.count] = 0
      return copy.baseAddress.map { strtod($0, nil) } ?? 0
    }
  }
}
