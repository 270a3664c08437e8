import Cases
import EventModel
import Fitness
import Foundation
import JSONTape
import TestSupport
import Testing

/// Rows of the recorded live export, each damaged in one place. Each must be `changed`, unless the wording rule makes
/// it `texts`. `REFOLD_MUTATIONS` is the number of damaged rows; `.ci/full` runs 20,000.
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
      var found: [Key: [Cause]] = [:]
      for difference in try run.differences(live, withLog: withLog).rows { found[difference.at] = difference.causes }
      for (key, (damage, causes)) in damaged {
        made += 1
        kinds[damage.kind, default: 0] += 1
        if damage.isWording { wordings += 1 }
        var expected: [Cause] = damage.isWording ? causes + [.texts] : [.changed]
        if !withLog, expected != [.texts] { expected = [.unexplained] }
        #expect(
          Set(found[key] ?? []) == Set(expected),
          "round \(round), \(key), label \(causes): \(damage.kind) at \(damage.place): \(damage.data.pretty.prefix(3000))"
        )
      }
      if !withLog { continue }
      for (row, causes) in recorded where damaged[row.at] == nil {
        #expect(Set(found[row.at] ?? []) == Set(causes), "round \(round), \(row.at) was not damaged")
      }
    }
    for kind in SeededDamage.Kind.allCases { #expect(kinds[kind, default: 0] > 0, "\(kind)") }
    #expect(wordings > 0)
    print("\(made) rows damaged in one place, \(wordings) of them by another wording: \(kinds)")
  }
}

extension JSONTree {
  fileprivate var withoutInstant: JSONTree {
    guard let members else { return self }
    return .object(members.filter { $0.key != "generated_at" })
  }
}
