import Comparing
import EventModel
import Fitness
import JSONTape
import Reporting
import TestSupport

@testable import Surveying

/// A log and live rows full of texts that a browser could take for markup or script.
struct Hostile {
  let run: ReportRun
  let live: String
  /// The ids of the users and events.
  let ids: [String]

  static let texts = [
    "<img src=x onerror=\"window.planted=1\">", "</script><script>window.planted=2</script>",
    "]]><svg onload=window.planted=3>", "\"><b onclick='window.planted=4'>", "javascript:window.planted=5",
    "\u{202E}gnp.exe\u{2066}", "{{constructor.constructor('window.planted=6')()}}",
    "<!--<style>*{display:none}</style>",
  ]

  init() throws {
    let folder = try TemporaryFolder()
    var lines: [[UInt8]] = []
    var ids: Set<String> = []
    for (number, text) in Hostile.texts.enumerated() {
      let user = "0000000\(number)-0000-4000-8000-00000000abcd"
      ids.insert(user)
      func event(_ place: Int, _ type: String, _ data: JSONTree) {
        let id = "0000000\(number)-000\(place)-4000-9000-00000000abcd"
        ids.insert(id)
        lines.append(
          JSONTree.object([
            .init("id", .string(id)), .init("user_id", .string(user)),
            .init("timestamp", .string("2026-01-0\(place + 1)T10:00:00Z")), .init("event_type", .string(type)),
            .init("data", data), .init("metadata", .object([.init("session_id", .string(text))])),
            .init("created_at", .string("2026-01-0\(place + 1)T10:00:00Z")),
          ]).canonicalBytes)
      }
      event(
        0, "set.logged",
        .object([
          .init("exercise_id", .string(text)), .init("weight_kg", .integer(80)), .init("reps", .integer(5)),
        ]))
      event(
        1, "objective.set",
        .object([
          .init("objective_id", .string(text)), .init("mode", .string("journal")),
          .init("primary_goal", .object([.init("type", .string(text)), .init(text, .string(text))])),
        ]))
      event(
        2, "advisory.override.recorded",
        .object([
          .init("reason", .string(text)), .init("scope", .string(text)), .init("actor", .string(text)),
          .init("expected_outcome", .string(text)), .init("review_point", .string("2026-01-10T00:00:00Z")),
        ]))
      event(3, text, .object([]))
    }
    let log = try folder.write("log.ndjson", lines: lines)
    run = try ReportRun(log: [log], users: [], name: "<b>snapshot.sqlite")
    var rows: [[UInt8]] = []
    for (number, row) in try run.rows().enumerated() {
      let text = Hostile.texts[number % Hostile.texts.count]
      guard let data = row["data"] else { continue }
      let changed = data.with(text, .string(text)).with("confidence", .double(0.123)).with("status", .string(text))
        .with("inferred_confidence", .double(0.5)).with(
          "protocol_signature", .object([.init(text, .array([.string(text)]))]))
      rows.append(row.with("data", changed).canonicalBytes)
      rows.append(row.with("key", .string(text)).canonicalBytes)
      rows.append(row.with("projection_type", .string(text)).canonicalBytes)
    }
    live = try run.folder.write("live'<img src=x>.ndjson", lines: rows)
    self.ids = ids.sorted()
    self.folder = folder
  }

  private let folder: TemporaryFolder

  func facts(isIdentified: Bool) throws -> ReportFacts { try run.facts(live) { $0.isIdentified = isIdentified } }
}

/// So many differences that every list of a report reaches its limit.
enum Flood {
  static let rowsOfUser = 7

  static func facts(users: Int, listsAll: Bool = false) throws -> ReportFacts {
    let run = try ReportRun.recorded("formats")
    var plan = DiffPlan(.fitness)
    plan.snapshot = run.snapshot
    plan.live = ["live.ndjson"]
    plan.isRedacted = true
    var reports = DiffReportPlan()
    if listsAll { reports.limit = nil }
    let recorder = try ReportRecorder(reports, plan, isIdentified: true)
    let long = String(repeating: "<&\"é", count: 100)
    let fields = (0..<40).map { place in
      FieldDifference(
        path: "\(place)\(long)", field: "\(place)\(long)", rebuilt: place < 20 ? "0.25" : "\"\(long)\"",
        live: place < 20 ? "1\(place).5" : "\"\(long)\"", status: .different)
    }
    var outcome = DiffOutcome(.fitness, snapshot: run.snapshot, live: plan.live)
    var census = Census(.fitness)
    for number in 0..<users {
      for row in 0..<rowsOfUser {
        var difference = RowDifference(
          user: UserID(high: UInt64(number), low: 1),
          name: ProjectionName(type: "capability_estimation", key: row < 6 ? "key_\(row)" : long),
          causes: [.changed, .surplus],
          details: [.failed(code: Foreign(long), event: UserID(high: 1, low: 1), detail: Foreign(long))],
          fields: fields, fieldCount: 500)
        difference.codes = CodeSets(onlyRebuilt: ["\(number % 100)\(long)"], onlyLive: [])
        try recorder.take(difference)
      }
      census.add("\(number)\(long)", Census.TypeCount(events: number, users: 1))
      outcome.tally.otherTypes.add("\(number)\(long)")
    }
    outcome.census = census
    outcome.tally.rows[6].different = users * rowsOfUser
    return try recorder.facts(outcome)
  }
}
