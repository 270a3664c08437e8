import EventModel
import Folding
import Reporting
import SnapshotStore

/// The differences of a diff, grouped by what a backfill can do about them.
struct RepairTable {
  /// The projection types to compute again.
  private(set) var needs: [UserID: Set<String>] = [:]
  private(set) var unhealable: [RepairReport.Unhealable] = []
  /// The number of rows that a backfill computes again.
  private(set) var rows = 0
  /// The types that some backfill computes.
  private let types: Set<String>

  init(_ catalogue: Catalogue) { types = Set(catalogue.backfills.flatMap(\.types)) }

  /// The causes that disappear when the row is computed again.
  static let healing: Set<Cause> = [.behind, .unseen, .missing, .changed, .version]

  mutating func note(_ difference: StoredDifference) {
    if !RepairTable.healing.isDisjoint(with: difference.causes) {
      if types.contains(difference.name.type) {
        needs[difference.user, default: []].insert(difference.name.type)
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

  /// Adds a user with a projection that no job can compute.
  mutating func giveUp(_ user: UserID, _ name: ProjectionName, reason: String) {
    unhealable.append(RepairReport.Unhealable(user: user, name: name, cause: .missing, reason: reason, keys: 1))
  }

  private static func reason(_ cause: Cause) -> String? {
    switch cause {
    case .failed: "the reducer raises on these events: the live job would die again and the old row stay"
    case .surplus: "no event gives a reason for the row: a backfill never deletes one"
    case .unexplained: "the log shows whether the row is behind, changed or of another instant: --log FILE"
    case .ahead: "live had events that the log lacks: export the log again, and diff again"
    case .behind, .unseen, .missing, .changed, .version, .clock, .texts, .tolerated: nil
    }
  }
}
