import Cases
import EventModel
import Fitness
import JSONTape
import Reporting
import Running
import SnapshotStore
import TestSupport
import Testing

@Suite("check --record and --init")
struct RecordTests {
  /// Damages every kind of expectation.
  private func damage(_ made: MadeCase) throws {
    try made.edit("projections.ndjson") { lines in
      lines[3]["data", "schema_version"] = .string("v0")
      lines[0]["last_event_id"] = .null
      lines.remove(at: 11)
      lines[20]["user_id"] = .string("00000000-0000-4000-8000-000000000001")
    }
    try made.edit("failures.ndjson") { $0[0]["code"] = .string("not_finite") }
  }

  @Test("recording a damaged case restores its files byte for byte, and then all is as expected")
  func roundTrip() throws {
    let made = try MadeCase()
    let before = try made.contents()
    try damage(made)
    let recorded = try made.run(isRecording: true)
    #expect(recorded.status == .recorded)
    #expect(recorded.counts.text == "2 rows changed, 2 rows added, 1 row removed, 1 failure changed")
    #expect(recorded.written == ["projections.ndjson", "failures.ndjson"])
    #expect(try made.contents() == before)
    #expect(try made.run().status == .ok)
  }

  @Test("a file with unchanged content is not rewritten; unchanged lines keep their bytes")
  func untouched() throws {
    let made = try MadeCase()
    let names = ["case.json", "projections.ndjson", "failures.ndjson", "events.ndjson"]
    var inodes = try names.map(made.inode)
    #expect(try made.run(isRecording: true).written.isEmpty)
    #expect(try names.map(made.inode) == inodes)
    // The same rows in another form: other spacing, no last_event_id, other order.
    let lines = try made.lines("projections.ndjson").map { line in
      var line = line
      line["last_event_id"] = nil
      return line
    }
    let spaced = lines.map { Array($0.pretty.utf8).filter { $0 != 0x0A } }
    _ = try made.folder.write("case/projections.ndjson", lines: spaced.reversed())
    inodes = try names.map(made.inode)
    #expect(try made.run(isRecording: true).written.isEmpty)
    #expect(try names.map(made.inode) == inodes)
    var damaged = spaced
    damaged[4] = Array(
      String(decoding: damaged[4], as: UTF8.self).replacing(#/"confidence": [0-9.]+/#, with: "\"confidence\": 7").utf8)
    #expect(damaged[4] != spaced[4])
    _ = try made.folder.write("case/projections.ndjson", lines: damaged)
    #expect(try made.run(isRecording: true).written == ["projections.ndjson"])
    let written = try Fixtures.lines(made.file("projections.ndjson"))
    #expect(zip(written, spaced).enumerated().filter { $0.element.0 != $0.element.1 }.map(\.offset) == [4])
    #expect(try JSONTree(parsing: written[4]) == JSONTree(parsing: lines[4].canonicalBytes))
  }

  @Test("a compressed recording stays compressed")
  func packed() throws {
    let made = try MadeCase()
    try made.describe { $0["expected", "projections"] = .string("projections.ndjson.gz") }
    #expect(try made.run(isRecording: true).written == ["projections.ndjson.gz"])
    #expect(try made.bytes("projections.ndjson.gz") == made.bytes("projections.ndjson"))
    #expect(try Array(made.folder.raw("case/projections.ndjson.gz").prefix(2)) == [0x1F, 0x8B])
    #expect(try made.run().status == .ok)
  }

  @Test("a case that expects nothing yet fails until it is recorded")
  func fromNothing() throws {
    let made = try MadeCase()
    let before = try made.contents()
    try made.describe { $0["expected"] = nil }
    for name in ["projections.ndjson", "failures.ndjson"] { try made.remove(name) }
    #expect(try made.run().trouble?.raw.contains("expects nothing yet") == true)
    let recorded = try made.run(isRecording: true, limit: 0)
    #expect(recorded.counts.text == "40 rows added, 1 failure added")
    #expect(recorded.written == ["projections.ndjson", "failures.ndjson", "case.json"])
    #expect(try made.contents() == before)
  }

  @Test("objective rows of users in not_recorded stay out of the recording")
  func notRecorded() throws {
    let made = try MadeCase()
    let lines = try made.lines("projections.ndjson")
    let user = try #require(lines[0]["user_id"])
    try made.describe { $0["not_recorded"] = .array([user]) }
    let kept = lines.filter { $0["user_id"] != user || $0["projection_type"] == .string("capability_estimation") }
    #expect(kept.count == lines.count - 2)
    try made.write("projections.ndjson", kept)
    #expect(try made.run().status == .ok)
    try made.edit("projections.ndjson") { $0[0]["data", "status"] = .null }
    #expect(try made.run(isRecording: true).status == .recorded)
    #expect(try made.lines("projections.ndjson") == kept)
    // A capability row of the user is still required.
    try made.edit("projections.ndjson") { $0.removeFirst() }
    #expect(try made.run().counts.text == "1 row added")
  }

  @Test(
    "a case of one user holds nothing of other users, and of users only the id", arguments: ["ndjson", "csv", "dump"])
  func oneUser(form: String) throws {
    let folder = "cases/formats/"
    let file = ["ndjson": "events.ndjson.gz", "csv": "events.csv.gz", "dump": "dump.sql.gz"][form] ?? ""
    let recorded = try RecordedCase("formats")
    let user = try #require(recorded.rows.keys.map(\.user).sorted().first)
    let made = try MadeCase { plan in
      plan.logs = [Fixtures.path(folder + file)]
      plan.users = form == "dump" ? [] : [Fixtures.path(folder + (form == "csv" ? "users.csv" : "users.ndjson"))]
      plan.onlyUsers = [try #require(UserID(user))]
      plan.live = [
        Fixtures.path(
          folder + (form == "ndjson" ? "projections.ndjson.gz" : form == "csv" ? "projections.csv.gz" : file))
      ]
      plan.asOf = recorded.asOf
    }
    #expect(try made.bytes("users.ndjson") == Array("{\"id\":\"\(user)\"}\n".utf8))
    for name in ["events.ndjson", "live.ndjson"] {
      #expect(try made.lines(name).allSatisfy { $0["user_id"]?.string == user }, "\(name)")
    }
    #expect(try made.lines("differences.ndjson").isEmpty)
    let rows = try made.lines("projections.ndjson")
    #expect(rows.count == recorded.rows.keys.count { $0.user == user })
    for row in rows {
      let key = RowKey(user, row["projection_type"]?.string ?? "", row["key"]?.string ?? "")
      #expect(jsonDifferences(try #require(row["data"]), try #require(recorded.rows[key])).isEmpty, "\(key)")
    }
    #expect(try made.run().status == .ok)
  }

  @Test("--init replaces no case, makes none without events, and leaves no partial case behind")
  func refusals() throws {
    let made = try MadeCase()
    var plan = CaseInitPlan(.fitness)
    plan.folder = made.path
    plan.logs = [Fixtures.path("demo/events.ndjson")]
    #expect(throws: SnapshotError.self) { try makeCase(plan) }
    plan.folder = made.folder.file("deep/below/case")
    plan.onlyUsers = [try #require(UserID("00000000-0000-4000-8000-000000000001"))]
    #expect(throws: RefoldError.self) { try makeCase(plan) }
    plan.onlyUsers = []
    plan.logs = [made.file("users.ndjson")]
    #expect(throws: (any Error).self) { try makeCase(plan) }
    #expect(made.folder.names == ["case"])
    plan.logs = [Fixtures.path("demo/events.ndjson")]
    #expect(try makeCase(plan).status == .recorded)
    // Without --as-of, the newest created_at is taken.
    #expect(try RegressionCase(.fitness, folder: plan.folder).asOf.description == "2026-02-19T06:00:46.044000+00:00")
  }
}
