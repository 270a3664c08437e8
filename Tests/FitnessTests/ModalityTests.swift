import TestSupport
import Testing

/// training-signals.md §6. The rows below hold what every capability needs, so that the numbers of observations show
/// the modality. They are in the order strength, sprint, jump, endurance.
@Suite("training-signals.md §6: modality of a row")
struct ModalityTests {
  @Test(arguments: blockTypes + names + loads)
  func rule(_ rule: RuleCase) throws { try rule.check() }

  private static let all = #""weight_kg":30,"reps":5,"distance_meters":10,"duration_seconds":2,"jump_height_cm":40"#
  private static let strength = "[1,0,0,0]"
  private static let sprint = "[0,1,0,0]"
  private static let plyometric = "[0,0,1,0]"
  private static let endurance = "[0,0,0,1]"
  private static let mixed = "[0,0,0,0]"

  private static func row(_ rule: String, _ members: String, _ counts: String) -> RuleCase {
    RuleCase("training-signals.md §6 \(rule)", "set.logged 01-05T10:00 {\(members)}", ["counts": counts])
  }

  static let blockTypes: [RuleCase] = [
    ("strength_set", strength), ("explosive_power", strength), ("sprint_accel_maxv", sprint),
    ("speed_endurance", sprint), ("interval_endurance", endurance), ("continuous_endurance", endurance),
    ("tempo_threshold", endurance), ("plyometric_reactive", plyometric), ("circuit_hybrid", mixed),
    ("technique_coordination", mixed), ("recovery_session", mixed),
  ].map { row("rule 1: block type \($0.0)", #""block_type":" \#($0.0.uppercased())","sport":"sprint",\#(all)"#, $0.1) }

  static let names: [RuleCase] =
    ["sprint", "sprint_interval", "max_velocity_sprint"].map {
      row("rule 2: \($0) is a sprint", #""workout_type":"\#($0)",\#(all)"#, sprint)
    }
    + [
      "broad_jump_triple", "triple_broad_jump", "approach_vertical_jump", "countermovement_jump", "box_jump",
      "jump_squat",
    ].map { row("rule 2: \($0) is plyometric", #""sport":"\#($0)",\#(all)"#, plyometric) } + [
      row(
        "rule 2: the first term that equals an override decides", #""exercise":"box_jump","sport":"sprint",\#(all)"#,
        plyometric),
      row(
        "rule 2: terms are in the order given",
        #""exercise_id":"x","capability_target":"box_jump","workout_type":"sprint",\#(all)"#, sprint),
      row("rule 2 comes before rule 3", #""exercise_id":"flying_sprint","sport":"box_jump",\#(all)"#, plyometric),
      row("rule 3: sprint", #""exercise_id":"my_Sprints",\#(all)"#, sprint),
      row("rule 3: maxv", #""exercise":"maxv drill",\#(all)"#, sprint),
      row("rule 3: accel", #""sport":"ACCELERATION",\#(all)"#, sprint),
      row("rule 3: decel", #""workout_type":"decel",\#(all)"#, sprint),
      row("rule 3: jump", #""exercise":"long jump",\#(all)"#, plyometric),
      row("rule 3: plyo", #""sport":"plyometrics",\#(all)"#, plyometric),
      row("rule 3: bound", #""exercise_id":"bounding",\#(all)"#, plyometric),
      row("rule 3: hop", #""capability_target":"hops",\#(all)"#, plyometric),
      row("rule 3: sprint hints before plyometric ones", #""exercise":"jump","sport":"accel",\#(all)"#, sprint),
      row(
        "rule 3: a hint does not reach over the space between terms", #""exercise_id":"ho","exercise":"p",\#(all)"#,
        endurance),
      row("rule 3: a term that is no string counts by its text", #""exercise_id":["Hop"],\#(all)"#, plyometric),
    ]

  static let loads: [RuleCase] = [
    row("rule 4: contacts", #""contacts":"1",\#(all)"#, plyometric),
    row("rule 4: contacts not greater than 0", #""contacts":0,\#(all)"#, endurance),
    row("rule 5: distance alone", #""distance_meters":1,"power_watt":1,"weight_kg":30,"reps":1"#, endurance),
    row("rule 5: duration alone", #""duration_seconds":true,"power_watt":1,"weight_kg":30,"reps":1"#, endurance),
    row(
      "rule 5: a negative distance is no load", #""distance_meters":-1,"power_watt":1,"weight_kg":30,"reps":1"#,
      strength),
    row("rule 6: weight", #""weight":30,"reps":1"#, strength),
    row("rule 6: an explicit null weight_kg hides weight", #""weight_kg":null,"weight":30,"power_watt":1"#, mixed),
    row("rule 6: reps alone", #""reps":1"#, mixed),
    row("rule 7: nothing", #""power_watt":100,"jump_height_cm":40"#, mixed),
    row(
      "rule 5: NaN is no load", #""distance_meters":"nan","duration_seconds":"nan","weight_kg":30,"reps":1"#, strength),
    RuleCase(
      "training-signals.md §6: all five loads are evaluated once rule 4 is reached",
      #"set.logged 01-05T10:00 {"contacts":1,"reps":1\#(String(repeating: "0", count: 309))}"#,
      ["failed capability_estimation": "\"number_overflow\"", "refused capability_estimation": "1"]),
    RuleCase(
      "training-signals.md §6: but not when a name decided before",
      #"set.logged 01-05T10:00 {"sport":"box_jump","jump_height_cm":40,"reps":1\#(String(repeating: "0", count: 309))}"#,
      ["counts": plyometric]),
    RuleCase(
      "capability-estimation.md: a row whose exercise_id contains jump counts for jump_height, whatever its modality",
      #"set.logged 01-05T10:00 {"exercise_id":"Jump_Sprint",\#(all)}"#, ["counts": "[0,1,1,0]"]),
    RuleCase(
      "capability-estimation.md: but not one whose exercise does",
      #"set.logged 01-05T10:00 {"exercise":"jump_sprint",\#(all)}"#, ["counts": "[0,1,0,0]"]),
  ]
}
