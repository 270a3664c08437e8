import Comparing
import EventModel
import Fitness
import JSONTape
import Reporting
import Running
import TestSupport
import Testing

/// Live rows that were computed without events that were stored before them, according to `created_at`.
@Suite("diff: events that a live row did not see")
struct UnseenTests {
  private static let folder = "diff/committed-late"
  private static let late = "1d2c3b4a-5968-4778-8f9e-adbccbdfb558"

  private func recorded() throws -> DiffRun {
    try DiffRun(
      log: [Fixtures.path("\(UnseenTests.folder)/events.ndjson")], users: [], asOf: "2026-01-21T17:34:00Z")
  }

  private let live = Fixtures.path("\(UnseenTests.folder)/live-projections.ndjson")

  @Test("a transaction that committed late: the rows are unseen, with the event and how long before it was stored")
  func committedLate() throws {
    let (rows, outcome) = try recorded().differences(live)
    let event = try #require(EventID(UnseenTests.late))
    #expect(rows.map(\.name.description) == ["capability_estimation/strength_1rm", "objective_advisory/overview"])
    for row in rows {
      #expect(row.causes == [.unseen])
      #expect(row.details == [.unseen(events: [event], count: 1, isSuffix: true, microseconds: 4_000_000)])
    }
    #expect(outcome.tally.unseen.rows == 2 && outcome.tally.unseen.users == 1)
    #expect(outcome.tally.unseen.longest == 4_000_000)
  }

  @Test("the report says how many rows lack events, and how long before the rows these were stored")
  func report() throws {
    let run = try recorded()
    let plan = run.plan([live], withLog: true)
    let reporter = try DiffReporter(
      DiffReportPlan(), .fitness, detailsAsJSON: false, temporaryDirectory: run.folder.path)
    let report = try reporter.finish(try diff(plan, progress: ProgressMeter()) { try reporter.take($0) }, plan)
    #expect(report.text.contains("2 rows of 1 user lack events stored within 4 s of them"))
    #expect(
      report.json["unseen"]
        == .object([.init("rows", .integer(2)), .init("users", .integer(1)), .init("seconds", .double(4))]))
    #expect(!report.isAcceptable)
  }

  @Test("an event stored earlier than --unseen-within is not unseen: the row is changed, equal without the event")
  func within() throws {
    let run = try recorded()
    let event = try #require(EventID(UnseenTests.late))
    for (within, causes) in [(4_000_000, [Cause.unseen]), (3_999_999, [.changed])] as [(Int64, [Cause])] {
      let rows = try run.differences(live) { $0.unseenWithin = within }.rows
      #expect(rows.count == 2)
      for row in rows {
        #expect(row.causes == causes)
        #expect(row.details.contains(.equalWithout(event: event, microseconds: 4_000_000)) == (causes == [.changed]))
      }
    }
  }

  @Test("an updated_at later than the row's own instant is not trusted: the newest cut of the events is")
  func untrusted() throws {
    let run = try recorded()
    let rows = try Fixtures.lines(live).map { line in
      var row = try JSONTree(parsing: line)
      row[path: ["updated_at"]] = .string("2026-01-20T10:02:00+00:00")
      return row
    }
    let path = try run.write("later.ndjson", rows)
    let found = try run.differences(path).rows
    #expect(found.map(\.causes) == [[.behind], [.behind]])
    for row in found {
      guard case .behind(_, let event, _, _, .cut) = row.details.first else {
        Issue.record("\(row.at): \(row.details)")
        continue
      }
      #expect(event == EventID(UnseenTests.late))
    }
  }

  @Test("an unseen row with another wording is texts too")
  func texts() throws {
    let run = try recorded()
    var rows = try Fixtures.lines(live).map { try JSONTree(parsing: $0) }
    let index = try #require(rows.firstIndex { $0["projection_type"]?.string == "objective_advisory" })
    guard case .array(var warnings)? = rows[index]["data"]?["warnings"] else { throw NoWarnings() }
    warnings[0][path: ["message"]] = .string("Said otherwise.")
    rows[index][path: ["data", "warnings"]] = .array(warnings)
    let found = try run.differences(try run.write("worded.ndjson", rows)).rows
    #expect(found.map(\.causes) == [[.unseen], [.unseen, .texts]])
  }

  private struct NoWarnings: Error {}

  @Test("a search that ends before everything was tried says so")
  func bound() throws {
    let folder = try TemporaryFolder()
    var lines: [String] = []
    for number in 1...300 {
      let seconds = 59 * 60 - number * 10
      let time = "2026-02-10T11:\(two(seconds / 60)):\(two(seconds % 60))Z"
      lines.append(
        """
        {"id":"\(FoldedHistory.id(number))","user_id":"\(FoldedHistory.user)","timestamp":"\(time)",\
        "event_type":"set.logged","data":{"exercise_id":"squat","weight_kg":\(50 + number),"reps":3},"metadata":{},\
        "created_at":"\(time)"}
        """)
    }
    let log = try folder.write("log.ndjson", lines.joined(separator: "\n"))
    let run = try DiffRun(log: [log], users: [], asOf: "2026-02-10T12:00:00Z")
    let rows = try run.rows().map { row in
      var row = row
      if row["key"]?.string == "strength_1rm" { row[path: ["data", "confidence"]] = .double(0.123) }
      return row
    }
    let found = try run.differences(try run.write("live.ndjson", rows)).rows
    #expect(found.map(\.causes) == [[.changed]])
    let cuts = (found.first?.details ?? []).compactMap { if case .searchCut(let tries) = $0 { tries } else { nil } }
    #expect(cuts.count == 1 && (cuts.first ?? 0) > 0 && (cuts.first ?? 0) <= 512, "\(found)")
  }

  private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  // MARK: Planted omissions

  /// The differences of rows that an omission changes, each with the events of its user that live did not see.
  private func found(_ planted: PlantedOmissions) throws -> [(row: RowDifference, left: Set<EventID>)] {
    let folder = try TemporaryFolder()
    let log = try folder.write("log.ndjson", planted.log)
    let run = try DiffRun(log: [log], users: [], asOf: PlantedOmissions.asOf)
    func rows(_ name: String, _ text: String) throws -> [JSONTree] {
      try DiffRun(log: [try folder.write(name, text)], users: [], asOf: PlantedOmissions.computed).rows()
    }
    let seen = try rows("seen.ndjson", planted.seen).map { row in
      var row = row
      row[path: ["updated_at"]] = .string(PlantedOmissions.computed)
      return row
    }
    var stored: [Key: [UInt8]] = [:]
    for row in try rows("stored.ndjson", planted.stored) { stored[row.at] = row["data"]?.canonicalBytes }
    let lacking = Set(seen.filter { $0["data"]?.canonicalBytes != stored[$0.at] }.map(\.at))
    var left: [String: Set<EventID>] = [:]
    for (number, user) in planted.users.enumerated() {
      left[FoldedHistory.id(0xA_0000 + number)] = Set(user.left.compactMap { EventID(FoldedHistory.id($0)) })
    }
    let differences = try run.differences(try run.write("live.ndjson", seen)).rows
    for row in differences where !lacking.contains(row.at) {
      #expect(row.causes == [.clock] || row.causes == [.behind], "\(row.at) \(row.causes)")
    }
    let found = differences.filter { lacking.contains($0.at) }
    #expect(found.count == lacking.count)
    return try found.map { ($0, try #require(left[$0.user.description])) }
  }

  @Test("planted omissions of 1 to 3 events stored within the hour are found", arguments: [11, 12, 13] as [UInt64])
  func planted(_ seed: UInt64) throws {
    let rows = try found(PlantedOmissions(seed: seed, rounds: 10, hoursBefore: 0))
    #expect(rows.count >= 100)
    let unseen = rows.filter { $0.row.causes == [.unseen] }
    #expect(Double(unseen.count) >= 0.95 * Double(rows.count), "\(unseen.count) of \(rows.count)")
    // Rows of other keys do not depend on all of these events.
    let strength = unseen.filter { $0.row.name.key == "strength_1rm" }
    let exact = strength.filter { row, left in
      row.details.contains { if case .unseen(let events, _, _, _) = $0 { Set(events) == left } else { false } }
    }
    #expect(Double(exact.count) >= 0.9 * Double(strength.count), "\(exact.count) of \(strength.count)")
  }

  @Test("events stored longer before are never unseen; the one event that a row is equal without is named")
  func older() throws {
    let all = try found(PlantedOmissions(seed: 21, rounds: 20, sizes: 1...1, hoursBefore: 2))
    // All rows are in one slice, and the event is looked for only in the first 64 changed rows of a slice.
    let (rows, rest) = (all.prefix(64), all.dropFirst(64))
    #expect(rows.count == 64 && !rest.isEmpty)
    var named = 0
    for (row, left) in rows {
      #expect(row.causes == [.changed], "\(row.at)")
      let event = row.details.compactMap { if case .equalWithout(let event, _) = $0 { event } else { nil } }.first
      if let event, left == [event] { named += 1 }
      #expect(event != nil, "\(row.at)")
    }
    #expect(Double(named) >= 0.95 * Double(rows.count), "\(named) of \(rows.count)")
    #expect(rest.allSatisfy { $0.row.causes == [.changed] && $0.row.details.contains(.notSearched) })
    let several = try found(PlantedOmissions(seed: 22, rounds: 5, sizes: 2...3, hoursBefore: 2))
    #expect(several.allSatisfy { $0.row.causes == [.changed] })
  }
}
