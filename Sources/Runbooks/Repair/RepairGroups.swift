import EventModel
import Folding

/// Users that the same controller job can serve.
struct RepairGroup {
  /// The backfill's place among the domain's.
  var place: Int
  var backfill: Backfill
  var eventTypes: [EventType]
  /// Ascending.
  var users: [UserID] = []

  /// Controller jobs of at most `batch` users each. A job's row is that of its greatest user, as in a backfill of everyone.
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
/// An update runs every reducer that its event's type triggers, over all of the user's events. One type is enough for all
/// projections that it triggers.
struct RepairChoice {
  let catalogue: Catalogue

  /// The jobs for one user; `newest` says which events the user has, `nil` that nobody knows. Of the types that are needed
  /// `unmet` are those of a backfill that no event of the user starts.
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
        // Which types a user has is not known: all of them, or the one that is made up where there is none.
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

  /// What an update of that type computes, of the types in need: a row whose required row is missing is not written before it.
  private func computed(by type: EventType, of needs: Set<String>) -> Set<String> {
    needs.filter { name in
      guard let schema = catalogue[type: name], schema.triggers.contains(type) else { return false }
      guard let required = schema.requires, needs.contains(required) else { return true }
      return catalogue[type: required]?.triggers.contains(type) ?? false
    }
  }
}
