import EventModel
import JSONTape
import TestSupport
import Testing

/// A kind of damage to an equal row. `apply` returns `false` if the row has nothing to damage that way.
struct Damage: Sendable {
  var name: String
  var apply: @Sendable (inout JSONTree) -> Bool

  init(_ name: String, _ apply: @escaping @Sendable (inout JSONTree) -> Bool) {
    self.name = name
    self.apply = apply
  }

  /// Changes the value at a path of `data`.
  init(_ name: String, at path: [String], _ change: @escaping @Sendable (JSONTree) -> JSONTree?) {
    self.init(name) { row in
      guard let old = row[path: ["data"] + path], let new = change(old), new != old else { return false }
      row[path: ["data"] + path] = new
      return true
    }
  }

  static func number(_ value: JSONTree, _ change: (Double) -> Double) -> JSONTree? {
    value.number.map { .double(change($0)) }
  }

  static func dropLast(_ value: JSONTree) -> JSONTree? {
    value.array.flatMap { $0.isEmpty ? nil : .array(Array($0.dropLast())) }
  }

  static func reversed(_ value: JSONTree) -> JSONTree? {
    value.array.flatMap { $0.count < 2 ? nil : .array(Array($0.reversed())) }
  }

  static let all: [Damage] = [
    Damage("one digit of a mean", at: ["estimate", "mean"]) { number($0) { $0 + 0.001 } },
    Damage("the last bit of a confidence", at: ["confidence"]) { number($0) { $0.nextUp } },
    Damage("the last bit of a mean age", at: ["diagnostics", "average_reference_freshness_days"]) {
      number($0) { $0 == 0 ? 1 : $0.nextUp }
    },
    Damage("a mean times ten", at: ["estimate", "mean"]) { number($0) { $0 == 0 ? 1 : $0 * 10 } },
    Damage("a sign", at: ["estimate", "mean"]) { number($0) { $0 == 0 ? 1 : -$0 } },
    Damage("null for a number", at: ["confidence"]) { _ in .null },
    Damage("a number as a string", at: ["confidence"]) { $0.number.map { .string("\($0)") } },
    Damage("interval ends swapped", at: ["estimate", "interval"], reversed),
    Damage("an interval of one", at: ["estimate", "interval"], dropLast),
    Damage("groups reordered", at: ["comparability", "groups"], reversed),
    Damage("a group dropped", at: ["comparability", "groups"], dropLast),
    Damage("a caveat dropped", at: ["caveats"], dropLast),
    Damage("a caveat twice", at: ["caveats"]) { $0.array.flatMap { $0.isEmpty ? nil : .array($0 + [$0[0]]) } },
    Damage("a reason code dropped", at: ["data_sufficiency", "uncertainty_reason_codes"], dropLast),
    Damage("one more observation", at: ["data_sufficiency", "observed_observations"]) { number($0) { $0 + 1 } },
    Damage("another status", at: ["status"]) { _ in .string("fine") },
    Damage("one copy of the advice emptied", at: ["recommended_next_observations"], dropLast),
    Damage("one copy of the advice reordered", at: ["data_sufficiency", "recommended_next_observations"], reversed),
    Damage("a disclosure gone", at: ["timezone_context", "assumption_disclosure"]) { $0.string == nil ? nil : .null },
    Damage("1 for true", at: ["timezone_context", "assumed"]) { .integer($0 == .bool(true) ? 1 : 0) },
    Damage("a warning dropped", at: ["warnings"], dropLast),
    Damage("warnings reordered", at: ["warnings"], reversed),
    Damage("a warning count", at: ["warning_count"]) { number($0) { $0 + 1 } },
    Damage("a message that is no text", at: ["warnings"]) { value in
      guard var warnings = value.array, !warnings.isEmpty else { return nil }
      warnings[0][path: ["message"]] = .integer(7)
      return .array(warnings)
    },
    Damage("an actor renamed", at: ["override_summary", "by_actor"]) { value in
      guard var members = value.members, !members.isEmpty else { return nil }
      members[0].key += "x"
      return .object(members)
    },
    Damage("a gap dropped", at: ["trackability", "gaps"], dropLast),
    Damage("an activity moved by a second", at: ["trackability", "last_activity_at"]) {
      $0.string.map { .string($0.replacing("0+00:00", with: "1+00:00")) }
    },
    Damage("a history entry dropped", at: ["objective_history"], dropLast),
    Damage("another mode", at: ["active_objective", "mode"]) { _ in .string("silent") },
    Damage("a description that is the user's", at: ["active_objective", "primary_goal", "description"]) { _ in .null },
    Damage("a counter", at: ["source_summary", "legacy_goal_events"]) { number($0) { $0 + 1 } },
    Damage("false for 0", at: ["source_summary", "legacy_goal_events"]) { $0.number == 0 ? .bool(false) : nil },
    Damage("a version dropped", at: ["schema_version"]) { _ in .string("v2") },
    Damage("a key dropped") { row in
      guard row["data"]?["schema_version"] != nil else { return false }
      row[path: ["data", "schema_version"]] = nil
      return true
    },
    Damage("a key too many") { row in
      row[path: ["data", "surprise"]] = .null
      return true
    },
    Damage("an empty array for the data") { row in
      row[path: ["data"]] = .array([])
      return true
    },
    Damage("null for the data") { row in
      row[path: ["data"]] = .null
      return true
    },
  ]
}

@Suite("diff: damaged rows")
struct MutationTests {
  @Test(
    "every damage is found with its cause, and nothing else is found",
    arguments: [1, 2, 3] as [UInt64])
  func damage(seed: UInt64) throws {
    let run = try DiffRun.live()
    var random = SeededGenerator(seed: seed)
    var rows = try run.rows().shuffled(using: &random)
    var expected: [Key: (damage: String, causes: Set<Cause>)] = [:]
    var used: Set<Key> = []

    for damage in Damage.all.shuffled(using: &random) {
      var isDone = false
      for index in rows.indices.shuffled(using: &random) where !used.contains(rows[index].at) {
        var damaged = rows[index]
        guard damage.apply(&damaged) else { continue }
        used.insert(damaged.at)
        expected[damaged.at] = (damage.name, [.changed])
        rows[index] = damaged
        isDone = true
        break
      }
      #expect(isDone, "seed \(seed): no row for \(damage.name)")
    }
    func pick() -> Int { rows.indices.filter { !used.contains(rows[$0].at) }.randomElement(using: &random)! }

    // A row removed, rows repeated, a row under another user, a row under another key.
    let gone = pick()
    used.insert(rows[gone].at)
    expected[rows[gone].at] = ("a row gone", [.missing])
    rows.remove(at: gone)
    let stranger = pick()
    used.insert(rows[stranger].at)
    expected[rows[stranger].at] = ("a swapped user id", [.missing])
    rows[stranger][path: ["user_id"]] = .string("00000000-0000-4000-8000-00000000000\(seed)")
    used.insert(rows[stranger].at)
    expected[rows[stranger].at] = ("a swapped user id", [.surplus])
    let doubled = pick()
    used.insert(rows[doubled].at)
    expected[rows[doubled].at] = ("a row twice", [.surplus])
    rows.append(rows[doubled])
    let twin = pick()
    used.insert(rows[twin].at)
    expected[rows[twin].at] = ("a row twice, once damaged", [.surplus])
    var other = rows[twin]
    other[path: ["data", "schema_version"]] = .null
    rows.insert(other, at: 0)
    let renamed = pick()
    used.insert(rows[renamed].at)
    expected[rows[renamed].at] = ("another key", [.missing])
    rows[renamed][path: ["key"]] = .string("unheard_of")
    expected[rows[renamed].at] = ("another key", [.surplus])

    let (found, _) = try run.differences(try run.write("damaged.ndjson", rows.shuffled(using: &random)))
    for difference in found {
      let known = expected.removeValue(forKey: difference.at)
      #expect(
        Set(difference.causes) == known?.causes, "seed \(seed): \(known?.damage ?? "nothing") at \(difference.at)")
    }
    #expect(expected.isEmpty, "seed \(seed): not found \(expected)")
  }
}
