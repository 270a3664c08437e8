import EventModel

/// A period in which a zone's offset stays the same; not always the longest such period.
package struct OffsetSpan: Sendable, Equatable, BitwiseCopyable {
  /// In seconds east of UTC.
  package var offset: Int
  /// The first second, since 1970-01-01T00:00:00Z.
  package var start: Int64
  /// The first second after the period.
  package var end: Int64

  package func contains(_ second: Int64) -> Bool { start <= second && second < end }
}

extension TimeZone {
  /// The span that contains a second since 1970-01-01T00:00:00Z. O(log transitions).
  ///
  /// Before the first transition the offset is the zone's first standard-time offset (usually local mean time). After
  /// the last one the zone's yearly rule applies.
  package func span(atUTCSecond second: Int64) -> OffsetSpan {
    let zone = ZoneBody(start: Int(body))
    let count = zone.transitionCount
    var lastTransition = Int64.min
    if count > 0 {
      lastTransition = zone.transition(count - 1)
      if second < zone.transition(0) {
        return OffsetSpan(offset: zone.offsetBefore, start: .min, end: zone.transition(0))
      }
      if second <= lastTransition {
        let index = partition(count) { zone.transition($0) <= second } - 1
        let start = zone.transition(index)
        return OffsetSpan(
          offset: zone.offset(after: index), start: start,
          end: index + 1 < count ? zone.transition(index + 1) : start + 1)
      }
    }
    guard zone.hasRule else { return OffsetSpan(offset: zone.offsetAfter, start: lastTransition, end: .max) }
    return ruleSpan(of: zone, atUTCSecond: second, after: lastTransition)
  }

  /// The span by the yearly rule, limited to the year and to the time after the last transition.
  private func ruleSpan(of zone: ZoneBody, atUTCSecond second: Int64, after lastTransition: Int64) -> OffsetSpan {
    // Both changes in UTC: daylight saving time starts by the standard clock and ends by the daylight saving clock.
    let year = year(ofSecond: second)
    let saving = zone.ruleStart.localSecond(in: year) - Int64(zone.offsetAfter)
    let standard = zone.ruleEnd.localSecond(in: year) - Int64(zone.savingOffset)
    let offset = isWithin(second, saving, standard) ? zone.savingOffset : zone.offsetAfter
    var span = OffsetSpan(
      offset: offset, start: max(startOfYear(year), lastTransition + 1), end: startOfYear(year + 1))
    for change in [saving, standard] {
      if change <= second { span.start = max(span.start, change) } else { span.end = min(span.end, change) }
    }
    return span
  }
}

/// The first second of a year since 1970, on the same clock as the year.
private func startOfYear(_ year: Int) -> Int64 {
  Int64(CivilDate(year: year, month: 1, day: 1).daysSinceEpoch) * 86_400
}
