import EventModel
import Fitness
import Folding

extension OneRepFormula {
  /// Brzycki's formula: load × 36 / (37 − n). The live system does not use it.
  static let brzycki = OneRepFormula(
    told: EstimateFormula(name: "brzycki", infix: " kg × 36 / (37 − ", suffix: ")")
  ) { load, repetitions in load * 36 / (37 - repetitions) }
}

extension Fitness {
  /// The platform's projections, a second version of one, and one that is added.
  package static let example = Fitness(and: [
    CapabilityProjection.projection(version: "capability_estimation.v2", formula: .brzycki) { constants in
      var constants = constants
      constants.minimumObservations = 4
      return constants
    },
    TrainingVolume.projection,
  ])
}

extension Catalogue {
  package static let example = Catalogue(Fitness.example)

  /// The same catalogue before the second version is deployed.
  package static let exampleBefore: Catalogue = {
    do throws(VersionError) { return try example.choosing(["capability_estimation": "v1"]) } catch {
      preconditionFailure("a version of the example")
    }
  }()
}
