import EventModel

/// The kind of training that a user mostly does; the raw value indexes weights.
enum Discipline: Int {
  case strength
  case sprint
  case jump
  case endurance

  /// Per 1000 users, and so per 1000 sets.
  static let weights = [405, 98, 222, 275]
}

/// The parameters of a log, except its order.
struct LogPlan: Sendable {
  var users: Int
  var seed: UInt64
  /// The mean; individual users have 0.025 to 7.6 times as many.
  var eventsPerUser: Int
  /// Number of events of one more user, or 0 for no such user.
  var heavyUser: Int
  /// Microseconds since 1970: events happen from `start` up to but not including `end`; both are whole days.
  var start: Int64
  var end: Int64
  /// Whether user ids are time-prefixed (version 7) rather than random (version 4).
  var timePrefixed: Bool

  /// Users with events, including the heavy one: their numbers are 0 ..< `active`.
  var active: Int { users + (heavyUser > 0 ? 1 : 0) }
  /// All users. One for each hundred is only in the users export: numbers `active` ..< `everyone`.
  var everyone: Int { active + users / 100 }

  /// The numbers of the first `count` users, ordered by id as a database would return them; 24 bytes of memory each.
  func sortedUsers(_ count: Int) -> [(id: UserID, number: Int)] {
    var sorted: [(id: UserID, number: Int)] = []
    sorted.reserveCapacity(count)
    for number in 0..<count { sorted.append((UserPlan(number, of: self).id, number)) }
    sorted.sort { $0.id < $1.id }
    return sorted
  }
}

/// The properties of one user: drawn before the first event, and a function only of the seed, the user's number, the
/// dates and the mean.
struct UserPlan {
  let id: UserID
  let events: Int
  let discipline: Discipline
  /// The first and the last training, and the creation of the account, in microseconds since 1970.
  let first: Int64
  let last: Int64
  let signUp: Int64
  /// The random stream that the events continue.
  let random: RandomSource

  init(_ number: Int, of log: LogPlan) {
    let heavy = log.heavyUser > 0 && number == log.users
    // The heavy user's stream does not depend on the number of other users.
    var random = RandomSource(seed: log.seed, stream: heavy ? .max : UInt64(number))
    let (high, low) = (random.word(), random.word())
    let share = UserPlan.quantile(random.below(1 << 20))
    let ordinary = max(min(5, log.eventsPerUser), Int(Double(log.eventsPerUser) * share + 0.5))
    events = heavy ? log.heavyUser : ordinary
    discipline = Discipline(rawValue: random.weighted(Discipline.weights, total: 1000)) ?? .strength

    // Most users start within the first 60 % of the period; some stop long before its end.
    let days = Int((log.end - log.start) / Instant.day)
    let firstDay = heavy ? 0 : random.below(max(1, days * 6 / 10))
    let left = days - firstDay
    let lastDay = heavy || random.chance(60) ? days - 1 : firstDay + left / 2 + random.below(max(1, left / 2))
    first = log.start + Int64(firstDay) * Instant.day + Int64(random.from(5 * 3600, 21 * 3600)) * 1_000_000
    last = max(first, log.start + Int64(lastDay) * Instant.day)
    signUp = max(log.start, first - Int64(random.below(3_600_000)) * 1_000)

    let variant = low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    id =
      log.timePrefixed
      ? UserID(high: UInt64(signUp / 1000) << 16 | 0x7000 | high & 0xFFF, low: variant)
      : UserID(high: high & ~0xF000 | 0x4000, low: variant)
    self.random = random
  }

  /// Events relative to the mean at 33 equidistant quantiles, the shape of a log-normal
  /// distribution with σ = 1.2 between 0.025 and 7.6, mean 1: a table, since `exp` may differ by machine.
  private static let quantiles: [Double] = [
    0.025, 0.056, 0.083, 0.107, 0.131, 0.155, 0.180, 0.205, 0.232, 0.260, 0.290, 0.321, 0.355, 0.392, 0.431, 0.474,
    0.521, 0.572, 0.629, 0.692, 0.764, 0.844, 0.937, 1.044, 1.170, 1.323, 1.511, 1.750, 2.072, 2.533, 3.283, 4.870,
    7.600,
  ]

  /// The table at `point`/2²⁰, interpolated.
  private static func quantile(_ point: Int) -> Double {
    let index = point >> 15
    let fraction = Double(point & 0x7FFF) / 32_768
    return quantiles[index] + (quantiles[index + 1] - quantiles[index]) * fraction
  }
}
