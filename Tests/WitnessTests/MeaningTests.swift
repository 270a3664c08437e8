import Cases
import EventModel
import JSONTape
import Reporting
import TestSupport
import Testing

/// What a witness preserves of the difference that it shows.
struct MeaningTests {
  private let sets = """
    #1 set.logged 01-05T10:00 {"exercise_id": "bench press", "weight_kg": 82.5, "reps": 5, "rir": 2}
    #2 set.logged 01-06T10:00 {"exercise_id": "bench press", "weight_kg": 85, "reps": 5, "rir": 2}
    #3 set.logged 01-07T10:00 {"exercise_id": "bench press", "weight_kg": 187.5, "reps": 4, "rir": 1}
    #4 set.logged 01-08T10:00 {"exercise_id": "bench press", "weight_kg": 90, "reps": 3, "rir": 0}
    #5 set.logged 01-09T10:00 {"exercise_id": "squat", "weight_kg": 91, "reps": 3, "rir": 0}
    #6 set.logged 01-10T10:00 {"exercise_id": "squat", "weight_kg": 92, "reps": 3, "rir": 0}
    """
  private let key = "capability_estimation/strength_1rm"

  /// The live row of a history as an NDJSON line, changed by `change`.
  private func live(_ history: String, _ change: (inout JSONTree) -> Void = { _ in }) throws -> String {
    var row = try #require(FoldedHistory(history).rows["strength_1rm"])
    change(&row)
    return liveLine(key, row.text)
  }

  @Test("If live misses a retraction, the witness keeps the retraction and its target, and names what live did not see")
  func missedRetraction() throws {
    let history = sets + "\n#9 event.retracted 02-01T10:00 {\"retracted_event_id\": \"@3\"}"
    let run = try WitnessRun(history, live: [try live(sets)], key: key)
    let report = try #require(run.outcome.written.first?.report)
    #expect(report.causes == [.changed])
    #expect(report.unseen == "events of type `event.retracted`")
    let events = try Fixtures.lines(report.folder.raw + "/events.ndjson").map { try JSONTree(parsing: $0) }
    let retraction = try #require(events.first { $0["event_type"]?.string == "event.retracted" })
    let target = retraction.at("data.retracted_event_id")?.string
    #expect(events.contains { $0["id"]?.string == target && $0["event_type"]?.string == "set.logged" })
  }

  @Test("If live never saw one event, the witness keeps that event")
  func missedEvent() throws {
    let all = sets + "\n#7 set.logged 01-11T10:00 {\"weight_kg\": 140, \"reps\": 1, \"rir\": 0}"
    let report = try #require(WitnessRun(all, live: [try live(sets)], key: key).outcome.written.first?.report)
    #expect(report.unseen?.hasPrefix("event `e0000000-0000-4000-8000-") == true)
    #expect(report.fields.contains { $0.path == "data_sufficiency.observed_observations" })
  }

  @Test("A mean that is too large by a factor stays too large by that factor")
  func factor() throws {
    let line = try live(sets) { row in
      guard case .double(let mean)? = row.at("estimate.mean") else { return }
      row = row.setting(["estimate", "mean"], .double((mean * 1.05 * 10_000).rounded() / 10_000))
    }
    let report = try #require(WitnessRun(sets, live: [line], key: key).outcome.written.first?.report)
    #expect(report.changes == ["`estimate.mean` is 1.05 times the rebuilt number"])
    #expect(report.fields.map(\.path) == ["estimate.mean"])
    #expect(report.events.after == 3)
    let field = try #require(report.fields.first)
    let (rebuilt, live) = (field.rebuilt?.number, field.live?.number)
    #expect(abs((live ?? 0) - (rebuilt ?? 0) * 1.05) < 1e-4)
  }

  @Test("If live lacks a warning code, the witness says that this code is gone")
  func missingCode() throws {
    let history = "#1 goal.set 01-05T10:00 {\"description\": \"squat a lot\"}\n#2 set.logged 02-20T10:00 {}"
    let row = try #require(FoldedHistory(history).rows["overview"])
    let warnings = try #require(row["warnings"]?.array)
    let fewer = row.setting(
      ["warnings"], .array(warnings.filter { $0["code"]?.string != "objective_trackability_gap" }))
    let key = "objective_advisory/overview"
    let run = try WitnessRun(history, live: [liveLine(key, fewer.text)], key: key)
    let report = try #require(run.outcome.written.first?.report)
    #expect(report.changes == ["of `warnings`, the element `objective_trackability_gap` is missing"])
    #expect(report.events.after == 2)
  }

  @Test("A member's name does not become markup")
  func markup() throws {
    let name = "a` <b>\n# x"
    let line = try live(sets) { row in
      guard case .object(let members) = row else { return }
      row = .object(members + [.init(name, .integer(1))])
    }
    let report = try #require(WitnessRun(sets, live: [line], key: key).outcome.written.first?.report)
    // The name is free text, so a pseudonym replaces it.
    #expect(report.changes == ["<code>live text 1</code> is present, but the rebuild does not write it"])
    #expect(Foreign(name).plainCode == Foreign(name).code)
    #expect(!Foreign(name).code.contains("<b>") && !Foreign(name).code.contains("\n"))
    #expect(Foreign("a`b").plainCode != "`a`b`")
    #expect(Foreign("estimate.mean[3]").plainCode == "`estimate.mean[3]`")
  }

  @Test("A witness of a failure holds only the event with the refused value, and fails with the same code")
  func failed() throws {
    let huge = "1" + String(repeating: "0", count: 400)
    let history = sets + "\n#7 set.logged 01-11T10:00 {\"weight_kg\": \(huge), \"reps\": 1}"
    let run = try WitnessRun(history, live: [try live(sets)], key: key)
    let report = try #require(run.outcome.written.first?.report)
    #expect(report.causes == [.failed])
    #expect(report.note.raw.hasPrefix("number_overflow: "))
    #expect(report.events.after == 1)
    #expect(try checkStatus(report.folder.raw) == 0)
  }

  @Test("A witness of a surplus row holds one event of another kind, and the row without its content")
  func surplus() throws {
    let history = "#1 goal.set 01-05T10:00 {}\n#2 goal.set 01-06T10:00 {\"description\": \"lift\"}"
    let run = try WitnessRun(history, live: [try live(sets)], key: key)
    let report = try #require(run.outcome.written.first?.report)
    #expect(report.causes == [.surplus])
    #expect(report.events.after == 1)
    let rows = try Fixtures.lines(report.folder.raw + "/live-projections.ndjson").map { try JSONTree(parsing: $0) }
    #expect(rows.first?["data"]?.text == "{}")
    #expect(rows.compactMap { $0["key"]?.string } == ["strength_1rm", "overview", "active"])
    #expect(try checkStatus(report.folder.raw) == 0)
  }

  @Test("A row that the export holds twice is in the witness twice")
  func repeated() throws {
    let line = try live(sets)
    let run = try WitnessRun(sets, live: [line, line], key: key)
    let report = try #require(run.outcome.written.first?.report)
    #expect(report.causes == [.surplus])
    #expect(try Fixtures.lines(report.folder.raw + "/live-projections.ndjson").count == 2)
  }
}

extension JSONTree {
  /// The value, with the member at a path of keys replaced.
  fileprivate func setting(_ path: [String], _ value: JSONTree) -> JSONTree {
    guard let key = path.first, case .object(let members) = self else { return value }
    return .object(
      members.map { $0.key == key ? Member(key, $0.value.setting(Array(path.dropFirst()), value)) : $0 })
  }
}
