import TestSupport
import Testing

/// training-signals.md §1–§3 and §5. A bar of 30 kg makes the estimate 30 + n for n repetitions.
@Suite("training-signals.md: retraction, de-duplication, correction, order")
struct TrainingSignalTests {
  @Test(arguments: retraction + likeIDs + deduplication + correction + order)
  func rule(_ rule: RuleCase) throws { try rule.check() }

  static let retraction = [
    RuleCase(
      "training-signals.md §1: a retracted event is invisible",
      """
      4×set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      event.retracted 01-06T10:00 {"retracted_event_id":"@2"}
      """, ["n strength_1rm": "3"]),
    RuleCase(
      "training-signals.md §1: whenever the retraction happened",
      """
      #9 event.retracted 01-01T10:00 {"retracted_event_id":"@1"}
      #1 set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #2 set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      """, ["n strength_1rm": "1"]),
    RuleCase(
      "training-signals.md §1: retracting a retraction undoes nothing",
      """
      #1 set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #2 event.retracted 01-06T10:00 {"retracted_event_id":"@1"}
      #3 event.retracted 01-07T10:00 {"retracted_event_id":"@2"}
      """, ["n strength_1rm": "0"]),
    RuleCase(
      "training-signals.md §1: no case folding",
      """
      #171 set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      event.retracted 01-06T10:00 {"retracted_event_id":"00000000-0000-4000-8000-0000000000AB"}
      """, ["n strength_1rm": "1"]),
    RuleCase(
      "training-signals.md §1: no trimming",
      """
      #1 set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #2 event.retracted 01-06T10:00 {"retracted_event_id":" @1"}
      """, ["n strength_1rm": "1"]),
    RuleCase(
      "training-signals.md §1: null, empty and other values name no event",
      """
      #1 set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      event.retracted 01-06T10:00 {"retracted_event_id":null}
      event.retracted 01-06T10:00 {"retracted_event_id":""}
      event.retracted 01-06T10:00 {"retracted_event_id":["@1"]}
      event.retracted 01-06T10:00 ["@1"]
      event.retracted 01-06T10:00 null
      """, ["n strength_1rm": "1"]),
    RuleCase(
      "training-signals.md: a retracted event is never looked at",
      """
      #1 set.logged 01-05T10:00 [1]
      #2 set.corrected 01-05T10:00 [1]
      #3 session.logged 01-05T10:00 {"blocks":[{"dose":{"repeats":"nan"}}]}
      #4 event.retracted 01-06T10:00 {"retracted_event_id":"@1"}
      #5 event.retracted 01-06T10:00 {"retracted_event_id":"@2"}
      #6 event.retracted 01-06T10:00 {"retracted_event_id":"@3"}
      """, ["n strength_1rm": "0"]),
  ]

  /// 1, 65 and 129 have the same last six bits, which a first comparison of ids uses.
  static let likeIDs = [
    RuleCase(
      "training-signals.md §1 and §3: ids that end alike are different ids",
      """
      #1 set.logged 01-05T10:00 {"weight_kg":30,"reps":1}
      #65 set.logged 01-05T10:00 {"weight_kg":30,"reps":2}
      #129 set.logged 01-05T10:00 {"weight_kg":30,"reps":3}
      #193 set.logged 01-05T10:00 {"weight_kg":30,"reps":4}
      #2 event.retracted 01-06T10:00 {"retracted_event_id":"@65"}
      #3 set.corrected 01-06T10:00 {"target_event_id":"@129","changed_fields":{"reps":9}}
      """, ["n strength_1rm": "3", "mean strength_1rm": "34.6667"])
  ]

  static let deduplication = [
    RuleCase(
      "training-signals.md §2: a session of the legacy backfill drops the set it stands for",
      """
      #1 set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #2 set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #3 session.logged 01-05T10:00 {} | {"compat_mode":"legacy_set_backfill","legacy_event_id":"@1"}
      """, ["n strength_1rm": "1"]),
    RuleCase(
      "training-signals.md §2: mode and id are trimmed",
      """
      #1 set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #3 session.logged 01-05T10:00 {} | {"compat_mode":" legacy_set_backfill\\n","legacy_event_id":"\\t@1 "}
      """, ["n strength_1rm": "0"]),
    RuleCase(
      "training-signals.md §2: but not lower-cased",
      """
      #1 set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #3 session.logged 01-05T10:00 {} | {"compat_mode":"Legacy_Set_Backfill","legacy_event_id":"@1"}
      """, ["n strength_1rm": "1"]),
    RuleCase(
      "training-signals.md §2: another mode drops nothing",
      """
      #1 set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #3 session.logged 01-05T10:00 {} | {"compat_mode":"other","legacy_event_id":"@1"}
      """, ["n strength_1rm": "1"]),
    RuleCase(
      "training-signals.md §2: a retracted session drops nothing",
      """
      #1 set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #2 session.logged 01-05T10:00 {} | {"compat_mode":"legacy_set_backfill","legacy_event_id":"@1"}
      #3 event.retracted 01-05T10:00 {"retracted_event_id":"@2"}
      """, ["n strength_1rm": "1"]),
    RuleCase(
      "training-signals.md: a de-duplicated set is never looked at",
      """
      #1 set.logged 01-05T10:00 "no object"
      #3 session.logged 01-05T10:00 {} | {"compat_mode":"legacy_set_backfill","legacy_event_id":"@1"}
      """, ["n strength_1rm": "0"]),
  ]

  static let correction = [
    RuleCase(
      "training-signals.md §3: a correction's field is written over the set's",
      """
      #1 set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #2 set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #3 set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #4 set.corrected 01-06T10:00 {"target_event_id":"@1","changed_fields":{"reps":8}}
      """, ["mean strength_1rm": "36"]),
    RuleCase(
      "training-signals.md §3: later corrections win",
      """
      3×set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #8 set.corrected 01-07T10:00 {"target_event_id":"@1","changed_fields":{"reps":11}}
      #9 set.corrected 01-06T10:00 {"target_event_id":"@1","changed_fields":{"reps":8}}
      """, ["mean strength_1rm": "37"]),
    RuleCase(
      "training-signals.md §3: corrections of one instant apply by id",
      """
      3×set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #9 set.corrected 01-06T10:00 {"target_event_id":"@1","changed_fields":{"reps":11}}
      #8 set.corrected 01-06T10:00 {"target_event_id":"@1","changed_fields":{"reps":8}}
      """, ["mean strength_1rm": "37"]),
    RuleCase(
      "training-signals.md §3: the same correction again changes nothing",
      """
      3×set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      3×set.corrected 01-06T10:00 {"target_event_id":"@1","changed_fields":{"reps":8}}
      """, ["mean strength_1rm": "36"]),
    RuleCase(
      "training-signals.md §3: a correction dated before its set holds",
      """
      3×set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      set.corrected 01-01T10:00 {"target_event_id":"@1","changed_fields":{"reps":8}}
      """, ["mean strength_1rm": "36"]),
    RuleCase(
      "training-signals.md §3: an object with a value key gives that value, null included",
      """
      #1 set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #2 set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #3 set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #4 set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #5 set.corrected 01-06T10:00 {"target_event_id":"@1","changed_fields":{"reps":{"value":9,"was":5}}}
      #6 set.corrected 01-06T10:00 {"target_event_id":"@2","changed_fields":{"reps":{"value":null}}}
      """, ["n strength_1rm": "3", "mean strength_1rm": "36.3333"]),
    RuleCase(
      "training-signals.md §3: an object without a value key is the value itself",
      """
      #1 set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #2 set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #5 set.corrected 01-06T10:00 {"target_event_id":"@1","changed_fields":{"reps":{"Value":9}}}
      """, ["n strength_1rm": "1"]),
    RuleCase(
      "training-signals.md §3: names are trimmed, an empty one is no field",
      """
      3×set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #5 set.corrected 01-06T10:00 {"target_event_id":"@1","changed_fields":{" reps\\u00a0":8,"  ":1}}
      """, ["mean strength_1rm": "36"]),
    RuleCase(
      "training-signals.md §3: of two spellings of a name the longer applies last",
      """
      3×set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #5 set.corrected 01-06T10:00 {"target_event_id":"@1","changed_fields":{" reps":11,"reps":8}}
      """, ["mean strength_1rm": "37"]),
    RuleCase(
      "training-signals.md §3: of two spellings of one length the greater by bytes applies last",
      """
      3×set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #5 set.corrected 01-06T10:00 {"target_event_id":"@1","changed_fields":{"reps ":11,"\\treps":8," reps":2}}
      """, ["mean strength_1rm": "37"]),
    RuleCase(
      "training-signals.md §3: a correction may add a field",
      """
      3×set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      3×set.corrected 01-06T10:00 {"target_event_id":"@1","changed_fields":{"rir":2}}
      """,
      ["strength_1rm diagnostics.e1rm_source_counts": #"{"explicit":1,"inferred_from_rpe":0,"fallback_epley":2}"#]),
    RuleCase(
      "training-signals.md §3: the target is trimmed text",
      """
      3×set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #5 set.corrected 01-06T10:00 {"target_event_id":" @1 ","changed_fields":{"reps":8}}
      """, ["mean strength_1rm": "36"]),
    RuleCase(
      "training-signals.md §3: other targets are ignored",
      """
      #1 external.activity_imported 01-05T10:00 {"weight_kg":30,"reps":5}
      #2 set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #3 set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #5 set.corrected 01-06T10:00 {"target_event_id":"@1","changed_fields":{"reps":8}}
      #6 set.corrected 01-06T10:00 {"target_event_id":"@77","changed_fields":{"reps":8}}
      #7 set.corrected 01-06T10:00 {"changed_fields":{"reps":8}}
      """, ["mean strength_1rm": "35"]),
    RuleCase(
      "training-signals.md §3: changed_fields that is no object is ignored",
      """
      3×set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #5 set.corrected 01-06T10:00 {"target_event_id":"@1","changed_fields":[["reps",8]]}
      #6 set.corrected 01-06T10:00 {"target_event_id":"@1","changed_fields":null}
      #7 set.corrected 01-06T10:00 {"target_event_id":"@1","changed_fields":"reps"}
      """, ["mean strength_1rm": "35"]),
    RuleCase(
      "training-signals.md §3: a retracted correction is invisible",
      """
      3×set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #5 set.corrected 01-06T10:00 {"target_event_id":"@1","changed_fields":{"reps":8}}
      #6 event.retracted 01-06T10:00 {"retracted_event_id":"@5"}
      """, ["mean strength_1rm": "35"]),
    RuleCase(
      "training-signals.md: falsy data counts as {}, and a correction can fill it",
      """
      2×set.logged 01-05T10:00 {"weight_kg":30,"reps":5}
      #3 set.logged 01-05T10:00 null
      #4 set.logged 01-05T10:00 false
      #5 set.logged 01-05T10:00 0.0
      #6 set.logged 01-05T10:00 ""
      #7 set.corrected 01-06T10:00 {"target_event_id":"@3","changed_fields":{"reps":5,"weight_kg":30}}
      #8 set.corrected 01-06T10:00 []
      #9 set.corrected 01-06T10:00 null
      """, ["n strength_1rm": "3"]),
    RuleCase(
      "training-signals.md: data of a set that is truthy and no object fails the user",
      """
      #1 set.logged 01-05T10:00 [["reps",5]]
      """, ["failed capability_estimation": "\"data_not_object\"", "refused capability_estimation": "1"]),
    RuleCase(
      "training-signals.md: data of a correction that is truthy and no object fails the user",
      """
      #1 set.logged 01-05T10:00 {}
      #2 set.corrected 01-05T10:00 true
      """, ["failed capability_estimation": "\"data_not_object\"", "refused capability_estimation": "2"]),
    RuleCase(
      "training-signals.md: data of a session or an import that is no object yields no row",
      """
      #1 session.logged 01-05T10:00 "blocks"
      #2 external.activity_imported 01-05T10:00 [1]
      #3 session.logged 01-05T10:00 7
      """, ["counts": "[0,0,0,0]"]),
    RuleCase(
      "training-signals.md: metadata that is no object counts as {} where no block is expanded",
      """
      #1 set.logged 01-05T10:00 {"weight_kg":30,"reps":5} | [1]
      #2 external.activity_imported 01-05T10:00 {"weight_kg":30,"reps":5} | "x"
      #3 session.logged 01-05T10:00 {"blocks":[]} | [1]
      """, ["counts": "[2,0,0,0]"]),
    RuleCase(
      "training-signals.md: metadata of a session with blocks that is truthy and no object fails the user",
      """
      #3 session.logged 01-05T10:00 {"blocks":[7]} | [1]
      """, ["failed capability_estimation": "\"data_not_object\"", "refused capability_estimation": "3"]),
  ]

  static let order = [
    // By id, 01-06 is folded first and then 01-05. That is not more than 3 h later, so the session continues.
    RuleCase(
      "training-signals.md §5: signals of one instant fold by id",
      """
      #2 set.logged 01-07T10:00 {"exercise_id":"box_jump","jump_height_cm":40,"occurred_at":"2026-01-05T10:00:00Z"}
      #1 set.logged 01-07T10:00 {"exercise_id":"box_jump","jump_height_cm":40,"occurred_at":"2026-01-06T10:00:00Z"}
      #3 set.logged 01-07T10:00 {"exercise_id":"box_jump","jump_height_cm":40,"occurred_at":"2026-01-05T10:00:00Z"}
      """, ["jump_height diagnostics": #"{"session_trials":1}"#]),
    RuleCase(
      "training-signals.md §5: and by timestamp before the id",
      """
      #2 set.logged 01-07T09:00 {"exercise_id":"box_jump","jump_height_cm":40,"occurred_at":"2026-01-05T10:00:00Z"}
      #1 set.logged 01-07T10:00 {"exercise_id":"box_jump","jump_height_cm":40,"occurred_at":"2026-01-06T10:00:00Z"}
      #3 set.logged 01-07T10:00 {"exercise_id":"box_jump","jump_height_cm":40,"occurred_at":"2026-01-05T10:00:00Z"}
      """, ["jump_height diagnostics": #"{"session_trials":2}"#]),
    RuleCase(
      "training-signals.md §5: imports are rows as logged, a nested workout is not looked into",
      """
      #1 external.activity_imported 01-07T09:00 {"distance_meters":100,"duration_seconds":20}
      #2 external.activity_imported 01-07T09:00 {"workout":{"distance_meters":100,"duration_seconds":20}}
      #3 external.activity_imported 01-07T09:00 {"session":{"power_watt":100}}
      #4 external.activity_imported 01-07T09:00 {"blocks":[{"dose":{"work":{"distance_meters":9,"duration_seconds":2}}}]}
      """, ["counts": "[0,0,0,1]"]),
  ]
}
