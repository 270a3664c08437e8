import EventModel
import Folding

/// Parses the grammar of `datetime.fromisoformat` in CPython 3.11 and 3.12. CPython accepts more than its documentation
/// says; the complete grammar is in values.md: dates in strings. The parser works on bytes, because every character
/// with a meaning is ASCII.
public struct ISOFormatParser {
  public let text: UnsafeRawBufferPointer

  public init(_ text: UnsafeRawBufferPointer) { self.text = text }

  /// The byte at `index`; 0 past the end, because no text contains a NUL.
  @inline(__always)
  private func byte(_ index: Int) -> UInt8 { index < text.count ? text[index] : 0 }

  /// The number in the `count` ASCII digits at `index`; `nil` if they are not all digits.
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

  /// Parses the whole text; `nil` if it is not a date. O(n).
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
    // An offset of less than one second is UTC, whatever the fraction.
    var magnitude = offset.microseconds
    if magnitude < 1_000_000 { magnitude = 0 }
    guard magnitude < 86_400_000_000 else { return nil }
    result.offsetMicroseconds = text[sign] == ASCII.minus ? -magnitude : magnitude
    return result
  }
}

extension ISOFormatParser {
  /// The length of the date, by its form only: 8 bytes as in `YYYYMMDD`, unless a `-` or a `W` indicates another form.
  /// A text of 7 bytes is all date.
  private func dateLength() -> Int {
    let week: UInt8 = 0x57
    if text.count == 7 { return 7 }
    if byte(4) == ASCII.minus {
      guard byte(5) == week else { return 10 }
      // `YYYY-Www-D`, unless the second byte after the last `-` is a digit: then that `-` separates the time.
      return byte(8) == ASCII.minus && !ASCII.isDigit(byte(10)) ? 10 : 8
    }
    guard byte(4) == week else { return 8 }
    // `YYYYWww` or `YYYYWwwD`. An odd number of digits after the week, from three on, can only be a separating digit
    // and the time.
    var end = 7
    while ASCII.isDigit(byte(end)) { end += 1 }
    let count = end - 7
    return count < 2 ? end : count % 2 == 1 ? 7 : 8
  }

  /// Parses the date in the first `end` bytes; `nil` if it is not an existing day of the years 1–9999.
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

  /// Parses `ww[[-]D]` of an ISO week year. Without a day, the date is the Monday.
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
    // The year has 52 or 53 weeks. All of them begin before week 1 of the next year.
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
  /// The fields as written, not yet checked against the limits of a clock. The fraction is in microseconds.
  private struct Clock {
    var hour = 0
    var minute = 0
    var second = 0
    var fraction = 0
    /// Whether the parser reached the end of the text. A time before an offset does not reach it.
    var complete = true

    var microseconds: Int64 { Int64(hour * 3600 + minute * 60 + second) * 1_000_000 + Int64(fraction) }
  }

  /// Parses a time, or an offset without its sign, in the bytes `start..<end`.
  ///
  /// `end` is the index of the offset's sign or the end of the text. The parser ignores the bytes that CPython ignores:
  /// one byte after the last field, and everything after the sixth digit of the fraction.
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

  /// Adds the fraction in `start..<end`, which must not be empty. Digits after the sixth are cut off.
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
