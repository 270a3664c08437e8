import EventModel

/// The transitions and the yearly rule of a zone, read in place. Offsets are seconds east of UTC; all accesses are O(1).
struct ZoneBody {
  /// In bytes from the start of the database; a multiple of 8.
  let start: Int

  var transitionCount: Int { Int(TimeZoneDatabase.value(at: start) as UInt16) }
  var hasRule: Bool { (TimeZoneDatabase.value(at: start + 3) as UInt8) != 0 }
  /// In force before the first transition.
  var offsetBefore: Int { Int(TimeZoneDatabase.value(at: start + 4) as Int32) }
  /// In force after the last transition; with a rule, when it is not daylight saving time.
  var offsetAfter: Int { Int(TimeZoneDatabase.value(at: start + 8) as Int32) }
  /// In force during the rule's daylight saving time; may be less than ``offsetAfter`` (Dublin).
  var savingOffset: Int { Int(TimeZoneDatabase.value(at: start + 12) as Int32) }
  /// When daylight saving time starts, by the standard clock.
  var ruleStart: YearlyMoment { YearlyMoment(at: start + 16) }
  /// When it ends, by the daylight saving clock.
  var ruleEnd: YearlyMoment { YearlyMoment(at: start + 24) }

  /// The second since 1970-01-01T00:00:00Z at which a transition happens; they ascend.
  @inline(__always)
  func transition(_ index: Int) -> Int64 { TimeZoneDatabase.value(at: start + 32 + index * 8) }

  /// The offset that a transition leads to.
  @inline(__always)
  func offset(after index: Int) -> Int {
    let offsets = start + 32 + transitionCount * 8
    let kind: UInt8 = TimeZoneDatabase.value(at: offsets + offsetCount * 4 + index)
    return Int(TimeZoneDatabase.value(at: offsets + Int(kind) * 4) as Int32)
  }

  /// The first local second that a transition's new offset is read from: the end of the gap, or of the first of the
  /// two passes through a fold.
  @inline(__always)
  func localTransition(_ index: Int) -> Int64 {
    let previous = index == 0 ? offsetBefore : offset(after: index - 1)
    return transition(index) + Int64(max(previous, offset(after: index)))
  }

  private var offsetCount: Int { Int(TimeZoneDatabase.value(at: start + 2) as UInt8) }
}

/// A moment that comes once a year: a weekday in a month, and the time on that day.
struct YearlyMoment {
  /// 1 to 12.
  private let month: Int
  /// 1 to 4, or 5 for the last.
  private let week: Int
  /// 0 for Sunday to 6 for Saturday.
  private let weekday: Int
  /// Seconds from that day's midnight; may be negative or more than a day.
  private let second: Int64

  /// Reads the eight bytes at this place of the database.
  init(at offset: Int) {
    month = Int(TimeZoneDatabase.value(at: offset) as UInt8)
    week = Int(TimeZoneDatabase.value(at: offset + 1) as UInt8)
    weekday = Int(TimeZoneDatabase.value(at: offset + 2) as UInt8)
    second = Int64(TimeZoneDatabase.value(at: offset + 4) as Int32)
  }

  /// The moment's reading in a year, in seconds since 1970-01-01T00:00:00 of the same clock. O(1).
  func localSecond(in year: Int) -> Int64 {
    let first = CivilDate(year: year, month: month, day: 1).daysSinceEpoch
    // 1970-01-01 was a Thursday.
    let firstWeekday = ((first + 4) % 7 + 7) % 7
    var day = (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
    if day >= CivilDate.days(inMonth: month, of: year) { day -= 7 }
    return Int64(first + day) * 86_400 + second
  }
}
