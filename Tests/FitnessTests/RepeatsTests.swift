import TestSupport
import Testing

/// training-signals.md §4: `repeats` comes from the data and may be absurd. RebuildCommandTests check that it takes no
/// memory.
@Suite("training-signals.md §4: absurd repeats")
struct RepeatsTests {
  static func session(repeats: String, more: String = "") -> String {
    """
    session.logged 01-05T10:00 {"blocks":[{"block_type":"strength_set","metrics":{"weight_kg":{"value":30}},\
    "dose":{"repeats":\(repeats),"work":{"reps":5}}}\(more)]}
    """
  }

  @Test("training-signals.md §4: a million repeats count as a million rows")
  func million() throws {
    let folded = try FoldedHistory(RepeatsTests.session(repeats: "1e6"))
    #expect(folded.rows["strength_1rm"]?.at("data_sufficiency.observed_observations")?.text == "1000000")
    #expect(folded.rows["strength_1rm"]?.at("estimate")?.text == #"{"interval":[34.9999,35.0001],"mean":35}"#)
  }

  @Test("training-signals.md §4: a repeated block equals its rows written out", arguments: [2, 3, 7])
  func spelledOut(repeats: Int) throws {
    let one = #"{"block_type":"strength_set","metrics":{"weight_kg":{"value":31.7}},"dose":{"work":{"reps":4}}}"#
    let two = #"{"block_type":"strength_set","metrics":{"weight_kg":{"value":0.1}},"dose":{"work":{"reps":11}}}"#
    func repeated(_ block: String) -> String {
      block.replacing(#""dose":{"#, with: #""dose":{"repeats":\#(repeats),"#)
    }
    let short = try FoldedHistory(
      #"session.logged 01-05T10:00 {"blocks":[\#(repeated(one)),\#(repeated(two))]}"#)
    let spelled = [one, two].flatMap { Array(repeating: $0, count: repeats) }.joined(separator: ",")
    let long = try FoldedHistory(#"session.logged 01-05T10:00 {"blocks":[\#(spelled)]}"#)
    for key in ["strength_1rm", "endurance_threshold", "jump_height", "sprint_max_speed"] {
      #expect(short.rows[key]?.text == long.rows[key]?.text)
    }
  }

  @Test("training-signals.md §4: beyond 10 million rows the user fails", arguments: ["10000001", "1e9", "1e300"])
  func limit(repeats: String) throws {
    let folded = try FoldedHistory(RepeatsTests.session(repeats: repeats))
    #expect(folded.failures["capability_estimation"]?.code == .expansionLimit)
    #expect(folded.rows["strength_1rm"] == nil)
    #expect(folded.rows["active"] != nil)
  }

  @Test("training-signals.md §4: the limit counts all sessions of a user, also blocks that no capability counts")
  func limitOfAllSessions() throws {
    let mixed = #"{"block_type":"recovery_session","dose":{"repeats":5000000}}"#
    let history = """
      #1 session.logged 01-05T10:00 {"blocks":[\(mixed)]}
      #2 session.logged 01-06T10:00 {"blocks":[\(mixed)]}
      """
    #expect(try FoldedHistory(history).failures.isEmpty)
    let beyond = try FoldedHistory(history + "\n#3 session.logged 01-07T10:00 {\"blocks\":[{}]}")
    #expect(beyond.failures["capability_estimation"]?.code == .expansionLimit)
    #expect(beyond.failures["capability_estimation"]?.event?.description == FoldedHistory.id(3))
  }
}
