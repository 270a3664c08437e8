import EventModel
import Folding

extension FitnessFact {
  package func narrowed(to type: String, key: String?) -> (any EventFact)? {
    guard concerns(type) else { return nil }
    guard case .row(var row) = self, let key else { return self }
    row.outcomes.removeAll { $0.capability != key }
    return row.outcomes.isEmpty && row.refused == nil ? nil : FitnessFact.row(row)
  }

  /// Whether the fact concerns rows of that projection type.
  private func concerns(_ type: String) -> Bool {
    switch self {
    case .row, .zonePreference, .represents, .isRepresented, .correctionIgnored, .corrects, .correctsUnreadField,
      .corrected, .noBlocks, .blockIsNoObject, .yieldsNoRow:
      type == CapabilityProjection.type
    case .lastActivity: type == ObjectiveAdvisoryProjection.type
    case .profile, .objective, .inferredModality, .failsUserProfile, .override:
      type == ObjectiveStateProjection.type || type == ObjectiveAdvisoryProjection.type
    }
  }
}

extension FitnessSteps {
  package func belong(to name: ProjectionName) -> Bool {
    switch self {
    case .capability(let steps): name.type == CapabilityProjection.type && name.key == steps.capability
    case .objectiveState: name.type == ObjectiveStateProjection.type
    case .objectiveAdvisory: name.type == ObjectiveAdvisoryProjection.type
    }
  }

  /// True for each event that changed the active objective. The steps follow from the last of them.
  package func follow(from fact: any EventFact) -> Bool {
    guard case .objectiveState(let steps) = self, case .objective(let objective)? = fact as? FitnessFact else {
      return false
    }
    return objective.id == steps.id
  }
}
