import Fitness
import EventModel
import Projections

/// Users that the same controller job can serve.
struct RepairGroup: Hashable {
  var backfill: Backfill
  var eventTypes: [EventType]
  /// Ascending.
  var users: [UserID] = []

  /// Controller jobs of at most so many users each. A job's row is that of its greatest user, as the objective script does.
  func jobs(batch: Int) -> [PlannedJob] {
    stride(from: 0, to: users.count, by: batch).compactMap { start in
      let part = Array(users[start..<min(start + batch, users.count)])
      return part.last.map { user in
        PlannedJob(
          user: user,
          payload: backfill == .capability
            ? .capability(users: part, eventTypes: eventTypes) : .objective(users: part, eventTypes: eventTypes))
      }
    }
  }
}

/// The fewest `projection.update` jobs that compute everything needed.
///
/// An update runs every reducer of its event's type over all of the user's events, so one type is enough for a projection:
/// `profile.updated` for both objective rows (the worker makes an event up where there is none), and one capability type
/// for the capability rows, which brings the advisory with it unless only `set.corrected` is left to choose.
enum RepairChoice {
  /// Capability types, those that also run the advisory first.
  private static let capabilityTypes: [EventType] = [
    .setLogged, .sessionLogged, .externalActivityImported, .setCorrected,
  ]

  /// The jobs for one user as (backfill, type); `newest` says which events the user has, `nil` that nobody knows.
  /// The second part is what cannot be met.
  static func updates(
    _ needs: RepairNeeds, _ newest: NewestEvents?
  ) -> (updates: [(Backfill, [EventType])], unmet: RepairNeeds) {
    var updates: [(Backfill, [EventType])] = []
    var rest = needs
    if needs.contains(.capability) {
      if let newest {
        if let type = capabilityTypes.first(where: { newest[$0] != nil }) {
          updates.append((.capability, [type]))
          rest.remove(.capability)
          // The advisory needs the state's row: with that one missing, `profile.updated` writes both.
          if type != .setCorrected, !needs.contains(.state) { rest.remove(.advisory) }
        }
      } else {
        updates.append((.capability, EventType.capability))
        rest.remove(.capability)
      }
    }
    if !rest.isDisjoint(with: [.state, .advisory]) { updates.append((.objective, [.profileUpdated])) }
    return (updates, rest.intersection(.capability))
  }
}
