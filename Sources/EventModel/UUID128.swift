/// A UUID as its 16 bytes, big-endian in two words, so that `<` is the order of the bytes:
/// the order in which PostgreSQL compares `uuid` and in which the fold breaks timestamp ties.
public struct UUID128: Hashable, Sendable, Comparable, BitwiseCopyable {
  public var high: UInt64
  public var low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  public static func < (a: UUID128, b: UUID128) -> Bool {
    a.high == b.high ? a.low < b.low : a.high < b.high
  }

  public static func == (a: UUID128, b: UUID128) -> Bool {
    a.high == b.high && a.low == b.low
  }
}

/// Whose events these are: `users.id`.
public typealias UserID = UUID128
/// Which event: `events.id`.
public typealias EventID = UUID128

extension UUID128 {
  /// Reads the hyphenated form (8-4-4-4-12 hex digits, either case), nothing around it.
  ///
  /// `nil` for everything else, the form without hyphens included. O(1).
  public init?(_ text: UnsafeRawBufferPointer) {
    guard text.count == 36, let base = text.baseAddress else { return nil }
    guard
      base.load(fromByteOffset: 8, as: UInt8.self) == 0x2D,
      base.load(fromByteOffset: 13, as: UInt8.self) == 0x2D,
      base.load(fromByteOffset: 18, as: UInt8.self) == 0x2D,
      base.load(fromByteOffset: 23, as: UInt8.self) == 0x2D
    else { return nil }
    var invalid = false
    let a = hexWord(base, 0, &invalid)
    let b = hexQuad(base, 9, &invalid)
    let c = hexQuad(base, 14, &invalid)
    let d = hexQuad(base, 19, &invalid)
    let e = hexQuad(base, 24, &invalid)
    let f = hexWord(base, 28, &invalid)
    if invalid { return nil }
    self.init(high: a << 32 | b << 16 | c, low: d << 48 | e << 32 | f)
  }

  /// The same, from a Swift string.
  public init?(_ text: String) {
    var copy = text
    guard let id = copy.withUTF8({ UUID128(UnsafeRawBufferPointer($0)) }) else { return nil }
    self = id
  }

  /// Appends the lower-case hyphenated form, 36 bytes.
  public func append(to bytes: inout [UInt8]) {
    for shift in stride(from: 60, through: 0, by: -4) {
      bytes.append(hexDigit(high >> UInt64(shift)))
      if shift == 32 || shift == 16 { bytes.append(0x2D) }
    }
    bytes.append(0x2D)
    for shift in stride(from: 60, through: 0, by: -4) {
      bytes.append(hexDigit(low >> UInt64(shift)))
      if shift == 48 { bytes.append(0x2D) }
    }
  }
}

extension UUID128: CustomStringConvertible {
  /// The lower-case hyphenated form.
  public var description: String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(36)
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Reads eight hex digits at once: the value of each byte by arithmetic on the whole word.
@inline(__always)
private func hexWord(_ base: UnsafeRawPointer, _ offset: Int, _ invalid: inout Bool) -> UInt64 {
  let high = hexQuad(base, offset, &invalid)
  return high << 16 | hexQuad(base, offset + 4, &invalid)
}

@inline(__always)
private func hexQuad(_ base: UnsafeRawPointer, _ offset: Int, _ invalid: inout Bool) -> UInt64 {
  var value: UInt64 = 0
  for index in 0..<4 {
    let digit = hexValue(base.load(fromByteOffset: offset + index, as: UInt8.self))
    invalid = invalid || digit > 15
    value = value << 4 | UInt64(digit & 15)
  }
  return value
}

@inline(__always)
private func hexValue(_ byte: UInt8) -> UInt8 {
  let digit = byte &- 0x30
  let letter = (byte | 0x20) &- 0x61
  return digit < 10 ? digit : letter < 6 ? letter &+ 10 : 255
}

@inline(__always)
private func hexDigit(_ value: UInt64) -> UInt8 {
  let nibble = UInt8(truncatingIfNeeded: value & 15)
  return nibble < 10 ? 0x30 + nibble : 0x57 + nibble
}
