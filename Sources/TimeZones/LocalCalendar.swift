import EventModel

/// A zone's calendar, fast for instants near the previous one: it remembers the span of the last offset.
///
/// Within a day of the ends of ``Instant/range`` the year of a date may be 0 or 10000: the caller must check.
package struct LocalCalendar: Sendable {
  private let zone: TimeZone
  private var span = OffsetSpan(offset: 0, start: 0, end: 0)

  package init(_ zone: TimeZone) { self.zone = zone }

  /// The local date at an instant, in days since 1970-01-01.
  ///
  /// O(1) within the span of the last call, else O(log transitions).
  package mutating func day(of instant: Instant) -> Int {
    let second = floorDivide(instant.microseconds, 1_000_000)
    if !span.contains(second) { span = zone.span(atUTCSecond: second) }
    return Int(floorDivide(instant.microseconds + Int64(span.offset) * 1_000_000, Instant.day))
  }
}
