import Folding

/// The name of a text in a profile file, and the property that stores it.
struct ProfileText: @unchecked Sendable {
  var name: String
  var path: WritableKeyPath<Profile.Texts, String>

  static let all = [
    ProfileText(name: "timezone_assumption", path: \.timezoneAssumption),
    ProfileText(name: "default_objective", path: \.defaultObjective),
    ProfileText(name: "stale_reference", path: \.staleReference),
  ]

  static let warnings = [
    ProfileText(name: "objective_trackability_gap", path: \.trackabilityGap),
    ProfileText(name: "objective_default_inferred", path: \.defaultInferred),
    ProfileText(name: "objective_metric_staleness", path: \.metricStaleness),
    ProfileText(name: "objective_override_review_due", path: \.overrideReviewDue),
  ]
}

struct ProfileCapability: @unchecked Sendable {
  var name: String
  var path: WritableKeyPath<Profile.Texts, Profile.CapabilityTexts>

  static let all = [
    ProfileCapability(name: "strength_1rm", path: \.strength),
    ProfileCapability(name: "sprint_max_speed", path: \.sprint),
    ProfileCapability(name: "jump_height", path: \.jump),
    ProfileCapability(name: "endurance_threshold", path: \.endurance),
  ]
}
