import CUnicodeData
import Folding

/// Reads and writes valid UTF-8 by code point, without a `String`.
///
/// The caller must pass valid UTF-8 and an index on a code point boundary; neither is checked. O(1) unless stated
/// otherwise.
public enum UTF8Scalars {
  /// The code point that starts at `index`, and its length in bytes (1–4).
  @inline(__always)
  public static func decode(_ text: UnsafeRawBufferPointer, at index: Int) -> (scalar: UInt32, length: Int) {
    let lead = UInt32(text[index])
    if lead < 0x80 { return (lead, 1) }
    let second = UInt32(text[index + 1]) & 0x3F
    if lead < 0xE0 { return ((lead & 0x1F) << 6 | second, 2) }
    let third = UInt32(text[index + 2]) & 0x3F
    if lead < 0xF0 { return ((lead & 0x0F) << 12 | second << 6 | third, 3) }
    let fourth = UInt32(text[index + 3]) & 0x3F
    return ((lead & 0x07) << 18 | second << 12 | third << 6 | fourth, 4)
  }

  /// The code point that ends just before `end` (> 0), and its length in bytes.
  @inline(__always)
  public static func decode(_ text: UnsafeRawBufferPointer, before end: Int) -> (scalar: UInt32, length: Int) {
    var start = end - 1
    while text[start] & 0xC0 == 0x80 { start -= 1 }
    return decode(text, at: start)
  }

  /// Appends the UTF-8 of a code point that is not a surrogate.
  public static func append(_ scalar: UInt32, to bytes: inout [UInt8]) {
    if scalar < 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: scalar))
      return
    }
    if scalar < 0x800 {
      bytes.append(0xC0 | UInt8(truncatingIfNeeded: scalar >> 6))
    } else {
      if scalar < 0x1_0000 {
        bytes.append(0xE0 | UInt8(truncatingIfNeeded: scalar >> 12))
      } else {
        bytes.append(0xF0 | UInt8(truncatingIfNeeded: scalar >> 18))
        bytes.append(0x80 | UInt8(truncatingIfNeeded: scalar >> 12 & 0x3F))
      }
      bytes.append(0x80 | UInt8(truncatingIfNeeded: scalar >> 6 & 0x3F))
    }
    bytes.append(0x80 | UInt8(truncatingIfNeeded: scalar & 0x3F))
  }

  /// Whether every byte is below 0x80. O(n).
  @inline(__always)
  public static func isASCII(_ text: UnsafeRawBufferPointer) -> Bool {
    var union: UInt8 = 0
    for byte in text { union |= byte }
    return union < 0x80
  }
}

/// White space as Python's `str.strip()` and `float()` see it (values.md: text, number).
public enum WhiteSpace {
  /// The two sets of white space.
  public enum Kind {
    /// `str.strip()`: U+0009–000D, 001C–001F, 0020, 0085, 00A0, 1680, 2000–200A, 2028, 2029, 202F,
    /// 205F, 3000.
    case text
    /// `float()`: the same without U+001C–001F.
    case number
  }

  /// Whether the code point belongs to the set.
  @inline(__always)
  public static func contains(_ scalar: UInt32, _ kind: Kind) -> Bool {
    if scalar < 0x80 {
      return scalar == 0x20 || (scalar >= 0x09 && scalar <= 0x0D)
        || (kind == .text && scalar >= 0x1C && scalar <= 0x1F)
    }
    switch scalar {
    case 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: return true
    default: return false
    }
  }

  /// The text without white space of that kind at either end, in the same memory. O(trimmed bytes).
  @inline(__always)
  public static func trim(_ text: UnsafeRawBufferPointer, _ kind: Kind) -> UnsafeRawBufferPointer {
    var start = 0
    var end = text.count
    while start < end {
      let (scalar, length) = UTF8Scalars.decode(text, at: start)
      guard contains(scalar, kind) else { break }
      start += length
    }
    while end > start {
      let (scalar, length) = UTF8Scalars.decode(text, before: end)
      guard contains(scalar, kind) else { break }
      end -= length
    }
    return end - start == text.count ? text : UnsafeRawBufferPointer(rebasing: text[start..<end])
  }
}

/// The ASCII bytes that the grammars of this folder use.
public enum ASCII {
  public static let plus: UInt8 = 0x2B
  public static let comma: UInt8 = 0x2C
  public static let minus: UInt8 = 0x2D
  public static let point: UInt8 = 0x2E
  public static let zero: UInt8 = 0x30
  public static let colon: UInt8 = 0x3A
  public static let underscore: UInt8 = 0x5F

  /// Whether the byte is `0`–`9`.
  @inline(__always)
  public static func isDigit(_ byte: UInt8) -> Bool { byte &- zero < 10 }
}
