import Cases
import EventModel
import Fitness
import Folding
import JSONTape
import TestSupport
import Testing

/// A witness holds no personal data.
struct PrivacyTests {
  @Test(
    "issue 7: no id and no free text of the user's history is in a witness", arguments: [Cause.changed, .behind])
  func holdsNothing(_ cause: Cause) throws {
    let histories = try Dictionary(
      grouping: Fixtures.lines(Fixtures.path("diff/live/events.ndjson.gz")).map { try JSONTree(parsing: $0) },
      by: { $0["user_id"]?.string ?? "" })
    let run = try Recorded.run(cause)
    var looked = 0
    for (user, report) in run.outcome.written {
      var ids: Set<String> = [user.description]
      var texts: Set<String> = []
      for event in histories[user.description] ?? [] {
        collect(event["data"] ?? .null, &texts)
        collect(event["metadata"] ?? .null, &texts)
        ids.insert(event["id"]?.string ?? "")
      }
      ids.formUnion(texts.filter { UUID128($0.lowercased()) != nil }.map { $0.lowercased() })
      texts = texts.filter(isFree)
      looked += ids.count + texts.count
      for (name, bytes) in try run.files(report) {
        let content = String(decoding: bytes, as: UTF8.self)
        for id in ids { #expect(!content.lowercased().contains(id), "an id in \(name)") }
        let written = try values(name, bytes)
        #expect(written.isDisjoint(with: texts), "a text in \(name)")
        for text in texts where text.utf8.count >= 13 { #expect(!content.contains(text), "a long text in \(name)") }
      }
    }
    // The histories hold enough ids and texts to look for.
    #expect(looked > 1000)
  }

  private func collect(_ value: JSONTree, _ texts: inout Set<String>) {
    if let text = value.string { texts.insert(text) }
    for element in value.array ?? [] { collect(element, &texts) }
    for member in value.members ?? [] {
      texts.insert(member.key)
      collect(member.value, &texts)
    }
  }

  /// The keys and strings in a file of NDJSON lines; none of other files.
  private func values(_ name: String, _ bytes: [UInt8]) throws -> Set<String> {
    guard name.hasSuffix(".ndjson") else { return [] }
    var texts: Set<String> = []
    for line in bytes.split(separator: 0x0A) { collect(try JSONTree(parsing: Array(line)), &texts) }
    return texts
  }

  /// Whether a text has a letter in it and is no word of the contract.
  private func isFree(_ text: String) -> Bool {
    let word = String(text.split { $0.isWhitespace }.joined(separator: " ")).lowercased()
    return word.contains { $0.isLetter } && !PrivacyTests.vocabulary.contains(word)
  }

  private static let vocabulary: Set<String> = {
    var words = Catalogue.fitness.words
    words.formUnion(Vocabulary.fitness.fields.map(\.name.description))
    words.formUnion(Vocabulary.fitness.eventTypes.map(\.name.description))
    // training-signals.md, objectives.md: words that reducers compare with, and names of nested members.
    words.formUnion(
      """
      strength_set explosive_power sprint_accel_maxv speed_endurance interval_endurance continuous_endurance \
      tempo_threshold plyometric_reactive circuit_hybrid technique_coordination recovery_session sprint \
      sprint_interval max_velocity_sprint broad_jump_triple triple_broad_jump approach_vertical_jump \
      countermovement_jump box_jump jump_squat dose work recovery repeats metrics load_kg value_pct reference_value \
      reference_measured_at reference_confidence unit target target_metric endurance strength running cycling hybrid \
      bodybuilding unknown health measured estimated inferred rpe custom intensity_percent_max \
      intensity_percent_max_speed intensity_pct percent_of_max intensity_anchors measurement_state inf nan utc \
      legacy_inferred legacy_set_backfill external_load_kg resistance_kg borg_cr10 rowing swimming lifting_rpe \
      relative_intensity_reference_value relative_intensity_reference_type true false none
      """.split(separator: " ").map(String.init))
    return words
  }()

  @Test("If a text decides the difference and no pseudonym can replace it, no witness is written")
  func refusesTexts() throws {
    // A date in a form that pseudonyms do not know: the override is due only if the text is a date.
    let history = """
      #1 objective.set 01-05T10:00 {"success_metrics": [{"metric": "m"}], "primary_goal": {"target": 5}}
      #2 advisory.override.recorded 01-06T10:00 {"review_point": "20260201T100000Z"}
      #3 set.logged 02-20T10:00 {}
      """
    let own = try FoldedHistory(history, asOf: "2026-01-20T00:00:00Z")
    let live = liveLine("objective_advisory/overview", own.rows["overview"]?.text ?? "")
    let run = try WitnessRun(history, live: [live], key: "objective_advisory/overview")
    #expect(run.outcome.written.isEmpty)
    #expect(run.outcome.refused.map(\.reason).first?.raw.contains("(event 1 data)") == true)
    #expect(run.folder.names == ["live.ndjson", "log.ndjson"])
    let kept = try WitnessRun(history, live: [live], key: "objective_advisory/overview") { $0.keepsTexts = true }
    #expect(kept.outcome.written.map(\.report.keptTexts) == [["event 1 data"]])
  }
}
