import EventModel
import Folding
import JSONTape
import PythonValues
import TimeZones

/// When a row happened, according to its provider or device; otherwise the timestamp of the event.
struct TemporalPoint {
  private static let provider: [Field] = [
    .sourceTimestampUTC, .providerTimestampUTC, .sourceTimestamp, .providerTimestamp, .occurredAt, .startedAt,
    .startTimeUTC, .startTime,
  ]
  private static let device: [Field] = [.deviceTimestamp, .deviceTime, .deviceLocalTime, .recordedAtLocal]
  private static let generic: [Field] = [.timestamp]
  private static let hints: [Field] = [.sourceTimezone, .providerTimezone, .deviceTimezone, .timezone, .timeZone]
  /// All fields of the four lists.
  private static let read = FieldSet(.sourceTimestampUTC ... .timeZone)

  /// The instant of a row: provider, else device, else generic, else the timestamp of the event. All three groups are
  /// evaluated, so a refused value in any group fails the user.
  static func of(_ row: TrainingRow) throws(Refusal) -> Instant {
    if row.metadata.present.isDisjoint(with: read), row.data.present.isDisjoint(with: read) { return row.timestamp }
    let zone = try zoneHint(row)
    let provider = try first(TemporalPoint.provider, row, zone)
    let device = try first(TemporalPoint.device, row, zone)
    let generic = try first(TemporalPoint.generic, row, zone)
    return provider ?? device ?? generic ?? row.timestamp
  }

  /// The zone of the first valid name, metadata before data.
  private static func zoneHint(_ row: TrainingRow) throws(Refusal) -> TimeZone? {
    if let zone = try zoneHint(row.metadata, row.zones) { return zone }
    return try zoneHint(row.data, row.zones)
  }

  private static func zoneHint(_ slots: FieldSlots, _ zones: ZoneNames) throws(Refusal) -> TimeZone? {
    for field in hints {
      guard let value = slots[field] else { continue }
      if let zone = try zone(named: value, zones) { return zone }
    }
    return nil
  }

  /// The zone that a value names; `nil` if it names none. Throws for a name on which the live look-up raises.
  static func zone(named value: JSONValue, _ zones: ZoneNames) throws(Refusal) -> TimeZone? {
    guard value.isString else { return nil }
    switch zones.lookup(trimmed: PythonText.strip(value.text)) {
    case .zone(let zone): return zone
    case .unknown: return nil
    case .directory, .failure: throw Refusal(.invalidTimeZoneKey, "a time zone name that is a path or no zone's name")
    }
  }

  private static func first(_ fields: [Field], _ row: TrainingRow, _ zone: TimeZone?) throws(Refusal) -> Instant? {
    if let instant = try first(fields, row.metadata, zone) { return instant }
    return try first(fields, row.data, zone)
  }

  private static func first(_ fields: [Field], _ slots: FieldSlots, _ zone: TimeZone?) throws(Refusal) -> Instant? {
    for field in fields {
      guard let value = slots[field] else { continue }
      if let instant = try parse(value, zone) { return instant }
    }
    return nil
  }

  /// parse(v): reads numbers and strings of digits as epoch seconds or milliseconds, and other strings as dates.
  private static func parse(_ value: JSONValue, _ zone: TimeZone?) throws(Refusal) -> Instant? {
    if !value.isString {
      guard let seconds = try value.number() else { return nil }
      return try epoch(seconds)
    }
    let text = PythonText.strip(value.text)
    if text.isEmpty { return nil }
    switch EpochText.classify(text) {
    case .seconds(let seconds): return try epoch(seconds)
    case .invalidDigits: throw Refusal(.invalidDigits, "a digits-only time whose digits are not decimal")
    case .notDigits: break
    }
    guard let reading = PythonDateTime.parse(text) else { return nil }
    let utc: Int64
    if let exact = reading.utcMicroseconds {
      utc = exact
    } else if let zone {
      utc = zone.utc(fromLocalMicroseconds: reading.localMicroseconds)
    } else {
      return nil
    }
    return try checked(Instant(microseconds: utc))
  }

  /// The instant of a number of seconds since 1970, or of milliseconds if the number is above 10¹². Rounded to the
  /// microsecond, ties to even.
  private static func epoch(_ value: Double) throws(Refusal) -> Instant {
    let seconds = value > 1e12 ? value / 1000 : value
    guard seconds.isFinite, seconds.magnitude < 1e12 else { throw outOfRange }
    let whole = seconds.rounded(.towardZero)
    let micros = roundToEvenInteger((seconds - whole) * 1e6)
    return try checked(Instant(microseconds: Int64(whole) * 1_000_000 + Int64(micros)))
  }

  static func checked(_ instant: Instant) throws(Refusal) -> Instant {
    guard Instant.range.contains(instant) else { throw outOfRange }
    return instant
  }

  private static let outOfRange = Refusal(.instantOutOfRange, "a time outside the years 1 to 9999")
}
