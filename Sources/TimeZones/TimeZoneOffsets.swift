import EventModel

extension TimeZone {
  /// The instant of a local reading without offset, both in microseconds since 1970-01-01T00:00:00 on their own clock.
  ///
  /// If two instants have that reading, it is the first; a skipped reading uses the offset before the gap. For a
  /// reading within a day of the ends of ``Instant/range`` the result may lie outside it: the caller must check. O(log
  /// transitions).
  package func utc(fromLocalMicroseconds reading: Int64) -> Int64 {
    reading - Int64(offset(atLocalSecond: floorDivide(reading, 1_000_000))) * 1_000_000
  }

  private func offset(atLocalSecond second: Int64) -> Int {
    let zone = ZoneBody(start: Int(body))
    let count = zone.transitionCount
    if count > 0 {
      if second < zone.localTransition(0) { return zone.offsetBefore }
      if second <= zone.localTransition(count - 1) {
        return zone.offset(after: partition(count) { zone.localTransition($0) <= second } - 1)
      }
    }
    guard zone.hasRule else { return zone.offsetAfter }
    // A reading belongs to the clock before a change until that clock has run out. So, of start and end, the change
    // that sets the clock forward takes effect later, by the length of the gap.
    let year = year(ofSecond: second)
    let advance = Int64(zone.savingOffset - zone.offsetAfter)
    let start = zone.ruleStart.localSecond(in: year) + max(advance, 0)
    let end = zone.ruleEnd.localSecond(in: year) + max(-advance, 0)
    return isWithin(second, start, end) ? zone.savingOffset : zone.offsetAfter
  }
}

/// The year of a second since 1970, on the same clock.
func year(ofSecond second: Int64) -> Int {
  CivilDate(daysSinceEpoch: Int(floorDivide(second, 86_400))).year
}

/// Whether a moment is in the part of the year from `start` up to `end`, which may span the turn of the year.
func isWithin(_ second: Int64, _ start: Int64, _ end: Int64) -> Bool {
  start < end ? start <= second && second < end : !(end <= second && second < start)
}

/// The number of the first `count` indices that satisfy a condition; those that do must come first. O(log count).
@inline(__always)
func partition(_ count: Int, _ condition: (Int) -> Bool) -> Int {
  var low = 0
  var remaining = count
  while remaining > 0 {
    let half = remaining / 2
    if condition(low + half) {
      low += half + 1
      remaining -= half + 1
    } else {
      remaining = half
    }
  }
  return low
}
