import Comparing
import EventModel
import Fitness
import Folding
import JSONTape
import TestSupport
import Testing

/// A difference is `texts` only if a text has another wording in the same place.
@Suite("diff: wording")
struct WordingTests {
  private static let list = "recommended_next_observations"

  /// The texts of a row's list of advice, of which the row has two copies; `nil` if it has none.
  private func advice(_ row: JSONTree) -> [JSONTree]? { row["data"]?[WordingTests.list]?.array }

  private func setAdvice(_ row: JSONTree, _ texts: [JSONTree]) -> JSONTree {
    var row = row
    row[path: ["data", WordingTests.list]] = .array(texts)
    row[path: ["data", "data_sufficiency", WordingTests.list]] = .array(texts)
    return row
  }

  /// Replaces both lists in every row for which `change` returns other texts. Expects `rows` such rows, and that
  /// exactly these are found.
  private func expectFound(_ run: DiffRun, rows: Int, _ change: ([JSONTree]) -> [JSONTree]?) throws {
    var damaged: Set<Key> = []
    let live = try run.rows().map { row in
      guard let texts = advice(row), let other = change(texts), other != texts else { return row }
      damaged.insert(row.at)
      return setAdvice(row, other)
    }
    #expect(damaged.count == rows)
    for withLog in [false, true] {
      let (found, _) = try run.differences(try run.write("live.ndjson", live), withLog: withLog)
      #expect(Set(found.map(\.at)) == damaged)
      #expect(found.allSatisfy { $0.causes == [withLog ? .changed : .unexplained] })
    }
  }

  @Test("lists that are emptied, invented, truncated, extended or reversed are not wording")
  func lists() throws {
    let run = try DiffRun.live()
    try expectFound(run, rows: 193) { $0.isEmpty ? nil : [] }
    try expectFound(run, rows: 27) { $0.isEmpty ? [.string("Invented.")] : nil }
    try expectFound(run, rows: 104) { $0.count < 2 ? nil : Array($0.dropLast()) }
    try expectFound(run, rows: 104) { $0.count < 2 ? nil : $0.reversed() }
    try expectFound(run, rows: 104) { $0.count < 2 ? nil : $0.map { _ in .string("The same.") } }
    try expectFound(run, rows: 193) { $0.isEmpty ? nil : $0 + [.string("One more.")] }
    // A text of the profile in the place of another one.
    let other = JSONTree.string(Profile().texts.timezoneAssumption)
    try expectFound(run, rows: 193) { $0.isEmpty ? nil : [other] + $0.dropFirst() }
  }

  @Test("another wording in the same place is texts, also where snapshots have different profiles")
  func wordings() throws {
    let run = try DiffRun.live()
    let live = try run.rows().map { row in
      guard let texts = advice(row) else { return row }
      return setAdvice(row, texts.map { .string("Please: " + ($0.string ?? "")) })
    }
    let (found, _) = try run.differences(try run.write("live.ndjson", live), withLog: false)
    #expect(found.count == 193 && found.allSatisfy { $0.causes == [.texts] })

    var profile = Profile()
    profile.texts.jump.insufficient = ["Spring höher.", "Sag, womit du misst."]
    let plan = run.plan([run.snapshot], withLog: false)
    let other = try DiffRun(
      log: run.log, users: [Fixtures.path("diff/live/users.ndjson")], asOf: "2026-02-22T00:00:00Z", profile: profile)
    let (own, outcome) = try other.differences(plan.snapshot, withLog: false) { $0.profile = profile }
    #expect(!own.isEmpty && own.allSatisfy { $0.causes == [.texts] } && outcome.knowsWording)
    // Without the snapshot's profile, it is not known which texts are wording.
    let (unknown, without) = try other.differences(plan.snapshot, withLog: false)
    #expect(unknown.count == own.count && unknown.allSatisfy { $0.causes == [.changed] } && !without.knowsWording)
  }

  @Test(
    "unknown wordings that are reversed in some rows are found in these rows only",
    arguments: [false, true])
  func turnedRound(withLog: Bool) throws {
    let run = try DiffRun.live()
    var several = 0
    var turned: Set<Key> = []
    let live = try run.rows().map { row in
      guard let texts = advice(row) else { return row }
      let reworded = texts.map { JSONTree.string("Please: " + ($0.string ?? "")) }
      if texts.count < 2 { return setAdvice(row, reworded) }
      several += 1
      // Reverse only every eleventh list.
      guard several % 11 == 0 else { return setAdvice(row, reworded) }
      turned.insert(row.at)
      return setAdvice(row, reworded.reversed())
    }
    #expect(turned.count == 9)
    let (found, _) = try run.differences(try run.write("live.ndjson", live), withLog: withLog)
    #expect(found.count == 193)
    for difference in found {
      #expect(difference.causes == [turned.contains(difference.at) ? withLog ? .changed : .unexplained : .texts])
    }
  }

  @Test(
    "unknown wordings in the same order in all rows are texts, however few the rows, even if lists share wordings")
  func sharedWordings() throws {
    let run = try DiffRun.live()
    let live = try run.rows().map { row in
      // A wording depends only on the place in the list, so that different texts have the same one.
      advice(row).map { setAdvice(row, $0.indices.map { .string("Advice \($0)") }) } ?? row
    }
    for withLog in [false, true] {
      let (found, _) = try run.differences(try run.write("live.ndjson", live), withLog: withLog)
      #expect(found.count == 193 && found.allSatisfy { $0.causes == [.texts] })
    }
  }

  @Test("a generated_at that is missing or not an instant is found")
  func generatedAt() throws {
    let run = try DiffRun.live()
    let values: [JSONTree?] = [nil, .null, .integer(7), .string("yesterday"), .array([])]
    var damaged: Set<Key> = []
    let live = try run.rows().enumerated().map { index, row in
      var row = row
      if index % 3 > 0 || row["data"]?["generated_at"] == nil { return row }
      row[path: ["data", "generated_at"]] = values[index / 3 % values.count]
      damaged.insert(row.at)
      return row
    }
    let (found, _) = try run.differences(try run.write("live.ndjson", live))
    #expect(Set(found.map(\.at)) == damaged && found.allSatisfy { $0.causes == [.changed] })
  }
}
