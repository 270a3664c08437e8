import Folding
import TestSupport
import Testing

/// objectives.md, objective_state/active.
@Suite("objectives.md: objective_state")
struct ObjectiveStateTests {
  @Test(arguments: wholes + goals + sets + archives + actives + defaults + tooLongDefaults)
  func rule(_ rule: RuleCase) throws { try rule.check() }

  private static func state(_ rule: String, _ history: String, _ expected: KeyValuePairs<String, String>) -> RuleCase {
    RuleCase("objectives.md objective_state: " + rule, history, expected)
  }

  static let wholes = [
    state(
      "a user without any event has the default", "",
      [
        "active ": """
        {"schema_version":"objective_state.v1","active_objective":{"objective_id":"default.objective","mode":"journal",
        "primary_goal":{"type":"general_health","description":"Assumed until the user states an objective."},
        "secondary_goals":[],"anti_goals":[],"success_metrics":[{"metric":"consistency_score"}],"constraint_markers":[],
        "hypothesis":null,"source":"default_inferred","confidence":0.45,"archived":false,"version":1},
        "objective_history":[],"active_constraints":[],"unresolved_fields":[],"inferred_confidence":0.45,
        "source_summary":{"explicit_objective_events":0,"legacy_goal_events":0,"override_rationale_events":0,"default_inferred":true},
        "model_version":"objective_state_model.v1"}
        """,
        "last active": "null", "has strength_1rm": "false",
      ]),
    state(
      "an explicit objective",
      """
      objective.set 01-05T10:00 {"objective_id":" cut ","mode":"Coach","primary_goal":{"type":"lean","target":"80 kg"},\
      "secondary_goals":[{"a":1},7,"x",{"b":[]}],"success_metrics":[{"metric":"weight"}],"anti_goals":[" no cardio ","",null,5],\
      "constraint_markers":["knee",{"a":true}],"hypothesis":{"if":"eat less"},"source":" coach ","confidence":"0.875"}
      """,
      [
        "active ": """
        {"schema_version":"objective_state.v1","active_objective":{"objective_id":"cut","mode":"coach",
        "primary_goal":{"type":"lean","target":"80 kg"},"secondary_goals":[{"a":1},{"b":[]}],"anti_goals":["no cardio","5"],
        "success_metrics":[{"metric":"weight"}],"constraint_markers":["knee","{'a': True}"],"hypothesis":{"if":"eat less"},
        "source":"coach","confidence":0.88,"archived":false,"version":1,"updated_at":"2026-01-05T10:00:00+00:00"},
        "objective_history":[{"event_type":"objective.set","objective_id":"cut","timestamp":"2026-01-05T10:00:00+00:00","source":"coach","mode":"coach"}],
        "active_constraints":["knee","{'a': True}"],"unresolved_fields":[],"inferred_confidence":0.88,
        "source_summary":{"explicit_objective_events":1,"legacy_goal_events":0,"override_rationale_events":0,"default_inferred":false},
        "model_version":"objective_state_model.v1"}
        """,
        "last active": "1",
      ]),
    state(
      "a legacy goal",
      """
      goal.set 2026-01-05T10:00:00.5+00:00 {"goal_type":" Strength ","description":" Squat ","target_exercise":" Back Squat ","target_1rm_kg":140.50,"timeframe_weeks":"16"}
      """,
      [
        "active active_objective": """
        {"objective_id":"legacy.goal.latest","mode":"collaborate","primary_goal":{"type":"strength","description":"Squat",
        "target_exercise":"back squat","target_1rm_kg":140.5,"timeframe_weeks":"16"},"secondary_goals":[],"anti_goals":[],
        "success_metrics":[],"constraint_markers":[],"hypothesis":null,"source":"legacy_goal_set","confidence":0.7,
        "archived":false,"version":1,"updated_at":"2026-01-05T10:00:00.500000+00:00"}
        """,
        "active objective_history":
          #"[{"event_type":"goal.set","objective_id":"legacy.goal.latest","timestamp":"2026-01-05T10:00:00.500000+00:00","source":"legacy_goal_set"}]"#,
        "active source_summary.legacy_goal_events": "1",
      ]),
  ]

  static let goals = [
    state(
      "a goal without type is health", "goal.set 01-05T10:00 {}",
      ["active active_objective.primary_goal": #"{"type":"health"}"#]),
    state(
      "a falsy goal type is health", "goal.set 01-05T10:00 {\"goal_type\":0}",
      ["active active_objective.primary_goal.type": "\"health\""]),
    state(
      "a blank goal type is health", "goal.set 01-05T10:00 {\"goal_type\":\" \"}",
      ["active active_objective.primary_goal.type": "\"health\""]),
    state(
      "empty texts of a goal are left out, null figures too, others stay as they are",
      "goal.set 01-05T10:00 {\"description\":\" \",\"target_exercise\":[],\"target_1rm_kg\":null,\"timeframe_weeks\":false}",
      ["active active_objective.primary_goal": #"{"type":"health","timeframe_weeks":false}"#]),
    state(
      "the last goal counts", "goal.set 01-06T10:00 {\"goal_type\":\"b\"}\ngoal.set 01-05T10:00 {\"goal_type\":\"a\"}",
      [
        "active active_objective.primary_goal.type": "\"b\"", "active source_summary.legacy_goal_events": "2",
        "last active": "1",
      ]),
    state(
      "a retracted goal is invisible",
      "goal.set 01-06T10:00 {}\nevent.retracted 01-07T10:00 {\"retracted_event_id\":\"@1\"}",
      [
        "active active_objective.source": "\"default_inferred\"", "active objective_history": "[]",
        "last active": "null",
      ]),
    state(
      "a goal whose data is no object is a goal", "goal.set 01-06T10:00 [\"strength\"]",
      ["active active_objective.primary_goal": #"{"type":"health"}"#]),
  ]

  static let sets = [
    state(
      "an objective without anything", "objective.updated 01-05T10:00 {}",
      [
        "active active_objective": """
        {"objective_id":"objective.default","mode":"collaborate","primary_goal":{"type":"unspecified"},"secondary_goals":[],
        "anti_goals":[],"success_metrics":[],"constraint_markers":[],"hypothesis":null,"source":"user_explicit",
        "confidence":0.65,"archived":false,"version":1,"updated_at":"2026-01-05T10:00:00+00:00"}
        """
      ]),
    state(
      "what an update leaves out stays",
      """
      objective.set 01-05T10:00 {"mode":"coach","primary_goal":{"type":"a"},"secondary_goals":[{"a":1}],"success_metrics":[{"m":1}],"anti_goals":["x"],"constraint_markers":["y"],"hypothesis":"h","source":"s","confidence":0.3}
      objective.updated 01-06T10:00 {}
      """,
      [
        "active active_objective": """
        {"objective_id":"objective.default","mode":"coach","primary_goal":{"type":"a"},"secondary_goals":[{"a":1}],
        "anti_goals":["x"],"success_metrics":[{"m":1}],"constraint_markers":["y"],"hypothesis":"h","source":"s",
        "confidence":0.3,"archived":false,"version":2,"updated_at":"2026-01-06T10:00:00+00:00"}
        """, "active source_summary.explicit_objective_events": "2",
      ]),
    state(
      "an explicit null is taken: lists empty, hypothesis null",
      """
      objective.set 01-05T10:00 {"secondary_goals":[{"a":1}],"success_metrics":[{"m":1}],"anti_goals":["x"],"constraint_markers":["y"],"hypothesis":"h"}
      objective.updated 01-06T10:00 {"secondary_goals":null,"success_metrics":"m","anti_goals":null,"constraint_markers":{},"hypothesis":null}
      """,
      [
        "active active_objective.secondary_goals": "[]", "active active_objective.success_metrics": "[]",
        "active active_objective.anti_goals": "[]", "active active_constraints": "[]",
        "active active_objective.hypothesis": "null",
      ]),
    state(
      "a mode that is none of three leaves the one before",
      "objective.set 01-05T10:00 {\"mode\":\"journal\"}\nobjective.set 01-06T10:00 {\"mode\":\"drill\"}",
      ["active active_objective.mode": "\"journal\""]),
    state(
      "a goal that is no object leaves the one before",
      "objective.set 01-05T10:00 {\"primary_goal\":{\"type\":\"a\"}}\nobjective.set 01-06T10:00 {\"primary_goal\":\"b\"}",
      ["active active_objective.primary_goal": #"{"type":"a"}"#]),
    state(
      "an empty goal is unspecified, and so it stays",
      "objective.set 01-05T10:00 {\"primary_goal\":{\"type\":\"a\"}}\nobjective.set 01-06T10:00 {\"primary_goal\":{}}\nobjective.set 01-07T10:00 {}",
      ["active active_objective.primary_goal": #"{"type":"unspecified"}"#]),
    state(
      "a falsy source leaves the one before, a blank one is user_explicit",
      "#1 objective.set 01-05T10:00 {\"objective_id\":\"a\",\"source\":\"s\"}\n#2 objective.set 01-06T10:00 {\"objective_id\":\"a\",\"source\":0}\n#3 objective.set 01-05T10:00 {\"objective_id\":\"b\",\"source\":\" \"}",
      ["active active_objective.source": "\"s\"", "active objective_history.1.source": "\"user_explicit\""]),
    state(
      "a source is text", "objective.set 01-05T10:00 {\"source\":[1]}", ["active active_objective.source": "\"[1]\""]),
    state(
      "confidence: clamped to 1", "objective.set 01-05T10:00 {\"confidence\":7}",
      ["active active_objective.confidence": "1"]),
    state(
      "confidence: NaN is 1", "objective.set 01-05T10:00 {\"confidence\":\"nan\"}",
      ["active active_objective.confidence": "1"]),
    state(
      "confidence: clamped to 0", "objective.set 01-05T10:00 {\"confidence\":-1}",
      ["active active_objective.confidence": "0"]),
    state(
      "confidence: rounded to two places, exact ties to even", "objective.set 01-05T10:00 {\"confidence\":0.125}",
      ["active active_objective.confidence": "0.12"]),
    state(
      "confidence: none falls back to the one before",
      "objective.set 01-05T10:00 {\"confidence\":0.3}\nobjective.set 01-06T10:00 {\"confidence\":\"high\"}",
      ["active active_objective.confidence": "0.3"]),
    state(
      "confidence: a 0 before counts as absent",
      "objective.set 01-05T10:00 {\"confidence\":0}\nobjective.set 01-06T10:00 {}",
      ["active active_objective.confidence": "0.65"]),
    state(
      "an integer in a goal stays exact",
      "objective.set 01-05T10:00 {\"primary_goal\":{\"n\":123456789012345678901234567890,\"m\":9007199254740993,\"d\":1.50}}",
      ["active active_objective.primary_goal": #"{"n":123456789012345678901234567890,"m":9007199254740993,"d":1.5}"#]),
    state(
      "number beyond double range in a goal is kept, not coerced",
      "objective.set 01-05T10:00 {\"primary_goal\":{\"n\":1e400}}",
      ["active active_objective.primary_goal.n": "1" + String(repeating: "0", count: 400)]),
    state(
      "an infinite number in a goal fails the state",
      "objective.set 01-05T10:00 {\"primary_goal\":{\"n\":1\(String(repeating: "0", count: 400)).0}}",
      ["failed objective_state": "\"not_finite\"", "failed objective_advisory": "\"not_finite\""]),
  ]

  static let archives = [
    state(
      "archiving leaves the next",
      "objective.set 01-05T10:00 {\"objective_id\":\"a\"}\nobjective.set 01-06T10:00 {\"objective_id\":\"b\"}\nobjective.archived 01-07T10:00 {\"objective_id\":\" b\"}",
      [
        "active active_objective.objective_id": "\"a\"", "active active_objective.version": "1",
        "active objective_history.2":
          #"{"event_type":"objective.archived","objective_id":"b","timestamp":"2026-01-07T10:00:00+00:00","source":"user_explicit"}"#,
        "active source_summary.explicit_objective_events": "2", "last active": "3",
      ]),
    state(
      "a later update unarchives and starts from it, the version goes on",
      "objective.set 01-05T10:00 {\"mode\":\"coach\",\"confidence\":0.9}\nobjective.archived 01-06T10:00 {}\nobjective.updated 01-07T10:00 {}",
      [
        "active active_objective.version": "2", "active active_objective.mode": "\"coach\"",
        "active active_objective.confidence": "0.9", "active active_objective.archived": "false",
      ]),
    state(
      "archiving an unknown one makes a fresh one with confidence 0.6 and version 1",
      "objective.archived 01-06T10:00 {\"objective_id\":\"z\"}\nobjective.updated 01-07T10:00 {\"objective_id\":\"z\"}",
      [
        "active active_objective.version": "2", "active active_objective.confidence": "0.6",
        "active active_objective.mode": "\"collaborate\"",
        "active active_objective.primary_goal": #"{"type":"unspecified"}"#,
      ]),
    state(
      "all archived: the legacy goal",
      "goal.set 01-05T10:00 {}\nobjective.set 01-06T10:00 {}\nobjective.archived 01-07T10:00 {}",
      ["active active_objective.objective_id": "\"legacy.goal.latest\""]),
    state(
      "all archived and no goal: the default", "objective.set 01-06T10:00 {}\nobjective.archived 01-07T10:00 {}",
      [
        "active active_objective.objective_id": "\"default.objective\"",
        "active source_summary.default_inferred": "true", "last active": "2",
      ]),
  ]

  static let actives = [
    state(
      "the explicit objective comes before a later goal", "objective.set 01-05T10:00 {}\ngoal.set 01-06T10:00 {}",
      ["active active_objective.objective_id": "\"objective.default\"", "last active": "2"]),
    state(
      "the last updated",
      "objective.set 01-05T10:00 {\"objective_id\":\"a\"}\nobjective.set 01-05T11:00 {\"objective_id\":\"b\"}\nobjective.updated 01-05T12:00 {\"objective_id\":\"a\"}",
      ["active active_objective.objective_id": "\"a\""]),
    state(
      "of one instant the greatest id by code point",
      "objective.set 01-05T10:00 {\"objective_id\":\"\\ud83d\\ude00\"}\nobjective.set 01-05T10:00 {\"objective_id\":\"\\uffee\"}\nobjective.set 01-05T10:00 {\"objective_id\":\"Z\"}",
      ["active active_objective.objective_id": "\"\\ud83d\\ude00\""]),
    state(
      "a source of default_inferred counts as inferred", "objective.set 01-05T10:00 {\"source\":\"default_inferred\"}",
      ["active source_summary.default_inferred": "true"]),
    state(
      "the history keeps the last 120 entries, oldest first",
      (0..<121).map {
        "objective.set 2026-01-05T10:\($0 / 60 < 1 ? "0" : "0")\($0 / 60):\($0 % 60 < 10 ? "0" : "")\($0 % 60)Z {\"objective_id\":\"o\($0)\"}"
      }.joined(separator: "\n"),
      [
        "active objective_history.0.objective_id": "\"o1\"", "active objective_history.119.objective_id": "\"o120\"",
        "active objective_history.120": "\"(absent)\"",
      ]),
    state(
      "a history of 120 is whole", "119×objective.set 01-05T10:00 {}\ngoal.set 01-04T10:00 {}",
      [
        "active objective_history.0.event_type": "\"goal.set\"",
        "active objective_history.119.event_type": "\"objective.set\"",
      ]),
    state(
      "overrides and profiles are counted among the rows, not in the history",
      "#1 goal.set 01-05T10:00 {}\n#2 advisory.override.recorded 01-06T10:00 {}\n#3 profile.updated 01-07T10:00 {}",
      [
        "active source_summary.override_rationale_events": "1", "active objective_history.1": "\"(absent)\"",
        "last active": "3",
      ]),
  ]

  private static func assumed(_ rule: String, _ history: String, _ type: String) -> RuleCase {
    state(
      "default: " + rule, history,
      [
        "active active_objective.primary_goal.type": "\"\(type)\"",
        "active active_objective.objective_id": "\"default.objective\"",
      ])
  }

  private static func blocks(_ types: String...) -> String {
    "session.logged 01-05T10:00 {\"blocks\":[\(types.map { #"{"block_type":"\#($0)"}"# }.joined(separator: ","))]}"
  }

  private static let base = blocks("strength_set")

  static let defaults =
    [
      ("strength", "strength_base"), ("bodybuilding", "strength_base"), ("running", "endurance_base"),
      ("cycling", "endurance_base"),
      ("rowing", "endurance_base"), ("swimming", "endurance_base"), ("endurance", "endurance_base"),
      ("hybrid", "general_health"),
    ]
    .map {
      assumed(
        "profile of \($0.0)", "profile.updated 01-05T10:00 {\"training_modality\":\" \($0.0.uppercased()) \"}", $0.1)
    } + [
      assumed(
        "the last training_modality of the profile counts",
        "profile.updated 01-05T10:00 {\"training_modality\":\"running\"}\nprofile.updated 01-06T10:00 {\"x\":1}",
        "endurance_base"),
      assumed(
        "a later null overwrites",
        "profile.updated 01-05T10:00 {\"training_modality\":\"running\"}\nprofile.updated 01-06T10:00 {\"training_modality\":null}",
        "general_health"),
      assumed("without rows inferred from sessions: strength", blocks("Strength_Set"), "strength_base"),
      assumed("explosive power", blocks("explosive_power", "recovery_session"), "strength_base"),
      assumed("endurance", blocks("tempo_threshold"), "endurance_base"),
      assumed("continuous endurance", blocks("continuous_endurance"), "endurance_base"),
      assumed("interval endurance", blocks("interval_endurance"), "endurance_base"),
      assumed("speed endurance", blocks("speed_endurance"), "endurance_base"),
      assumed("both kinds are hybrid", blocks("tempo_threshold", "strength_set"), "general_health"),
      assumed(
        "the first session that gives one", blocks("recovery_session") + "\n" + blocks("tempo_threshold") + "\n" + base,
        "endurance_base"),
      assumed(
        "a retracted session gives none", base + "\nevent.retracted 01-06T10:00 {\"retracted_event_id\":\"@1\"}",
        "general_health"),
      assumed(
        "with rows sessions are not asked", base + "\nadvisory.override.recorded 01-06T10:00 {}", "general_health"),
    ]
    + [
      "set.logged 01-06T10:00 {\"exercise_id\":5}", "set.logged 01-06T10:00 {\"exercise_id\":null}",
      "set.logged 01-06T10:00 {\"exercise\":5}", "set.logged 01-06T10:00 {\"exercise_id\":\"\",\"exercise\":null}",
      "exercise.alias_created 01-06T10:00 {\"exercise_id\":5}", "exercise.alias_created 01-06T10:00 {\"alias\":[]}",
      "preference.set 01-06T10:00 {\"key\":[1]}", "preference.set 01-06T10:00 {\"key\":{\"a\":1}}",
      "set.logged 01-06T10:00 null",
      "session.logged 01-06T10:00 null", "preference.set 01-06T10:00 7",
      "exercise.alias_created 01-06T10:00 null", "exercise.alias_created 01-06T10:00 [1]",
      "set.logged 01-06T10:00 {\"exercise_id\":\"\",\"exercise\":5}",
    ].map { assumed("the live user_profile fails on \($0)", base + "\n#9 " + $0, "general_health") }
    + [
      "set.logged 01-06T10:00 {\"exercise_id\":\"x\",\"exercise\":5}", "preference.set 01-06T10:00 {\"key\":[]}",
      "preference.set 01-06T10:00 {\"key\":5}", "exercise.alias_created 01-06T10:00 {}",
      "external.activity_imported 01-06T10:00 7", "exercise.alias_created 01-06T10:00 {\"alias\":\"  \"}",
      "set.logged 01-06T10:00 {\"exercise_id\":\"\",\"exercise\":\"  \"}", "set.logged 01-06T10:00 {}",
      // A blank exercise_id is not absent: exercise is not looked at.
      "set.logged 01-06T10:00 {\"exercise_id\":\"  \",\"exercise\":5}",
      "set.logged 01-06T10:00 {\"exercise_id\":\" \",\"exercise\":null}",
      "set.logged 01-06T10:00 {\"exercise_id\":\"\\t\",\"exercise\":true}",
      "set.logged 01-06T10:00 {\"exercise_id\":\"\u{3000}\",\"exercise\":[\"a\"]}",
      "#8 event.retracted 01-06T10:00 {\"retracted_event_id\":\"@9\"}\n#9 set.logged 01-06T10:00 {\"exercise_id\":5}",
    ].map { assumed("but not on \($0)", base + "\n" + $0, "strength_base") }

  private static let tooLong = "1" + String(repeating: "0", count: 4300)

  /// An integer that the live JSON loader refuses, in an event that the live user_profile reads.
  static let tooLongDefaults =
    [
      ("a preference of any key", "#9 preference.set 01-06T10:00 {\"key\":\"language\",\"x\":\(tooLong)}"),
      ("an alias", "#9 exercise.alias_created 01-06T10:00 {\"x\":[\(tooLong)]}"),
      (
        "a retracted one",
        "#8 event.retracted 01-06T10:00 {\"retracted_event_id\":\"@9\"}\n#9 preference.set 01-06T10:00 {\"x\":\(tooLong)}"
      ),
    ].map {
      assumed("the live user_profile fails on an integer too long in \($0.0)", base + "\n" + $0.1, "general_health")
    }
    + [
      assumed(
        "not in metadata", base + "\npreference.set 01-06T10:00 {\"key\":\"x\"} | {\"x\":\(tooLong)}", "strength_base")
    ]
    + ["set.logged", "session.logged"].map {
      RuleCase(
        "objectives.md default: the live user_profile fails on an integer too long in \($0), as do others",
        base + "\n\($0) 01-06T10:00 {\"x\":\(tooLong)}",
        [
          "active active_objective.primary_goal.type": "\"general_health\"",
          "failed capability_estimation": "\"number_too_long\"", "failed objective_advisory": "\"number_too_long\"",
        ])
    }
}
