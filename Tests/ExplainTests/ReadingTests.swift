import Comparing
import EventModel
import Explaining
import Fitness
import Folding
import JSONTape
import Reporting
import Running
import TestSupport
import Testing

/// Finding a user's records in a log.
@Suite("explain: reading")
struct ReadingTests {
  @Test("event-log.md: every form of one log gives the same explanation, whether all records are decoded or not")
  func forms() throws {
    let users = try #require(Recorded.users["formats"])
    var search = RecordSearch(Vocabulary.fitness)
    search.resources.threads = 2
    let newest = users.flatMap(\.records.events).map(\.createdAt).max()
    var compared = 0
    for form in ["events.csv.gz", "events.tsv.gz", "dump.sql.gz", "events.ndjson.gz"] {
      search.logs = [Fixtures.path("cases/formats/" + form)]
      for findsNewest in [false, true] {
        search.findsNewest = findsNewest
        let found = try findRecords(of: Set(users.map(\.id)), search, progress: ProgressMeter())
        for user in users {
          let records = try #require(found.byUser[user.id])
          var explanation = try explain(.fitness, records, asOf: Recorded.asOf)
          explanation.isExported = nil
          #expect(explanation.placeless == user.explanation.placeless, "\(form) \(user.id)")
          #expect(records.isExported == (form == "dump.sql.gz" ? true : nil))
          compared += 1
        }
        if findsNewest { #expect(found.newest == newest) }
      }
    }
    #expect(compared == users.count * 8)
  }

  @Test("a user's records, and no others, are found in every spelling of the id")
  func spelling() throws {
    let line = try FoldedHistory.records("#1 set.logged 01-05T10:00 {}")[0]
    let user = FoldedHistory.user
    let spellings = [
      user, user.uppercased(), String(user.dropLast()) + "A", user.replacing("0b1c", with: "0\\u00621c"),
      user.replacing("-", with: "\\u002d"),
    ]
    let others = [
      user.replacing("0a", with: "0b"), user.replacing("0b1c", with: "1b1c"),
      // Another user's record that mentions the id elsewhere.
      "0b1c2d3e-0000-4000-8000-00000000000b\",\"note\":\"\(user)",
    ]
    var lines: [String] = []
    for (number, spelling) in (spellings + others).enumerated() {
      lines.append(
        line.replacing(user, with: spelling).replacing(FoldedHistory.id(1), with: FoldedHistory.id(number + 1)))
    }
    for findsNewest in [false, true] {
      let found = try find(lines, findsNewest)
      #expect(found.entries.count == spellings.count)
      #expect(found.events.map { $0.id.description } == (1...spellings.count).map(FoldedHistory.id))
    }
  }

  @Test("a malformed record that names the user is one of the user's; malformed records of others are not")
  func malformed() throws {
    let good = try FoldedHistory.records("#1 set.logged 01-05T10:00 {}")[0]
    let lines = [
      good, good.replacing("\"data\":{}", with: "\"data\":{"), "{\"user_id\":\"nobody\"}",
      good.replacing("2026-01-05T10:00:00Z", with: "yesterday"),
    ]
    for findsNewest in [false, true] {
      let records = try find(lines, findsNewest)
      let explanation = try explain(.fitness, records, asOf: Recorded.asOf)
      #expect(explanation.records.map { $0.position?.line } == [1, 2, 4])
      #expect(explanation.records.map(\.disposition.name) == ["folded", "malformed", "malformed"])
      guard case .malformed(let field, _) = explanation.records[2].disposition else { continue }
      #expect(field == "timestamp")
    }
  }

  @Test("a history in memory gives the same explanation as its log")
  func loaded() throws {
    for user in try #require(Recorded.users["formats"]).prefix(3) {
      let history = user.records.entries.compactMap { entry in
        if case .event(let event, let type) = entry.content { (event: event, type: type) } else { nil }
      }
      let explanation = try explain(.fitness, UserRecords(user: user.id, history: history), asOf: Recorded.asOf)
      #expect(explanation.placeless == user.explanation.placeless)
    }
  }

  private func find(_ lines: [String], _ findsNewest: Bool) throws -> UserRecords {
    let folder = try TemporaryFolder()
    var search = RecordSearch(Vocabulary.fitness)
    search.logs = [try folder.write("events.ndjson", lines.map { $0 + "\n" }.joined())]
    search.findsNewest = findsNewest
    let user = UserID(FoldedHistory.user)!
    return try #require(try findRecords(of: [user], search, progress: ProgressMeter()).byUser[user])
  }
}
