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

/// Histories that are too long to keep all facts about them.
@Suite("explain: long histories")
struct LongHistoryTests {
  @Test("keeping facts for only a few events at a time gives the same explanation", arguments: Recorded.cases)
  func windows(name: String) throws {
    for user in try #require(Recorded.users[name]).prefix(8) {
      for window in [1, 3, 64] {
        let history = try ExplainedHistory(
          .fitness, user.records, asOf: Recorded.asOf, asOfSource: .given, storedBy: nil, profile: Profile(),
          wanted: nil,
          window: window)
        #expect(try history.provenance().json == user.explanation.json, "\(user.id)")
      }
    }
  }

  @Test("events spilled to files give the same explanation as events in memory", arguments: Recorded.cases, [1, 3])
  func spilled(name: String, threads: Int) throws {
    let users = try #require(Recorded.users[name])
    var search = RecordSearch(Vocabulary.fitness)
    // Several copies, so that the log does not fit in the smallest budget of three threads.
    search.logs = Array(repeating: Recorded.path(name), count: 6)
    search.resources.threads = threads
    let held = try findRecords(of: Set(users.map(\.id)), search, progress: ProgressMeter())
    search.resources.memory = 1
    let spilled = try findRecords(of: Set(users.map(\.id)), search, progress: ProgressMeter())
    #expect(spilled.byUser.values.contains { $0.isInFile } && !held.byUser.values.contains { $0.isInFile })
    for user in users.prefix(8) {
      let explanation = try explain(.fitness, try #require(spilled.byUser[user.id]), asOf: Recorded.asOf)
      #expect(
        try explanation.json == explain(.fitness, try #require(held.byUser[user.id]), asOf: Recorded.asOf).json,
        "\(user.id)")
      #expect(explanation.total == 6 * user.explanation.total)
    }
  }

  @Test("writing record by record gives the same output as writing everything at once", arguments: Recorded.cases)
  func written(name: String) throws {
    for user in try #require(Recorded.users[name]).prefix(8) {
      for wanted in [nil, ("objective_state", nil)] as [(type: String, key: String?)?] {
        let history = try ExplainedHistory(
          .fitness, user.records, asOf: Recorded.asOf, asOfSource: .given, storedBy: nil, profile: Profile(),
          wanted: wanted)
        var (text, json) = ("", "")
        history.overview.write(TextStyle(isColoured: false), history.shown, history.forEachRecord) { text += $0 }
        history.overview.writeJSON(history.shown, history.forEachRecord) { json += $0 }
        let whole = try history.provenance()
        #expect(text == whole.text(), "\(user.id)")
        #expect(json == whole.json.pretty + "\n", "\(user.id)")
      }
    }
  }

  @Test(
    "the first hundred repeats are listed and the others counted, on any number of threads", arguments: [1, 3])
  func repeats(threads: Int) throws {
    let folder = try TemporaryFolder()
    let lines = try FoldedHistory.records("#1 set.logged 01-05T10:00 {}\n#2 coffee.drunk 01-06T10:00 {}")
    var plan = ExplainPlan(.fitness, user: UserID(FoldedHistory.user)!)
    // More than are searched for repeats while the log is read.
    let copies = String(repeating: lines[0] + "\n", count: 70_000)
    plan.search.logs = [
      try folder.write("a", lines[1] + "\n"), try folder.write("b", copies), try folder.write("c", lines[0] + "\n"),
    ]
    plan.search.resources.threads = threads
    plan.asOf = Recorded.asOf
    let explanation = try explain(plan)
    #expect(explanation.total == 70_002)
    #expect(explanation.records.map { $0.position?.line } == Array(1...101) + [1])
    #expect(explanation.records[0].position?.file.raw.hasSuffix("b") == true)
    #expect(explanation.records[0].unlistedRepeats == 69_900)
    #expect(
      explanation.records[1...100].allSatisfy { $0.disposition == .repeated(of: explanation.records[0].position) })
    #expect(explanation.records[101].event?.type == "coffee.drunk")
    #expect(explanation.counts[6] == 70_000)
    #expect(explanation.json["events"]?.array?[0]["unlisted_repeats"]?.number == 69_900)
    #expect(explanation.text().contains("repeated by 69,900 more records"))
  }
}
