import EventModel
import Reporting
import SnapshotStore

/// What has to be computed again for a user.
struct RepairNeeds: OptionSet, Hashable {
  let rawValue: UInt8

  static let capability = RepairNeeds(rawValue: 1)
  static let state = RepairNeeds(rawValue: 2)
  static let advisory = RepairNeeds(rawValue: 4)
}

/// The differences of a diff, sorted by what a backfill can do about them.
struct RepairTable {
  private(set) var needs: [UserID: RepairNeeds] = [:]
  private(set) var unhealable: [RepairReport.Unhealable] = []
  /// Rows a backfill computes again.
  private(set) var rows = 0

  /// The causes that computing the row again removes.
  private static let healing: Set<Cause> = [.behind, .missing, .changed]

  mutating func note(_ difference: StoredDifference) {
    if !RepairTable.healing.isDisjoint(with: difference.causes) {
      var need: RepairNeeds?
      switch difference.name.type {
      case Surface.capability: need = .capability
      case Surface.state.type: need = .state
      case Surface.advisory.type: need = .advisory
      default: break
      }
      if let need {
        needs[difference.user, default: []].insert(need)
        rows += 1
      }
    }
    for cause in difference.causes {
      guard let reason = RepairTable.reason(cause) else { continue }
      unhealable.append(
        RepairReport.Unhealable(
          user: difference.user, name: difference.name, cause: cause, reason: reason, keys: difference.keyCount))
    }
  }

  /// Adds a user whose need nothing can meet.
  mutating func giveUp(_ user: UserID, _ name: ProjectionName, reason: String) {
    unhealable.append(RepairReport.Unhealable(user: user, name: name, cause: .missing, reason: reason, keys: 1))
  }

  private static func reason(_ cause: Cause) -> String? {
    switch cause {
    case .failed: "the reducer raises on these events: the live job would die again and the old row stay"
    case .surplus: "no event gives a reason for the row: a backfill never deletes one"
    case .unexplained: "whether it is behind, changed or only of another instant takes the log: --log FILE"
    case .behind, .missing, .changed, .clock, .texts, .tolerated: nil
    }
  }
}
