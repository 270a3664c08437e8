import TestSupport
import Testing

/// objectives.md, objective_advisory/overview.
@Suite("objectives.md: objective_advisory")
struct ObjectiveAdvisoryTests {
  @Test(arguments: wholes + tracking + warnings + overrides)
  func rule(_ rule: RuleCase) throws { try rule.check() }

  private static func advisory(_ rule: String, _ history: String, _ expected: KeyValuePairs<String, String>) -> RuleCase
  {
    RuleCase("objectives.md objective_advisory: " + rule, history, expected)
  }

  /// An objective that gives no warning of its own.
  private static let tracked =
    #"objective.set 01-05T10:00 {"primary_goal":{"target":"x"},"success_metrics":[{"metric":"m"}],"confidence":0.8}"#
  private static let active = "set.logged 02-21T10:00 {}"

  static let wholes = [
    advisory(
      "a user without any event", "",
      [
        "overview ": """
        {"schema_version":"objective_advisory.v1","policy_role":"advisory_only",
        "objective_snapshot":{"objective_id":"default.objective","mode":"journal","source":"default_inferred","confidence":0.45,
          "primary_goal":{"type":"general_health","description":"Assumed until the user states an objective."},
          "secondary_goals_count":0,"anti_goals_count":0},
        "trackability":{"status":"gap","gaps":["missing_primary_goal_target"],"success_metrics_count":1,
          "has_primary_goal_target":false,"last_activity_at":null},
        "warnings":[
          {"code":"objective_trackability_gap","severity":"warning","confidence":0.84,
           "message":"Nothing observable tracks this objective: name a success metric or a target.",
           "evidence":{"gaps":["missing_primary_goal_target"],"success_metrics_count":1,"has_primary_goal_target":false},"overridable":true},
          {"code":"objective_default_inferred","severity":"info","confidence":0.7,
           "message":"This objective is assumed with little confidence: confirm or replace it.",
           "evidence":{"source":"default_inferred","objective_confidence":0.45},"overridable":true},
          {"code":"objective_metric_staleness","severity":"warning","confidence":0.76,
           "message":"No recent training to judge this objective by.",
           "evidence":{"last_activity_at":null,"staleness_days_threshold":21},"overridable":true}],
        "warning_count":3,
        "override_summary":{"total_count":0,"recent_days":30,"recent_count":0,"review_due_count":0,"by_actor":{},"by_scope":{},"recent":[]},
        "safety_invariants_non_overridable":["consent_write_gate","approval_required_high_impact_write"],
        "generated_at":"2026-02-22T00:00:00+00:00"}
        """,
        "last overview": "null",
      ]),
    advisory(
      "an objective without fault", tracked + "\n" + active,
      [
        "overview warnings": "[]", "overview warning_count": "0",
        "overview trackability":
          #"{"status":"tracked","gaps":[],"success_metrics_count":1,"has_primary_goal_target":true,"last_activity_at":"2026-02-21T10:00:00+00:00"}"#,
      ]),
  ]

  private static func target(_ rule: String, _ goal: String, _ hasTarget: Bool) -> RuleCase {
    advisory(
      rule, #"objective.set 01-05T10:00 {"primary_goal":\#(goal)}"#,
      ["overview trackability.has_primary_goal_target": "\(hasTarget)"])
  }

  static let tracking =
    ["target", "target_metric", "target_exercise", "value", "unit"].map {
      target("\($0) is a target", #"{"\#($0)":"x"}"#, true)
    } + [
      target("0 is a target", #"{"value":0}"#, true), target("false is a target", #"{"value":false}"#, true),
      target("{} is a target", #"{"value":{}}"#, true), target("a blank is a target", #"{"value":" "}"#, true),
      target("null is no target", #"{"value":null}"#, false),
      target("an empty text is no target", #"{"value":""}"#, false),
      target("an empty array is no target", #"{"value":[]}"#, false),
      target("another member is no target", #"{"goal":"x"}"#, false),
      advisory(
        "a legacy goal's exercise is a target, its figure is none", "goal.set 01-05T10:00 {\"target_1rm_kg\":100}",
        ["overview trackability.gaps": #"["missing_success_metrics","missing_primary_goal_target"]"#]),
      advisory(
        "a legacy goal with an exercise", "goal.set 01-05T10:00 {\"target_exercise\":\"squat\"}",
        ["overview trackability.gaps": #"["missing_success_metrics"]"#]),
      advisory(
        "counts of the snapshot are of what the lists keep",
        #"objective.set 01-05T10:00 {"secondary_goals":[{},1,{}],"anti_goals":["a",""," "],"source":" Mixed Case "}"#,
        [
          "overview objective_snapshot.secondary_goals_count": "2", "overview objective_snapshot.anti_goals_count": "1",
          "overview objective_snapshot.source": "\"Mixed Case\"",
        ]),
    ]

  private static func codes(_ rule: String, _ history: String, _ codes: [String]) -> RuleCase {
    RuleCase(
      "objectives.md objective_advisory: " + rule, history,
      [
        "overview warning_count": "\(codes.count)",
        "overview warnings.0.code": codes.first.map { "\"\($0)\"" } ?? "\"(absent)\"",
      ])
  }

  private static func objective(_ members: String) -> String {
    #"objective.set 01-05T10:00 {"primary_goal":{"target":"x"},"success_metrics":[{"metric":"m"}],\#(members)}"# + "\n"
      + active
  }

  static let warnings = [
    codes(
      "a source of legacy_inferred, normed, is inferred", objective(#""source":" Legacy_Inferred""#),
      ["objective_default_inferred"]),
    codes("legacy_goal_set is not", objective(#""source":"legacy_goal_set""#), []),
    codes("a confidence below 0.55 is inferred", objective(#""confidence":0.54"#), ["objective_default_inferred"]),
    codes("one of 0.55 is not", objective(#""confidence":0.55"#), []),
    advisory(
      "evidence of the source is normed", objective(#""source":" Mixed Case ","confidence":0.1"#),
      ["overview warnings.0.evidence": #"{"source":"mixed case","objective_confidence":0.1}"#]),
    codes("training exactly 21 days ago is not stale", tracked + "\nset.logged 02-01T00:00 {}", []),
    codes(
      "a microsecond more is", tracked + "\nsession.logged 2026-01-31T23:59:59.999999Z {}",
      ["objective_metric_staleness"]),
    codes("imports are activity", tracked + "\nexternal.activity_imported 02-21T00:00 {}", []),
    codes("corrections are not", tracked + "\nset.corrected 02-21T00:00 {}", ["objective_metric_staleness"]),
    codes(
      "retracted training is not",
      tracked + "\n#5 set.logged 02-21T00:00 {}\n#6 event.retracted 02-21T00:00 {\"retracted_event_id\":\"@5\"}",
      ["objective_metric_staleness"]),
    codes("training of the future is activity", tracked + "\nset.logged 03-21T00:00 {}", []),
    advisory(
      "the newest activity", tracked + "\nset.logged 01-21T00:00 {}\nexternal.activity_imported 01-20T00:00 {}",
      [
        "overview warnings.0.evidence":
          #"{"last_activity_at":"2026-01-21T00:00:00+00:00","staleness_days_threshold":21}"#
      ]),
  ]

  private static func override(_ members: String = "", time: String = "02-20T10:00") -> String {
    "advisory.override.recorded \(time) {\(members)}"
  }

  private static func review(_ rule: String, _ point: String, due: Int, shown: String) -> RuleCase {
    advisory(
      "review point: " + rule, tracked + "\n" + active + "\n" + override(#""review_point":\#(point)"#),
      [
        "overview override_summary.review_due_count": "\(due)",
        "overview override_summary.recent.0.review_point": shown,
      ])
  }

  static let overrides = [
    advisory(
      "an override",
      override(
        #""actor":" Coach ","scope":"WEEK","reason":" tired ","expected_outcome":" rest ","review_point":"2026-03-01T10:00+05:30""#
      ),
      [
        "overview override_summary": """
        {"total_count":1,"recent_days":30,"recent_count":1,"review_due_count":0,"by_actor":{"coach":1},"by_scope":{"week":1},
        "recent":[{"timestamp":"2026-02-20T10:00:00+00:00","reason":"tired","scope":"week","actor":"coach","expected_outcome":"rest",
        "review_point":"2026-03-01T10:00:00+05:30"}]}
        """,
        "last overview": "1", "last active": "1",
      ]),
    advisory(
      "an override without anything", override(),
      [
        "overview override_summary.by_actor": #"{"unknown":1}"#,
        "overview override_summary.by_scope": #"{"unknown":1}"#,
        "overview override_summary.recent.0":
          #"{"timestamp":"2026-02-20T10:00:00+00:00","reason":"","scope":"unknown","actor":"unknown","expected_outcome":null,"review_point":null}"#,
      ]),
    advisory(
      "falsy and blank parties are unknown",
      override(#""actor":0,"scope":" ""#) + "\n" + override(#""actor":[],"scope":null"#) + "\n"
        + override(#""actor":{"a":1}"#),
      [
        "overview override_summary.by_actor": #"{"unknown":2,"{'a': 1}":1}"#,
        "overview override_summary.by_scope": #"{"unknown":3}"#,
      ]),
    advisory(
      "overrides of exactly 30 days ago are recent", override(time: "01-23T00:00"),
      ["overview override_summary.recent_count": "1"]),
    advisory(
      "a microsecond older are not", override(time: "2026-01-22T23:59:59.999999Z"),
      ["overview override_summary.recent_count": "0", "overview override_summary.total_count": "1"]),
    advisory("those of the future are", override(time: "03-23T00:00"), ["overview override_summary.recent_count": "1"]),
    advisory(
      "the first 25 recent ones are listed, newest first",
      "25×" + override(#""reason":"a""#, time: "02-10T10:00") + "\n" + override(#""reason":"z""#, time: "02-11T10:00"),
      [
        "overview override_summary.recent_count": "25", "overview override_summary.total_count": "26",
        "overview override_summary.recent.0.reason": "\"z\"", "overview override_summary.recent.24.reason": "\"a\"",
      ]),
    advisory(
      "of one instant the greatest id first", "#2 " + override(#""reason":"b""#) + "\n#1 " + override(#""reason":"a""#),
      ["overview override_summary.recent.0.reason": "\"b\""]),
    advisory(
      "a retracted override is invisible",
      "#5 " + override() + "\n#6 event.retracted 02-21T00:00 {\"retracted_event_id\":\"@5\"}",
      ["overview override_summary.total_count": "0", "last overview": "null", "last active": "null"]),
    review(
      "without offset UTC; a day is its midnight", #"" 2026-02-21 ""#, due: 1, shown: #""2026-02-21T00:00:00+00:00""#),
    review("exactly now is not due", #""2026-02-22T00:00:00""#, due: 0, shown: #""2026-02-22T00:00:00+00:00""#),
    review(
      "a microsecond before is", #""2026-02-21T23:59:59.999999Z""#, due: 1,
      shown: #""2026-02-21T23:59:59.999999+00:00""#),
    review("with its offset", #""2026-02-22T01:00:00+02:00""#, due: 1, shown: #""2026-02-22T01:00:00+02:00""#),
    review("no date", #""soon""#, due: 0, shown: "null"),
    review("another type never", "20260101", due: 0, shown: "null"),
    advisory(
      "review points of overrides that are not recent are due too",
      tracked + "\n" + active + "\n" + override(#""review_point":"2025-12-31""#, time: "2025-12-01T10:00:00Z"),
      [
        "overview warnings": """
        [{"code":"objective_override_review_due","severity":"info","confidence":0.78,
        "message":"An override is past its review point: check whether its reason still holds.",
        "evidence":{"review_due_count":1},"overridable":true}]
        """
      ]),
  ]
}
