import EventModel
import Projections
import Reporting
import SnapshotStore

/// What has to be computed again for a user.
struct RepairNeeds: OptionSet, Hashable {
  let rawValue: UInt8

  static let capability = RepairNeeds(rawValue: 1)
  static let state = RepairNeeds(rawValue: 2)
  static let advisory = RepairNeeds(rawValue: 4)
}

extension RepairNeeds {
  /// What a backfill computes again for a row of that type; `nil` for a type that no backfill names.
  init?(type: String) {
    if type == Surface.capability {
      self = .capability
    } else if type == Surface.state.type {
      self = .state
    } else if type == Surface.advisory.type {
      self = .advisory
    } else {
      return nil
    }
  }
}

/// The differences of a diff, sorted by what a backfill can do about them.
struct RepairTable {
  private(set) var needs: [UserID: RepairNeeds] = [:]
  private(set) var unhealable: [RepairReport.Unhealable] = []
  /// Rows a backfill computes again.
  private(set) var rows = 0

  /// The causes that computing the row again removes.
  private static let healing: Set<Cause> = [.behind, .unseen, .missing, .changed, .version]

  mutating func note(_ difference: StoredDifference) {
    if !RepairTable.healing.isDisjoint(with: difference.causes) {
      if let need = RepairNeeds(type: difference.name.type) {
        needs[difference.user, default: []].insert(need)
        rows += 1
      } else {
        for cause in difference.causes where RepairTable.healing.contains(cause) {
          unhealable.append(
            RepairReport.Unhealable(
              user: difference.user, name: difference.name, cause: cause,
              reason: "no backfill computes this projection: enqueue its job by hand", keys: difference.keyCount))
        }
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
    case .ahead: "live had events that the log lacks: export the log again, and diff again"
    case .behind, .unseen, .missing, .changed, .version, .clock, .texts, .tolerated: nil
    }
  }
}
