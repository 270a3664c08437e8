/// The shapes in which PostgreSQL prints most instants when its time zone is UTC, read eight bytes at a time.
extension TimestampText {
  /// Reads `YYYY-MM-DDTHH:MM:SS`, with `T` or a space, without or with six digits of a second's fraction, and `+00:00`
  /// (JSON) or `+00` (CSV and COPY text) behind it.
  ///
  /// `nil` for every other shape and for what is no instant: ``parse(_:)`` knows those. O(1).
  @inline(__always)
  static func parseShape(_ base: UnsafeRawPointer, count: Int) -> Instant? {
    guard count == 25 || count == 32 || count == 22 || count == 29 else { return nil }
    let separator = base.load(fromByteOffset: 10, as: UInt8.self)
    guard separator == 0x54 || separator == 0x20, base.load(fromByteOffset: 16, as: UInt8.self) == 0x3A else {
      return nil
    }
    // Eight bytes each; what differs from the shape is a digit's value, or nothing where no digit stands.
    let date = base.differences(at: 0, from: 0x2D30_302D_3030_3030)  // 0000-00-
    let time = base.differences(at: 8, from: 0x3030_3A30_3000_3030 | UInt64(separator) << 16)  // 00T00:00
    var wrong = beyond(date, 0x7F76_767F_7676_7676) | beyond(time, 0x7676_7F76_767F_7676)
    var second: UInt64
    var fraction: UInt64 = 0
    if count >= 29 {
      let seconds = base.differences(at: 17, from: 0x3030_3030_302E_3030)  // 00.00000
      wrong |= beyond(seconds, 0x7676_7676_767F_7676)
      wrong |=
        count == 32
        ? beyond(base.differences(at: 24, from: 0x3030_3A30_302B_3030), 0x7F7F_7F7F_7F7F_7676)  // 00+00:00
        : beyond(base.differences(at: 21, from: 0x3030_2B30_3030_3030), 0x7F7F_7F76_7676_7676)  // 00000+00
      let pairs = pairs(base.differences(at: 18, from: 0x3030_3030_3030_2E30))  // 0.000000
      fraction = (pairs >> 16 & 0xFF) * 10_000 + (pairs >> 32 & 0xFF) * 100 + (pairs >> 48 & 0xFF)
      second = self.pairs(seconds)
    } else if count == 25 {
      let end = base.differences(at: 17, from: 0x3030_3A30_302B_3030)  // 00+00:00
      wrong |= beyond(end, 0x7F7F_7F7F_7F7F_7676)
      second = pairs(end)
    } else {
      let end = base.differences(at: 14, from: 0x3030_2B30_303A_3030)  // 00:00+00
      wrong |= beyond(end, 0x7F7F_7F76_767F_7676)
      second = pairs(end) >> 24
    }
    second &= 0xFF
    if wrong != 0 { return nil }
    let datePairs = pairs(date)
    let timePairs = pairs(time)
    let day = CivilDate(
      year: Int(datePairs & 0xFF) &* 100 &+ Int(datePairs >> 16 & 0xFF), month: Int(datePairs >> 40 & 0xFF),
      day: Int(timePairs & 0xFF))
    let hour = Int(timePairs >> 24 & 0xFF)
    let minute = Int(timePairs >> 48 & 0xFF)
    guard day.year >= 1, day.exists, hour < 24, minute < 60, second < 60 else { return nil }
    let total = ((day.daysSinceEpoch &* 24 &+ hour) &* 60 &+ minute) &* 60 &+ Int(second)
    return Instant(microseconds: Int64(total) &* 1_000_000 &+ Int64(fraction))
  }

  /// The top bits of those bytes that exceed their bound; `slack` is 0x7F less the bound, for each byte.
  @inline(__always)
  private static func beyond(_ bytes: UInt64, _ slack: UInt64) -> UInt64 {
    ((bytes &+ slack) | bytes) & 0x8080_8080_8080_8080
  }

  /// In each byte the number that its digit and the next one make.
  @inline(__always)
  private static func pairs(_ digits: UInt64) -> UInt64 { digits &* 10 &+ (digits >> 8) }
}

extension UnsafeRawPointer {
  @inline(__always)
  fileprivate func differences(at offset: Int, from shape: UInt64) -> UInt64 {
    loadUnaligned(fromByteOffset: offset, as: UInt64.self) ^ shape
  }
}
