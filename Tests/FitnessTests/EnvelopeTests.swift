import Fitness
import Folding
import TestSupport
import Testing

/// capability-estimation.md: the envelopes of observations. The expected figures were computed separately, in Python.
@Suite("capability-estimation.md: envelopes")
struct EnvelopeTests {
  @Test(arguments: insufficient + sufficient + degraded + endurance + zones)
  func rule(_ rule: RuleCase) throws { try rule.check() }

  private static func sets(_ count: Int, _ members: String = #""weight_kg":30,"reps":5,"rir":0"#) -> String {
    "\(count)×set.logged 01-05T10:00 {\(members)}"
  }

  private static func jump(_ members: String = #""jump_height_cm":40"#) -> String {
    #"3×set.logged 01-05T10:00 {"sport":"box_jump",\#(members)}"#
  }

  @Test("capability-estimation.md: a whole insufficient envelope")
  func wholeInsufficient() throws {
    try RuleCase(
      "capability-estimation.md: a whole insufficient envelope", EnvelopeTests.sets(2),
      [
        "strength_1rm ": """
        {"schema_version":"capability_output.v1","capability":"strength_1rm","status":"insufficient_data",
        "estimate":{"mean":null,"interval":[null,null]},"confidence":0.3333,
        "data_sufficiency":{"required_observations":6,"observed_observations":2,
          "uncertainty_reason_codes":["insufficient_observation_count"],
          "recommended_next_observations":["Record more heavy sets, with load and repetitions.","Record effort (RIR or RPE) with each set."]},
        "caveats":[{"code":"insufficient_data","severity":"high","details":{"required_observations":6,"observed_observations":2}}],
        "recommended_next_observations":["Record more heavy sets, with load and repetitions.","Record effort (RIR or RPE) with each set."],
        "protocol_signature":{},"comparability":{},
        "diagnostics":{"e1rm_source_counts":{"explicit":2,"inferred_from_rpe":0,"fallback_epley":0}},
        "model_version":"capability_estimation.v1","generated_at":"2026-02-22T00:00:00+00:00",
        "timezone_context":{"timezone":"UTC","source":"assumed_default","assumed":true,
          "assumption_disclosure":"User time zone unknown: days are counted in UTC."}}
        """
      ]
    ).check()
  }

  @Test("capability-estimation.md: a whole sufficient envelope")
  func wholeSufficient() throws {
    try RuleCase(
      "capability-estimation.md: a whole sufficient envelope",
      "preference.set 01-05T10:00 {\"key\":\"timezone\",\"value\":\"Asia/Calcutta\"}\n" + EnvelopeTests.jump(),
      asOf: "2026-02-22T01:02:03.000400+01:00",
      [
        "jump_height ": """
        {"schema_version":"capability_output.v1","capability":"jump_height","status":"ok",
        "estimate":{"mean":40,"interval":[36.08,43.92]},"confidence":0.5,
        "data_sufficiency":{"required_observations":6,"observed_observations":3,"uncertainty_reason_codes":[],
          "recommended_next_observations":[]},
        "caveats":[],"recommended_next_observations":[],"protocol_signature":{},
        "comparability":{"groups_total":1,"groups":["jump:unknown_protocol"]},"diagnostics":{"session_trials":1},
        "model_version":"capability_estimation.v1","generated_at":"2026-02-22T00:02:03.000400+00:00",
        "timezone_context":{"timezone":"Asia/Calcutta","source":"preference","assumed":false,"assumption_disclosure":null}}
        """
      ]
    ).check()
  }

  static let insufficient = [
    RuleCase(
      "capability-estimation.md: no observation", "set.logged 01-05T10:00 {}",
      ["strength_1rm confidence": "0", "sprint_max_speed confidence": "0"]),
    RuleCase("capability-estimation.md: one observation", sets(1), ["strength_1rm confidence": "0.1667"]),
    RuleCase(
      "capability-estimation.md: each capability has its own insufficient texts", "set.logged 01-05T10:00 {}",
      [
        "sprint_max_speed recommended_next_observations":
          #"["Record sprints with distance and time.","Record surface and timing method with each sprint."]"#,
        "jump_height recommended_next_observations":
          #"["Record jumps with the measured height.","Record device and surface with each jump."]"#,
        "endurance_threshold recommended_next_observations":
          #"["Record endurance work with distance and time, or power.","Record the reference that relative intensity is taken from."]"#,
      ]),
    RuleCase(
      "capability-estimation.md: two groups of two observations are no mismatch yet",
      sets(1) + "\n" + sets(1, #""weight_kg":30,"reps":5,"equipment_profile":"x""#),
      ["strength_1rm comparability": "{}", "strength_1rm status": "\"insufficient_data\""]),
  ]

  static let sufficient = [
    RuleCase(
      "capability-estimation.md: three observations suffice", sets(3),
      ["strength_1rm status": "\"ok\"", "strength_1rm confidence": "0.5"]),
    RuleCase("capability-estimation.md: five observations", sets(5), ["strength_1rm confidence": "0.8333"]),
    RuleCase("capability-estimation.md: more than six observations", sets(7), ["strength_1rm confidence": "1"]),
    RuleCase(
      "capability-estimation.md: the deviation is at least the root of 1e-9", sets(3),
      ["strength_1rm estimate.interval": "[34.9999,35.0001]"]),
    RuleCase(
      "capability-estimation.md: confidence of jumps counts observations, not sessions",
      jump() + "\n" + jump(), ["jump_height confidence": "1"]),
  ]

  static let degraded = [
    RuleCase(
      "capability-estimation.md: strength of two groups",
      sets(3) + "\n" + sets(3, #""weight_kg":30,"reps":5,"equipment_profile":"x""#),
      [
        "strength_1rm status": "\"degraded_comparability\"", "strength_1rm confidence": "0.65",
        "strength_1rm data_sufficiency.uncertainty_reason_codes":
          #"["multiple_comparability_groups","effort_context_missing"]"#,
        "strength_1rm caveats":
          #"[{"code":"multiple_comparability_groups","severity":"medium","details":{"group_count":2}}]"#,
        "strength_1rm recommended_next_observations": #"["Use the same equipment and setup from session to session."]"#,
        "strength_1rm comparability": #"{"groups_total":2,"groups":["equipment_profile:x","strength:unspecified"]}"#,
      ]),
    RuleCase(
      "capability-estimation.md: sprints of two protocols",
      #"2×set.logged 01-05T10:00 {"sport":"sprint","distance_meters":15,"duration_seconds":2,"surface":"z"}"# + "\n"
        + #"2×set.logged 01-05T10:00 {"sport":"sprint","distance_meters":15,"duration_seconds":2,"surface":"Z","timing_method":"a"}"#,
      [
        "sprint_max_speed data_sufficiency.uncertainty_reason_codes": #"["protocol_mismatch"]"#,
        "sprint_max_speed recommended_next_observations": #"["Use one surface and one timing method."]"#,
        "sprint_max_speed confidence": "0.4333",
      ]),
    RuleCase(
      "capability-estimation.md: jumps of two devices; groups are sorted by code point",
      jump(#""jump_height_cm":40,"device_type":"\uffee""#) + "\n"
        + jump(#""jump_height_cm":40,"device_type":"\ud83d\ude00""#)
        + "\n" + jump(#""jump_height_cm":40,"device_type":"é""#),
      [
        "jump_height data_sufficiency.uncertainty_reason_codes": #"["device_surface_mismatch"]"#,
        "jump_height comparability.groups": #"["device_type:é","device_type:\uffee","device_type:\ud83d\ude00"]"#,
        "jump_height recommended_next_observations": #"["Use one device and one surface for jump tests."]"#,
      ]),
  ]

  private static func reference(_ measuredAt: String, count: Int = 6, more: String = "") -> String {
    """
    \(count)×set.logged 01-05T10:00 {"block_type":"tempo_threshold","relative_intensity":{"value_pct":90,\
    "reference_value":200,"reference_measured_at":"\(measuredAt)"}\(more)}
    """
  }

  static let endurance = [
    RuleCase(
      "capability-estimation.md endurance: a reference of exactly 30 days is not stale",
      reference("2026-01-23T00:00:00Z"),
      [
        "endurance_threshold status": "\"ok\"", "endurance_threshold confidence": "0.4118",
        "endurance_threshold caveats": "[]",
      ]),
    RuleCase(
      "capability-estimation.md endurance: a microsecond more is", reference("2026-01-22T23:59:59.999999Z"),
      [
        "endurance_threshold status": "\"degraded_comparability\"", "endurance_threshold confidence": "0.2676",
        "endurance_threshold caveats":
          #"[{"code":"stale_reference","severity":"medium","details":{"stale_reference_count":6}}]"#,
        "endurance_threshold data_sufficiency.uncertainty_reason_codes": #"["stale_reference"]"#,
        "endurance_threshold recommended_next_observations":
          #"["Re-measure the threshold reference (max speed, critical speed or power)."]"#,
      ]),
    RuleCase(
      "capability-estimation.md endurance: 21 days of freshness halve the confidence",
      reference("2026-02-01T00:00:00Z"),
      ["endurance_threshold confidence": "0.5"]),
    RuleCase(
      "capability-estimation.md endurance: freshness is the mean of those that have one; stale ones are counted",
      reference("2026-01-09T00:00:00Z", count: 1) + "\n" + reference("2026-02-12T00:00:00Z", count: 1) + "\n"
        + reference("soon", count: 1),
      [
        "endurance_threshold diagnostics": #"{"average_reference_freshness_days":27}"#,
        "endurance_threshold caveats.0.details": #"{"stale_reference_count":1}"#,
      ]),
    RuleCase(
      "capability-estimation.md endurance: mismatch and stale reference, in this order; no text for the mismatch",
      reference("2026-01-09T00:00:00Z", count: 3) + "\n"
        + reference("2026-01-09T00:00:00Z", count: 3, more: #","surface":"road""#),
      [
        "endurance_threshold confidence": "0.21",
        "endurance_threshold data_sufficiency.uncertainty_reason_codes":
          #"["reference_protocol_mismatch","stale_reference"]"#,
        "endurance_threshold caveats": """
        [{"code":"reference_protocol_mismatch","severity":"medium","details":{"group_count":2}},
        {"code":"stale_reference","severity":"medium","details":{"stale_reference_count":6}}]
        """,
        "endurance_threshold recommended_next_observations":
          #"["Re-measure the threshold reference (max speed, critical speed or power)."]"#,
      ]),
    RuleCase(
      "capability-estimation.md endurance: a mismatch alone has no text",
      #"3×set.logged 01-05T10:00 {"block_type":"tempo_threshold","power_watt":1}"# + "\n"
        + #"3×set.logged 01-05T10:00 {"block_type":"tempo_threshold","power_watt":1,"surface":"road"}"#,
      ["endurance_threshold recommended_next_observations": "[]", "endurance_threshold confidence": "0.65"]),
  ]

  private static func zone(_ rule: String, _ history: String, _ zone: String, assumed: Bool = false) -> RuleCase {
    RuleCase(
      "capability-estimation.md time zone: " + rule, "set.logged 01-05T10:00 {}\n" + history,
      ["jump_height timezone_context.timezone": "\"\(zone)\"", "jump_height timezone_context.assumed": "\(assumed)"])
  }

  private static func preference(_ time: String, _ value: String, key: String = "timezone") -> String {
    #"preference.set \#(time) {"key":"\#(key)","value":\#(value)}"#
  }

  static let zones = [
    zone(
      "the newest preference",
      preference("01-06T10:00", #""Europe/Berlin""#) + "\n" + preference("01-05T10:00", #""Asia/Tokyo""#),
      "Europe/Berlin"),
    zone(
      "of one instant the greatest id",
      "#9 " + preference("01-06T10:00", #""Europe/Berlin""#) + "\n#8 " + preference("01-06T10:00", #""Asia/Tokyo""#),
      "Europe/Berlin"),
    zone("also under time_zone", preference("01-06T10:00", #"" utc""#, key: "time_zone"), "UTC"),
    zone("another key is no zone", preference("01-06T10:00", #""Asia/Tokyo""#, key: "Timezone"), "UTC", assumed: true),
    zone(
      "invalid names and values are passed over",
      preference("01-05T10:00", #""Asia/Tokyo""#) + "\n" + preference("01-06T10:00", #""GMT+2""#) + "\n"
        + preference("01-07T10:00", "null") + "\n" + preference("01-08T10:00", "7"), "Asia/Tokyo"),
    zone(
      "retracted ones are skipped",
      "#5 " + preference("01-05T10:00", #""Asia/Tokyo""#) + "\n#6 " + preference("01-06T10:00", #""Europe/Berlin""#)
        + "\nevent.retracted 01-07T10:00 {\"retracted_event_id\":\"@6\"}", "Asia/Tokyo"),
    zone(
      "only the newest 64 are looked at",
      preference("01-05T10:00", #""Asia/Tokyo""#) + "\n63×" + preference("01-06T10:00", "1"),
      "Asia/Tokyo"),
    zone(
      "the 65th is not", preference("01-05T10:00", #""Asia/Tokyo""#) + "\n64×" + preference("01-06T10:00", "1"), "UTC",
      assumed: true),
    zone(
      "retracted ones count among the 64",
      preference("01-05T10:00", #""Asia/Tokyo""#) + "\n63×" + preference("01-06T10:00", "1") + "\n#200 "
        + preference("01-07T10:00", #""Europe/Berlin""#)
        + "\n#201 event.retracted 01-07T10:00 {\"retracted_event_id\":\"@200\"}",
      "UTC", assumed: true),
  ]

  @Test("capability-estimation.md: texts and constants come from the profile")
  func profile() throws {
    var profile = Profile()
    profile.texts.timezoneAssumption = "?"
    profile.texts.jump.insufficient = ["a"]
    profile.texts.strength.degraded = ["b", "c"]
    profile.constants.requiredObservations = 12
    try RuleCase(
      "capability-estimation.md: texts and constants come from the profile",
      EnvelopeTests.sets(3) + "\n" + EnvelopeTests.sets(3, #""weight_kg":30,"reps":5,"rir":0,"equipment_profile":"x""#),
      [
        "strength_1rm confidence": "0.325", "strength_1rm recommended_next_observations": #"["b","c"]"#,
        "jump_height recommended_next_observations": #"["a"]"#,
        "jump_height timezone_context.assumption_disclosure": "\"?\"",
        "jump_height data_sufficiency.required_observations": "12",
      ]
    ).check(profile: profile)
  }
}
