import Cases
import EventModel
import Fitness
import JSONTape
import Reporting
import TestSupport
import Testing

@Suite("check: live rows and their expected differences")
struct LiveCaseTests {
  private func made() throws -> MadeCase { try LiveCaseTests.copy() }

  static func copy() throws -> MadeCase { try MadeCase(copying: original.get()) }

  /// A case of one user of the recorded live rows: the one with the most combinations of causes.
  private static let original = Result {
    let recorded = try RegressionCase(.fitness, folder: Fixtures.path("diff/live"))
    var causes: [UserID: Set<[Cause]>] = [:]
    for difference in try recorded.expectedDifferences() {
      causes[difference.user, default: []].insert(difference.causes)
    }
    let most = try #require(causes.max { a, b in (a.value.count, b.key) < (b.value.count, a.key) })
    #expect(most.value.count >= 4)
    return try MadeCase { plan in
      plan.logs = recorded.logs
      plan.users = recorded.users
      plan.live = recorded.live
      plan.onlyUsers = [most.key]
    }
  }

  private func difference(_ line: JSONTree) throws -> (UserID, String) {
    let user = try #require(UserID(line["user_id"]?.string ?? ""))
    return (user, "\(line["projection_type"]?.string ?? "")/\(line["key"]?.string ?? "")")
  }

  @Test("--init records the differences of live rows, with causes and paths, and the case is green")
  func green() throws {
    let made = try made()
    let lines = try made.lines("differences.ndjson")
    #expect(lines.count >= 3)
    let labels = try RegressionCase(.fitness, folder: Fixtures.path("diff/live")).expectedDifferences()
    for line in lines {
      let (user, name) = try difference(line)
      let label = try #require(labels.first { $0.user == user && $0.name.description == name })
      #expect(line["causes"]?.array?.compactMap(\.string) == label.causes.map(\.rawValue))
      #expect(label.causes == [.missing] || line["paths"]?.array?.isEmpty == false)
    }
    let checked = try made.run()
    #expect(checked.status == .ok)
    #expect(checked.checked.last?.hasSuffix("live rows, \(lines.count) differences") == true)
  }

  @Test("another cause, other paths, a difference that is not expected and an expected one that is gone are reported")
  func damaged() throws {
    let made = try made()
    let lines = try made.lines("differences.ndjson")
    let index = try #require(lines.firstIndex { ($0["paths"]?.array?.count ?? 0) > 1 })
    let (user, name) = try difference(lines[index])
    let causes = try #require(lines[index]["causes"])
    let paths = try #require(lines[index]["paths"]?.array)

    func changes(_ change: (inout [JSONTree]) -> Void) throws -> [CaseChange] {
      try made.edit("differences.ndjson", change)
      defer { try? made.write("differences.ndjson", lines) }
      return try made.run().plainChanges.map { change in
        var change = change
        change.notes = []
        return change
      }
    }
    #expect(
      try changes { $0[index]["causes"] = .array([.string("surplus")]) } == [
        CaseChange(
          .changed, .difference, user: user, name: name,
          fields: [.init(path: "causes", expected: "[\"surplus\"]", now: causes.pretty)])
      ])
    #expect(
      try changes { $0[index]["paths"] = .array(Array(paths.dropFirst()) + [.string("zzz")]) } == [
        CaseChange(
          .changed, .difference, user: user, name: name,
          fields: [
            .init(path: "paths", expected: nil, now: paths[0].pretty),
            .init(path: "paths", expected: "\"zzz\"", now: nil),
          ])
      ])
    #expect(try changes { $0[index]["paths"] = nil }.isEmpty, "paths that are not recorded are not compared")
    #expect(
      try changes { $0.remove(at: index) } == [
        CaseChange(
          .added, .difference, user: user, name: name,
          fields: [
            .init(path: "causes", expected: "[]", now: causes.pretty)
          ])
      ])
    let equal = try changes { lines in
      var other = lines[index]
      other["user_id"] = .string("00000000-0000-4000-8000-000000000001")
      lines.append(other)
    }
    #expect(equal.map(\.kind) == [.removed])
    #expect(
      equal.first?.fields == [.init(path: "causes", expected: causes.pretty, now: "[]")])
    try made.edit("differences.ndjson") { $0.append($0[0]) }
    #expect(try made.run().trouble?.raw.contains("two expected differences") == true)
  }

  @Test("differences in case.json itself, in labels, and limited by only give the same verdict")
  func inline() throws {
    let made = try made()
    let lines = try made.lines("differences.ndjson")
    try made.describe { $0["expected", "differences"] = .array(lines) }
    #expect(try made.run().status == .ok)

    try made.describe { json in
      json["expected", "differences"] = nil
      json["labels"] = .string("labels.ndjson")
    }
    let labels = lines.map { line in
      var line = line
      line["paths"] = nil
      return line
    }
    try made.write("labels.ndjson", labels)
    #expect(try made.run().status == .ok)

    let one = try #require(lines.first { $0["paths"]?.array?.isEmpty == false })
    let (_, name) = try difference(one)
    try made.describe { json in
      json["only"] = .array([.string(name)])
      json["labels"] = nil
      json["expected"] = .object([.init("differences", .array([one]))])
    }
    #expect(try made.run().status == .ok)
    try made.describe { $0["expected", "differences"] = .array([]) }
    let red = try made.run()
    #expect(red.counts.text == "1 difference added")
    // Recording puts the difference back into case.json.
    #expect(try made.run(isRecording: true).written == ["case.json"])
    let recorded = try JSONTree(parsing: made.bytes("case.json"))["expected"]?["differences"]
    #expect(recorded?.canonicalBytes == JSONTree.array([one]).canonicalBytes)
    #expect(try made.run().status == .ok)
  }

  @Test("without expected differences, all live rows must be equal, last_event_id too; --record adds the differences")
  func withoutDifferences() throws {
    let made = try made()
    let before = try made.lines("differences.ndjson")
    try made.describe { $0["expected", "differences"] = nil }
    let red = try made.run(limit: nil)
    #expect(red.status == .different && red.counts[.difference, .added] >= before.count)
    #expect(try made.run(isRecording: true).written == ["case.json"])
    #expect(try made.lines("differences.ndjson") == before)
    #expect(try made.run().status == .ok)
  }

  @Test("an export without rows is valid: every rebuilt row is missing")
  func noRows() throws {
    let made = try made()
    try made.write("live.ndjson", [])
    #expect(try made.run(isRecording: true).status == .recorded)
    let causes = try made.lines("differences.ndjson").map { $0["causes"]?.array?.compactMap(\.string) }
    #expect(Set(causes) == [["missing"]])
    #expect(try made.run().status == .ok)
  }
}
