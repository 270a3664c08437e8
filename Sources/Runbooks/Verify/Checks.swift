import EventModel
import Reporting

/// The runbooks' coverage queries, over facts.
extension FactTable {
  func capabilityCoverage(_ side: KeyPath<UserFacts, SideFacts>) -> CapabilityCoverage {
    var coverage = CapabilityCoverage()
    for user in users { coverage.note(user, user[keyPath: side]) }
    return coverage
  }

  func objectiveCoverage(_ side: KeyPath<UserFacts, SideFacts>) -> ObjectiveCoverage {
    var coverage = ObjectiveCoverage()
    for user in users { coverage.note(user, user[keyPath: side]) }
    return coverage
  }

  /// The runbooks' lag queries; `now` is their NOW().
  func lag(
    signal: KeyPath<UserFacts, Instant?>, updated: KeyPath<UserFacts, Instant?>, now: Instant
  ) -> LagFigures {
    var figures = LagFigures()
    var minusSignal = MinuteSum()
    var age = MinuteSum()
    var spread: [Int64] = []
    for user in users {
      guard let signalAt = user[keyPath: signal] else { continue }
      figures.usersConsidered += 1
      guard let updatedAt = user[keyPath: updated] else {
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
        // `percentile_disc`: the first value whose share of the rows is at least that.
        let rank = max(1, (spread.count * percent + 99) / 100)
        return .init(name: name, minutes: MinuteSum.minutes(spread[rank - 1]))
      }
    }
    return figures
  }
}

extension CapabilityCoverage {
  /// Counts a user with the rows of one side.
  package mutating func note(_ user: UserFacts, _ rows: SideFacts) {
    if user.capabilitySignal != nil {
      usersWithEvents += 1
      if !rows.hasCapability { usersMissingProjection += 1 }
    }
    if rows.hasAllKeys { usersWithAllKeys += 1 }
  }
}

extension ObjectiveCoverage {
  /// Counts a user with the rows of one side.
  package mutating func note(_ user: UserFacts, _ rows: SideFacts) {
    if user.isListed {
      usersTotal += 1
      if !rows.hasObjectives { usersMissingAll += 1 }
    }
    if user.objectiveSignal != nil {
      usersWithSignals += 1
      if !rows.hasObjectives { usersMissingSignal += 1 }
    }
    if rows.hasState { usersWithState += 1 }
    if rows.hasAdvisory { usersWithAdvisory += 1 }
  }
}
