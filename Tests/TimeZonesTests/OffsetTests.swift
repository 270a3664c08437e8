import EventModel
import Testing

@testable import TimeZones

/// An instant in a zone, and zoneinfo's result: the offset in seconds east of UTC, and the local date.
struct ZoneCase: Sendable, CustomTestStringConvertible {
  var zone: String
  var instant: String
  var offset: Int
  var date: String

  init(_ zone: String, _ instant: String, _ offset: Int, _ date: String) {
    self.zone = zone
    self.instant = instant
    self.offset = offset
    self.date = date
  }

  var testDescription: String { "\(instant)Z in \(zone)" }
}

/// A local time, and the UTC time that zoneinfo converts it to.
struct ReadingCase: Sendable, CustomTestStringConvertible {
  var zone: String
  var local: String
  var utc: String

  init(_ zone: String, _ local: String, _ utc: String) {
    self.zone = zone
    self.local = local
    self.utc = utc
  }

  var testDescription: String { "\(local) in \(zone)" }
}

@Suite("training-signals.md §7: zone hints and local dates")
struct OffsetTests {
  @Test(
    "training-signals.md §7 — the local date of an instant is that of the user's time zone", arguments: instantCases)
  func localDate(_ example: ZoneCase) throws {
    let instant = Instant(microseconds: microseconds(example.instant))
    #expect(try zone(example.zone).offset(atUTC: instant) == example.offset)
    #expect(text(try zone(example.zone).localDate(of: instant)) == example.date)
  }

  @Test(
    "training-signals.md §7 — a local time without offset: first of two at a fold, pre-transition offset in a gap",
    arguments: readingCases)
  func reading(_ example: ReadingCase) throws {
    let result = try zone(example.zone).utc(fromLocalMicroseconds: microseconds(example.local))
    #expect(text(microseconds: result) == example.utc)
  }

  @Test("Times and dates at the ends of the calendar may lie beyond it and do not trap")
  func endsOfTheCalendar() throws {
    let east = try zone("Etc/GMT-14")
    let west = try zone("Etc/GMT+12")
    let first = Instant.range.lowerBound
    let last = Instant.range.upperBound
    #expect(Instant(microseconds: east.utc(fromLocalMicroseconds: first.microseconds)) < first)
    #expect(Instant(microseconds: west.utc(fromLocalMicroseconds: last.microseconds)) > last)
    #expect(west.localDate(of: first) == CivilDate(year: 0, month: 12, day: 31))
    #expect(east.localDate(of: last) == CivilDate(year: 10_000, month: 1, day: 1))
  }
}

private let instantCases = [
  ZoneCase("UTC", "2026-01-05T12:00:00", 0, "2026-01-05"),
  ZoneCase("Europe/Berlin", "2026-03-29T00:59:59.999999", 3600, "2026-03-29"),
  ZoneCase("Europe/Berlin", "2026-03-29T01:00:00", 7200, "2026-03-29"),
  ZoneCase("Europe/Berlin", "2026-10-25T00:59:59.999999", 7200, "2026-10-25"),
  ZoneCase("Europe/Berlin", "2026-10-25T01:00:00", 3600, "2026-10-25"),
  ZoneCase("Europe/Berlin", "1890-01-01T00:00:00", 3208, "1890-01-01"),
  ZoneCase("America/New_York", "0001-01-02T00:00:00", -17762, "0001-01-01"),
  ZoneCase("America/New_York", "2039-07-01T00:00:00", -14400, "2039-06-30"),
  ZoneCase("America/New_York", "9999-12-30T00:00:00", -18000, "9999-12-29"),
  ZoneCase("Europe/Dublin", "2026-07-01T00:00:00", 3600, "2026-07-01"),
  ZoneCase("Europe/Dublin", "2030-12-01T00:00:00", 0, "2030-12-01"),
  ZoneCase("Africa/Casablanca", "2026-03-01T00:00:00", 0, "2026-03-01"),
  ZoneCase("Africa/Casablanca", "2026-07-01T00:00:00", 3600, "2026-07-01"),
  ZoneCase("Africa/Casablanca", "2200-07-01T00:00:00", 3600, "2200-07-01"),
  ZoneCase("Antarctica/Troll", "2040-07-01T00:00:00", 7200, "2040-07-01"),
  ZoneCase("Australia/Lord_Howe", "2040-01-01T00:00:00", 39600, "2040-01-01"),
  ZoneCase("Australia/Lord_Howe", "2040-07-01T00:00:00", 37800, "2040-07-01"),
  ZoneCase("Asia/Calcutta", "2026-01-05T12:00:00", 19800, "2026-01-05"),
  ZoneCase("Asia/Kathmandu", "1985-12-31T18:29:59", 19800, "1985-12-31"),
  ZoneCase("Asia/Kathmandu", "1985-12-31T18:30:00", 20700, "1986-01-01"),
  ZoneCase("Africa/Monrovia", "1950-01-01T00:00:00", -2670, "1949-12-31"),
  ZoneCase("America/Nuuk", "2040-03-24T23:00:00", -7200, "2040-03-24"),
  ZoneCase("America/Nuuk", "2040-03-25T01:00:00", -3600, "2040-03-25"),
  ZoneCase("Asia/Gaza", "2087-06-01T00:00:00", 10800, "2087-06-01"),
  ZoneCase("Etc/GMT+5", "2026-01-05T12:00:00", -18000, "2026-01-05"),
  ZoneCase("EST5EDT", "2026-07-05T12:00:00", -14400, "2026-07-05"),
  ZoneCase("Pacific/Apia", "2011-12-30T09:59:59", -36000, "2011-12-29"),
  ZoneCase("Pacific/Apia", "2011-12-30T10:00:00", 50400, "2011-12-31"),
  ZoneCase("Africa/Cairo", "2026-10-29T20:59:59", 10800, "2026-10-29"),
  ZoneCase("Africa/Cairo", "2026-10-29T21:00:00", 7200, "2026-10-29"),
  ZoneCase("America/Santiago", "2045-01-01T00:00:00", -10800, "2044-12-31"),
  ZoneCase("Factory", "2026-01-01T00:00:00", 0, "2026-01-01"),
]

private let readingCases = [
  ReadingCase("UTC", "2026-01-05T12:00:00", "2026-01-05T12:00:00"),
  ReadingCase("Europe/Berlin", "2026-01-05T12:00:00", "2026-01-05T11:00:00"),
  ReadingCase("Europe/Berlin", "2026-03-29T02:00:00", "2026-03-29T01:00:00"),
  ReadingCase("Europe/Berlin", "2026-03-29T02:30:00.500000", "2026-03-29T01:30:00.500000"),
  ReadingCase("Europe/Berlin", "2026-03-29T02:59:59.999999", "2026-03-29T01:59:59.999999"),
  ReadingCase("Europe/Berlin", "2026-03-29T03:00:00", "2026-03-29T01:00:00"),
  ReadingCase("Europe/Berlin", "2026-10-25T02:00:00", "2026-10-25T00:00:00"),
  ReadingCase("Europe/Berlin", "2026-10-25T02:59:59.999999", "2026-10-25T00:59:59.999999"),
  ReadingCase("Europe/Berlin", "2026-10-25T03:00:00", "2026-10-25T02:00:00"),
  ReadingCase("America/New_York", "1883-11-18T12:00:00", "1883-11-18T16:56:02"),
  ReadingCase("America/New_York", "2007-03-11T02:30:00", "2007-03-11T07:30:00"),
  ReadingCase("America/New_York", "2039-11-06T01:30:00", "2039-11-06T05:30:00"),
  ReadingCase("America/New_York", "2039-03-13T02:30:00", "2039-03-13T07:30:00"),
  ReadingCase("Europe/Dublin", "2039-03-27T01:30:00", "2039-03-27T01:30:00"),
  ReadingCase("Europe/Dublin", "2039-10-30T01:30:00", "2039-10-30T00:30:00"),
  ReadingCase("Australia/Lord_Howe", "2040-04-01T01:45:00", "2040-03-31T14:45:00"),
  ReadingCase("Australia/Lord_Howe", "2040-10-07T02:15:00", "2040-10-06T15:45:00"),
  ReadingCase("Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T22:00:00"),
  ReadingCase("Africa/Monrovia", "1972-01-07T00:20:00", "1972-01-07T01:04:30"),
  ReadingCase("Asia/Tokyo", "2026-01-05T12:00:00", "2026-01-05T03:00:00"),
  ReadingCase("America/Nuuk", "2040-03-24T23:30:00", "2040-03-25T01:30:00"),
  ReadingCase("America/Nuuk", "2040-10-27T23:30:00", "2040-10-28T00:30:00"),
  ReadingCase("Asia/Kolkata", "2026-01-05T12:00:00.000001", "2026-01-05T06:30:00.000001"),
]
