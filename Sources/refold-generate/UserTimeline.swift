import EventModel

/// The instants of a user's events: visits of a few events each, spread from the first to the last training. Never goes
/// back; about a quarter of the events have the same instant as another.
struct UserTimeline {
  /// The instant of the latest event, microseconds since 1970.
  private(set) var instant: Int64
  /// The letter of the current visit's session id.
  private(set) var letter: UInt8 = 0x61
  /// Whether this visit's events carry a session id.
  private(set) var hasSessionID = false
  /// Whether this event starts a visit.
  private(set) var startsVisit = false

  /// ``instant`` in whole seconds; a fraction is added to it.
  private var second: Int64
  private let lastSecond: Int64
  private var eventsLeft: Int
  private var leftInVisit = 0
  private var begun = false
  /// When this user usually trains, in seconds of the day.
  private let usualSecond: Int64

  /// Average number of events in a visit.
  private static let visitSize = 7

  init(first: Int64, last: Int64, events: Int) {
    second = first / 1_000_000
    lastSecond = last / 1_000_000
    instant = first
    eventsLeft = events
    usualSecond = second % 86_400
  }

  /// Moves to the next event.
  mutating func advance(_ random: inout RandomSource) {
    startsVisit = leftInVisit == 0
    if startsVisit {
      leftInVisit = random.from(2, 2 * UserTimeline.visitSize - 2)
      if begun { second += gap(&random) }
      begun = true
      letter = 0x61 + UInt8(random.below(3))
      hasSessionID = random.chance(27)
      setInstant(&random)
    } else if !random.chance(16) {
      // Spread the events evenly if there are more than an ordinary day holds.
      let most = max(1, 2 * (lastSecond - second) / Int64(max(1, eventsLeft)))
      second += min(Int64(random.from(15, 240)), most)
      setInstant(&random)
    }
    leftInVisit -= 1
    eventsLeft -= 1
  }

  /// Seconds until the next visit, so that the remaining events fill the remaining time, with random variation. Gaps of
  /// 20 hours or more end near the user's usual time of day.
  private func gap(_ random: inout RandomSource) -> Int64 {
    let visits = max(1, eventsLeft / UserTimeline.visitSize)
    let mean = max(0, lastSecond - second) / Int64(visits + 1)
    let gap = max(1, mean * Int64(random.from(30, 170)) / 100)
    guard gap > 72_000 else { return gap }
    let target = (second + gap) / 86_400 * 86_400 + usualSecond + Int64(random.from(-5400, 5400))
    return target > second ? target - second : gap
  }

  /// A quarter of the clients send fractions of a second.
  private mutating func setInstant(_ random: inout RandomSource) {
    let fraction = random.chance(26) ? Int64(random.below(1_000_000)) : 0
    instant = second * 1_000_000 + fraction
  }
}
