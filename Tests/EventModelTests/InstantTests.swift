import TestSupport
import Testing

@testable import EventModel

/// event-log.md, timestamps; values.md, isoformat.
@Suite("event-log.md: instants")
struct InstantTests {
  @Test(
    "event-log.md: timestamps as PostgreSQL prints them and operators type them",
    arguments: [
      ("2026-01-05T17:30:00+00:00", "2026-01-05T17:30:00+00:00"),
      ("2026-01-05 17:30:00+00", "2026-01-05T17:30:00+00:00"),
      ("2026-01-05 17:30:00.123+00", "2026-01-05T17:30:00.123000+00:00"),
      ("2026-01-05T17:30:00.000001Z", "2026-01-05T17:30:00.000001+00:00"),
      ("2026-01-05 17:30:00+05:30", "2026-01-05T12:00:00+00:00"),
      ("2026-01-05 17:30:00-03", "2026-01-05T20:30:00+00:00"),
      ("1880-01-05 17:30:00+01:23:45", "1880-01-05T16:06:15+00:00"),
      ("2024-02-29T23:59:59.999999-00:01", "2024-03-01T00:00:59.999999+00:00"),
      ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+00:00"),
      ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999+00:00"),
      ("0001-01-01T01:00:00+01:00", "0001-01-01T00:00:00+00:00"),
      ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500000+00:00"),
      ("1900-02-28T24:00:00Z", ""), ("2000-02-29T00:00:00Z", "2000-02-29T00:00:00+00:00"),
    ])
  func parse(_ text: String, _ iso: String) throws {
    if iso.isEmpty {
      #expect(throws: TimestampText.Fault.self) { try TimestampText.parse(text) }
    } else {
      #expect(try TimestampText.parse(text).description == iso)
    }
  }

  @Test(
    "event-log.md: malformed timestamps, each with its reason",
    arguments: [
      ("infinity", "infinite, which is no instant"), ("-infinity", "infinite, which is no instant"),
      ("0044-03-15 00:00:00+00 BC", "outside the years 1 to 9999"),
      ("10000-01-01 00:00:00+00", "outside the years 1 to 9999"),
      ("0000-01-01T00:00:00Z", "no such date"), ("2026-02-29T00:00:00Z", "no such date"),
      ("2026-13-01T00:00:00Z", "no such date"),
      (
        "2026-01-05T17:30:00",
        "without an offset, so that the instant is not known; export it as timestamptz: SET timezone TO 'UTC'"
      ),
      (
        "2026-01-05T17:30:00.5",
        "without an offset, so that the instant is not known; export it as timestamptz: SET timezone TO 'UTC'"
      ),
      ("2026-01-05T24:00:00Z", "no such time of day"), ("2026-01-05T23:60:00Z", "no such time of day"),
      ("2026-06-30T23:59:60Z", "a leap second, which PostgreSQL does not store"),
      ("2026-01-05T17:30:00.1234567Z", "finer than a microsecond"), ("2026-01-05T17:30:00.Z", "not a timestamp"),
      ("2026-01-05T17:30:00+5", InstantTests.otherOffset), ("2026-01-05T17:30:00+05:3", InstantTests.otherOffset),
      ("2026-01-05T17:30:00+05:60", "not a timestamp"), ("2026-01-05T17:30:00+24:00", "not a timestamp"),
      ("2026-01-05x17:30:00Z", "not a timestamp"), ("2026-01-05T17:30:00z", InstantTests.otherOffset),
      ("", "not a timestamp"),
      ("0001-01-01T00:00:00+01:00", "outside the years 1 to 9999"),
      ("9999-12-31T23:30:00-01:00", "outside the years 1 to 9999"),
      (" 2026-01-05T17:30:00Z", "not a timestamp"), ("2026-01-05T17:30:00Z ", InstantTests.otherOffset),
    ])
  func refused(_ text: String, _ reason: String) {
    let fault = #expect(throws: TimestampText.Fault.self) { try TimestampText.parse(text) }
    #expect(fault?.reason == reason)
  }

  static let otherOffset =
    "a timestamp whose offset is not written as +00, +00:00, Z or UTC after the seconds; export it again: SET timezone TO 'UTC'"

  @Test("values.md: parsing a printed instant gives the same instant", arguments: [11] as [UInt64])
  func roundTrip(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let range = Instant.range.lowerBound.microseconds...Instant.range.upperBound.microseconds
    for _ in 0..<5000 {
      var microseconds = Int64.random(in: range, using: &random)
      if Bool.random(using: &random) { microseconds -= (microseconds % 1_000_000 + 1_000_000) % 1_000_000 }
      guard range.contains(microseconds) else { continue }
      let instant = Instant(microseconds: microseconds)
      #expect(try TimestampText.parse(instant.description) == instant, "seed \(seed)")
    }
  }

  @Test("dates and day numbers convert both ways, for every day of 400 years")
  func days() {
    var date = CivilDate(year: 1800, month: 1, day: 1)
    var number = date.daysSinceEpoch
    #expect(CivilDate(year: 1970, month: 1, day: 1).daysSinceEpoch == 0)
    for _ in 0..<146_097 {
      #expect(CivilDate(daysSinceEpoch: number) == date && date.daysSinceEpoch == number)
      number += 1
      date.day += 1
      if !date.exists {
        date.day = 1
        date.month += 1
      }
      if date.month == 13 {
        date.month = 1
        date.year += 1
      }
    }
    #expect(date == CivilDate(year: 2200, month: 1, day: 1))
  }

  @Test("the fast path for common shapes agrees with the byte-by-byte parser, also with a byte changed")
  func shapes() throws {
    var random = SeededGenerator(seed: 11)
    let bytes = Array("0123456789:-+.TZ /\u{7F}\u{0}".utf8)
    for _ in 0..<4000 {
      let instant = Instant(
        microseconds: Int64.random(
          in: Instant.range.lowerBound.microseconds...Instant.range.upperBound.microseconds, using: &random))
      let whole = Instant(microseconds: instant.microseconds - instant.microseconds % 1_000_000)
      // PostgreSQL leaves out the zeros at the end of a fraction.
      let short = instant.description.prefix(20 + Int.random(in: 1...5, using: &random)) + "+00:00"
      for text in [instant.description, whole.description, String(short)] {
        for shape in [text, text.replacing("T", with: " "), String(text.dropLast(3))] {
          var utf8 = Array(shape.utf8)
          if Bool.random(using: &random) {
            utf8[Int.random(in: 0..<utf8.count, using: &random)] = bytes.randomElement(using: &random) ?? 0
          }
          utf8.withUnsafeBytes { text in
            let any = try? TimestampText.parseAny(text, text.baseAddress!)
            #expect((try? TimestampText.parse(text)) == any, "\(String(decoding: text, as: UTF8.self))")
            if let shaped = TimestampText.parseShape(text.baseAddress!, count: text.count) { #expect(shaped == any) }
          }
        }
      }
    }
  }
}
