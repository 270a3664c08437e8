import EventModel
import Folding
import JSONTape
import PythonValues
import TimeZones

/// Assigns each jump to a session: the session that its metadata names, otherwise the session of its local day. Such a
/// session continues past midnight with a jump that is at most three hours after the last jump and at most eight hours
/// after the first.
///
/// Only rows that yield a jump observation change the state. One object is re-used for all users of a thread.
final class SessionKeys {
  /// The session of jumps without a session id. Days are counted from 1970-01-01.
  private struct Fallback {
    var key: Int
    var start: Instant
    var last: Instant
    var day: Int
  }

  private var state: Fallback?
  private var calendar = LocalCalendar(.utc)
  private let keys = TextIndex()
  /// The last fallback key and the index of its session.
  private var lastDay: (key: Int, index: Int)?

  /// Begins a user. Local days are days in the zone.
  func begin(in zone: TimeZone) {
    calendar = LocalCalendar(zone)
    state = nil
    keys.removeAll()
    lastDay = nil
  }

  /// Returns the index of the row's session, in order of first appearance, and whether the row is the first of the
  /// session.
  func session(of row: TrainingRow) throws(Refusal) -> (index: Int, isNew: Bool) {
    let time = try TemporalPoint.of(row)
    let day = calendar.day(of: time)
    guard SessionKeys.days.contains(day) else {
      throw Refusal(.instantOutOfRange, "a local date outside the years 1 to 9999")
    }
    let named = row.metadata.orNull(.sessionID).trimmed(row.scratch)
    if !named.isEmpty {
      state = nil
      observe(row, named, .named, time, day)
      return keys.insert(named)
    }
    let key = advance(time, day)
    if row.observer == nil, let lastDay, lastDay.key == key { return (lastDay.index, false) }
    let text = row.scratch.allocate(CivilDate.isoLength)
    if let base = text.baseAddress { CivilDate(daysSinceEpoch: key).writeISO(to: base) }
    observe(row, UnsafeRawBufferPointer(text), key == day ? .day : .continued, time, day)
    let session = keys.insert(UnsafeRawBufferPointer(text))
    lastDay = (key, session.index)
    return session
  }

  /// The days of the years 1 to 9999.
  private static let days = -719_162...2_932_896

  /// Advances the fallback state by a jump and returns the key of the jump's session.
  private func advance(_ time: Instant, _ day: Int) -> Int {
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

  private func observe(
    _ row: TrainingRow, _ key: UnsafeRawBufferPointer, _ origin: SessionFact.Origin, _ time: Instant, _ day: Int
  ) {
    row.observer?.joined(
      SessionFact(key: string(key), origin: origin, time: time, localDate: CivilDate(daysSinceEpoch: day)))
  }
}
