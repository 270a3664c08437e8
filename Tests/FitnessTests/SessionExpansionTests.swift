import TestSupport
import Testing

/// training-signals.md §4.
@Suite("training-signals.md §4: session expansion")
struct SessionExpansionTests {
  @Test(arguments: shape + counts + measurements + relative)
  func rule(_ rule: RuleCase) throws { try rule.check() }

  /// A session of one block at 10:00 on a day of January.
  static func session(_ block: String, day: String = "05") -> String {
    #"session.logged 01-\#(day)T10:00 {"blocks":[\#(block)]}"#
  }

  /// A strength block of 30 kg: n repetitions make an estimate of 30 + n.
  static func lift(dose: String, more: String = #""metrics":{"weight_kg":{"value":30}}"#) -> String {
    session(#"{"block_type":"strength_set","dose":\#(dose),\#(more)}"#)
  }

  /// An endurance block with an estimate from its relative intensity.
  static func relative(_ members: String) -> String {
    session(#"{"block_type":"tempo_threshold","dose":{"repeats":3},\#(members)}"#)
  }

  static let shape = [
    RuleCase(
      "training-signals.md §4: only a non-empty array of blocks yields rows, of those only objects",
      """
      session.logged 01-05T10:00 {"blocks":{"block_type":"strength_set"}}
      session.logged 01-05T10:00 {"blocks":"strength_set"}
      session.logged 01-05T10:00 {}
      session.logged 01-05T10:00 {"blocks":[null,7,"x",["y"],{"block_type":"strength_set","dose":{"work":{"reps":1}},"metrics":{"weight_kg":{"value":30}}}]}
      """, ["counts": "[1,0,0,0]"]),
    RuleCase(
      "training-signals.md §4: block_type is norm()",
      session(#"{"block_type":" Strength_SET\n","dose":{"work":{"reps":1}},"metrics":{"weight_kg":{"value":30}}}"#),
      ["counts": "[1,0,0,0]"]),
    RuleCase(
      "training-signals.md §4: an empty block_type is session_block, which gives the rules below the table",
      session(#"{"dose":{"work":{"distance_meters":10,"duration_seconds":2}}}"#), ["counts": "[0,0,0,1]"]),
    RuleCase(
      "training-signals.md §4: the block type is also the exercise",
      session(#"{"block_type":"long_jump","dose":{"work":{"distance_meters":10,"duration_seconds":2}}}"#),
      ["counts": "[0,0,0,0]"]),
    RuleCase(
      "training-signals.md §4: a sprint block type without entry in the table sprints by its name",
      session(#"{"block_type":"flying_sprint","dose":{"work":{"distance_meters":10,"duration_seconds":2}}}"#),
      ["counts": "[0,1,0,0]"]),
    RuleCase(
      "training-signals.md §4: capability_target is carried over",
      session(#"{"capability_target":" Sprint","dose":{"work":{"distance_meters":10,"duration_seconds":2}}}"#),
      ["counts": "[0,1,0,0]"]),
    RuleCase(
      "training-signals.md §4: dose, work and recovery that are no objects count as {}",
      """
      \(session(#"{"block_type":"strength_set","dose":[{"repeats":5}],"metrics":{"weight_kg":{"value":30}}}"#))
      \(session(#"{"block_type":"strength_set","dose":{"repeats":5,"work":"x","recovery":1},"metrics":{"weight_kg":{"value":30}}}"#))
      """, ["counts": "[0,0,0,0]"]),
    RuleCase(
      "training-signals.md §4: surface, equipment and heights are not carried over",
      """
      \(session(#"{"block_type":"sprint_accel_maxv","surface":"track","timing_method":"gate","dose":{"repeats":3,"work":{"distance_meters":10,"duration_seconds":2}}}"#))
      \(session(#"{"block_type":"plyometric_reactive","jump_height_cm":40,"dose":{"repeats":3,"work":{"contacts":10,"jump_height_cm":40}}}"#))
      """, ["sprint_max_speed comparability.groups": #"["sprint:unknown_protocol"]"#, "counts": "[0,3,0,0]"]),
  ]

  @Test(
    "training-signals.md §4: members that no reducer reads change nothing", arguments: [41] as [UInt64])
  func unreadMembers(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let read = [
      #""block_type":"strength_set""#, #""dose":{"repeats":2,DOSE"work":{"reps":4,WORK"contacts":1}}"#,
      #""metrics":{METRICS"load_kg":{ENTRY"value":50,"measurement_state":"measured"}}"#,
      #""intensity_anchors":[{ENTRY"unit":"rpe","value":8}]"#, #""capability_target":"strength""#,
    ]
    // Names of the same lengths as those that are read, and one longer than all.
    let unread = [
      "block_typf", "block_Type", "dosE", "metrick", "intensity_anchorS", "workk", "unix", "valuE", "measurement_stat_",
      "capability_targe", "loaf_kg", "repeat5", "rep5", String(repeating: "m", count: 80), "",
    ]
    func noise() -> String {
      unread.shuffled(using: &random).prefix(5).map { #""\#($0)":{"value":9,"unit":"rpe"},"# }.joined()
    }
    let plain = Self.session("{" + read.joined(separator: ",") + "}")
      .replacing(/DOSE|WORK|METRICS|ENTRY/, with: "")
    let expected = try FoldedHistory(plain).rows["strength_1rm"]?.text
    #expect(
      try FoldedHistory(plain).rows["strength_1rm"]?.at("diagnostics.e1rm_source_counts.inferred_from_rpe")?.text == "2"
    )
    for _ in 0..<40 {
      let block = "{" + noise() + read.shuffled(using: &random).joined(separator: "," + noise()) + "}"
      let noisy = Self.session(block.replacing(/DOSE|WORK|METRICS|ENTRY/) { _ in noise() })
      #expect(try FoldedHistory(noisy).rows["strength_1rm"]?.text == expected, "seed \(seed)")
    }
  }

  static let counts = [
    RuleCase(
      "training-signals.md §4: repeats default to 1", lift(dose: #"{"work":{"reps":5}}"#), ["n strength_1rm": "1"]),
    RuleCase(
      "training-signals.md §4: each block yields repeats rows", lift(dose: #"{"repeats":7,"work":{"reps":5}}"#),
      ["n strength_1rm": "7", "mean strength_1rm": "35"]),
    RuleCase(
      "training-signals.md §4: counts are rounded, ties to even",
      lift(dose: #"{"repeats":2.5,"work":{"reps":"5"}}"#) + "\n"
        + lift(dose: #"{"repeats":"3.5","work":{"reps":5.4}}"#),
      ["n strength_1rm": "6", "mean strength_1rm": "35"]),
    RuleCase(
      "training-signals.md §4: a count that rounds below 1 is the fallback",
      lift(dose: #"{"repeats":0.5,"work":{"reps":5}}"#) + "\n" + lift(dose: #"{"repeats":-3,"work":{"reps":5}}"#)
        + "\n" + lift(dose: #"{"repeats":1,"work":{"reps":0.5}}"#),
      ["n strength_1rm": "2"]),
    RuleCase(
      "training-signals.md §4: reps fall back to contacts",
      lift(dose: #"{"repeats":3,"work":{"contacts":4}}"#), ["mean strength_1rm": "34"]),
    RuleCase(
      "training-signals.md §4: reps come before contacts",
      lift(dose: #"{"repeats":3,"work":{"contacts":4,"reps":6}}"#), ["mean strength_1rm": "36"]),
    RuleCase(
      "training-signals.md §4: contacts are carried over and make an unnamed block plyometric",
      session(#"{"dose":{"work":{"contacts":4,"distance_meters":10,"duration_seconds":2}}}"#), ["counts": "[0,0,0,0]"]),
    RuleCase(
      "training-signals.md §4: negative distance and duration are dropped",
      session(#"{"block_type":"tempo_threshold","dose":{"work":{"distance_meters":-10,"duration_seconds":-2}}}"#),
      ["counts": "[0,0,0,0]"]),
  ]

  static let measurements = [
    RuleCase(
      "training-signals.md §4: weight is the first of four metrics that is measured",
      lift(
        dose: #"{"repeats":3,"work":{"reps":5}}"#,
        more: #""metrics":{"resistance_kg":{"value":90},"load_kg":{"value":30},"external_load_kg":{"value":60}}"#),
      ["mean strength_1rm": "35"]),
    RuleCase(
      "training-signals.md §4: a metric that is no object, not measured or negative is passed over",
      lift(
        dose: #"{"repeats":3,"work":{"reps":5}}"#,
        more:
          #""metrics":{"weight_kg":90,"load_kg":{"value":90,"measurement_state":"planned"},"external_load_kg":{"value":-1},"resistance_kg":{"value":"30","measurement_state":" Inferred "}}"#
      ), ["mean strength_1rm": "35"]),
    RuleCase(
      "training-signals.md §4: a weight of 0 is taken, and skipped by strength",
      lift(
        dose: #"{"repeats":3,"work":{"reps":5}}"#, more: #""metrics":{"weight_kg":{"value":0},"load_kg":{"value":30}}"#),
      ["n strength_1rm": "0"]),
    RuleCase(
      "training-signals.md §4: metrics that are no object hold no weight",
      lift(dose: #"{"work":{"reps":5}}"#, more: #""metrics":[{"weight_kg":{"value":30}}]"#), ["n strength_1rm": "0"]),
    RuleCase(
      "training-signals.md §4: rpe is the first anchor of such a unit that is measured",
      lift(
        dose: #"{"repeats":3,"work":{"reps":5}}"#,
        more:
          #""metrics":{"weight_kg":{"value":30}},"intensity_anchors":[7,{"unit":"percent","value":1},{"unit":"RPE","value":null},{"unit":" borg_CR10 ","value":"9"},{"unit":"rpe","value":5}]"#
      ),
      [
        "mean strength_1rm": "36",
        "strength_1rm diagnostics.e1rm_source_counts": #"{"explicit":0,"inferred_from_rpe":3,"fallback_epley":0}"#,
      ]),
    RuleCase(
      "training-signals.md §4: an anchor that was only planned is passed over",
      lift(
        dose: #"{"repeats":3,"work":{"reps":5}}"#,
        more:
          #""metrics":{"weight_kg":{"value":30}},"intensity_anchors":[{"unit":"rpe","value":5,"measurement_state":"planned"},{"unit":"borg_6_20","value":9,"measurement_state":"estimated"}]"#
      ), ["mean strength_1rm": "36"]),
    RuleCase(
      "training-signals.md §4: anchors that are no array hold no rpe",
      lift(
        dose: #"{"repeats":3,"work":{"reps":5}}"#,
        more: #""metrics":{"weight_kg":{"value":30}},"intensity_anchors":{"unit":"rpe","value":9}"#),
      ["mean strength_1rm": "35"]),
  ]

  static let relative = [
    RuleCase(
      "training-signals.md §4: relative intensity of the block's object",
      relative(#""relative_intensity":{"value_pct":90,"reference_value":200,"reference_type":" Critical_Power"}"#),
      ["mean endurance_threshold": "180"]),
    // The row's own top-level data has no reference_type: the group reads only that.
    RuleCase(
      "capability-estimation.md: group fields are read from the row's top-level data",
      relative(#""relative_intensity":{"value_pct":90,"reference_value":200,"reference_type":"ftp"}"#),
      ["endurance_threshold comparability.groups": #"["endurance:unknown_reference"]"#]),
    RuleCase(
      "training-signals.md §4: without the object the first percentage greater than 0",
      relative(
        #""intensity_percent_max":0,"intensity_percent_max_speed":null,"intensity_pct":"50","percent_of_max":90,"reference_value":200"#
      ),
      ["mean endurance_threshold": "100"]),
    RuleCase(
      "training-signals.md §4: with the object the block's percentages are not looked at",
      relative(#""relative_intensity":{"reference_value":200},"intensity_pct":50"#), ["n endurance_threshold": "0"]),
    RuleCase(
      "training-signals.md §4: a relative intensity that is no object counts as {}",
      relative(#""relative_intensity":[90],"percent_of_max":50,"relative_intensity_reference_value":300"#),
      ["mean endurance_threshold": "150"]),
    RuleCase(
      "training-signals.md §4: the reference value falls back to the block's, the specific name first",
      relative(
        #""relative_intensity":{"value_pct":50,"reference_value":"?"},"relative_intensity_reference_value":300,"reference_value":200"#
      ),
      ["mean endurance_threshold": "150"]),
    RuleCase(
      "training-signals.md §4: a falsy specific name gives way to reference_value",
      relative(#""relative_intensity":{"value_pct":50},"relative_intensity_reference_value":0,"reference_value":200"#),
      ["mean endurance_threshold": "100"]),
    RuleCase(
      "training-signals.md §4: a percentage not greater than 0 is no relative intensity",
      relative(#""relative_intensity":{"value_pct":0,"reference_value":200}"#), ["n endurance_threshold": "0"]),
    RuleCase(
      "training-signals.md §4: reference_measured_at is trimmed text",
      relative(
        #""relative_intensity":{"value_pct":50,"reference_value":200,"reference_measured_at":" 2026-02-12T00:00:00Z\n"}"#
      ),
      ["endurance_threshold diagnostics.average_reference_freshness_days": "10"]),
    RuleCase(
      "training-signals.md §4: a missing reference_measured_at is the string None, no date",
      relative(#""relative_intensity":{"value_pct":50,"reference_value":200}"#),
      ["endurance_threshold diagnostics.average_reference_freshness_days": "null"]),
    RuleCase(
      "training-signals.md §4: reference_confidence is coerced and can fail",
      relative(
        #""relative_intensity":{"value_pct":50,"reference_value":200,"reference_confidence":1\#(String(repeating: "0", count: 400))}"#
      ),
      ["failed capability_estimation": "\"number_overflow\""]),
    RuleCase(
      "training-signals.md §4: but not when there is no relative intensity",
      relative(
        #""relative_intensity":{"value_pct":0,"reference_confidence":1\#(String(repeating: "0", count: 400))}"#),
      ["n endurance_threshold": "0"]),
  ]
}
