import EventModel
import JSONTape
import TimeZones

/// Which session a jump belongs to: the one its metadata names, else the local day, carried over
/// midnight while jumps follow each other within three hours and eight hours in all.
///
/// Only rows that yield a jump observation move the state.
struct SessionKeys {
  private struct Fallback {
    var key: CivilDate
    var start: Instant
    var last: Instant
    var day: CivilDate
  }

  private var state: Fallback?

  /// The session's key; the row's texts hold it.
  mutating func key(of row: TrainingRow, in zone: TimeZone) throws(Refusal) -> UnsafeRawBufferPointer {
    let time = try TemporalPoint.of(row)
    let day = zone.localDate(of: time)
    guard day.year >= 1, day.year <= 9999 else {
      throw Refusal(.instantOutOfRange, "a local date outside the years 1 to 9999")
    }
    let named = row.metadata.orNull(.sessionID).trimmed(row.scratch)
    if !named.isEmpty {
      state = nil
      row.observer?.joined(SessionFact(key: string(named), origin: .named, time: time, localDate: day))
      return named
    }
    let key = advance(time, day)
    row.observer?.joined(
      SessionFact(key: string(key), origin: key == day ? .day : .continued, time: time, localDate: day))
    var bytes: [UInt8] = []
    appendISO(key, to: &bytes)
    return bytes.withUnsafeBytes { row.scratch.keep($0) }
  }

  private mutating func advance(_ time: Instant, _ day: CivilDate) -> CivilDate {
    guard var open = state else {
      state = Fallback(key: day, start: time, last: time, day: day)
      return day
    }
    let isSameDay = day == open.day
    let sinceLast = time.microseconds - open.last.microseconds
    let sinceStart = time.microseconds - open.start.microseconds
    if !isSameDay, sinceLast > SessionKeys.longestPause || sinceStart > SessionKeys.longestSession {
      open.key = day
      open.start = time
    }
    open.last = time
    open.day = day
    state = open
    return open.key
  }

  private static let longestPause: Int64 = 3 * 3_600_000_000
  private static let longestSession: Int64 = 8 * 3_600_000_000
}
