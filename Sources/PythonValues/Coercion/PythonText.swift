import CUnicodeData
import Folding

/// Methods of Python's `str`, over valid UTF-8 without NUL; properties are those of Unicode 15.0
/// (CPython 3.12), values.md: text.
public enum PythonText {
  /// `str.strip()`: the text without white space at either end, as a part of the same memory.
  ///
  /// O(trimmed bytes); allocates nothing.
  public static func strip(_ text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    guard let first = text.first, let last = text.last else { return text }
    if first &- 0x21 < 0x5F, last &- 0x21 < 0x5F { return text }
    return WhiteSpace.trim(text, .text)
  }

  /// `str.isdigit()`: not empty, and every code point of Numeric_Type Decimal or Digit (`²` and `①`
  /// are, `½` is not). O(n).
  public static func isDigits(_ text: UnsafeRawBufferPointer) -> Bool {
    if text.isEmpty { return false }
    var index = 0
    while index < text.count {
      let length = digitLength(text, at: index)
      if length == 0 { return false }
      index += length
    }
    return true
  }

  /// The length in bytes of the `isdigit` code point at `index`, 0 when it is not one.
  @inline(__always)
  public static func digitLength(_ text: UnsafeRawBufferPointer, at index: Int) -> Int {
    let byte = text[index]
    if byte < 0x80 { return ASCII.isDigit(byte) ? 1 : 0 }
    let (scalar, length) = UTF8Scalars.decode(text, at: index)
    return cud_lookup(scalar).flags & UInt8(CUD_DIGIT) != 0 ? length : 0
  }

  /// Whether `strip().lower()` is surely the text itself: pure ASCII, no upper case, no white space
  /// at either end. The empty text is. `false` says nothing about other text. O(n), one pass.
  public static func isASCIILowerTrimmed(_ text: UnsafeRawBufferPointer) -> Bool {
    guard let first = text.first, let last = text.last else { return true }
    if first <= 0x20 || last <= 0x20 { return false }
    guard text.count >= 8 else { return text.allSatisfy { $0 < 0x80 && $0 &- 0x41 >= 26 } }
    // Eight bytes a step, the last eight once more where they are not a step of their own: a byte's top bit is set when
    // it is beyond ASCII or between A and Z.
    let ones: UInt64 = 0x0101_0101_0101_0101
    let high: UInt64 = 0x8080_8080_8080_8080
    var bad: UInt64 = 0
    var at = 0
    while at < text.count {
      let word = text.loadUnaligned(fromByteOffset: min(at, text.count - 8), as: UInt64.self)
      let low = word & ~high
      bad |= word | ((low &+ (ones &* 0x3F)) & ~(low &+ (ones &* 0x25)))
      at += 8
    }
    return bad & high == 0
  }
}
