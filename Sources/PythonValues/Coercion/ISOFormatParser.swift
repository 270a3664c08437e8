import EventModel
import Folding

/// The grammar of CPython 3.11 and 3.12's `datetime.fromisoformat`, which is wider than its
/// documentation (values.md: dates in strings has it in full). Works on bytes: every character that
/// has a meaning is ASCII.
public struct ISOFormatParser {
  public let text: UnsafeRawBufferPointer

  public init(_ text: UnsafeRawBufferPointer) { self.text = text }

  /// The byte at `index`, 0 past the end: no text holds a NUL.
  @inline(__always)
  private func byte(_ index: Int) -> UInt8 { index < text.count ? text[index] : 0 }

  /// The number in the `count` ASCII digits at `index`.
  @inline(__always)
  private func digits(_ index: Int, _ count: Int) -> Int? {
    guard index + count <= text.count else { return nil }
    var value = 0
    for place in index..<index + count {
      guard ASCII.isDigit(text[place]) else { return nil }
      value = value * 10 + Int(text[place] - ASCII.zero)
    }
    return value
  }

  /// The whole text. O(n).
  public func parse() -> PythonDateTime? {
    let dateEnd = dateLength()
    guard dateEnd <= text.count, let date = parseDate(end: dateEnd) else { return nil }
    let midnight = Int64(date.daysSinceEpoch) * 86_400_000_000
    if dateEnd == text.count { return PythonDateTime(localMicroseconds: midnight, offsetMicroseconds: nil) }
    let timeStart = dateEnd + UTF8Scalars.decode(text, at: dateEnd).length
    var sign = timeStart
    while sign < text.count, text[sign] != ASCII.plus, text[sign] != ASCII.minus { sign += 1 }
    guard let clock = parseClock(from: timeStart, to: sign) else { return nil }
    guard clock.hour < 24, clock.minute < 60, clock.second < 60 else { return nil }
    var result = PythonDateTime(localMicroseconds: midnight + clock.microseconds, offsetMicroseconds: nil)
    if sign == text.count { return clock.complete ? result : nil }
    guard let offset = parseClock(from: sign + 1, to: text.count), offset.complete else { return nil }
    // Zero whole seconds are UTC, whatever the fraction.
    var magnitude = offset.microseconds
    if magnitude < 1_000_000 { magnitude = 0 }
    guard magnitude < 86_400_000_000 else { return nil }
    result.offsetMicroseconds = text[sign] == ASCII.minus ? -magnitude : magnitude
    return result
  }
}

extension ISOFormatParser {
  /// Where the date ends, by looks only; 8 bytes of `YYYYMMDD` unless a `-` or a `W` tells otherwise.
  private func dateLength() -> Int {
    let week: UInt8 = 0x57
    if text.count == 7 { return 7 }
    if byte(4) == ASCII.minus {
      guard byte(5) == week else { return 10 }
      // `YYYY-Www-D`, unless two digits after the `-` show that it separates an hour.
      return byte(8) == ASCII.minus && !ASCII.isDigit(byte(10)) ? 10 : 8
    }
    guard byte(4) == week else { return 8 }
    // `YYYYWww` or `YYYYWwwD`: an odd number of digits after the year's week can only be hours,
    // minutes and seconds after a separating digit.
    var end = 7
    while ASCII.isDigit(byte(end)) { end += 1 }
    let count = end - 7
    return count < 2 ? end : count % 2 == 1 ? 7 : 8
  }

  /// The date in the first `end` bytes; a calendar day of the years 1–9999 that exists.
  private func parseDate(end: Int) -> CivilDate? {
    guard let year = digits(0, 4), year >= 1 else { return nil }
    let separated = byte(4) == ASCII.minus
    let start = separated ? 5 : 4
    if byte(start) == 0x57 { return parseWeekDate(year: year, from: start + 1, end: end, separated: separated) }
    guard let month = digits(start, 2) else { return nil }
    if separated && byte(7) != ASCII.minus { return nil }
    guard let day = digits(separated ? 8 : 6, 2) else { return nil }
    let date = CivilDate(year: year, month: month, day: day)
    return date.exists ? date : nil
  }

  /// `ww[[-]D]` of an ISO week year, Monday when the day is left out.
  private func parseWeekDate(year: Int, from start: Int, end: Int, separated: Bool) -> CivilDate? {
    guard let week = digits(start, 2) else { return nil }
    var weekday = 1
    if start + 2 < end {
      if separated && byte(start + 2) != ASCII.minus { return nil }
      guard let written = digits(start + (separated ? 3 : 2), 1) else { return nil }
      weekday = written
    }
    guard week >= 1, weekday >= 1, weekday <= 7 else { return nil }
    let monday = ISOFormatParser.firstMonday(of: year)
    // The year has 52 or 53 weeks: the next one's first Monday is past them.
    guard monday + 7 * (week - 1) < ISOFormatParser.firstMonday(of: year + 1) else { return nil }
    let date = CivilDate(daysSinceEpoch: monday + 7 * (week - 1) + weekday - 1)
    return date.year >= 1 && date.year <= 9999 ? date : nil
  }

  /// The Monday of ISO week 1, the week of January 4th, in days since 1970-01-01 (a Thursday).
  private static func firstMonday(of year: Int) -> Int {
    let fourth = CivilDate(year: year, month: 1, day: 4).daysSinceEpoch
    return fourth - Int((Int64(fourth) + 3) - 7 * floorDivide(Int64(fourth) + 3, 7))
  }
}

extension ISOFormatParser {
  /// Two-digit fields as written, not yet held to the limits of a clock.
  private struct Clock {
    var hour = 0
    var minute = 0
    var second = 0
    var fraction = 0
    /// Whether it ran to the end of the text; a time before an offset does not.
    var complete = true

    var microseconds: Int64 { Int64(hour * 3600 + minute * 60 + second) * 1_000_000 + Int64(fraction) }
  }

  /// A time or an offset without its sign, in the bytes `start..<end`.
  ///
  /// The end is where an offset's sign is, or that of the text. What CPython does not look at is
  /// ignored here too: one byte after the last field, and anything after the sixth fraction digit.
  private func parseClock(from start: Int, to end: Int) -> Clock? {
    var clock = Clock()
    var index = start
    var colons = true
    for field in 0..<3 {
      guard let value = digits(index, 2) else { return nil }
      switch field {
      case 0: clock.hour = value
      case 1: clock.minute = value
      default: clock.second = value
      }
      let next = byte(index + 2)
      index += 3
      if field == 0 { colons = next == ASCII.colon }
      if index >= end {
        clock.complete = next == 0
        return clock
      }
      if colons && next == ASCII.colon { continue }
      if next == ASCII.point || next == ASCII.comma { break }
      if colons { return nil }
      index -= 1
    }
    return parseFraction(from: index, to: end, of: clock)
  }

  /// Adds the fraction in `start..<end` (not empty): up to six digits count, more are cut off.
  private func parseFraction(from start: Int, to end: Int, of clock: Clock) -> Clock? {
    let count = min(end - start, 6)
    guard var fraction = digits(start, count) else { return nil }
    for _ in count..<6 { fraction *= 10 }
    var index = start + count
    while ASCII.isDigit(byte(index)) { index += 1 }
    var result = clock
    result.fraction = fraction
    result.complete = index >= text.count
    return result
  }
}
