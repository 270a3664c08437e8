import Cases
import EventModel
import Fitness
import Foundation
import JSONTape
import Reporting
import Running
import TestSupport
import Testing

@Suite("check --prove: events with equal timestamps")
struct TieTests {
  private func ties(_ log: String, _ users: [String], threads: Int = 1) throws -> TieReport {
    var plan = ProvePlan(.fitness)
    plan.logs = [log]
    plan.users = users
    plan.asOf = try TimestampText.parse("2026-02-22T00:00:00Z")
    plan.resources.threads = threads
    return try tieSensitivity(plan)
  }

  private struct Line {
    var text: String
    var user: String
    var id: String
    var time: Instant

    init(_ bytes: [UInt8]) throws {
      text = String(decoding: bytes, as: UTF8.self)
      let json = try JSONTree(parsing: bytes)
      user = json["user_id"]?.string ?? ""
      id = json["id"]?.string ?? ""
      time = try TimestampText.parse(json["timestamp"]?.string ?? "")
    }
  }

  @Test("the rows listed are those that change when ids, and the references to them, are really swapped")
  func swapped() throws {
    let folder = try TemporaryFolder()
    let all = try Fixtures.lines(Fixtures.path("cases/storm/events.ndjson.gz")).map(Line.init)
    let chosen = Set(Set(all.map(\.user)).sorted().prefix(12))
    let lines = all.filter { chosen.contains($0.user) }
    let log = try folder.write("log.ndjson", lines: lines.map { Array($0.text.utf8) })
    let report = try ties(log, [])
    #expect(!report.rowsOfData.isEmpty)

    // Reverse the ids of each group, wherever they occur.
    var groups: [String: [String]] = [:]
    for line in lines { groups["\(line.user) \(line.time.microseconds)", default: []].append(line.id) }
    var swap: [String: String] = [:]
    for ids in groups.values where ids.count > 1 {
      let sorted = ids.sorted()
      for (id, other) in zip(sorted, sorted.reversed()) { swap[id] = other }
    }
    #expect(groups.values.count { $0.count > 1 } == report.groups)
    #expect(groups.values.filter { $0.count > 1 }.reduce(0) { $0 + $1.count } == report.events)
    func swapped(_ text: String) -> String {
      text.replacing(#/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/#) { match in
        swap[String(match.0)] ?? String(match.0)
      }
    }
    let other = try folder.write("swapped.ndjson", lines: lines.map { Array(swapped($0.text).utf8) })
    let rows = try RunLog([log])
    let others = try RunLog([other])
    // Rows name events, so the ids are swapped back before the rows are compared.
    let expected = try Set(rows.rows.keys).union(others.rows.keys).filter { key in
      try rows.data[key] != others.data[key].map(swapped)
    }
    let failing = try Set(rows.failures.keys.map(\.description)).symmetricDifference(
      others.failures.keys.map(\.description))
    #expect(failing.isEmpty)
    let reversed = report.rowsOfData.map {
      RowKey(
        $0.user.description, String($0.projection.raw.split(separator: "/")[0]),
        String($0.projection.raw.split(separator: "/").last ?? ""))
    }
    #expect(expected.isSubset(of: Set(reversed)))
    // The report also rotates groups of three and more. That may find more rows, but only of users with such groups.
    let large = Set(groups.filter { $0.value.count > 2 }.map { String($0.key.prefix(36)) })
    for row in Set(reversed).subtracting(expected) { #expect(large.contains(row.user), "\(row)") }
  }

  @Test("ids decide which of two goals at one instant holds; two equal sets give the same either way")
  func sensitive() throws {
    let folder = try TemporaryFolder()
    let time = "2026-01-05T10:00:00Z"
    let set = #"{"exercise_id":"back_squat","weight_kg":100,"reps":5,"rir":2}"#
    func objective(_ mode: String) -> String {
      #"{"objective_id":"o1","mode":"\#(mode)","primary_goal":{"type":"strength"}}"#
    }
    let log = try folder.write(
      "log",
      [
        eventLine(1, type: "set.logged", time: time, data: set),
        eventLine(2, type: "set.logged", time: time, data: set),
        eventLine(3, type: "objective.set", time: "2026-01-06T10:00:00Z", data: objective("journal")),
        eventLine(4, type: "objective.set", time: "2026-01-06T10:00:00Z", data: objective("coach")),
      ].joined(separator: "\n"))
    let report = try ties(log, [], threads: 2)
    #expect(report.users == 1 && report.groups == 2 && report.events == 4)
    let state = try #require(report.rowsOfData.first { $0.projection == "objective_state/active" })
    #expect(state.path == "active_objective.mode" && state.first == "\"coach\"" && state.second == "\"journal\"")
    #expect(!report.rowsOfData.contains { $0.projection.raw.hasPrefix("capability_estimation") })
    // The rows of the sets name the later set as their last event.
    let last = report.rows.filter(\.isOnlyLastEvent)
    #expect(last.contains { $0.projection == "capability_estimation/strength_1rm" && $0.path == "last_event_id" })
    let alone = try folder.write("alone", eventLine(1, type: "set.logged", time: time, data: set))
    #expect(try ties(alone, []).rows.isEmpty && ties(alone, []).groups == 0)
  }
}
