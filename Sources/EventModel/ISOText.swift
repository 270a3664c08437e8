extension CivilDate {
  /// Length of `YYYY-MM-DD` in bytes.
  public static var isoLength: Int { 10 }

  /// Writes `YYYY-MM-DD`, for the years 0 to 9999.
  @inlinable
  public func writeISO(to target: UnsafeMutableRawPointer) {
    writePair(year / 100 % 100, to: target)
    writePair(year % 100, to: target + 2)
    target.storeBytes(of: 0x2D, toByteOffset: 4, as: UInt8.self)
    writePair(month, to: target + 5)
    target.storeBytes(of: 0x2D, toByteOffset: 7, as: UInt8.self)
    writePair(day, to: target + 8)
  }
}

/// Writes `YYYY-MM-DDTHH:MM:SS[.ffffff]` for a local or UTC reading, without an offset. Returns the number of bytes: 19
/// or 26.
public func writeISO(microsecondsSinceEpoch: Int64, to target: UnsafeMutableRawPointer) -> Int {
  let days = floorDivide(microsecondsSinceEpoch, Instant.day)
  let rest = Int(microsecondsSinceEpoch - days * Instant.day)
  CivilDate(daysSinceEpoch: Int(days)).writeISO(to: target)
  let seconds = rest / 1_000_000
  target.storeBytes(of: 0x54, toByteOffset: 10, as: UInt8.self)
  writePair(seconds / 3600, to: target + 11)
  target.storeBytes(of: 0x3A, toByteOffset: 13, as: UInt8.self)
  writePair(seconds / 60 % 60, to: target + 14)
  target.storeBytes(of: 0x3A, toByteOffset: 16, as: UInt8.self)
  writePair(seconds % 60, to: target + 17)
  let fraction = rest % 1_000_000
  if fraction == 0 { return 19 }
  target.storeBytes(of: 0x2E, toByteOffset: 19, as: UInt8.self)
  writePair(fraction / 10_000, to: target + 20)
  writePair(fraction / 100 % 100, to: target + 22)
  writePair(fraction % 100, to: target + 24)
  return 26
}

extension Instant {
  /// Number of bytes to reserve for ``writeISO(to:)``.
  public static var isoRoom: Int { 40 }

  /// Writes ``description`` and returns its number of bytes.
  public func writeISO(to target: UnsafeMutableRawPointer) -> Int {
    let count = EventModel.writeISO(microsecondsSinceEpoch: microseconds, to: target)
    // `+00:00`
    target.storeBytes(of: 0x0030_302B, toByteOffset: count, as: UInt32.self)
    target.storeBytes(of: 0x0030_303A, toByteOffset: count + 3, as: UInt32.self)
    return count + 6
  }
}

/// Writes two decimal digits of a number below 100.
@inlinable @inline(__always)
public func writePair(_ value: Int, to target: UnsafeMutableRawPointer) {
  let tens = UInt16(truncatingIfNeeded: value / 10)
  let ones = UInt16(truncatingIfNeeded: value % 10)
  target.storeBytes(of: (0x3030 | tens | ones << 8).littleEndian, as: UInt16.self)
}
