import EventModel
import Folding
import Reporting

/// The runbooks' queries, computed from facts.
extension FactTable {
  /// Coverage and lag of each backfill on one side; `now` is the queries' NOW().
  func figures(_ side: KeyPath<UserFacts, SideFacts>, now: Instant) -> [BackfillFigures] {
    backfills.all.enumerated().map { place, backfill in
      BackfillFigures(
        name: backfill.name,
        coverage: backfill.coverage.map { column in
          (column.name, users.count { $0.counts(column, place, backfill, $0[keyPath: side]) })
        }, lag: lag(place, side, now: now))
    }
  }

  private func lag(_ place: Int, _ side: KeyPath<UserFacts, SideFacts>, now: Instant) -> LagFigures {
    var figures = LagFigures()
    var minusSignal = MinuteSum()
    var age = MinuteSum()
    var spread: [Int64] = []
    for user in users {
      guard let signalAt = user.signals[place] else { continue }
      figures.usersConsidered += 1
      guard let updatedAt = user[keyPath: side].rows[place].updated else {
        figures.usersWithoutProjection += 1
        continue
      }
      let difference = updatedAt.microseconds - signalAt.microseconds
      minusSignal.add(microseconds: difference)
      age.add(microseconds: now.microseconds - updatedAt.microseconds)
      if difference < 0 { figures.usersLagging += 1 }
      spread.append(difference)
    }
    figures.averageMinusSignal = minusSignal.average
    figures.averageAge = age.average
    figures.maximumAge = age.maximum
    spread.sort()
    if let least = spread.first, least < 0 { figures.maximumLag = MinuteSum.minutes(-least) }
    if !spread.isEmpty {
      figures.percentiles = [("min", 0), ("p05", 5), ("p50", 50), ("p95", 95), ("max", 100)].map { name, percent in
        // `percentile_disc`: the first value whose cumulative share of the rows is at least the percentage.
        let rank = max(1, (spread.count * percent + 99) / 100)
        return .init(name: name, minutes: MinuteSum.minutes(spread[rank - 1]))
      }
    }
    return figures
  }
}
