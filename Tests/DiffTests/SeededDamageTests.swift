import Cases
import EventModel
import Fitness
import Foundation
import JSONTape
import TestSupport
import Testing

/// Rows of the recorded live export, each damaged in one place. Each must be `changed`, with two exceptions: the wording
/// rule makes it `texts`, or the damage made exactly the row that lacks recent events, which is `unseen`.
/// `REFOLD_MUTATIONS` is the number of damaged rows; `.ci/full` runs 20,000.
@Suite("diff: seeded damage")
struct SeededDamageTests {
  private static let wanted = ProcessInfo.processInfo.environment["REFOLD_MUTATIONS"].flatMap { Int($0) } ?? 1_000

  /// The recorded rows, with the causes for which each differs without damage.
  private func recorded() throws -> [(row: JSONTree, causes: [Cause])] {
    var labels: [Key: [Cause]] = [:]
    for label in try RegressionCase(.fitness, folder: Fixtures.path("diff/live")).expectedDifferences() {
      labels[Key(label.user.description, label.name.type, label.name.key)] = label.causes
    }
    return try Fixtures.lines(Fixtures.path("diff/live/live-projections.ndjson.gz")).map { line in
      let row = try JSONTree(parsing: line)
      return (row, labels[row.at] ?? [])
    }
  }

  @Test("damage in one place is changed, with and without the log; another wording in the same place is texts")
  func damage() throws {
    let run = try DiffRun.live()
    let recorded = try recorded()
    var rebuilt: [Key: [UInt8]] = [:]
    for row in try run.rows() { rebuilt[row.at] = row["data"]?.withoutInstant.canonicalBytes }
    var random = SeededGenerator(seed: 20_260_222)
    var made = 0
    var kinds: [SeededDamage.Kind: Int] = [:]
    var wordings = 0
    var unseen = 0
    var round = 0
    while made < SeededDamageTests.wanted {
      round += 1
      var damaged: [Key: (damage: SeededDamage, causes: [Cause])] = [:]
      let rows = recorded.map { row, causes -> JSONTree in
        // Only rows that are equal, or differ by clock or behind. In a row that is wrong anyway, damage proves nothing.
        guard causes.allSatisfy({ $0 == .clock || $0 == .behind }), let data = row["data"],
          let kind = SeededDamage.Kind.allCases.randomElement(using: &random),
          let damage = SeededDamage(kind, of: data, using: &random),
          // Damage must not make a row right, such as by counting up a row that is behind by one.
          damage.data.withoutInstant.canonicalBytes != rebuilt[row.at]
        else { return row }
        damaged[row.at] = (damage, causes)
        var other = row
        other[path: ["data"]] = damage.data
        return other
      }
      let withLog = round % 4 != 0
      let live = try run.write("live.ndjson", rows)
      var found: [Key: RowDifference] = [:]
      for difference in try run.differences(live, withLog: withLog).rows { found[difference.at] = difference }
      for (key, (damage, causes)) in damaged {
        made += 1
        kinds[damage.kind, default: 0] += 1
        if damage.isWording { wordings += 1 }
        var expected: [Cause] = damage.isWording ? causes + [.texts] : [.changed]
        if !withLog, expected != [.texts] { expected = [.unexplained] }
        let difference = found[key]
        if withLog, expected == [.changed], let difference, difference.causes == [.unseen] {
          let live = try #require(rows.first { $0.at == key })
          #expect(try run.isRow(live, without: difference.unseen), "round \(round), \(key): \(damage.place)")
          unseen += 1
          continue
        }
        #expect(
          Set(difference?.causes ?? []) == Set(expected),
          "round \(round), \(key), label \(causes): \(damage.kind) at \(damage.place): \(damage.data.pretty.prefix(3000))"
        )
      }
      if !withLog { continue }
      for (row, causes) in recorded where damaged[row.at] == nil {
        #expect(Set(found[row.at]?.causes ?? []) == Set(causes), "round \(round), \(row.at) was not damaged")
      }
    }
    for kind in SeededDamage.Kind.allCases { #expect(kinds[kind, default: 0] > 0, "\(kind)") }
    #expect(wordings > 0)
    print(
      "\(made) rows damaged in one place, \(wordings) by another wording, \(unseen) into rows seen too early: \(kinds)")
  }
}

extension RowDifference {
  /// The events that the difference says the live row was computed without.
  fileprivate var unseen: Set<EventID> {
    for case .unseen(let events, let count, _, _) in details where count == events.count { return Set(events) }
    return []
  }
}

extension DiffRun {
  /// Whether a rebuild at the row's own instant gives the row, from the user's events that were stored by then except
  /// some.
  fileprivate func isRow(_ live: JSONTree, without unseen: Set<EventID>) throws -> Bool {
    let data = try #require(live["data"])
    let updatedAt = try #require(live["updated_at"]?.string)
    let end = try TimestampText.parse(updatedAt)
    var left = unseen
    let lines = try log.flatMap { try Fixtures.lines($0) }.filter { line in
      let event = try JSONTree(parsing: line)
      guard event["user_id"] == live["user_id"], let id = event["id"]?.string.flatMap(EventID.init),
        let createdAt = event["created_at"]?.string
      else { return false }
      return try left.remove(id) == nil && TimestampText.parse(createdAt) <= end
    }
    if unseen.isEmpty || !left.isEmpty { return false }
    let log = try folder.write("without-unseen.ndjson", lines: lines)
    let shorter = try DiffRun(log: [log], users: [], asOf: data["generated_at"]?.string ?? updatedAt)
    let row = try shorter.rows().first { $0.at == live.at }
    return row?["data"]?.withoutInstant.canonicalBytes == data.withoutInstant.canonicalBytes
  }
}

extension JSONTree {
  fileprivate var withoutInstant: JSONTree {
    guard let members else { return self }
    return .object(members.filter { $0.key != "generated_at" })
  }
}
