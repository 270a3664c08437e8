import EventModel
import Foundation
import TestSupport

/// An event of a generated log. `data` and `metadata` hold members of an object, as JSON.
struct MadeEvent: Sendable {
  var id: String
  var user: String
  var type: String
  var time: Instant
  var stored: Instant
  var data: [String]
  var metadata: [String] = []

  var line: String {
    """
    {"id":"\(id)","user_id":"\(user)","timestamp":"\(time)","event_type":"\(type)",\
    "data":{\(data.joined(separator: ","))},"metadata":{\(metadata.joined(separator: ","))},"created_at":"\(stored)"}
    """
  }
}

/// A log generated from a seed: all event types, late, corrected and retracted events, and texts of users. Each of
/// these texts begins with ``mark``, which tells it from a reducer's words.
struct MadeLog: Sendable {
  /// The beginning of each text of a user.
  static let mark = "zq"
  static let start = Instant(microseconds: 1_767_225_600_000_000)  // 2026-01-01
  static let asOf = Instant(microseconds: 1_771_718_400_000_000)  // 2026-02-22
  /// An instant by which some events are stored and others are not.
  static let middle = Instant(microseconds: 1_769_904_000_000_000)  // 2026-02-01
  static let zones = ["Europe/Berlin", "Asia/Kathmandu", "America/Sao_Paulo"]

  static let standard = MadeLog(seed: 17)

  var events: [MadeEvent]
  /// The users of the users export. The last one has no event.
  var users: [String]

  init(seed: UInt64, users count: Int = 24, eventsPerUser: Int = 60) {
    var maker = EventMaker(seed: seed)
    users = (0...count).map { maker.user($0) }
    events = []
    for (number, user) in users.dropLast().enumerated() {
      events += maker.history(of: user, style: EventMaker.Style.allCases[number % 6], count: eventsPerUser)
    }
  }

  /// The same log with other events.
  func with(_ events: [MadeEvent]) -> MadeLog {
    var log = self
    log.events = events
    return log
  }

  /// Writes the events, in their order, spread over this many files. Returns the paths.
  func write(_ folder: TemporaryFolder, _ name: String = "events", files: Int = 1) throws -> [String] {
    try (0..<files).map { file in
      let lines = events.enumerated().filter { $0.offset % files == file }.map { $0.element.line + "\n" }
      return try folder.write("\(name)-\(file).ndjson", lines.joined())
    }
  }

  func writeUsers(_ folder: TemporaryFolder) throws -> String {
    let lines = users.map { "{\"id\":\"\($0)\",\"created_at\":\"\(MadeLog.start)\"}\n" }
    return try folder.write("users.ndjson", lines.joined())
  }
}

/// Generates the events of users, one user after another.
private struct EventMaker {
  /// The kinds of events in a user's history.
  enum Style: CaseIterable { case all, trainingOnly, noSessions, objectivesOnly, sessionsAndPreferences, late }

  private var random: SeededGenerator
  private var events = 0
  private var sets: [String] = []
  private var all: [String] = []

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  mutating func user(_ number: Int) -> String {
    "\(hex(8))-\(hex(4))-4\(hex(3))-8\(hex(3))-\(hex(12))"
  }

  private mutating func hex(_ digits: Int) -> String {
    String((0..<digits).compactMap { _ in "0123456789abcdef".randomElement(using: &random) })
  }

  mutating func history(of user: String, style: Style, count: Int) -> [MadeEvent] {
    (sets, all) = ([], [])
    let types = EventMaker.types(style)
    return (0..<count).compactMap { _ in
      guard let type = types.randomElement(using: &random) else { return nil }
      let time = MadeLog.start.microseconds + Int64.random(in: 0..<50 * 86_400, using: &random) * 1_000_000
      let late = style == .late ? 20 * 86_400 : [5, 3600, 86_400].randomElement(using: &random) ?? 5
      let stored = min(
        time + Int64.random(in: 0..<Int64(late) * 1_000_000, using: &random), MadeLog.asOf.microseconds)
      events += 1
      let digits = String(events, radix: 16)
      // Ids do not ascend with time, because ties are broken by bytes and not by arrival.
      let id = "\(hex(8))-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
      let event = MadeEvent(
        id: id, user: user, type: type, time: Instant(microseconds: time), stored: Instant(microseconds: stored),
        data: data(type), metadata: chance(20) ? ["\"session_id\":\(text("session", 4))"] : [])
      if type == "set.logged" { sets.append(id) }
      all.append(id)
      return event
    }
  }

  /// Event types, each repeated by its frequency.
  private static func types(_ style: Style) -> [String] {
    let training = [
      ("set.logged", 40), ("session.logged", 12), ("external.activity_imported", 5), ("set.corrected", 8),
      ("event.retracted", 5), ("exercise.alias_created", 2), ("sleep.logged", 3),
    ]
    let objectives = [
      ("objective.set", 5), ("objective.updated", 5), ("objective.archived", 2), ("goal.set", 3),
      ("advisory.override.recorded", 6), ("profile.updated", 3),
    ]
    let preferences = [("preference.set", 4)]
    let chosen =
      switch style {
      case .all, .late: training + objectives + preferences
      case .trainingOnly: training
      case .noSessions: training.filter { $0.0 != "session.logged" } + objectives
      case .objectivesOnly: objectives
      case .sessionsAndPreferences: training + preferences
      }
    return chosen.flatMap { [String](repeating: $0.0, count: $0.1) }
  }

  // MARK: Payloads

  private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
  private mutating func number(_ range: ClosedRange<Int>) -> String { String(Int.random(in: range, using: &random)) }
  private mutating func pick(_ texts: String...) -> String { texts.randomElement(using: &random) ?? "" }

  /// One of `count` texts of a kind, as JSON.
  private mutating func text(_ kind: String, _ count: Int) -> String {
    "\"\(MadeLog.mark) \(kind) \(Int.random(in: 0..<count, using: &random)) ünï\""
  }

  private mutating func instant(_ days: ClosedRange<Int>) -> String {
    let day = Int64.random(in: Int64(days.lowerBound)...Int64(days.upperBound), using: &random)
    return "\"\(Instant(microseconds: MadeLog.start.microseconds + day * Instant.day))\""
  }

  private mutating func data(_ type: String) -> [String] {
    switch type {
    case "set.logged", "external.activity_imported": set()
    case "session.logged": session()
    case "set.corrected": correction()
    case "event.retracted": all.randomElement(using: &random).map { ["\"retracted_event_id\":\"\($0)\""] } ?? []
    case "exercise.alias_created": ["\"alias\":\(text("alias", 3))", "\"exercise_id\":\(text("exercise", 3))"]
    case "preference.set":
      ["\"key\":\"timezone\"", "\"value\":\"\(MadeLog.zones.randomElement(using: &random) ?? "")\""]
    case "profile.updated": ["\"training_modality\":\(chance(50) ? "\"strength\"" : text("modality", 2))"]
    case "goal.set": goal()
    case "objective.set", "objective.updated": objective()
    case "objective.archived": ["\"objective_id\":\(text("objective", 3))", "\"reason\":\(text("reason", 3))"]
    case "advisory.override.recorded": override()
    default: ["\"note\":\(text("note", 3))"]
    }
  }

  private mutating func set() -> [String] {
    var data = ["\"session_id\":\(text("session", 6))"]
    if chance(40) { data.append("\"surface\":\(text("surface", 2))") }
    switch Int.random(in: 0..<4, using: &random) {
    case 0:
      data += ["\"block_type\":\"strength_set\"", "\"exercise_id\":\(text("lift", 3))"]
      data += ["\"weight_kg\":\(number(20...180))", "\"reps\":\(number(1...12))"]
      if chance(30) {
        data.append("\"rir\":\(number(0...4))")
      } else if chance(40) {
        data.append("\"rpe\":\(number(6...10))")
      }
      if chance(60) { data.append("\"equipment_profile\":\(text("equipment", 2))") }
      if chance(30) { data.append("\"implements_type\":\(text("implement", 2))") }
    case 1:
      data += ["\"block_type\":\"sprint_accel_maxv\"", "\"distance_meters\":\(number(10...100))"]
      data += ["\"duration_seconds\":\(number(2...14))"]
      if chance(60) { data.append("\"timing_method\":\(text("timing", 2))") }
    case 2:
      data += ["\"block_type\":\"plyometric_reactive\"", "\"jump_height_cm\":\(number(20...70))"]
      if chance(60) { data.append("\"device_type\":\(text("device", 2))") }
    default:
      data += ["\"block_type\":\"continuous_endurance\"", "\"reference_type\":\(text("reference", 2))"]
      if chance(40) {
        data.append("\"power_watt\":\(number(100...300))")
      } else {
        data.append(
          """
          "relative_intensity":{"value_pct":\(number(50...95)),"reference_value":\(number(3...6)),\
          "reference_measured_at":\(instant(-60...20))}
          """)
      }
    }
    return data
  }

  private mutating func session() -> [String] {
    let blocks = (0..<Int.random(in: 0...3, using: &random)).map { _ in
      """
      {"block_type":"\(pick("strength_set", "explosive_power", "interval_endurance", "sprint_accel_maxv", ""))",\
      "dose":{"work":{"reps":\(number(1...10)),"duration_seconds":\(number(60...900)),\
      "distance_meters":\(number(50...5000))},"repeats":\(number(1...5))},"surface":\(text("surface", 2)),\
      "metrics":{"load_kg":{"value":\(number(20...150)),"unit":"kg","measurement_state":"measured"}}}
      """
    }
    return [
      "\"blocks\":[\(blocks.joined(separator: ","))]",
      "\"session_meta\":{\"session_id\":\(text("session", 6)),\"sport\":\(text("sport", 2))}",
    ]
  }

  private mutating func correction() -> [String] {
    guard let target = sets.randomElement(using: &random) else { return [] }
    let field = pick("reps", "weight_kg", "jump_height_cm", "distance_meters", "\(MadeLog.mark)_new")
    return ["\"target_event_id\":\"\(target)\"", "\"changed_fields\":{\"\(field)\":\(number(5...60))}"]
  }

  private mutating func goal() -> [String] {
    [
      "\"goal_type\":\(text("goal", 2))", "\"description\":\(text("description", 2))",
      "\"target_exercise\":\(text("lift", 3))", "\"target_1rm_kg\":\(chance(50) ? number(80...200) : "null")",
      "\"timeframe_weeks\":\(number(4...20))",
    ]
  }

  private mutating func objective() -> [String] {
    var data = ["\"objective_id\":\(text("objective", 3))"]
    if chance(70) { data.append("\"mode\":\"\(pick("journal", "collaborate", "coach"))\"") }
    if chance(40) { data.append("\"source\":\(text("source", 2))") }
    if chance(50) { data.append("\"confidence\":0.\(number(10...99))") }
    if chance(40) { data.append("\"hypothesis\":\(text("hypothesis", 3))") }
    if chance(60) {
      data.append("\"primary_goal\":{\"type\":\(text("goal", 2)),\"\(MadeLog.mark) key\":[\(text("target", 2)),null]}")
    }
    if chance(40) { data.append("\"secondary_goals\":[{\"type\":\(text("goal", 2))}]") }
    if chance(40) { data.append("\"success_metrics\":[{\"metric\":\(text("metric", 2))}]") }
    if chance(40) { data.append("\"anti_goals\":[\(text("anti", 2))]") }
    if chance(40) { data.append("\"constraint_markers\":[\(text("constraint", 2)),\(text("constraint", 2))]") }
    return data
  }

  private mutating func override() -> [String] {
    var data = ["\"actor\":\(text("actor", 2))", "\"scope\":\(text("scope", 2))", "\"reason\":\(text("reason", 3))"]
    if chance(60) { data.append("\"review_point\":\(instant(10...70))") }
    if chance(50) { data.append("\"expected_outcome\":\(text("outcome", 2))") }
    return data
  }
}
