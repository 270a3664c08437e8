import EventModel
import JSONTape
import Rebuilding
import TestSupport
import Testing

/// Properties of all histories, checked on recorded ones.
@Suite("properties of histories")
struct HistoryPropertyTests {
  static let log = Fixtures.path("cases/realistic/events.ndjson.gz")
  static let users = Fixtures.path("cases/realistic/users.ndjson")

  /// A line and the columns that tests change.
  private struct Line {
    var text: String
    var id: String
    var user: String
    var type: String
    var time: String

    init(_ bytes: [UInt8]) throws {
      text = String(decoding: bytes, as: UTF8.self)
      let tree = try JSONTree(parsing: bytes)
      id = tree["id"]?.string ?? ""
      user = tree["user_id"]?.string ?? ""
      type = tree["event_type"]?.string ?? ""
      time = tree["timestamp"]?.string ?? ""
    }
  }

  private func lines() throws -> [Line] { try Fixtures.lines(HistoryPropertyTests.log).map(Line.init) }

  @Test("training-signals.md §1: retracting everything gives the rows of a history without visible events")
  func retractionOfEverything() throws {
    let folder = try TemporaryFolder()
    let all = try lines()
    let retractions = all.enumerated().map { number, line in
      eventLine(
        number + 1, user: line.user, type: "event.retracted", time: line.time,
        data: #"{"retracted_event_id":"\#(line.id)"}"#)
    }
    let log = try folder.write("log", (all.map(\.text) + retractions).joined(separator: "\n"))
    let retracted = try RunLog([log], users: [HistoryPropertyTests.users])

    let alone = try folder.write(
      "alone",
      [eventLine(1), eventLine(2, type: "event.retracted", data: #"{"retracted_event_id":"\#(FoldedHistory.id(1))"}"#)]
        .joined(separator: "\n"))
    let nothing = try RunLog([alone]).data
    let full = try RunLog([HistoryPropertyTests.log], users: [HistoryPropertyTests.users]).data
    let rows = try retracted.data
    // Retracted events still count for whether a row exists, so the same rows exist as before.
    #expect(rows.keys.sorted() == full.keys.sorted())
    for (key, data) in rows {
      #expect(data == nothing[RowKey(FoldedHistory.user, key.type, key.key)], "\(key)")
    }
    #expect(try retracted.failures.isEmpty)
  }

  @Test("training-signals.md §3: making every correction twice has the effect of making it once")
  func correctionTwice() throws {
    let folder = try TemporaryFolder()
    var texts: [String] = []
    var copies = 0
    for line in try lines() {
      texts.append(line.text)
      guard line.type == "set.corrected", var id = UUID128(line.id) else { continue }
      // The next id in byte order, so that no event comes between the two.
      id.low += 1
      texts.append(line.text.replacing(line.id, with: id.description))
      copies += 1
    }
    #expect(copies > 10)
    let log = try folder.write("log", texts.joined(separator: "\n"))
    let twice = try RunLog([log], users: [HistoryPropertyTests.users])
    let once = try RunLog([HistoryPropertyTests.log], users: [HistoryPropertyTests.users])
    #expect(twice.summary.duplicates == 0)
    #expect(try twice.data == once.data)
  }

  @Test("events of a type that no reducer reads change no row")
  func unreadEvents() throws {
    let folder = try TemporaryFolder()
    let more = try lines().enumerated().map { number, line in
      eventLine(number + 1, user: line.user, type: "sleep.logged", time: line.time, data: #"{"weight_kg":1e400}"#)
    }
    let log = try folder.write("more", more.joined(separator: "\n"))
    let with = try RunLog([HistoryPropertyTests.log, log], users: [HistoryPropertyTests.users])
    let without = try RunLog([HistoryPropertyTests.log], users: [HistoryPropertyTests.users])
    #expect(with.summary.unread == without.summary.unread + more.count)
    #expect(try with.rows == without.rows)
  }

  @Test("--user and --only give the same rows as a whole rebuild", arguments: ["realistic", "storm"])
  func parts(name: String) throws {
    let log = Fixtures.path("cases/\(name)/events.ndjson.gz")
    let users = Fixtures.path("cases/\(name)/users.ndjson")
    let whole = try RunLog([log], users: [users])
    let rows = try whole.rows
    let failures = try whole.failures
    let everyone = Set(rows.keys.map(\.user)).sorted()
    let chosen = Set([everyone[0], everyone[7], everyone[everyone.count - 1]])
    let part = try RunLog([log], users: [users], threads: 2) { plan in
      plan.input.onlyUsers = Set(chosen.compactMap { UserID($0) })
    }
    #expect(try part.rows == rows.filter { chosen.contains($0.key.user) })
    #expect(try part.failures == failures.filter { chosen.contains($0.key.user) })
    #expect(part.summary.users == 3)
    #expect(part.summary.notSelected + part.summary.folded + part.summary.unread == part.summary.records)

    for (type, key) in [
      ("capability_estimation", "jump_height"), ("objective_advisory", nil), ("objective_state", "active"),
    ] as [(String, String?)] {
      let part = try RunLog([log], users: [users]) { $0.filter.wanted = [(type, key)] }
      #expect(try part.rows == rows.filter { $0.key.type == type && (key == nil || $0.key.key == key) })
      #expect(try part.failures == failures.filter { $0.key.type == type })
    }
  }

  @Test("clock-and-failures.md: --as-of defaults to the newest created_at, without that column to the newest timestamp")
  func defaultAsOf() throws {
    let folder = try TemporaryFolder()
    let log = try folder.write(
      "log",
      [
        eventLine(1, time: "2026-05-05T10:00:00Z", createdAt: "2026-01-06T10:00:00Z"),
        eventLine(2, type: "unread", time: "2026-01-05T10:00:00Z", createdAt: "2026-01-07T10:00:00.5Z"),
      ].joined(separator: "\n"))
    let run = try RunLog([log]) { $0.asOf = nil }
    #expect(try run.manifest("as_of") == "2026-01-07T10:00:00.500000+00:00")
    #expect(try run.manifest("as_of.source") == "newest created_at")
    let bare = try folder.write(
      "bare", eventLine(1, time: "2026-05-05T10:00:00Z").replacing(#/,"created_at":"[^"]*"/#, with: ""))
    #expect(try RunLog([bare]) { $0.asOf = nil }.manifest("as_of") == "2026-05-05T10:00:00+00:00")
    let none = try folder.write("none", "{\"id\":\"\(FoldedHistory.user)\"}\n")
    #expect(throws: ReadingFault.empty) {
      try RunLog([folder.write("empty", "\n")], users: [none]) { plan in
        plan.asOf = nil
        plan.input.reading.form = .ndjson
      }
    }
  }
}
