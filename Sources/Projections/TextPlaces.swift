import EventModel

extension ProjectionCatalog {
  /// Where the profile's texts stand in the projections.
  package static let texts: [TextPlace] = [
    TextPlace(
      CapabilityEstimation.projectionType, "recommended_next_observations",
      .list(twin: "data_sufficiency.recommended_next_observations")),
    TextPlace(
      CapabilityEstimation.projectionType, "data_sufficiency.recommended_next_observations",
      .list(twin: "recommended_next_observations")),
    TextPlace(CapabilityEstimation.projectionType, "timezone_context.assumption_disclosure", .text),
    TextPlace(ObjectiveAdvisory.projectionType, "warnings.*.message", .text),
    TextPlace(ObjectiveAdvisory.projectionType, "objective_snapshot.primary_goal.description", .assumedDescription),
    TextPlace(ObjectiveState.projectionType, "active_objective.primary_goal.description", .assumedDescription),
  ]

  /// The projection type that does not depend on the clock.
  package static let clocklessType = ObjectiveState.projectionType
  /// The projection type of the four envelopes.
  package static let capabilityType = CapabilityEstimation.projectionType
  /// The projection type that live writes only where the one without clock has a row.
  package static let advisoryType = ObjectiveAdvisory.projectionType

  /// The event types whose arrival makes live compute a projection of that type.
  package static func triggers(of type: String) -> [EventType] {
    switch type {
    case CapabilityEstimation.projectionType: EventType.capability
    case ObjectiveAdvisory.projectionType: EventType.objective
    default: EventType.objective.filter { !EventType.capability.contains($0) }
    }
  }

  /// The event types a projection of that type is made of.
  package static func sources(of type: String) -> Set<EventType> {
    switch type {
    case CapabilityEstimation.projectionType: Set(EventType.capability + [.eventRetracted, .preferenceSet])
    default: Set(triggers(of: type) + [.eventRetracted])
    }
  }
}
