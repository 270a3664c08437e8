import Folding
import TestSupport
import Testing

/// clock-and-failures.md, bookkeeping; event-log.md, which rows a complete rebuild holds.
@Suite("clock-and-failures.md: last_event_id; event-log.md: which rows exist")
struct BookkeepingTests {
  @Test(arguments: capability + advisory + rows)
  func rule(_ rule: RuleCase) throws { try rule.check() }

  private static let all = """
    #1 set.corrected 01-01T10:00 {}
    #2 set.logged 01-02T10:00 {}
    #3 session.logged 01-03T10:00 {}
    #4 external.activity_imported 01-04T10:00 {}
    #5 external.activity_imported 01-04T09:00 {}
    """

  private static func first(_ lines: Int) -> String { all.split(separator: "\n").prefix(lines).joined(separator: "\n") }

  private static func last(_ rule: String, _ history: String, _ key: String, _ event: String) -> RuleCase {
    RuleCase("clock-and-failures.md last_event_id: " + rule, history, ["last \(key)": event])
  }

  static let capability = [
    last("capability: imports run last", all, "strength_1rm", "4"),
    last("capability: then sessions", first(3), "jump_height", "3"),
    last("capability: then sets", first(2), "sprint_max_speed", "2"),
    last("capability: corrections run first", first(1), "endurance_threshold", "1"),
    last(
      "capability: of that type the newest, retracted or not",
      all + "\n#6 event.retracted 01-09T10:00 {\"retracted_event_id\":\"@4\"}", "strength_1rm", "4"),
    last(
      "capability: of one instant the greatest id",
      "#7 set.logged 01-02T10:00 {}\n#9 set.logged 01-02T10:00 {}\n#8 set.logged 01-02T10:00 {}", "strength_1rm", "9"),
  ]

  static let advisory = [
    last("advisory: imports run last", all + "\n#6 profile.updated 01-09T10:00 {}", "overview", "4"),
    last("advisory: then sessions", first(3) + "\n#6 profile.updated 01-09T10:00 {}", "overview", "3"),
    last("advisory: then sets", first(2) + "\n#6 profile.updated 01-09T10:00 {}", "overview", "2"),
    last(
      "advisory: then profiles, retracted or not",
      first(1) + "\n#6 profile.updated 01-09T10:00 {}\n#7 event.retracted 01-09T10:00 {\"retracted_event_id\":\"@6\"}",
      "overview", "6"),
    last(
      "advisory: else the newest visible override",
      "#6 advisory.override.recorded 01-09T10:00 {}\n#7 advisory.override.recorded 01-08T10:00 {}", "overview", "6"),
    last(
      "advisory: a retracted override does not count",
      "#6 advisory.override.recorded 01-09T10:00 {}\n#7 advisory.override.recorded 01-08T10:00 {}\n#8 event.retracted 01-09T10:00 {\"retracted_event_id\":\"@6\"}",
      "overview", "7"),
    last("advisory: else null", first(1) + "\n#6 goal.set 01-09T10:00 {}", "overview", "null"),
    last(
      "state: the last visible row",
      "#6 goal.set 01-09T10:00 {}\n#7 goal.set 01-08T10:00 {}\n#8 set.logged 01-10T10:00 {}", "active", "6"),
    last(
      "state: a retracted row does not count",
      "#6 goal.set 01-09T10:00 {}\n#7 goal.set 01-08T10:00 {}\n#8 event.retracted 01-10T10:00 {\"retracted_event_id\":\"@6\"}",
      "active", "7"),
    last("state: training is no row", all, "active", "null"),
  ]

  private static func exist(_ rule: String, _ history: String, capability: Bool) -> RuleCase {
    RuleCase(
      "event-log.md rows: " + rule, history,
      [
        "has strength_1rm": "\(capability)", "has sprint_max_speed": "\(capability)",
        "has jump_height": "\(capability)",
        "has endurance_threshold": "\(capability)", "has active": "true", "has overview": "true",
      ])
  }

  static let rows = [
    exist(
      "objectives for every user, capabilities not for one without training",
      "goal.set 01-05T10:00 {}\npreference.set 01-05T10:00 {}", capability: false),
    exist("a correction alone is enough", "set.corrected 01-05T10:00 {}", capability: true),
    exist("an import alone is enough", "external.activity_imported 01-05T10:00 null", capability: true),
    exist(
      "a retracted event counts for having",
      "#1 set.logged 01-05T10:00 {}\n#2 event.retracted 01-05T10:00 {\"retracted_event_id\":\"@1\"}", capability: true),
    exist("events of types that no reducer reads are not training", "sleep.logged 01-05T10:00 {}", capability: false),
  ]

  @Test("event-log.md rows: --only selects rows and failures and does not change their bytes")
  func filter() throws {
    let whole = try FoldedHistory(BookkeepingTests.all)
    var filter = ProjectionFilter()
    filter.wanted = [("capability_estimation", "jump_height"), ("objective_advisory", nil)]
    let part = try FoldedHistory(BookkeepingTests.all, filter: filter)
    #expect(part.rows.keys.sorted() == ["jump_height", "overview"])
    for (key, data) in part.rows { #expect(data.text == whole.rows[key]?.text) }
    #expect(part.lastEvents["jump_height"] == whole.lastEvents["jump_height"])
    filter.wanted = [("objective_state", "active")]
    let failing = "set.logged 01-05T10:00 [1]\nobjective.set 01-05T10:00 {\"confidence\":1e309}"
    let state = try FoldedHistory(failing, filter: filter)
    #expect(state.rows.isEmpty)
    #expect(Array(state.failures.keys) == ["objective_state"])
  }
}
