import Hashing

/// SHA-256 of rows of text fields, in an encoding that differs for any two different sequences of rows.
///
/// A field is a netstring, `<number of bytes in decimal>:<bytes>,`; SQL NULL is `-,`; a row ends with a line feed.
/// `3:abc,-,0:,\n` is the row ('abc', NULL, ''). Rows are hashed in the order given.
///
/// Small fields are collected in a buffer of 4 KiB, because a call into the hash costs more than a short copy.
final class RowDigest {
  private var hasher = SHA256()
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
  private var filled = 0

  deinit { buffer.deallocate() }

  /// Adds a field of the current row. O(bytes).
  func field(_ bytes: UnsafeRawBufferPointer) {
    reserve(24)
    number(bytes.count)
    put(0x3A)
    append(bytes)
    reserve(1)
    put(0x2C)
  }

  /// Adds an integer field: its decimal digits as text.
  func field(_ value: Int) {
    withUnsafeTemporaryAllocation(byteCount: 24, alignment: 1) { digits in
      let start = RowDigest.decimal(value, at: digits)
      field(UnsafeRawBufferPointer(rebasing: digits[start...]))
    }
  }

  func field(_ text: String) {
    var text = text
    text.withUTF8 { field(UnsafeRawBufferPointer($0)) }
  }

  /// Adds a field that may be NULL.
  func field(_ bytes: UnsafeRawBufferPointer?) {
    guard let bytes else {
      reserve(2)
      put(0x2D)
      put(0x2C)
      return
    }
    field(bytes)
  }

  func endRow() {
    reserve(1)
    put(0x0A)
  }

  /// The digest of the rows so far, 64 lower-case hex digits.
  func hex() -> String {
    flush()
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(64)
    for byte in hasher.finalize() {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  private func append(_ bytes: UnsafeRawBufferPointer) {
    if bytes.count > 1024 {
      flush()
      hasher.update(bufferPointer: bytes)
    } else if let base = bytes.baseAddress {
      reserve(bytes.count)
      (buffer.baseAddress! + filled).copyMemory(from: base, byteCount: bytes.count)
      filled += bytes.count
    }
  }

  @inline(__always)
  private func reserve(_ count: Int) { if filled + count > buffer.count { flush() } }

  @inline(__always)
  private func put(_ byte: UInt8) {
    buffer[filled] = byte
    filled += 1
  }

  private func number(_ value: Int) {
    withUnsafeTemporaryAllocation(byteCount: 24, alignment: 1) { digits in
      for index in RowDigest.decimal(value, at: digits)..<digits.count { put(digits[index]) }
    }
  }

  private func flush() {
    hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<filled]))
    filled = 0
  }

  /// Writes a number at the end of `space` and returns the offset of its first character.
  private static func decimal(_ value: Int, at space: UnsafeMutableRawBufferPointer) -> Int {
    var start = space.count
    var rest = value.magnitude
    repeat {
      start -= 1
      space[start] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest != 0
    if value < 0 {
      start -= 1
      space[start] = 0x2D
    }
    return start
  }
}
