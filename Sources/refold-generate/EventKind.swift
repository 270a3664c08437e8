/// The event types of the log; the raw value indexes ``EventKind/weights``.
enum EventKind: Int {
  case set
  case session
  case imported
  case correction
  case retraction
  case objectiveSet
  case objectiveUpdated
  case objectiveArchived
  case goal
  case override
  case preference
  case profile
  case alias
  case custom
  case energy
  case meal
  case bodyweight
  case sleep
  case program

  /// Per 10,000 events, in the order of the cases. Corrections and retractions that have nothing to refer to, at the
  /// start of a history, become sets.
  static let weights = [
    7260, 627, 324, 185, 94, 123, 93, 41, 26, 108, 98, 88, 20, 177, 173, 173, 172, 170, 48,
  ]

  /// The event type as it is stored.
  var name: StaticString {
    switch self {
    case .set: "set.logged"
    case .session: "session.logged"
    case .imported: "external.activity_imported"
    case .correction: "set.corrected"
    case .retraction: "event.retracted"
    case .objectiveSet: "objective.set"
    case .objectiveUpdated: "objective.updated"
    case .objectiveArchived: "objective.archived"
    case .goal: "goal.set"
    case .override: "advisory.override.recorded"
    case .preference: "preference.set"
    case .profile: "profile.updated"
    case .alias: "exercise.alias_created"
    case .custom: "custom.event"
    case .energy: "energy.logged"
    case .meal: "meal.logged"
    case .bodyweight: "bodyweight.logged"
    case .sleep: "sleep.logged"
    case .program: "program.started"
    }
  }

  /// The kind for each of 10,000 draws.
  static let table: [EventKind] = {
    var table: [EventKind] = []
    for (index, weight) in weights.enumerated() {
      guard let kind = EventKind(rawValue: index) else { continue }
      table.append(contentsOf: repeatElement(kind, count: weight))
    }
    return table
  }()
}
