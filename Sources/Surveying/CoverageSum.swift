import EventModel
import Reporting
import Runbooks

/// The runbooks' coverage and lag figures of one side, as sums.
struct CoverageSum: Sendable {
  private let backfills: BackfillTable
  /// For each backfill and column, the number of users.
  private var columns: [[Int]]
  /// Indexed by backfill.
  private(set) var lags: [LagSum]

  init(_ backfills: BackfillTable) {
    self.backfills = backfills
    columns = backfills.all.map { [Int](repeating: 0, count: $0.coverage.count) }
    lags = [LagSum](repeating: LagSum(), count: backfills.count)
  }

  /// Counts a user with the rows of one side.
  mutating func note(_ user: UserFacts, _ rows: SideFacts, now: Instant) {
    for (place, backfill) in backfills.all.enumerated() {
      for (column, meaning) in backfill.coverage.enumerated() where user.counts(meaning, place, backfill, rows) {
        columns[place][column] += 1
      }
      if let signal = user.signals[place] { lags[place].note(signal, rows.rows[place].updated, now: now) }
    }
  }

  /// Counts listed users who have neither rows nor signals.
  mutating func noteListed(_ users: Int) {
    let nobody = UserFacts(user: UserID(high: 0, low: 0), isListed: true, backfills)
    for (place, backfill) in backfills.all.enumerated() {
      for (column, meaning) in backfill.coverage.enumerated()
      where nobody.counts(meaning, place, backfill, nobody.rebuilt) {
        columns[place][column] += users
      }
    }
  }

  mutating func add(_ other: CoverageSum) {
    for place in columns.indices {
      for column in columns[place].indices { columns[place][column] += other.columns[place][column] }
      lags[place].add(other.lags[place])
    }
  }

  var side: VerifyReport.Side {
    VerifyReport.Side(
      backfills.all.enumerated().map { place, backfill in
        BackfillFigures(
          name: backfill.name, coverage: zip(backfill.coverage, columns[place]).map { ($0.name, $1) },
          lag: lags[place].figures)
      })
  }
}

/// The figures of the runbooks' lag check as sums, and a histogram of the users' lags.
struct LagSum: Sendable {
  private var considered = 0
  private var without = 0
  private var minusSignal = MinuteSum()
  private var age = MinuteSum()
  private var lagging = 0
  private var furthest: Int64 = 0
  /// The number of users in each class of ``names``.
  private(set) var bins = [Int](repeating: 0, count: LagSum.names.count)

  static let names = ["none", "< 1 min", "< 1 h", "< 6 h", "< 1 d", "< 7 d", "< 30 d", "≥ 30 d", "no row"]
  /// Upper limits in minutes.
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
