/// A point in time with the resolution of PostgreSQL's `timestamptz`: whole microseconds since
/// 1970-01-01T00:00:00Z, proleptic Gregorian, no leap seconds.
///
/// Refold accepts the years 1 to 9999 only; ``range`` is the same bound.
public struct Instant: Hashable, Sendable, Comparable, BitwiseCopyable {
  public var microseconds: Int64

  @inlinable @inline(__always) public init(microseconds: Int64) { self.microseconds = microseconds }

  @inlinable @inline(__always) public static func < (a: Instant, b: Instant) -> Bool { a.microseconds < b.microseconds }

  /// 0001-01-01T00:00:00Z … 9999-12-31T23:59:59.999999Z.
  public static let range =
    Instant(microseconds: -62_135_596_800_000_000)...Instant(microseconds: 253_402_300_799_999_999)

  /// Whether something stored at this instant is visible to a read at `reading`; something stored in the same
  /// microsecond is.
  ///
  /// The only definition of visibility: for the events that a live row could see, for `explain --stored-by`, for
  /// witnesses.
  @inlinable @inline(__always) public func isVisible(at reading: Instant) -> Bool { self <= reading }
}

/// A day of the proleptic Gregorian calendar.
public struct CivilDate: Hashable, Sendable, BitwiseCopyable {
  public var year: Int
  public var month: Int
  public var day: Int

  public init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// Days since 1970-01-01. Days-from-civil as in H. Hinnant, "chrono-Compatible Low-Level Date
  /// Algorithms". O(1).
  public var daysSinceEpoch: Int {
    let y = month <= 2 ? year &- 1 : year
    let dayOfYear = (153 &* (month &+ (month > 2 ? -3 : 9)) &+ 2) / 5 &+ day &- 1
    if y >= 0, y < 10_000 {
      let years = UInt32(truncatingIfNeeded: y)
      let leapDays = years / 4 &- years / 100 &+ years / 400
      return Int(years &* 365 &+ leapDays) &+ dayOfYear &- 719_468
    }
    let era = (y >= 0 ? y : y &- 399) / 400
    let yearOfEra = y &- era &* 400
    let dayOfEra = yearOfEra &* 365 &+ yearOfEra / 4 &- yearOfEra / 100 &+ dayOfYear
    return era &* 146_097 &+ dayOfEra &- 719_468
  }

  public init(daysSinceEpoch days: Int) {
    let z = days + 719_468
    let era = (z >= 0 ? z : z - 146_096) / 146_097
    let dayOfEra = z - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    self.init(
      year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
      day: dayOfYear - (153 * shifted + 2) / 5 + 1)
  }

  /// Whether the month has that day (and the month exists).
  public var exists: Bool {
    month >= 1 && month <= 12 && day >= 1 && (day <= 28 || day <= CivilDate.days(inMonth: month, of: year))
  }

  public static func isLeap(_ year: Int) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }

  public static func days(inMonth month: Int, of year: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}

extension Instant: CustomStringConvertible {
  /// `2026-01-05T17:30:00.123000+00:00`: always UTC, six fraction digits, none when zero.
  public var description: String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(32)
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends ``description``.
  public func append(to bytes: inout [UInt8]) {
    withUnsafeTemporaryAllocation(byteCount: Instant.isoRoom, alignment: 8) { text in
      guard let base = text.baseAddress else { return }
      let count = writeISO(to: base)
      bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[..<count]))
    }
  }

  /// Microseconds in a day.
  public static let day: Int64 = 86_400_000_000
}

/// Appends `YYYY-MM-DDTHH:MM:SS[.ffffff]` for a local or UTC reading, without an offset.
public func appendISO(microsecondsSinceEpoch: Int64, to bytes: inout [UInt8]) {
  withUnsafeTemporaryAllocation(byteCount: Instant.isoRoom, alignment: 8) { text in
    guard let base = text.baseAddress else { return }
    let count = writeISO(microsecondsSinceEpoch: microsecondsSinceEpoch, to: base)
    bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[..<count]))
  }
}

/// Appends `YYYY-MM-DD`.
public func appendISO(_ date: CivilDate, to bytes: inout [UInt8]) {
  withUnsafeTemporaryAllocation(byteCount: CivilDate.isoLength, alignment: 8) { text in
    guard let base = text.baseAddress else { return }
    date.writeISO(to: base)
    bytes.append(contentsOf: UnsafeRawBufferPointer(text))
  }
}

/// Appends the last `width` decimal digits, an even number, of a non-negative number.
public func appendDigits(_ value: Int64, width: Int, to bytes: inout [UInt8]) {
  if width > 2 { appendDigits(value / 100, width: width - 2, to: &bytes) }
  let pair = UInt8(truncatingIfNeeded: value % 100)
  bytes.append(0x30 + pair / 10)
  bytes.append(0x30 + pair % 10)
}

/// Division rounding towards negative infinity.
public func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
  let quotient = a / b
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient
}
