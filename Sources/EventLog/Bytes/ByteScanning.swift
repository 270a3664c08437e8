import CBytes
import Platform

/// ASCII characters that have a meaning in the text forms.
enum ASCII {
  static let tab: UInt8 = 0x09
  static let lineFeed: UInt8 = 0x0A
  static let carriageReturn: UInt8 = 0x0D
  static let space: UInt8 = 0x20
  static let quote: UInt8 = 0x22
  static let comma: UInt8 = 0x2C
  static let dot: UInt8 = 0x2E
  static let backslash: UInt8 = 0x5C
}

extension UnsafeRawPointer {
  /// The byte at `offset`.
  @inline(__always)
  subscript(offset: Int) -> UInt8 { load(fromByteOffset: offset, as: UInt8.self) }

  /// Eight bytes from `offset`, the first in the lowest bits. Assumes a little-endian machine.
  @inline(__always)
  func word(at offset: Int) -> UInt64 { loadUnaligned(fromByteOffset: offset, as: UInt64.self) }

  /// Offset of the first `byte` in `from ..< to`; `nil` if there is none.
  @inline(__always)
  func firstIndex(of byte: UInt8, from: Int, to: Int) -> Int? {
    guard from < to, let found = memchr(self + from, Int32(byte), to - from) else { return nil }
    return UnsafeRawPointer(found) - self
  }

  /// Offset of the last `byte` in `from ..< to`; `nil` if there is none.
  func lastIndex(of byte: UInt8, from: Int, to: Int) -> Int? {
    var offset = to
    while offset - from >= 8, Swar.equal(word(at: offset - 8), byte) == 0 { offset -= 8 }
    while offset > from {
      offset -= 1
      if self[offset] == byte { return offset }
    }
    return nil
  }

  /// Number of line feeds in `from ..< to`. Does one search per line, which is fastest for lines of the usual length.
  @inline(__always)
  func lineEnds(from: Int, to: Int) -> Int {
    var lines = 0
    var offset = from
    while let lineEnd = firstIndex(of: ASCII.lineFeed, from: offset, to: to) {
      lines += 1
      offset = lineEnd + 1
    }
    return lines
  }

  /// Bit mask of the 64 bytes from `offset`: a bit is set if its byte equals `byte`. The lowest bit is the first byte.
  @inline(__always)
  func marks(of byte: UInt8, at offset: Int) -> UInt64 { refold_marks(self + offset, byte) }
}

/// Tests on eight bytes at once. The result has the top bit set in each byte that matches. Bytes above the first match
/// may be marked wrongly, so only the lowest mark counts.
enum Swar {
  static let ones: UInt64 = 0x0101_0101_0101_0101
  static let tops: UInt64 = 0x8080_8080_8080_8080

  /// Marks the bytes equal to `byte`. Only the lowest mark is reliable.
  @inline(__always)
  static func equal(_ word: UInt64, _ byte: UInt8) -> UInt64 {
    let difference = word ^ (ones &* UInt64(byte))
    return (difference &- ones) & ~difference & tops
  }

  /// Number of bytes before the lowest mark; 8 if there is none.
  @inline(__always)
  static func index(_ marks: UInt64) -> Int { marks.trailingZeroBitCount >> 3 }
}
