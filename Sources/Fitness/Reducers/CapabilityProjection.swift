import EventModel
import Projections
import PythonValues

/// What everybody must know of `capability_estimation`.
package enum CapabilityProjection {
  package static let type = "capability_estimation"
  static let triggers = EventTypeSet(EventType.capability)

  /// The version that is deployed: Epley's formula.
  static let v1 = projection(version: "capability_estimation.v1", formula: .epley) { $0 }

  /// A version.
  ///
  /// - Parameters:
  ///   - formula: estimates one-repetition maxima.
  ///   - adjust: what the version does to the profile's constants.
  package static func projection(
    version: String, formula: OneRepFormula,
    adjust: @escaping @Sendable (Profile.Constants) -> Profile.Constants
  ) -> Projection<Fitness> {
    Projection(schema(version: version)) { setting in
      var setting = setting
      setting.profile.constants = adjust(setting.profile.constants)
      return CapabilityEstimation(setting, version: version, formula: formula)
    }
  }

  private static func schema(version: String) -> ProjectionSchema {
    let recommended = "recommended_next_observations"
    let observations = "data_sufficiency.observed_observations"
    return ProjectionSchema(
      type: type, version: version,
      keys: [Endurance.key, Jump.key, Sprint.key, Strength.key], triggers: triggers,
      sources: triggers.union([.eventRetracted, .preferenceSet]), inferredFrom: [], clock: "generated_at",
      stamp: "model_version",
      requires: nil, words: words.union([version]),
      texts: [
        TextPlace(recommended, .list(twin: "data_sufficiency." + recommended)),
        TextPlace("data_sufficiency." + recommended, .list(twin: recommended)),
        TextPlace("timezone_context.assumption_disclosure", .text),
      ],
      drift: [
        DriftPlace(
          key: Endurance.key, path: "diagnostics.average_reference_freshness_days",
          observations: observations)
      ], observations: observations,
      quality: QualityPlaces(
        status: "status", statuses: ["ok", "insufficient_data", "degraded_comparability"], confidence: "confidence"), isObserved: true)
  }

  private static let words = ProjectionSchema.words(
    """
    assumed assumed_default assumption_disclosure average_reference_freshness_days capability \
    capability_estimation.v1 capability_output.v1 caveats code comparability confidence data_sufficiency \
    degraded_comparability details device_surface_mismatch diagnostics e1rm_source_counts \
    effort_context_missing endurance_threshold estimate explicit fallback_epley generated_at group_count \
    groups groups_total high inferred_from_rpe insufficient_data insufficient_observation_count interval \
    jump_height mean medium model_version multiple_comparability_groups observed_observations ok preference \
    protocol_mismatch protocol_signature recommended_next_observations reference_protocol_mismatch \
    required_observations schema_version session_trials severity source sprint_max_speed stale_reference \
    stale_reference_count status strength_1rm timezone timezone_context uncertainty_reason_codes
    """)
}
