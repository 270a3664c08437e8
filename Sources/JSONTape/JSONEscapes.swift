import EventModel

/// The escapes of JSON strings in RFC 8785: control characters, quotes and backslashes, no others.
enum JSONEscapes {
  /// Whether some byte of the text must be escaped. O(n), eight bytes a step.
  static func areNeeded(in text: UnsafeRawBufferPointer) -> Bool {
    guard let base = text.baseAddress else { return false }
    let count = text.count
    if count < 8 { return text.contains(where: isEscaped) }
    var offset = 0
    var found: UInt64 = 0
    while offset + 8 < count {
      found |= escaped(base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    // The last eight bytes, which may overlap the previous ones.
    found |= escaped(base.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self))
    return found != 0
  }

  @inline(__always)
  private static func isEscaped(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  /// Nonzero if one of eight bytes must be escaped.
  @inline(__always)
  private static func escaped(_ word: UInt64) -> UInt64 {
    // A byte below a bound borrows, which sets its top bit. False hits are only possible above a true one.
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quotes = word ^ (ones &* 0x22)
    let backslashes = word ^ (ones &* 0x5C)
    let below = (word &- ones &* 0x20) & ~word
    let equal = ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes)
    return (below | equal) & (ones &* 0x80)
  }

  /// Writes one byte of a string, escaped if needed. The caller must have reserved 6 bytes.
  static func put(_ byte: UInt8, _ output: ByteArena) {
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
