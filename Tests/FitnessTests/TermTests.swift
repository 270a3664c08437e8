import TestSupport
import Testing

/// Terms, such as names of exercises, are remembered between rows. That must not change a row.
@Suite("remembered terms change no row")
struct TermTests {
  /// Spellings that are equal after trimming and lowercasing, terms that are not strings, long terms, and terms that
  /// differ only in the middle.
  static let terms = [
    #""Box_Jump""#, #"" box_jump ""#, #""BOX_JUMP""#, #""box_jump""#, #""long jump""#, #""sprint""#, #"" Sprint\n""#,
    #""accelerations""#, #""bench_press""#, #""Bench_Press""#, #""""#, #""   ""#, "null", "7", "true", #"["hop"]"#,
    #"{"a":"jump"}"#, #""ÜBUNG""#, #""übung""#, #""a""#, #""ab""#, #""hop""#, #""hops""#, #""hopsy""#,
    #""seated_hop_row_ab""#, #""seated_hip_row_ab""#, #""row_seat_hop_wide_grip_a""#, #""row_seat_hip_wide_grip_a""#,
    #""barbell_row_wide_grip_seated""#, #""barbell_row_hop_grip__seated""#, #""barbell_row_maxv_grip_seated""#,
    #""\#(String(repeating: "x", count: 64))""#, #""\#(String(repeating: "x", count: 65))""#,
    #""\#(String(repeating: "x", count: 60))jump""#, #""\#(String(repeating: "x", count: 61))jump""#,
  ]
  static let fields = [
    "exercise_id", "exercise", "workout_type", "sport", "capability_target", "surface", "device_type", "timing_method",
    "equipment_profile", "implements_type", "block_type",
  ]

  static func history(seed: UInt64) -> String {
    var random = SeededGenerator(seed: seed)
    return (0..<120).map { number in
      var members = [
        #""weight_kg":\#(number)"#, #""reps":3"#, #""jump_height_cm":30"#, #""distance_meters":\#(number)"#,
      ]
      members.append(#""duration_seconds":7"#)
      for field in fields where Int.random(in: 0..<3, using: &random) == 0 {
        members.append(#""\#(field)":\#(terms.randomElement(using: &random) ?? "null")"#)
      }
      members.shuffle(using: &random)
      let hour = number % 24
      return "set.logged 01-0\(1 + number / 24)T\(hour < 10 ? "0" : "")\(hour):00 {\(members.joined(separator: ","))}"
    }.joined(separator: "\n")
  }

  @Test("the rows are the same for any limit on remembered terms", arguments: [31, 32, 33, 34] as [UInt64])
  func limits(seed: UInt64) throws {
    let history = TermTests.history(seed: seed)
    let expected = try FoldedHistory(history, rememberedTerms: 0)
    #expect(expected.rows["strength_1rm"]?.at("comparability.groups_total")?.text != "0")
    for limit in [1, 2, 3, 5, 8, 16, 64, 1024] {
      let folded = try FoldedHistory(history, rememberedTerms: limit)
      #expect(folded.rows.keys.sorted() == expected.rows.keys.sorted())
      for (key, row) in expected.rows { #expect(folded.rows[key]?.text == row.text, "seed \(seed), \(limit), \(key)") }
    }
  }

  @Test(
    "capability-estimation.md: all groups are counted, even if there are more than are remembered",
    arguments: [1, 7, 16, 17, 18, 40])
  func groups(count: Int) throws {
    let sets = (0..<3).flatMap { round in
      (0..<count).map { number in
        let spelling = round == 1 ? "  RACK\(number)" : "rack\(number)"
        return #"set.logged 01-05T10:00 {"weight_kg":30,"reps":1,"equipment_profile":"\#(spelling)"}"#
      }
    }
    let row = try #require(try FoldedHistory(sets.joined(separator: "\n")).rows["strength_1rm"])
    #expect(row.at("comparability.groups_total")?.text == "\(count)")
    let expected = (0..<count).map { "\"equipment_profile:rack\($0)\"" }.sorted().joined(separator: ",")
    #expect(row.at("comparability.groups")?.text == "[\(expected)]")
  }

  @Test(
    "capability-estimation.md: a group of two fields, of the second alone, and of none",
    arguments: [
      (#""equipment_profile":"a","implements_type":"b""#, "equipment_profile:a|implements_type:b"),
      (#""equipment_profile":" A ""#, "equipment_profile:a"), (#""implements_type":"b""#, "implements_type:b"),
      (#""equipment_profile":"  ""#, "strength:unspecified"),
    ])
  func groupText(members: String, group: String) throws {
    let sets = Array(repeating: #"set.logged 01-05T10:00 {"weight_kg":30,"reps":1,\#(members)}"#, count: 3)
    let row = try #require(try FoldedHistory(sets.joined(separator: "\n")).rows["strength_1rm"])
    #expect(row.at("comparability.groups")?.text == "[\"\(group)\"]")
  }
}
