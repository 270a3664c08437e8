import EventModel
import Reporting
import Runbooks

/// The runbooks' coverage and lag of one side, as sums.
struct CoverageSum: Sendable {
  var capability = CapabilityCoverage()
  var objective = ObjectiveCoverage()
  var capabilityLag = LagSum()
  var objectiveLag = LagSum()

  /// Counts a user with the rows of one side.
  mutating func note(_ user: UserFacts, _ rows: SideFacts, now: Instant) {
    capability.note(user, rows)
    objective.note(user, rows)
    if let signal = user.capabilitySignal { capabilityLag.note(signal, rows.capabilityUpdated, now: now) }
    if let signal = user.objectiveSignal { objectiveLag.note(signal, rows.objectiveUpdated, now: now) }
  }

  /// Counts listed users with neither rows nor signals.
  mutating func noteListed(_ users: Int) {
    objective.usersTotal += users
    objective.usersMissingAll += users
  }

  mutating func add(_ other: CoverageSum) {
    capability.usersWithEvents += other.capability.usersWithEvents
    capability.usersWithAllKeys += other.capability.usersWithAllKeys
    capability.usersMissingProjection += other.capability.usersMissingProjection
    objective.usersTotal += other.objective.usersTotal
    objective.usersWithSignals += other.objective.usersWithSignals
    objective.usersWithState += other.objective.usersWithState
    objective.usersWithAdvisory += other.objective.usersWithAdvisory
    objective.usersMissingAll += other.objective.usersMissingAll
    objective.usersMissingSignal += other.objective.usersMissingSignal
    capabilityLag.add(other.capabilityLag)
    objectiveLag.add(other.objectiveLag)
  }

  var side: VerifyReport.Side {
    var side = VerifyReport.Side()
    side.capabilityCoverage = capability
    side.objectiveCoverage = objective
    side.capabilityLag = capabilityLag.figures
    side.objectiveLag = objectiveLag.figures
    return side
  }
}

/// The runbooks' lag check as sums, and how many users lag how much.
struct LagSum: Sendable {
  private var considered = 0
  private var without = 0
  private var minusSignal = MinuteSum()
  private var age = MinuteSum()
  private var lagging = 0
  private var furthest: Int64 = 0
  /// By place in ``names``.
  private(set) var bins = [Int](repeating: 0, count: LagSum.names.count)

  static let names = ["none", "< 1 min", "< 1 h", "< 6 h", "< 1 d", "< 7 d", "< 30 d", "≥ 30 d", "no row"]
  /// In minutes.
  private static let limits: [Int64] = [1, 60, 360, 1440, 10_080, 43_200]

  mutating func note(_ signal: Instant, _ updated: Instant?, now: Instant) {
    considered += 1
    guard let updated else {
      without += 1
      bins[bins.count - 1] += 1
      return
    }
    let lag = signal.microseconds - updated.microseconds
    minusSignal.add(microseconds: -lag)
    age.add(microseconds: now.microseconds - updated.microseconds)
    if lag > 0 { lagging += 1 }
    furthest = max(furthest, lag)
    bins[lag <= 0 ? 0 : 1 + LagSum.limits.count { lag >= $0 * 60_000_000 }] += 1
  }

  mutating func add(_ other: LagSum) {
    considered += other.considered
    without += other.without
    minusSignal.add(other.minusSignal)
    age.add(other.age)
    lagging += other.lagging
    furthest = max(furthest, other.furthest)
    for place in bins.indices { bins[place] += other.bins[place] }
  }

  var figures: LagFigures {
    var figures = LagFigures()
    figures.usersConsidered = considered
    figures.usersWithoutProjection = without
    figures.averageMinusSignal = minusSignal.average
    figures.averageAge = age.average
    figures.maximumAge = age.maximum
    figures.usersLagging = lagging
    if furthest > 0 { figures.maximumLag = MinuteSum.minutes(furthest) }
    return figures
  }
}
