import CUnicodeData
import Folding

extension PythonText {
  /// Appends `str.lower()`: the full lower-case mapping of Unicode 15.0 without the language-specific rules.
  ///
  /// Two code points are special: `İ` (U+0130) becomes `i` and U+0307, and `Σ` (U+03A3) becomes `ς` at the end of a
  /// word (see ``isFinalSigma(_:at:)``) and `σ` elsewhere. O(n), plus a search around each `Σ`. Grows `bytes` at most
  /// once if the result is not longer than the text.
  public static func appendLower(_ text: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
    if UTF8Scalars.isASCII(text) {
      let start = bytes.count
      bytes.append(contentsOf: text)
      bytes.withUnsafeMutableBytes { all in
        for index in start..<all.count {
          let byte = all[index]
          all[index] = byte | (byte &- 0x41 < 26 ? 0x20 : 0)
        }
      }
      return
    }
    bytes.reserveCapacityGeometrically(adding: text.count)
    var index = 0
    while index < text.count {
      let byte = text[index]
      if byte < 0x80 {
        bytes.append(byte &- 0x41 < 26 ? byte | 0x20 : byte)
        index += 1
        continue
      }
      let (scalar, length) = UTF8Scalars.decode(text, at: index)
      appendLower(scalar, of: text, at: index, length: length, to: &bytes)
      index += length
    }
  }

  /// Appends the mapping of a code point beyond ASCII, which is the `length` bytes at `index` of `text`.
  private static func appendLower(
    _ scalar: UInt32, of text: UnsafeRawBufferPointer, at index: Int, length: Int, to bytes: inout [UInt8]
  ) {
    if scalar == 0x3A3 {
      UTF8Scalars.append(isFinalSigma(text, at: index) ? 0x3C2 : 0x3C3, to: &bytes)
      return
    }
    let record = cud_lookup(scalar)
    if record.flags & UInt8(CUD_LONG_LOWER) != 0 {
      bytes.append(0x69)
      UTF8Scalars.append(0x307, to: &bytes)
    } else if record.lower_delta != 0 {
      UTF8Scalars.append(UInt32(Int32(scalar) + record.lower_delta), to: &bytes)
    } else {
      bytes.append(contentsOf: text[index..<index + length])
    }
  }

  /// The condition Final_Sigma of SpecialCasing.txt for the `Σ` at `index`: if case-ignorable code points are skipped,
  /// the code point before it is cased and the code point after it, if any, is not.
  ///
  /// A code point that is both cased and case-ignorable counts as case-ignorable, as in CPython.
  private static func isFinalSigma(_ text: UnsafeRawBufferPointer, at index: Int) -> Bool {
    var before = index
    var follows = false
    while before > 0 {
      let (scalar, length) = UTF8Scalars.decode(text, before: before)
      before -= length
      let flags = cud_lookup(scalar).flags
      if flags & UInt8(CUD_CASE_IGNORABLE) != 0 { continue }
      follows = flags & UInt8(CUD_CASED) != 0
      break
    }
    if !follows { return false }
    var after = index + 2
    while after < text.count {
      let (scalar, length) = UTF8Scalars.decode(text, at: after)
      after += length
      let flags = cud_lookup(scalar).flags
      if flags & UInt8(CUD_CASE_IGNORABLE) != 0 { continue }
      return flags & UInt8(CUD_CASED) == 0
    }
    return true
  }
}

extension [UInt8] {
  /// Reserves room for `extra` more bytes and keeps the growth amortised: a call of `reserveCapacity` for each append
  /// would reallocate each time.
  @inline(__always)
  public mutating func reserveCapacityGeometrically(adding extra: Int) {
    let needed = count + extra
    if needed > capacity { reserveCapacity(Swift.max(needed, capacity * 2)) }
  }
}
