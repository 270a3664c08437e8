import CUnicodeData
import Folding

extension PythonText {
  /// Appends `repr(str)`, quoted with `'`, or with `"` if the text contains `'` and no `"`.
  ///
  /// Escapes the backslash, the quote in use, `\n \r \t`, and every other code point that is not printable in Unicode
  /// 15.0 (categories Cc Cf Cs Co Cn Zl Zp Zs, except the space). The latter are written as `\xNN`, `\uNNNN` or
  /// `\UNNNNNNNN`, the shortest that fits, in lower-case hex. O(n).
  public static func appendRepr(_ text: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
    bytes.reserveCapacityGeometrically(adding: text.count + 2)
    let quote = reprQuote(text)
    bytes.append(quote)
    var index = 0
    while index < text.count {
      let byte = text[index]
      if byte < 0x80 {
        appendReprASCII(byte, quote: quote, to: &bytes)
        index += 1
        continue
      }
      let (scalar, length) = UTF8Scalars.decode(text, at: index)
      if cud_lookup(scalar).flags & UInt8(CUD_PRINTABLE) != 0 {
        bytes.append(contentsOf: text[index..<index + length])
      } else if scalar < 0x100 {
        appendHexEscape(0x78, scalar, digits: 2, to: &bytes)
      } else if scalar < 0x1_0000 {
        appendHexEscape(0x75, scalar, digits: 4, to: &bytes)
      } else {
        appendHexEscape(0x55, scalar, digits: 8, to: &bytes)
      }
      index += length
    }
    bytes.append(quote)
  }

  /// `"` if the text contains `'` and no `"`, else `'`.
  private static func reprQuote(_ text: UnsafeRawBufferPointer) -> UInt8 {
    var single = false
    for byte in text {
      if byte == 0x22 { return 0x27 }
      single = single || byte == 0x27
    }
    return single ? 0x22 : 0x27
  }

  @inline(__always)
  private static func appendReprASCII(_ byte: UInt8, quote: UInt8, to bytes: inout [UInt8]) {
    switch byte {
    case quote, 0x5C:
      bytes.append(0x5C)
      bytes.append(byte)
    case 0x20...0x7E: bytes.append(byte)
    case 0x09: bytes.append(contentsOf: [0x5C, 0x74])
    case 0x0A: bytes.append(contentsOf: [0x5C, 0x6E])
    case 0x0D: bytes.append(contentsOf: [0x5C, 0x72])
    default: appendHexEscape(0x78, UInt32(byte), digits: 2, to: &bytes)
    }
  }

  /// Appends a backslash, the letter, and the number as `digits` lower-case hex digits.
  private static func appendHexEscape(_ letter: UInt8, _ scalar: UInt32, digits: Int, to bytes: inout [UInt8]) {
    bytes.append(0x5C)
    bytes.append(letter)
    for place in stride(from: digits - 1, through: 0, by: -1) {
      let nibble = UInt8(truncatingIfNeeded: scalar >> UInt32(4 * place) & 15)
      bytes.append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble)
    }
  }
}
