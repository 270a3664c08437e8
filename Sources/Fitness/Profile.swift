import Folding
import TimeZones

/// The data that belongs to a deployment and not to the algorithm: the human-readable texts, the named constants of the
/// reducers, and the time zone names that the deployment's Python knows.
package struct Profile: Sendable, Equatable {
  package var name = "builtin.v1"
  package var texts = Texts()
  package var constants = Constants()
  package var timeZones = ZoneNames()

  package init() {}

  /// The deployment's texts in rows. The defaults are the wording of the built-in profile.
  package struct Texts: Sendable, Equatable {
    package var timezoneAssumption = "User time zone unknown: days are counted in UTC."
    package var defaultObjective = "Assumed until the user states an objective."
    package var staleReference = "Re-measure the threshold reference (max speed, critical speed or power)."
    package var strength = CapabilityTexts(
      insufficient: [
        "Record more heavy sets, with load and repetitions.", "Record effort (RIR or RPE) with each set.",
      ],
      degraded: ["Use the same equipment and setup from session to session."])
    package var sprint = CapabilityTexts(
      insufficient: [
        "Record sprints with distance and time.", "Record surface and timing method with each sprint.",
      ],
      degraded: ["Use one surface and one timing method."])
    package var jump = CapabilityTexts(
      insufficient: ["Record jumps with the measured height.", "Record device and surface with each jump."],
      degraded: ["Use one device and one surface for jump tests."])
    package var endurance = CapabilityTexts(
      insufficient: [
        "Record endurance work with distance and time, or power.",
        "Record the reference that relative intensity is taken from.",
      ],
      degraded: [])
    package var trackabilityGap = "Nothing observable tracks this objective: name a success metric or a target."
    package var defaultInferred = "This objective is assumed with little confidence: confirm or replace it."
    package var metricStaleness = "No recent training to judge this objective by."
    package var overrideReviewDue = "An override is past its review point: check whether its reason still holds."
  }

  package struct CapabilityTexts: Sendable, Equatable {
    package var insufficient: [String]
    package var degraded: [String]
  }

  /// The named constants of the contract.
  package struct Constants: Sendable, Equatable {
    /// The number of observations that a full estimate needs.
    package var requiredObservations: Double = 6
    /// The minimum number of observations for an estimate.
    package var minimumObservations: Double = 3
    /// Factor of the confidence if comparability is degraded.
    package var degradedFactor = 0.65
    /// Half-width of the interval, in standard deviations.
    package var intervalDeviations = 1.96
    /// Age in days above which a reference counts as stale.
    package var staleReferenceDays: Double = 30
    /// Days of reference age that halve the confidence.
    package var freshnessScaleDays: Double = 21
    /// Days without training after which an objective counts as stale.
    package var metricStalenessDays: Double = 21
    /// Days for which an override counts as recent.
    package var recentOverrideDays: Double = 30
    /// The maximum number of recent overrides that are listed.
    package var listedOverrides: Double = 25
    /// The maximum number of entries of the objective history that are kept.
    package var historyEntries: Double = 120
    /// Confidence below which an objective counts as assumed.
    package var confidentObjective = 0.55
  }
}

/// The name of a constant in a profile file, and the property that stores its value.
package struct ProfileConstant: @unchecked Sendable {
  package var name: String
  package var path: WritableKeyPath<Profile.Constants, Double>
  /// Whether the value must be a whole number.
  package var isCount: Bool

  package static let all: [ProfileConstant] = [
    ProfileConstant(name: "confident_objective", path: \.confidentObjective, isCount: false),
    ProfileConstant(name: "degraded_factor", path: \.degradedFactor, isCount: false),
    ProfileConstant(name: "freshness_scale_days", path: \.freshnessScaleDays, isCount: false),
    ProfileConstant(name: "history_entries", path: \.historyEntries, isCount: true),
    ProfileConstant(name: "interval_deviations", path: \.intervalDeviations, isCount: false),
    ProfileConstant(name: "listed_overrides", path: \.listedOverrides, isCount: true),
    ProfileConstant(name: "metric_staleness_days", path: \.metricStalenessDays, isCount: true),
    ProfileConstant(name: "minimum_observations", path: \.minimumObservations, isCount: true),
    ProfileConstant(name: "recent_override_days", path: \.recentOverrideDays, isCount: true),
    ProfileConstant(name: "required_observations", path: \.requiredObservations, isCount: true),
    ProfileConstant(name: "stale_reference_days", path: \.staleReferenceDays, isCount: false),
  ]
}
