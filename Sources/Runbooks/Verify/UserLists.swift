import EventModel
import Reporting

/// The users behind the counts.
extension FactTable {
  typealias LagPath = (backfill: String, signal: KeyPath<UserFacts, Instant?>, updated: KeyPath<UserFacts, Instant?>)

  /// What each backfill's lag is measured between, on one side.
  func lagPaths(_ side: KeyPath<UserFacts, SideFacts>) -> [LagPath] {
    [
      ("capability", \.capabilitySignal, side.appending(path: \.capabilityUpdated)),
      ("objective", \.objectiveSignal, side.appending(path: \.objectiveUpdated)),
    ]
  }

  /// By user; the rebuilt side before the live one, capability before objective.
  func list(_ list: VerifyPlan.List, hasLive: Bool) -> [VerifyReport.ListedUser] {
    let sides: [(String, KeyPath<UserFacts, SideFacts>)] =
      hasLive ? [("rebuilt", \.rebuilt), ("live", \.live)] : [("rebuilt", \.rebuilt)]
    return users.flatMap { user in
      sides.flatMap { name, path in
        list == .missing ? missing(user, name, user[keyPath: path]) : lagging(user, name, path)
      }
    }
  }

  private func missing(_ user: UserFacts, _ side: String, _ rows: SideFacts) -> [VerifyReport.ListedUser] {
    var listed: [VerifyReport.ListedUser] = []
    if user.capabilitySignal != nil, !rows.hasAllKeys {
      let what = rows.hasCapability ? "no " + rows.missingKeys.joined(separator: ", ") : "no capability_estimation"
      listed.append(
        .init(
          user: user.user, side: side, backfill: "capability",
          reason: what + reason(user, side, ["capability_estimation"])))
    }
    if user.isListed || user.objectiveSignal != nil, !rows.hasObjectives {
      let absent = (rows.hasState ? [] : [Surface.state.type]) + (rows.hasAdvisory ? [] : [Surface.advisory.type])
      listed.append(
        .init(
          user: user.user, side: side, backfill: "objective",
          reason: "no " + absent.joined(separator: ", ") + reason(user, side, absent)))
    }
    return listed
  }

  /// Why the rebuild has no row of these types, where it failed.
  private func reason(_ user: UserFacts, _ side: String, _ types: [String]) -> String {
    let failed = (failures[user.user] ?? []).filter { types.contains($0.projectionType) }
    if let code = failed.first?.code.rawValue {
      return side == "live" ? ": the rebuild failed too, \(code)" : ": failed, \(code)"
    }
    let hasSignals = user.capabilitySignal != nil || user.objectiveSignal != nil
    return side == "live" && !hasSignals ? ": no events, needs seeding" : ""
  }

  private func lagging(
    _ user: UserFacts, _ side: String, _ path: KeyPath<UserFacts, SideFacts>
  ) -> [VerifyReport.ListedUser] {
    lagPaths(path).compactMap { backfill, signal, updated in
      guard let signal = user[keyPath: signal], let updated = user[keyPath: updated], signal > updated else {
        return nil
      }
      return .init(
        user: user.user, side: side, backfill: backfill, reason: "newest signal \(signal), projection \(updated)",
        lag: MinuteSum.minutes(signal.microseconds - updated.microseconds))
    }
  }
}
