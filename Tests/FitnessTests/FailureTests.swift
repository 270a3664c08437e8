import TestSupport
import Testing

/// clock-and-failures.md: every code, which of several failures is reported, and what does not fail.
@Suite("clock-and-failures.md: failures")
struct FailureTests {
  @Test(arguments: codes + preferences + otherPreferences + precedence + harmless + objectives)
  func rule(_ rule: RuleCase) throws { try rule.check() }

  /// An integer beyond the range of a double.
  private static let huge = "1" + String(repeating: "0", count: 309)
  private static let tooLong = "1" + String(repeating: "0", count: 4300)

  private static func fails(_ rule: String, _ history: String, _ code: String, event: Int?) -> RuleCase {
    RuleCase(
      "clock-and-failures.md " + rule, history,
      [
        "failed capability_estimation": "\"\(code)\"",
        "refused capability_estimation": event.map(String.init) ?? "null",
        "has strength_1rm": "false", "has sprint_max_speed": "false", "has jump_height": "false",
        "has endurance_threshold": "false", "has active": "true", "has overview": "true",
      ])
  }

  private static func jump(_ members: String, _ metadata: String = "{}") -> String {
    #"set.logged 01-05T10:00 {"sport":"box_jump","jump_height_cm":40,\#(members)} | \#(metadata)"#
  }

  private static func block(_ members: String) -> String { #"session.logged 01-05T10:00 {"blocks":[{\#(members)}]}"# }

  static let codes = [
    fails(
      "number_overflow: an integer beyond double range",
      #"set.logged 01-05T10:00 {"block_type":"strength_set","weight_kg":\#(huge)}"#, "number_overflow", event: 1),
    fails(
      "number_overflow: a negative one", #"set.logged 01-05T10:00 {"block_type":"strength_set","weight_kg":-\#(huge)}"#,
      "number_overflow", event: 1),
    fails(
      "number_overflow: written with an exponent",
      #"set.logged 01-05T10:00 {"block_type":"strength_set","weight_kg":1e309}"#, "number_overflow", event: 1),
    fails("number_overflow: a point in time", jump(#""timestamp":\#(huge)"#), "number_overflow", event: 1),
    fails(
      "number_overflow: in a session's block", block(#""dose":{"recovery":{"duration_seconds":\#(huge)}}"#),
      "number_overflow", event: 1),
    fails(
      "number_overflow: of a corrected field the set is named",
      "#1 set.logged 01-05T10:00 {\"block_type\":\"strength_set\"}\n#2 set.corrected 01-05T10:00 {\"target_event_id\":\"@1\",\"changed_fields\":{\"weight_kg\":\(huge)}}",
      "number_overflow", event: 1),
    fails(
      "not_finite: an infinite estimate", #"3×set.logged 01-05T10:00 {"weight_kg":"1e400","reps":5}"#, "not_finite",
      event: nil),
    fails(
      "not_finite: a number with digits after the point beyond the range of a double is infinite",
      "3×set.logged 01-05T10:00 {\"weight_kg\":\(huge).0,\"reps\":5}", "not_finite", event: nil),
    fails(
      "not_finite: a NaN estimate",
      #"3×set.logged 01-05T10:00 {"block_type":"strength_set","weight_kg":"nan","reps":5}"#, "not_finite", event: nil),
    fails(
      "not_finite: the square of a deviation overflows",
      "2×set.logged 01-05T10:00 {\"weight_kg\":1e200,\"reps\":5.5}\nset.logged 01-05T10:00 {\"weight_kg\":30,\"reps\":5}",
      "not_finite", event: nil),
    fails(
      "not_finite: a NaN among sprints fails, whether among the fastest or not",
      "9×set.logged 01-05T10:00 {\"sport\":\"sprint\",\"distance_meters\":15,\"duration_seconds\":2}\nset.logged 01-05T10:00 {\"sport\":\"sprint\",\"distance_meters\":\"inf\",\"duration_seconds\":\"inf\"}",
      "not_finite", event: nil),
    fails("count_not_finite: repeats", block(#""dose":{"repeats":"nan"}"#), "count_not_finite", event: 1),
    fails("count_not_finite: reps", block(#""dose":{"work":{"reps":"-inf"}}"#), "count_not_finite", event: 1),
    fails("count_not_finite: contacts", block(#""dose":{"work":{"contacts":"1e999"}}"#), "count_not_finite", event: 1),
    fails(
      "invalid_time_zone_key: a preference",
      "set.logged 01-05T10:00 {}\npreference.set 01-05T10:00 {\"key\":\"timezone\",\"value\":\"/etc/localtime\"}",
      "invalid_time_zone_key", event: 2),
    fails(
      "invalid_time_zone_key: a name that is not in normal form",
      "set.logged 01-05T10:00 {}\npreference.set 01-05T10:00 {\"key\":\"timezone\",\"value\":\"Europe//Berlin\"}",
      "invalid_time_zone_key", event: 2),
    fails(
      "invalid_time_zone_key: a directory of the database",
      "set.logged 01-05T10:00 {}\npreference.set 01-05T10:00 {\"key\":\"timezone\",\"value\":\"America/Argentina\"}",
      "invalid_time_zone_key", event: 2),
    fails(
      "invalid_time_zone_key: a zone hint, used or not", jump(#""device_timezone":"../UTC""#, #"{"session_id":"x"}"#),
      "invalid_time_zone_key", event: 1),
    fails("instant_out_of_range: an epoch", jump(#""timestamp":-1e15"#), "instant_out_of_range", event: 1),
    fails(
      "instant_out_of_range: an infinite epoch", jump(#""timestamp":1\#(String(repeating: "0", count: 400)).0"#),
      "instant_out_of_range", event: 1),
    fails(
      "instant_out_of_range: exactly 10¹² is still seconds", jump(#""timestamp":1000000000000"#),
      "instant_out_of_range", event: 1),
    fails(
      "instant_out_of_range: digits", jump(#""timestamp":"99999999999999999999""#), "instant_out_of_range", event: 1),
    fails(
      "instant_out_of_range: a date that its offset carries out of the years 1 to 9999",
      jump(#""timestamp":"0001-01-01T00:00:00+01:00""#), "instant_out_of_range", event: 1),
    fails(
      "instant_out_of_range: a date that its zone carries out",
      jump(#""timestamp":"9999-12-31T23:00:00","timezone":"America/New_York""#), "instant_out_of_range", event: 1),
    fails(
      "instant_out_of_range: a local day",
      "preference.set 01-01T10:00 {\"key\":\"timezone\",\"value\":\"Asia/Tokyo\"}\n"
        + jump(#""timestamp":"9999-12-31T23:00:00Z""#), "instant_out_of_range", event: 2),
    fails(
      "instant_out_of_range: in a group that is not chosen, also with a session id",
      jump(#""timestamp":1e18,"occurred_at":"2026-01-05T10:00:00Z""#, #"{"session_id":"x"}"#), "instant_out_of_range",
      event: 1),
    fails("invalid_digits: digits that are not decimal", jump(#""timestamp":"²""#), "invalid_digits", event: 1),
    fails("invalid_digits: a circled digit", jump(#""timestamp":"20①6""#), "invalid_digits", event: 1),
    fails(
      "number_too_long: in data", "set.corrected 01-05T10:00 {\"x\":[{\"y\":\(tooLong)}]}", "number_too_long", event: 1),
    fails(
      "number_too_long: in metadata", "set.logged 01-05T10:00 {} | {\"x\":-\(tooLong)}", "number_too_long", event: 1),
    fails(
      "number_too_long: of a retracted event",
      "set.corrected 01-05T10:00 {\"x\":\(tooLong)}\nevent.retracted 01-05T10:00 {\"retracted_event_id\":\"@1\"}",
      "number_too_long", event: 1),
  ]

  /// A preference with an integer that is too long.
  private static func preference(
    _ id: Int, _ time: String, key: String = "\"timezone\"", value: String = "\"Asia/Tokyo\""
  ) -> String {
    "#\(id) preference.set \(time) {\"key\":\(key),\"value\":\(value),\"x\":[{\"y\":\(tooLong)}]}"
  }

  private static let set = "#1 set.logged 01-05T10:00 {}\n"

  private static func zonePreferences(_ count: Int) -> String {
    "\(count)×preference.set 01-03T10:00 {\"key\":\"time_zone\",\"value\":\"?\"}\n"
  }

  static let preferences = [
    fails("number_too_long: in a preference", set + preference(900, "01-04T10:00"), "number_too_long", event: 900),
    fails(
      "number_too_long: in a preference's value", set + preference(900, "01-04T10:00", value: tooLong),
      "number_too_long", event: 900),
    fails(
      "number_too_long: in a preference for time_zone, older than a valid one",
      set + preference(900, "01-02T10:00", key: "\"time_zone\"")
        + "\npreference.set 01-03T10:00 {\"key\":\"timezone\",\"value\":\"UTC\"}", "number_too_long", event: 900),
    fails(
      "number_too_long: in a retracted preference",
      set + preference(900, "01-04T10:00") + "\nevent.retracted 01-05T10:00 {\"retracted_event_id\":\"@900\"}",
      "number_too_long", event: 900),
    fails(
      "number_too_long: in the 64th newest preference, others between them",
      set + preference(900, "01-02T10:00") + "\n" + zonePreferences(63)
        + "9×preference.set 01-03T12:00 {\"key\":\"language\",\"value\":\"de\"}", "number_too_long", event: 900),
    fails(
      "number_too_long: the newest of two preferences is named",
      set + preference(900, "01-02T10:00") + "\n" + preference(901, "01-03T10:00"), "number_too_long", event: 901),
    fails(
      "number_too_long: an older preference comes before the name of a newer one",
      set + preference(900, "01-02T10:00") + "\n" + zone, "number_too_long", event: 900),
    fails(
      "number_too_long: a preference's number comes before its own name",
      set + preference(900, "01-02T10:00", value: "\"/\""), "number_too_long", event: 900),
  ]

  private static func tokyo(_ rule: String, _ history: String) -> RuleCase {
    RuleCase(
      "clock-and-failures.md: number_too_long, " + rule,
      set + "preference.set 01-04T10:00 {\"key\":\"timezone\",\"value\":\"Asia/Tokyo\"}\n" + history,
      ["failed capability_estimation": "null", "strength_1rm timezone_context.timezone": "\"Asia/Tokyo\""])
  }

  static let otherPreferences = [
    tokyo("not under another key", preference(900, "01-04T10:00", key: "\"language\"")),
    tokyo("not under a key that is only like it", preference(900, "01-04T10:00", key: "\" timezone\"")),
    tokyo("not under a key that is no text", preference(900, "01-04T10:00", key: "[\"timezone\"]")),
    tokyo("not without a key", "preference.set 01-04T10:00 {\"x\":\(tooLong)}"),
    tokyo("not in data that is no object", "preference.set 01-04T10:00 \(tooLong)"),
    tokyo(
      "not in metadata", "preference.set 01-04T11:00 {\"key\":\"timezone\",\"value\":\"?\"} | {\"x\":\(tooLong)}"),
    tokyo(
      "not behind 64 newer preferences, retracted ones counted",
      preference(900, "01-02T10:00") + "\n#901 preference.set 01-03T10:00 {\"key\":\"timezone\",\"value\":\"?\"}\n"
        + zonePreferences(62) + "event.retracted 01-05T10:00 {\"retracted_event_id\":\"@901\"}"),
    RuleCase(
      "clock-and-failures.md: number_too_long, nobody without training", preference(900, "01-04T10:00"),
      ["failed capability_estimation": "null", "has strength_1rm": "false", "has active": "true"]),
  ]

  private static let zone = "#90 preference.set 01-05T10:00 {\"key\":\"timezone\",\"value\":\"/\"}"

  static let precedence = [
    fails(
      "the zone preference comes before session expansion", "#1 \(block(#""dose":{"repeats":"inf"}"#))\n\(zone)",
      "invalid_time_zone_key", event: 90),
    fails(
      "session expansion comes before rows",
      "#1 set.logged 01-05T10:00 {\"block_type\":\"strength_set\",\"weight_kg\":\(huge)}\n#2 \(block(#""dose":{"repeats":"inf"}"#))",
      "count_not_finite", event: 2),
    fails(
      "strength comes before sprint",
      "#1 set.logged 01-05T10:00 {\"sport\":\"sprint\",\"duration_seconds\":\(huge)}\n#2 set.logged 01-06T10:00 {\"block_type\":\"strength_set\",\"weight_kg\":\(huge)}",
      "number_overflow", event: 2),
    fails(
      "sprint comes before jump",
      "#1 \(jump(#""timestamp":"²""#))\n#2 set.logged 01-06T10:00 {\"sport\":\"sprint\",\"duration_seconds\":\(huge)}",
      "number_overflow", event: 2),
    fails(
      "jump comes before endurance",
      "#1 set.logged 01-01T10:00 {\"block_type\":\"tempo_threshold\",\"power_watt\":\(huge)}\n#2 \(jump(#""timestamp":"²""#))",
      "invalid_digits", event: 2),
    fails(
      "the modality of a later row comes before sprint's observations",
      "#1 set.logged 01-05T10:00 {\"sport\":\"sprint\",\"duration_seconds\":\(huge)}\n#2 set.logged 01-06T10:00 {\"reps\":\(huge)}",
      "number_overflow", event: 2),
    fails(
      "an observation comes before the modality of a later row",
      "#1 set.logged 01-05T10:00 {\"block_type\":\"strength_set\",\"weight_kg\":\(huge)}\n#2 set.logged 01-06T10:00 {\"reps\":\(huge)}",
      "number_overflow", event: 1),
    fails(
      "strength's overflowing square comes before sprint's rows",
      "2×set.logged 01-05T10:00 {\"weight_kg\":1e200,\"reps\":5.5}\nset.logged 01-05T10:00 {\"weight_kg\":30,\"reps\":5}\n#9 set.logged 01-06T10:00 {\"sport\":\"sprint\",\"duration_seconds\":\(huge)}",
      "not_finite", event: nil),
    fails(
      "NaN and infinity only when the rows are written",
      "3×set.logged 01-05T10:00 {\"weight_kg\":\"inf\",\"reps\":5}\n#9 set.logged 01-06T10:00 {\"block_type\":\"tempo_threshold\",\"power_watt\":\(huge)}",
      "number_overflow", event: 9),
    fails(
      "numbers too long come before all", "#1 set.corrected 01-05T10:00 {\"x\":\(tooLong)}\n\(zone)", "number_too_long",
      event: 1),
  ]

  static let harmless = [
    RuleCase(
      "clock-and-failures.md: with fewer than three observations NaN and infinity fail nobody",
      "set.logged 01-05T10:00 {\"block_type\":\"strength_set\",\"weight_kg\":\"nan\",\"reps\":5}\nset.logged 01-05T10:00 {\"weight_kg\":\"inf\",\"reps\":5}",
      ["n strength_1rm": "2", "failed capability_estimation": "null"]),
    RuleCase(
      "clock-and-failures.md: an integer at the edge of the double range does not overflow",
      "set.logged 01-05T10:00 {\"block_type\":\"strength_set\",\"weight_kg\":\(Int(1))\(String(repeating: "0", count: 308)),\"reps\":5}",
      ["n strength_1rm": "1"]),
    RuleCase(
      "clock-and-failures.md: an integer of 4,300 digits may be loaded",
      "set.logged 01-05T10:00 {\"x\":\(String(repeating: "7", count: 4300))}", ["n strength_1rm": "0"]),
    RuleCase(
      "clock-and-failures.md: a long number in an event of another type fails no capability",
      "set.logged 01-05T10:00 {}\nsleep.logged 01-05T10:00 {\"x\":\(tooLong)}", ["n strength_1rm": "0"]),
    RuleCase(
      "clock-and-failures.md: a long number with digits after the point is a double",
      "set.logged 01-05T10:00 {\"x\":0.\(String(repeating: "7", count: 4301))}", ["n strength_1rm": "0"]),
    RuleCase(
      "clock-and-failures.md: a time zone path in an older preference is not reached",
      "set.logged 01-05T10:00 {}\n\(zone)\n#95 preference.set 01-06T10:00 {\"key\":\"timezone\",\"value\":\"UTC\"}",
      ["n strength_1rm": "0"]),
    RuleCase(
      "training-signals.md §7: a row without an observation is not asked for its time",
      #"set.logged 01-05T10:00 {"sport":"box_jump","timestamp":"²"}"#, ["n jump_height": "0"]),
  ]

  private static func objective(_ rule: String, _ history: String, _ code: String, event: Int?) -> RuleCase {
    RuleCase(
      "clock-and-failures.md objective: " + rule, history,
      [
        "failed objective_state": "\"\(code)\"", "refused objective_state": event.map(String.init) ?? "null",
        "failed objective_advisory": "\"\(code)\"", "refused objective_advisory": event.map(String.init) ?? "null",
        "has active": "false", "has overview": "false",
      ])
  }

  static let objectives = [
    objective(
      "a confidence beyond double range; the advisory fails with it",
      "objective.set 01-05T10:00 {\"confidence\":\(huge)}", "number_overflow", event: 1),
    objective("an integer too long", "goal.set 01-05T10:00 {\"x\":\(tooLong)}", "number_too_long", event: 1),
    objective(
      "an integer too long in a retracted event",
      "goal.set 01-05T10:00 {\"x\":\(tooLong)}\nevent.retracted 01-05T10:00 {\"retracted_event_id\":\"@1\"}",
      "number_too_long", event: 1),
    objective(
      "an integer too long in a profile", "profile.updated 01-05T10:00 {\"x\":\(tooLong)}", "number_too_long", event: 1),
    objective(
      "an integer too long comes before an overflow",
      "#1 objective.set 01-05T10:00 {\"confidence\":\(huge)}\n#2 objective.set 01-06T10:00 {\"x\":\(tooLong)}",
      "number_too_long", event: 2),
    RuleCase(
      "clock-and-failures.md objective: an overflow of an archived objective counts, one of a retracted event does not",
      "objective.set 01-05T10:00 {\"confidence\":\(huge)}\nevent.retracted 01-05T10:00 {\"retracted_event_id\":\"@1\"}",
      ["has active": "true"]),
    RuleCase(
      "clock-and-failures.md objective: metadata's numbers are not loaded",
      "goal.set 01-05T10:00 {} | {\"x\":\(tooLong)}", ["has active": "true", "has overview": "true"]),
    RuleCase(
      "clock-and-failures.md objective: a long number in training fails the advisory and the capabilities, not the state",
      "set.logged 01-05T10:00 {\"x\":\(tooLong)}",
      [
        "failed objective_advisory": "\"number_too_long\"", "failed capability_estimation": "\"number_too_long\"",
        "failed objective_state": "null", "has active": "true",
      ]),
  ]
}
