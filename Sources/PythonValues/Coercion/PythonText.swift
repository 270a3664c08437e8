import CUnicodeData
import Folding

/// Methods of Python's `str` on valid UTF-8 without NUL (values.md: text). The properties of characters are those of
/// Unicode 15.0, as in CPython 3.12.
public enum PythonText {
  /// `str.strip()`: the text without white space at either end, in the same memory.
  ///
  /// O(trimmed bytes). Does not allocate.
  public static func strip(_ text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    guard let first = text.first, let last = text.last else { return text }
    if first &- 0x21 < 0x5F, last &- 0x21 < 0x5F { return text }
    return WhiteSpace.trim(text, .text)
  }

  /// `str.isdigit()`: the text is not empty, and the Numeric_Type of every code point is Decimal or Digit (as of `²`
  /// and `①`, but not of `½`). O(n).
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

  /// The length in bytes of the code point at `index` if it is a digit by `isdigit`, else 0.
  @inline(__always)
  public static func digitLength(_ text: UnsafeRawBufferPointer, at index: Int) -> Int {
    let byte = text[index]
    if byte < 0x80 { return ASCII.isDigit(byte) ? 1 : 0 }
    let (scalar, length) = UTF8Scalars.decode(text, at: index)
    return cud_lookup(scalar).flags & UInt8(CUD_DIGIT) != 0 ? length : 0
  }

  /// Whether `strip().lower()` certainly returns the text unchanged: it is ASCII, without upper case, without white
  /// space at either end. `true` for the empty text. `false` does not mean that the text would change. O(n), one pass.
  public static func isASCIILowerTrimmed(_ text: UnsafeRawBufferPointer) -> Bool {
    guard let first = text.first, let last = text.last else { return true }
    if first <= 0x20 || last <= 0x20 { return false }
    guard text.count >= 8 else { return text.allSatisfy { $0 < 0x80 && $0 &- 0x41 >= 26 } }
    // Eight bytes per step; the last step overlaps the step before if the length is not a multiple of eight. In `bad`,
    // the top bit of a byte is set if the byte is beyond ASCII or between A and Z.
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
