import EventModel

/// The transitions and the yearly rule of a zone, read in place. Offsets are seconds east of UTC; all accesses are O(1).
struct ZoneBody {
  /// Offset in the database, in bytes; a multiple of 8.
  let start: Int

  var transitionCount: Int { Int(TimeZoneDatabase.value(at: start) as UInt16) }
  var hasRule: Bool { (TimeZoneDatabase.value(at: start + 3) as UInt8) != 0 }
  /// The offset before the first transition.
  var offsetBefore: Int { Int(TimeZoneDatabase.value(at: start + 4) as Int32) }
  /// The offset after the last transition; with a rule, the offset outside daylight saving time.
  var offsetAfter: Int { Int(TimeZoneDatabase.value(at: start + 8) as Int32) }
  /// The offset during the rule's daylight saving time; may be less than ``offsetAfter`` (Dublin).
  var savingOffset: Int { Int(TimeZoneDatabase.value(at: start + 12) as Int32) }
  /// The start of daylight saving time, by the standard clock.
  var ruleStart: YearlyMoment { YearlyMoment(at: start + 16) }
  /// The end of daylight saving time, by the daylight saving clock.
  var ruleEnd: YearlyMoment { YearlyMoment(at: start + 24) }

  /// The time of a transition, in seconds since 1970-01-01T00:00:00Z; ascending.
  @inline(__always)
  func transition(_ index: Int) -> Int64 { TimeZoneDatabase.value(at: start + 32 + index * 8) }

  /// The offset after a transition.
  @inline(__always)
  func offset(after index: Int) -> Int {
    let offsets = start + 32 + transitionCount * 8
    let kind: UInt8 = TimeZoneDatabase.value(at: offsets + offsetCount * 4 + index)
    return Int(TimeZoneDatabase.value(at: offsets + Int(kind) * 4) as Int32)
  }

  /// The first local second to which a transition's new offset applies: the end of the gap, or the end of the first of
  /// the two passes through a fold.
  @inline(__always)
  func localTransition(_ index: Int) -> Int64 {
    let previous = index == 0 ? offsetBefore : offset(after: index - 1)
    return transition(index) + Int64(max(previous, offset(after: index)))
  }

  private var offsetCount: Int { Int(TimeZoneDatabase.value(at: start + 2) as UInt8) }
}

/// A moment that recurs every year: a weekday in a month, and a time on that day.
struct YearlyMoment {
  /// 1 to 12.
  private let month: Int
  /// 1 to 4, or 5 for the last in the month.
  private let week: Int
  /// 0 for Sunday to 6 for Saturday.
  private let weekday: Int
  /// Seconds from that day's midnight; may be negative or more than a day.
  private let second: Int64

  /// Reads the eight bytes at an offset of the database.
  init(at offset: Int) {
    month = Int(TimeZoneDatabase.value(at: offset) as UInt8)
    week = Int(TimeZoneDatabase.value(at: offset + 1) as UInt8)
    weekday = Int(TimeZoneDatabase.value(at: offset + 2) as UInt8)
    second = Int64(TimeZoneDatabase.value(at: offset + 4) as Int32)
  }

  /// The moment in a year, in seconds since 1970-01-01T00:00:00 on its own clock. O(1).
  func localSecond(in year: Int) -> Int64 {
    let first = CivilDate(year: year, month: month, day: 1).daysSinceEpoch
    // 1970-01-01 was a Thursday.
    let firstWeekday = ((first + 4) % 7 + 7) % 7
    var day = (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
    if day >= CivilDate.days(inMonth: month, of: year) { day -= 7 }
    return Int64(first + day) * 86_400 + second
  }
}
