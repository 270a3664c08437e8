import TestSupport
import Testing

/// capability-estimation.md: observations of each capability. The expected figures were computed separately, in Python.
@Suite("capability-estimation.md: observations")
struct CapabilityTests {
  @Test(arguments: strength + sprint + jump + endurance)
  func rule(_ rule: RuleCase) throws { try rule.check() }

  private static func sets(_ rule: String, _ members: String, _ expected: KeyValuePairs<String, String>) -> RuleCase {
    RuleCase("capability-estimation.md " + rule, "3×set.logged 01-05T10:00 {\(members)}", expected)
  }

  private static let none = "strength_1rm diagnostics.e1rm_source_counts"

  static let strength = [
    sets("strength: weight × (1 + reps/30)", #""weight_kg":100,"reps":5"#, ["mean strength_1rm": "116.6667"]),
    sets(
      "strength: rir adds to the repetitions", #""weight_kg":100,"reps":5,"rir":2"#,
      ["mean strength_1rm": "123.3333", none: #"{"explicit":3,"inferred_from_rpe":0,"fallback_epley":0}"#]),
    sets("strength: rir is clamped to 10", #""weight_kg":100,"reps":5,"rir":12"#, ["mean strength_1rm": "150"]),
    sets("strength: rir is clamped to 0", #""weight_kg":30,"reps":5,"rir":-3"#, ["mean strength_1rm": "35"]),
    sets(
      "strength: rir is rounded to two places on the exact binary value", #""weight_kg":1000,"reps":5,"rir":2.675"#,
      ["mean strength_1rm": "1255.6667"]),
    sets(
      "strength: an exact tie of rir is rounded to even", #""weight_kg":100,"reps":5,"rir":2.125"#,
      ["mean strength_1rm": "123.7333"]),
    sets(
      "strength: a NaN rir is clamped to 10", #""weight_kg":100,"reps":5,"rir":"nan""#, ["mean strength_1rm": "150"]),
    sets(
      "strength: rir of 0 is given", #""weight_kg":30,"reps":5,"rir":0,"rpe":5"#,
      ["mean strength_1rm": "35", none: #"{"explicit":3,"inferred_from_rpe":0,"fallback_epley":0}"#]),
    sets(
      "strength: rpe stands in for rir", #""weight_kg":100,"reps":5,"rpe":"8.5","rir":"?""#,
      ["mean strength_1rm": "121.6667", none: #"{"explicit":0,"inferred_from_rpe":3,"fallback_epley":0}"#]),
    sets("strength: an rpe beyond 10 adds nothing", #""weight_kg":30,"reps":5,"rpe":11"#, ["mean strength_1rm": "35"]),
    sets("strength: an rpe below 0 adds 10", #""weight_kg":30,"reps":5,"rpe":-1"#, ["mean strength_1rm": "45"]),
    sets(
      "strength: without effort the estimate says so", #""weight_kg":30,"reps":5,"rir":null"#,
      [
        none: #"{"explicit":0,"inferred_from_rpe":0,"fallback_epley":3}"#,
        "strength_1rm data_sufficiency.uncertainty_reason_codes": #"["effort_context_missing"]"#,
        "strength_1rm status": "\"ok\"",
      ]),
    sets("strength: weight when weight_kg is absent", #""weight":30,"reps":5"#, ["mean strength_1rm": "35"]),
    sets("strength: weight_kg before weight", #""weight":90,"weight_kg":30,"reps":5"#, ["mean strength_1rm": "35"]),
    sets("strength: no weight, no observation", #""block_type":"strength_set","reps":5"#, ["n strength_1rm": "0"]),
    sets("strength: a weight of 0 is none", #""weight_kg":0,"reps":5"#, ["n strength_1rm": "0"]),
    sets("strength: no repetitions, no observation", #""weight_kg":30"#, ["n strength_1rm": "0"]),
    sets("strength: repetitions of 0 are none", #""weight_kg":30,"reps":0,"rir":3"#, ["n strength_1rm": "0"]),
    sets(
      "strength: groups", #""weight_kg":30,"reps":5,"equipment_profile":" Home ","implements_type":"BARBELL""#,
      ["strength_1rm comparability": #"{"groups_total":1,"groups":["equipment_profile:home|implements_type:barbell"]}"#]
    ),
    sets(
      "strength: one group field alone", #""weight_kg":30,"reps":5,"equipment_profile":"","implements_type":["a"]"#,
      ["strength_1rm comparability.groups": #"["implements_type:['a']"]"#]),
    sets(
      "strength: group fallback", #""weight_kg":30,"reps":5"#,
      ["strength_1rm comparability.groups": #"["strength:unspecified"]"#]),
    RuleCase(
      "capability-estimation.md strength: mean and interval of all observations",
      """
      set.logged 01-05T10:00 {"weight_kg":100,"reps":5}
      set.logged 01-05T10:00 {"weight_kg":105,"reps":5}
      set.logged 01-05T10:00 {"weight_kg":110,"reps":3}
      """, ["strength_1rm estimate": #"{"mean":120.0556,"interval":[114.1184,125.9927]}"#]),
  ]

  private static func sprints(_ distances: [Int]) -> String {
    distances.map {
      #"set.logged 01-05T10:00 {"exercise_id":"sprint","distance_meters":30,"duration_seconds":\#(Double($0) / 10)}"#
    }
    .joined(separator: "\n")
  }

  static let sprint = [
    sets(
      "sprint: distance / duration", #""sport":"sprint","distance_meters":15,"duration_seconds":"2""#,
      ["mean sprint_max_speed": "7.5"]),
    sets(
      "sprint: else reference × (percent / 100)",
      #""sport":"sprint","distance_meters":15,"relative_intensity":{"value_pct":95,"reference_value":8}"#,
      ["mean sprint_max_speed": "7.6"]),
    sets(
      "sprint: both distance and duration must be greater than 0",
      #""sport":"sprint","distance_meters":15,"duration_seconds":0,"relative_intensity":{"value_pct":"95","reference_value":8}"#,
      ["mean sprint_max_speed": "7.6"]),
    sets(
      "sprint: a relative intensity that is no object counts for nothing",
      #""sport":"sprint","relative_intensity":[95,8]"#, ["n sprint_max_speed": "0"]),
    sets(
      "sprint: nor one without a positive reference",
      #""sport":"sprint","relative_intensity":{"value_pct":95,"reference_value":0}"#, ["n sprint_max_speed": "0"]),
    sets(
      "sprint: no diagnostics", #""sport":"sprint","distance_meters":15,"duration_seconds":2"#,
      ["sprint_max_speed diagnostics": "{}"]),
    sets(
      "sprint: group",
      #""sport":"sprint","distance_meters":15,"duration_seconds":2,"surface":"Track","timing_method":"gate""#,
      ["sprint_max_speed comparability.groups": #"["surface:track|timing_method:gate"]"#]),
    RuleCase(
      "capability-estimation.md sprint: the three fastest of up to eleven", sprints([43, 42, 41, 44, 45, 40]),
      ["sprint_max_speed estimate": #"{"mean":7.32,"interval":[6.9699,7.67]}"#, "n sprint_max_speed": "6"]),
    RuleCase(
      "capability-estimation.md sprint: the fastest third of twelve", sprints(Array(30...41)),
      ["sprint_max_speed estimate": #"{"mean":9.5358,"interval":[8.7689,10.3028]}"#, "n sprint_max_speed": "12"]),
  ]

  static let jump = [
    sets("jump: height in cm", #""sport":"box_jump","jump_height_cm":40"#, ["mean jump_height": "40"]),
    sets(
      "jump: the first of three names greater than 0",
      #""sport":"box_jump","jump_height_cm":0,"vertical_jump_cm":30,"cmj_height_cm":"40""#, ["mean jump_height": "40"]),
    sets(
      "jump: else inches × 2.54", #""sport":"box_jump","vertical_jump_inches":99,"jump_height_inches":20"#,
      ["mean jump_height": "50.8"]),
    sets(
      "jump: cm before inches", #""sport":"box_jump","jump_height_inches":20,"vertical_jump_cm":30"#,
      ["mean jump_height": "30"]),
    sets("jump: no height, no observation", #""sport":"box_jump","jump_height_cm":-3"#, ["n jump_height": "0"]),
    sets(
      "jump: one session, interval from 5 % of the mean", #""sport":"box_jump","jump_height_cm":40"#,
      ["jump_height estimate": #"{"mean":40,"interval":[36.08,43.92]}"#, "n jump_height": "3"]),
    sets(
      "jump: one session, a deviation of 0.05 at least", #""sport":"box_jump","jump_height_cm":0.5"#,
      ["jump_height estimate.interval": "[0.402,0.598]"]),
    sets(
      "jump: group", #""sport":"box_jump","jump_height_cm":40,"surface":"mat","device_type":"X""#,
      ["jump_height comparability.groups": #"["device_type:x|surface:mat"]"#]),
    RuleCase(
      "capability-estimation.md jump: session_trials only when sufficient",
      "2×set.logged 01-05T10:00 {\"sport\":\"box_jump\",\"jump_height_cm\":40}", ["jump_height diagnostics": "{}"]),
  ]

  private static func measured(_ rule: String, _ date: String, days: String, asOf: String = "2026-02-22T00:00:00Z")
    -> RuleCase
  {
    RuleCase(
      "capability-estimation.md endurance: " + rule,
      """
      3×set.logged 01-05T10:00 {"block_type":"tempo_threshold","relative_intensity":{"value_pct":90,"reference_value":200,\
      "reference_measured_at":\(date)}}
      """, asOf: asOf, ["endurance_threshold diagnostics.average_reference_freshness_days": days])
  }

  static let endurance = [
    sets(
      "endurance: power",
      #""block_type":"tempo_threshold","power_watt":250,"distance_meters":1000,"duration_seconds":240"#,
      ["mean endurance_threshold": "250"]),
    sets(
      "endurance: else distance / duration",
      #""block_type":"tempo_threshold","power_watt":0,"distance_meters":1000,"duration_seconds":240,"relative_intensity":{"value_pct":90,"reference_value":200}"#,
      ["endurance_threshold estimate": #"{"mean":4.1667,"interval":[4.1666,4.1667]}"#]),
    sets(
      "endurance: else reference × (percent / 100)",
      #""block_type":"tempo_threshold","distance_meters":1000,"relative_intensity":{"value_pct":90,"reference_value":255.5}"#,
      ["mean endurance_threshold": "229.95"]),
    sets(
      "endurance: nothing to go by", #""block_type":"tempo_threshold","distance_meters":1000"#,
      ["n endurance_threshold": "0"]),
    sets(
      "endurance: group", #""block_type":"tempo_threshold","power_watt":250,"surface":"road","reference_type":"FTP""#,
      ["endurance_threshold comparability.groups": #"["reference_type:ftp|surface:road"]"#]),
    RuleCase(
      "capability-estimation.md endurance: freshness only when sufficient",
      #"2×set.logged 01-05T10:00 {"block_type":"tempo_threshold","relative_intensity":{"value_pct":90,"reference_value":200,"reference_measured_at":"2026-02-12T00:00:00Z"}}"#,
      ["endurance_threshold diagnostics": "{}"]),
    measured("freshness in days", #""2026-02-11T12:00:00+00:00""#, days: "10.5"),
    measured("freshness at microseconds", #""2026-02-21T23:59:59.999999Z""#, days: "1.1574074074074074e-11"),
    measured("a reference of the future is fresh", #""2026-03-01T00:00:00Z""#, days: "0"),
    measured("a date without offset has no freshness", #""2026-02-11T12:00:00""#, days: "null"),
    measured("a date is not trimmed", #"" 2026-02-11T12:00:00Z""#, days: "null"),
    measured("a blank has no freshness", #""  ""#, days: "null"),
    measured("a number has no freshness", "1767607200", days: "null"),
    RuleCase(
      "capability-estimation.md endurance: freshness is not noted where power decides",
      #"3×set.logged 01-05T10:00 {"block_type":"tempo_threshold","power_watt":1,"relative_intensity":{"value_pct":90,"reference_value":200,"reference_measured_at":"2026-02-12T00:00:00Z"}}"#,
      ["endurance_threshold diagnostics.average_reference_freshness_days": "null"]),
  ]
}
