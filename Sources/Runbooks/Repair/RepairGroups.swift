import EventModel
import Folding

/// Users that the same controller job can serve.
struct RepairGroup {
  /// The index of the backfill in ``Catalogue/backfills``.
  var place: Int
  var backfill: Backfill
  var eventTypes: [EventType]
  /// Ascending.
  var users: [UserID] = []

  /// Returns controller jobs of at most `batch` users each. A job belongs to its last user by id, as in a backfill of
  /// everyone.
  func jobs(batch: Int) -> [PlannedJob] {
    stride(from: 0, to: users.count, by: batch).compactMap { start in
      let part = Array(users[start..<min(start + batch, users.count)])
      return part.last.map { user in
        PlannedJob(user: user, payload: .controller(backfill, users: part, eventTypes: eventTypes))
      }
    }
  }
}

/// The fewest `projection.update` jobs that compute everything needed.
///
/// An update runs every reducer that its event's type triggers, over all of the user's events. One type is enough for
/// all projections that it triggers.
struct RepairChoice {
  let catalogue: Catalogue

  /// Returns the jobs for one user.
  ///
  /// - Parameters:
  ///   - needs: the projection types to compute.
  ///   - newest: the user's newest events; `nil` if they are unknown.
  /// - Returns: the updates; and, in `unmet`, the needed types of backfills that none of the user's events can start.
  func updates(
    _ needs: Set<String>, _ newest: NewestEvents?
  ) -> (updates: [(place: Int, eventTypes: [EventType])], unmet: Set<String>) {
    var updates: [(place: Int, eventTypes: [EventType])] = []
    var rest = needs
    var unmet: Set<String> = []
    for (place, backfill) in catalogue.backfills.enumerated() {
      let due = rest.intersection(backfill.types)
      if due.isEmpty { continue }
      guard let newest else {
        // The user's event types are unknown. Use the type that the worker makes up, or else all types.
        updates.append((place, backfill.synthetic.map { [$0.type] } ?? backfill.eventTypes))
        rest.subtract(due)
        continue
      }
      let type = backfill.repairTypes.first { newest[$0] != nil || backfill.synthetic?.type == $0 }
      guard let type else {
        unmet.formUnion(due)
        continue
      }
      updates.append((place, [type]))
      rest.subtract(computed(by: type, of: rest))
    }
    return (updates, unmet)
  }

  /// Returns the needed types that an update of that event type computes. If a type and the type that it requires are
  /// both needed, the update must be able to compute both.
  private func computed(by type: EventType, of needs: Set<String>) -> Set<String> {
    needs.filter { name in
      guard let schema = catalogue[type: name], schema.triggers.contains(type) else { return false }
      guard let required = schema.requires, needs.contains(required) else { return true }
      return catalogue[type: required]?.triggers.contains(type) ?? false
    }
  }
}
