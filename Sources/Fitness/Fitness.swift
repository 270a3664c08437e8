import Folding

/// The fitness platform: capability estimates and objective surfaces.
package struct Fitness: Domain {
  package typealias Shared = FitnessHistory

  /// Every version of every projection.
  package let projections: [Projection<Fitness>]

  /// - Parameter others: versions and projections in addition to the platform's own.
  package init(and others: [Projection<Fitness>] = []) {
    projections =
      [
        CapabilityProjection.v1,
        ObjectiveAdvisoryProjection.v1,
        ObjectiveStateProjection.v1,
      ] + others
  }

  package var vocabulary: Vocabulary { .fitness }
  package var profile: Profile { Profile() }
  package var backfills: [Backfill] { [.capability, .objective] }
  package func makeShared(_ setting: SharedSetting<Fitness>) -> FitnessHistory { FitnessHistory(setting) }
}

extension Catalogue {
  /// The projections of the fitness platform.
  package static let fitness = Catalogue(Fitness())
}
