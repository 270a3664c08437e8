extension Catalogue {
  /// The projections of the fitness platform.
  package static let fitness = Catalogue([
    CapabilityProjection.v1, ObjectiveAdvisoryProjection.v1, ObjectiveStateProjection.v1,
  ])
}
