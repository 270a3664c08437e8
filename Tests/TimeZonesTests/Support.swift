import EventModel

@testable import TimeZones

/// Looks a name up.
func lookup(_ name: String) -> ZoneLookup {
  Array(name.utf8).withUnsafeBytes { TimeZone.lookup(trimmed: $0) }
}

/// The zone with this name; throws if there is none.
func zone(_ name: String) throws -> TimeZone {
  guard case .zone(let zone) = lookup(name) else { throw NoSuchZone(name: name) }
  return zone
}

extension TimeZone {
  /// The offset in force at an instant, in seconds east of UTC.
  func offset(atUTC instant: Instant) -> Int {
    span(atUTCSecond: floorDivide(instant.microseconds, 1_000_000)).offset
  }

  /// The local date in the zone at an instant, from a new calendar.
  func localDate(of instant: Instant) -> CivilDate {
    var calendar = LocalCalendar(self)
    return CivilDate(daysSinceEpoch: calendar.day(of: instant))
  }
}

struct NoSuchZone: Error {
  var name: String
}

/// Microseconds since 1970 of `YYYY-MM-DDTHH:MM:SS[.ffffff]`.
func microseconds(_ reading: String) -> Int64 {
  let parts = reading.split { "-T:.".contains($0) }.map { Int64($0)! }
  let days = CivilDate(year: Int(parts[0]), month: Int(parts[1]), day: Int(parts[2])).daysSinceEpoch
  let seconds = Int64(days) * 86_400 + parts[3] * 3600 + parts[4] * 60 + parts[5]
  return seconds * 1_000_000 + (parts.count > 6 ? parts[6] : 0)
}

/// `YYYY-MM-DD`, as the session key prints it.
func text(_ date: CivilDate) -> String {
  var bytes: [UInt8] = []
  appendISO(date, to: &bytes)
  return String(decoding: bytes, as: UTF8.self)
}

/// `YYYY-MM-DDTHH:MM:SS[.ffffff]`.
func text(microseconds: Int64) -> String {
  var bytes: [UInt8] = []
  appendISO(microsecondsSinceEpoch: microseconds, to: &bytes)
  return String(decoding: bytes, as: UTF8.self)
}
