import EventModel
import Folding
import Reporting

/// Lists of the users that the figures count.
extension FactTable {
  /// Sorted by user, then by side (rebuilt before live), then by backfill in the domain's order.
  func list(_ list: VerifyPlan.List, hasLive: Bool) -> [VerifyReport.ListedUser] {
    let sides: [(String, KeyPath<UserFacts, SideFacts>)] =
      hasLive ? [("rebuilt", \.rebuilt), ("live", \.live)] : [("rebuilt", \.rebuilt)]
    return users.flatMap { user in
      sides.flatMap { name, path in
        backfills.all.indices.compactMap { place in
          list == .missing
            ? missing(user, name, user[keyPath: path], place) : lagging(user, name, user[keyPath: path], place)
        }
      }
    }
  }

  private func missing(
    _ user: UserFacts, _ side: String, _ rows: SideFacts, _ place: Int
  ) -> VerifyReport.ListedUser? {
    let backfill = backfills.all[place]
    guard user.lacks(place, backfill, rows) else { return nil }
    let missing = rows.rows[place].missing(backfill)
    let types = backfill.types.filter { type in missing.contains { $0.type == type } }
    // If the runbook counts any key and the user has some row, name the missing keys; otherwise the missing types.
    let what = backfill.countsAnyKey && rows.rows[place].hasAny ? missing.map(\.key) : types
    return VerifyReport.ListedUser(
      user: user.user, side: side, backfill: backfill.name,
      reason: "no " + what.joined(separator: ", ") + reason(user, side, types))
  }

  /// Whether the user lacks the backfill's rows because the reducers fail on the user's events.
  func fails(_ user: UserFacts, _ place: Int, _ rows: SideFacts) -> Bool {
    let types = Set(rows.rows[place].missing(backfills.all[place]).map(\.type))
    return types.isSubset(of: (failures[user.user] ?? []).map(\.projectionType))
  }

  /// Why the user has no rows of these types, as a suffix; empty if the reason is unknown.
  private func reason(_ user: UserFacts, _ side: String, _ types: [String]) -> String {
    let failed = (failures[user.user] ?? []).filter { types.contains($0.projectionType) }
    if let code = failed.first?.code.rawValue {
      return side == "live" ? ": the rebuild failed too, \(code)" : ": failed, \(code)"
    }
    return side == "live" && !user.hasSignals ? ": no events, needs seeding" : ""
  }

  private func lagging(
    _ user: UserFacts, _ side: String, _ rows: SideFacts, _ place: Int
  ) -> VerifyReport.ListedUser? {
    guard let signal = user.signals[place], let updated = rows.rows[place].updated, signal > updated else { return nil }
    return VerifyReport.ListedUser(
      user: user.user, side: side, backfill: backfills.all[place].name,
      reason: "newest signal \(signal), projection \(updated)",
      lag: MinuteSum.minutes(signal.microseconds - updated.microseconds))
  }
}
