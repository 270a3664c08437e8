import EventModel
import Rebuilding
import SnapshotStore
import TestSupport
import Testing

/// event-log.md: each record is in one bucket; two lines with one id; malformed records.
@Suite("event-log.md: accounting")
struct AccountingTests {
  private static let other = "0b1c2d3e-0000-4000-8000-00000000000b"

  @Test("event-log.md: every record ends in exactly one bucket", arguments: [1, 2, 3])
  func buckets(threads: Int) throws {
    let folder = try TemporaryFolder()
    let one = try folder.write(
      "one",
      [eventLine(1), eventLine(2, type: "sleep.logged"), eventLine(1), "", eventLine(3, user: AccountingTests.other)]
        .joined(separator: "\n"))
    let two = try folder.write(
      "two",
      [eventLine(2, type: "sleep.logged"), eventLine(1), eventLine(4, type: "goal.set")].joined(separator: "\r\n"))
    let users = try folder.write(
      "users", #"{"id":"\#(FoldedHistory.user)"}"# + "\n" + #"{"id":"\#(FoldedHistory.id(77))"}"#)
    let summary = try RunLog([one, two], users: [users], threads: threads).summary
    #expect(summary.records == 7)
    #expect(summary.folded == 3)
    #expect(summary.unread == 1)
    #expect(summary.duplicates == 3)
    #expect(summary.malformed == 0)
    #expect(summary.users == 3)
    #expect(summary.usersNotExported == 1)
    #expect(summary.usersWithoutEvents == 1)

    let some = try RunLog([one, two], users: [users], threads: threads) { plan in
      plan.input.onlyUsers = Set([UserID(AccountingTests.other)].compactMap { $0 })
    }.summary
    #expect(some.records == 7)
    #expect(some.folded == 1)
    #expect(some.notSelected == 3)
    #expect(some.duplicates == 3)
    #expect(some.users == 1)
  }

  @Test("event-log.md: distinct ids with one fingerprint are distinct events", arguments: [1, 2])
  func collidingFingerprints(threads: Int) throws {
    let folder = try TemporaryFolder()
    let lines = (1...40).map { number in
      eventLine(number).replacing(FoldedHistory.id(number), with: "9e3779b9-7f4a-7c15-0000-0000000000\(10 + number)")
    }
    let log = try folder.write("log", (lines + lines.prefix(3)).joined(separator: "\n"))
    let summary = try RunLog([log], threads: threads).summary
    #expect(summary.folded == 40)
    #expect(summary.duplicates == 3)
  }

  @Test("event-log.md: a repeated user in the export counts once; users come from the export, the events or both")
  func users() throws {
    let folder = try TemporaryFolder()
    let log = try folder.write("log", eventLine(1) + "\n" + eventLine(2, user: AccountingTests.other))
    let quiet = FoldedHistory.id(77)
    let users = try folder.write(
      "users",
      "{\"id\":\"\(quiet)\",\"email\":\"secret@example.org\"}\n{\"id\":\"\(quiet.uppercased())\"}\n{\"id\":\"\(FoldedHistory.user)\"}"
    )
    let run = try RunLog([log], users: [users])
    let stored = try SnapshotReader(run.snapshot).users().all().map { "\($0.id) \($0.source.rawValue)" }
    #expect(stored == ["\(quiet) export", "\(FoldedHistory.user) both", "\(AccountingTests.other) events"])
    #expect(
      try run.rows.keys.filter { $0.user == quiet }.map(\.type).sorted() == ["objective_advisory", "objective_state"])
    #expect(!String(decoding: try Fixtures.bytes(run.snapshot), as: UTF8.self).contains("secret"))
  }

  struct Conflict: Sendable, CustomTestStringConvertible {
    var name: String
    var first: String
    var second: String
    /// Whether the two differ only in how a number is written.
    var isSpelling = false
    var testDescription: String { name }
  }

  static let conflicts = [
    Conflict(name: "other data", first: eventLine(1, data: #"{"reps":5}"#), second: eventLine(1, data: #"{"reps":6}"#)),
    Conflict(
      name: "a double for an integer", first: eventLine(1, data: #"{"reps":5}"#),
      second: eventLine(1, data: #"{"reps":5.0}"#), isSpelling: true),
    Conflict(name: "a member that nobody reads", first: eventLine(1, data: #"{"x":null}"#), second: eventLine(1)),
    Conflict(name: "null for {}", first: eventLine(1, data: "null"), second: eventLine(1)),
    Conflict(
      name: "other metadata", first: eventLine(1, metadata: #"{"a":[1,2]}"#),
      second: eventLine(1, metadata: #"{"a":[2,1]}"#)),
    Conflict(
      name: "data and metadata exchanged", first: eventLine(1, data: "[]", metadata: "{}"),
      second: eventLine(1, data: "{}", metadata: "[]")),
    Conflict(name: "another user", first: eventLine(1), second: eventLine(1, user: other)),
    Conflict(name: "another type", first: eventLine(1), second: eventLine(1, type: "session.logged")),
    Conflict(
      name: "another timestamp", first: eventLine(1),
      second: eventLine(1, time: "2026-01-05T10:00:00.000001Z", createdAt: "2026-01-05T10:00:00Z")),
    Conflict(
      name: "another created_at", first: eventLine(1), second: eventLine(1, createdAt: "2026-01-05T10:00:00.000001Z")),
    Conflict(
      name: "a type that nobody reads, other data", first: eventLine(1, type: "sleep.logged", data: "1"),
      second: eventLine(1, type: "sleep.logged", data: "2")),
    Conflict(
      name: "two types that nobody reads", first: eventLine(1, type: "sleep.logged"),
      second: eventLine(1, type: "sleep.edited")),
  ]

  @Test("event-log.md: an id with other content is malformed input, both positions are named", arguments: conflicts)
  func stopsAtConflict(_ conflict: Conflict) throws {
    let folder = try TemporaryFolder()
    let filler = eventLine(9) + "\n"
    let single = try folder.write("single", filler + conflict.first + "\n\n" + conflict.second + "\n")
    let firstByte = filler.utf8.count
    let secondByte = firstByte + conflict.first.utf8.count + 2
    let one = try folder.write("one", filler + conflict.first)
    let two = try folder.write("two", conflict.second)
    for threads in [1, 3] {
      let within = try malformedInput { try RunLog([single], threads: threads) }
      #expect(
        within?.description
          == "\(single):4 (byte \(secondByte)): id: the id of another event with other content, at \(single):2 (byte \(firstByte))"
          + (conflict.isSpelling
            ? "; they differ only in how a number is written (100 and 100.0 are two values): take both from one export"
            : "")
      )
      let across = try malformedInput { try RunLog([one, two], threads: threads) }
      #expect(across?.description.contains("\(two):1 (byte 0)") == true)
      #expect(across?.description.contains("\(one):2 (byte \(firstByte))") == true)
      let unselected = try malformedInput {
        try RunLog([one, two], threads: threads) { plan in
          plan.input.onlyUsers = Set([UserID(FoldedHistory.id(5))].compactMap { $0 })
        }
      }
      #expect(unselected?.position == across?.position)
    }
  }

  @Test("event-log.md: positions after very long lines are right")
  func longLines() throws {
    let folder = try TemporaryFolder()
    let long = eventLine(8, type: "unread", data: "\"\(String(repeating: "x", count: 5 << 20))\"")
    let lines = [long, eventLine(1), long, eventLine(1, data: "1")]
    let path = try folder.write("log", lines.joined(separator: "\n"))
    let fault = try malformedInput { try RunLog([path]) }
    #expect(fault?.position?.line == 4)
    #expect(fault?.position?.byteOffset == lines.prefix(3).reduce(0) { $0 + $1.utf8.count + 1 })
    #expect(fault?.reason.hasSuffix("\(path):2 (byte \(long.utf8.count + 1))") == true)
  }

  @Test("event-log.md: a repeated event in another spelling is a duplicate")
  func repetition() throws {
    let folder = try TemporaryFolder()
    let log = try folder.write(
      "log",
      [
        eventLine(1, data: #"{"reps":5,"a":1.50}"#), eventLine(1, data: #"{"a":1.5,"reps":5}"#),
        eventLine(1, time: "2026-01-05 11:00:00+01", data: #"{"a":0,"reps":0.5e1,"a":15e-1}"#),
      ].joined(separator: "\n"))
    #expect(try RunLog([log]).summary.duplicates == 2)
  }

  struct Malformed: Sendable, CustomTestStringConvertible {
    var line: String
    var field: String?
    var reason: String
    var testDescription: String { "\(field ?? "record"): \(reason)" }
  }

  private static func line(_ change: (inout [(String, String?)]) -> Void) -> String {
    var members: [(String, String?)] = [
      ("id", "\"\(FoldedHistory.id(5))\""), ("user_id", "\"\(FoldedHistory.user)\""),
      ("timestamp", "\"2026-01-05T10:00:00Z\""),
      ("event_type", "\"set.logged\""), ("data", #"{"note":"SECRET"}"#), ("metadata", #"{"note":"SECRET"}"#),
      ("created_at", "\"2026-01-05T10:00:00Z\""),
    ]
    change(&members)
    return "{" + members.compactMap { key, value in value.map { "\"\(key)\":\($0)" } }.joined(separator: ",") + "}"
  }

  private static func with(_ key: String, _ value: String?) -> String {
    line { members in members = members.map { $0.0 == key ? (key, value) : $0 } }
  }

  static let malformedLines: [Malformed] =
    ["id", "user_id", "timestamp", "event_type", "data"].map {
      Malformed(line: with($0, nil), field: $0, reason: "missing")
    }
    + ["id", "user_id", "timestamp", "event_type", "created_at"].flatMap {
      [
        Malformed(line: with($0, "null"), field: $0, reason: "null"),
        Malformed(
          line: with($0, "7"), field: $0,
          reason: ["timestamp", "created_at"].contains($0) ? "a number" : "not a string"),
        Malformed(line: with($0, "{\"x\":\"SECRET\"}"), field: $0, reason: "not a string"),
      ]
    } + [
      Malformed(line: with("id", "\"SECRET\""), field: "id", reason: "not a UUID"),
      Malformed(line: with("user_id", "\"{\(FoldedHistory.user)}\""), field: "user_id", reason: "not a UUID"),
      Malformed(line: with("event_type", "\"\""), field: "event_type", reason: "empty"),
      Malformed(line: with("event_type", "\"a\\u0000SECRET\""), field: "event_type", reason: "NUL"),
      Malformed(line: with("timestamp", "\"SECRET\""), field: "timestamp", reason: "not a timestamp"),
      Malformed(line: with("timestamp", "\"infinity\""), field: "timestamp", reason: "infinite"),
      Malformed(
        line: with("timestamp", "\"10000-01-01 00:00:00+00\""), field: "timestamp",
        reason: "outside the years 1 to 9999"),
      Malformed(
        line: with("timestamp", "\"0044-03-15 00:00:00+00 BC\""), field: "timestamp",
        reason: "outside the years 1 to 9999"),
      Malformed(line: with("created_at", "\"2026-01-05T10:00:00\""), field: "created_at", reason: "without an offset"),
      Malformed(line: with("data", "{\"SECRET\":\"\\u0000\"}"), field: "data", reason: "\\u0000"),
      Malformed(line: with("metadata", "[\"SECRET\\ud800\"]"), field: nil, reason: "lone surrogate"),
      Malformed(line: with("data", "{\"SECRET\":1e131072}"), field: nil, reason: "beyond numeric"),
      Malformed(
        line: with("data", "{\"SECRET\":0.\(String(repeating: "0", count: 16384))}"), field: nil,
        reason: "beyond numeric"),
      Malformed(
        line: with("data", String(repeating: "[", count: 1001) + String(repeating: "]", count: 1001)), field: "data",
        reason: "1,000 levels"),
      Malformed(line: "{\"SECRET\":", field: nil, reason: "ends too early"),
      Malformed(line: "[\"SECRET\"]", field: nil, reason: "not a JSON object"),
      Malformed(line: "SECRET", field: nil, reason: "not JSON"),
      Malformed(line: with("data", "{\"SECRET\":tru}"), field: nil, reason: "not JSON"),
      Malformed(line: with("data", "{\"SECRET\":1}") + " {}", field: nil, reason: "after the end"),
      Malformed(line: with("data", "{\"SECRET\":01}"), field: nil, reason: "leading zero"),
    ]

  @Test(
    "event-log.md: a malformed line stops the run: file, line, byte, field, reason, no payload",
    arguments: malformedLines)
  func stops(_ malformed: Malformed) throws {
    let folder = try TemporaryFolder()
    let before = eventLine(1) + "\r\n\n"
    let path = try folder.write("log.ndjson", before + malformed.line + "\n" + eventLine(2) + "\n")
    let output = try TemporaryFolder()
    let fault = try malformedInput {
      try RunLog([path]) { plan in
        plan.output = output.file("snapshot.sqlite")
        plan.input.reading.form = .ndjson
      }
    }
    #expect(fault?.position == LogPosition(file: path, line: 3, byteOffset: before.utf8.count))
    #expect(fault?.reason.contains(malformed.reason) == true, "\(fault?.reason ?? "")")
    if let field = malformed.field { #expect(fault?.field == field) }
    #expect(fault?.description.contains("SECRET") == false)
    #expect(output.names.isEmpty)
  }

  @Test("the first of several malformed lines is named, for any number of threads", arguments: [1, 2, 5])
  func firstOfSeveral(threads: Int) throws {
    let folder = try TemporaryFolder()
    var lines = (1...4000).map { eventLine($0, data: "\"\(String(repeating: "x", count: 900))\"") }
    lines[1500] = "{"
    lines[1501] = "["
    lines[3900] = "{"
    let path = try folder.write("log", lines.joined(separator: "\n"))
    let fault = try malformedInput { try RunLog([path], threads: threads) { $0.input.reading.form = .ndjson } }
    #expect(fault?.position?.line == 1501)
  }

  @Test("event-log.md: a malformed users export stops the run")
  func malformedUsers() throws {
    let folder = try TemporaryFolder()
    let log = try folder.write("log", eventLine(1))
    for (line, field) in [("{\"id\":7}", "id"), ("{\"id\":null}", "id"), ("{}", "id"), ("{\"id\":\"SECRET\"}", "id")] {
      let users = try folder.write("users", "{\"id\":\"\(FoldedHistory.user)\"}\n\(line)\n")
      let fault = try malformedInput { try RunLog([log], users: [users]) }
      #expect(fault?.position?.line == 2)
      #expect(fault?.field == field)
      #expect(fault?.description.contains("SECRET") == false)
    }
  }
}
