/// The shapes in which PostgreSQL prints most instants if its time zone is UTC, read eight bytes at a time.
extension TimestampText {
  /// Reads `YYYY-MM-DDTHH:MM:SS`, with `T` or a space, optionally a fraction of at most six digits, then `+00:00`
  /// (JSON) or `+00` (CSV and COPY text).
  ///
  /// `nil` for every other shape, for texts that are not an instant, and for texts with a fraction that are shorter
  /// than 27 bytes: ``parse(_:)`` handles these. O(1).
  @inline(__always)
  static func parseShape(_ base: UnsafeRawPointer, count: Int) -> Instant? {
    guard count >= 22 else { return nil }
    let separator = base.load(fromByteOffset: 10, as: UInt8.self)
    let end = base.word(at: count &- 8)
    let isJSON = end >> 16 == 0x3030_3A30_302B  // +00:00
    let isText = end >> 40 == 0x30_302B  // +00
    guard separator == 0x54 || separator == 0x20, isJSON || isText else { return nil }
    // The XOR with the shape leaves the value of each digit, and zero for each separator.
    let month = base.word(at: 0) ^ 0x2D30_302D_3030_3030  // 0000-00-
    let day = UInt64(base.loadUnaligned(fromByteOffset: 7, as: UInt32.self) & 0xFF_FFFF) ^ 0x30_302D  // -00
    let time = base.word(at: 11) ^ 0x3030_3A30_303A_3030  // 00:00:00
    var wrong = beyond(month, 0x7F76_7E7F_7676_7676)  // 9999-19-
    wrong |= beyond(day, 0x76_7C7F)  // -39
    wrong |= beyond(time, 0x767A_7F76_7A7F_767D)  // 29:59:59
    var fraction: UInt64 = 0
    let more = count &- (isJSON ? 25 : 22)
    if more != 0 {
      // A point and digits; missing digits count as zeros.
      guard more >= 2, more <= 7, count >= 27, base.load(fromByteOffset: 19, as: UInt8.self) == 0x2E else { return nil }
      let digits = (base.word(at: 19) >> 8 ^ 0x3030_3030_3030) & (1 &<< UInt64(truncatingIfNeeded: more &* 8 &- 8) &- 1)
      wrong |= beyond(digits, 0x7676_7676_7676)
      let pairs = pairs(digits)
      fraction = (pairs & 0xFF) &* 10_000 &+ (pairs >> 16 & 0xFF) &* 100 &+ (pairs >> 32 & 0xFF)
    }
    if wrong != 0 { return nil }
    let (dates, times) = (pairs(month), pairs(time))
    let date = ShapedDate(
      year: UInt32(truncatingIfNeeded: dates & 0xFF) &* 100 &+ UInt32(truncatingIfNeeded: dates >> 16 & 0xFF),
      month: UInt32(truncatingIfNeeded: dates >> 40 & 0xFF), day: UInt32(truncatingIfNeeded: pairs(day) >> 8 & 0xFF))
    let hour = times & 0xFF
    guard date.exists, hour < 24 else { return nil }
    let seconds = (hour &* 60 &+ (times >> 24 & 0xFF)) &* 60 &+ (times >> 48 & 0xFF)
    return Instant(
      microseconds: (date.daysSinceEpoch &* 86_400 &+ Int64(seconds)) &* 1_000_000 &+ Int64(fraction))
  }

  /// The top bits of the bytes that exceed their bound; `slack` is 0x7F less the bound, for each byte.
  @inline(__always)
  private static func beyond(_ bytes: UInt64, _ slack: UInt64) -> UInt64 {
    ((bytes &+ slack) | bytes) & 0x8080_8080_8080_8080
  }

  /// In each byte, the two-digit number that its digit and the next one form.
  @inline(__always)
  private static func pairs(_ digits: UInt64) -> UInt64 { digits &* 10 &+ (digits >> 8) }
}

/// A date of four, two and two digits: a cheaper ``CivilDate``.
private struct ShapedDate {
  var year: UInt32
  var month: UInt32
  var day: UInt32

  @inline(__always)
  var exists: Bool {
    // Most days exist in every month.
    if year != 0, month &- 1 < 12, day &- 1 < 28 { return true }
    return year != 0 && CivilDate(year: Int(year), month: Int(month), day: Int(day)).exists
  }

  /// Days since 1970-01-01 of a date that exists. Months are counted from March, five of which have 153 days; 979/32 is
  /// a close enough approximation of 153/5 (C. Neri, L. Schneider, "Euclidean affine functions and their application to
  /// calendar algorithms", 2022).
  @inline(__always)
  var daysSinceEpoch: Int64 {
    let isEarly: UInt32 = month <= 2 ? 1 : 0
    let years = year &- isEarly
    let centuries = years / 100
    let leapDays = years / 4 &- centuries &+ centuries / 4
    let days = years &* 365 &+ leapDays &+ (979 &* (month &+ 12 &* isEarly) &- 2919) / 32 &+ day
    return Int64(days) &- 719_469
  }
}

extension UnsafeRawPointer {
  /// Eight bytes from `offset`, the first in the lowest bits.
  @inline(__always)
  fileprivate func word(at offset: Int) -> UInt64 { loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
}
