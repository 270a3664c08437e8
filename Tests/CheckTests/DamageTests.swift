import EventModel
import JSONTape
import Reporting
import TestSupport
import Testing

@Suite("check: damaged expectations")
struct DamageTests {
  private static let stranger = JSONTree.string("00000000-0000-4000-8000-000000000001")

  private func user(_ line: JSONTree) throws -> UserID { try #require(UserID(line["user_id"]?.string ?? "")) }
  private func name(_ line: JSONTree) -> String {
    (line["projection_type"]?.string ?? "") + (line["key"]?.string.map { "/" + $0 } ?? "")
  }

  @Test("a new case is green and says what was compared")
  func green() throws {
    let checked = try MadeCase().run()
    #expect(checked.status == .ok && checked.changes.isEmpty && checked.written.isEmpty)
    #expect(checked.checked == ["40 rows", "1 failure"])
  }

  @Test("a changed value is reported with its path, the expected value and the current one")
  func value() throws {
    let made = try MadeCase()
    let index = 5
    let line = try made.lines("projections.ndjson")[index]
    let version = try #require(line["data"]?["schema_version"])
    try made.edit("projections.ndjson") { $0[index]["data", "schema_version"] = .string("v0") }
    let checked = try made.run()
    #expect(checked.status == .different && checked.checked == ["40 rows", "1 failure"])
    #expect(
      checked.plainChanges == [
        CaseChange(
          .changed, .row, user: try user(line), name: name(line),
          fields: [.init(path: "schema_version", expected: "\"v0\"", now: version.pretty)])
      ])
  }

  @Test(
    "a recording compares generated_at and last_event_id, unlike a diff", arguments: ["generated_at", "last"])
  func bookkeeping(what: String) throws {
    let made = try MadeCase()
    let line = try made.lines("projections.ndjson")[0]
    let old: JSONTree?
    if what == "last" {
      old = line["last_event_id"]
      try made.edit("projections.ndjson") { $0[0]["last_event_id"] = .null }
    } else {
      old = line["data"]?["generated_at"]
      try made.edit("projections.ndjson") { $0[0]["data", "generated_at"] = .null }
    }
    let field = CaseChange.Field(
      path: what == "last" ? "last_event_id" : "generated_at", expected: "null", now: try #require(old).pretty)
    #expect(
      try made.run().plainChanges == [
        CaseChange(.changed, .row, user: try user(line), name: name(line), fields: [field])
      ]
    )
    // A last_event_id that is not recorded is not compared.
    if what == "last" {
      try made.edit("projections.ndjson") { lines in for index in lines.indices { lines[index]["last_event_id"] = nil }
      }
      #expect(try made.run().status == .ok)
    }
  }

  @Test("a rebuilt row that is not recorded, and a recorded row that is not rebuilt")
  func rows() throws {
    let made = try MadeCase()
    let lines = try made.lines("projections.ndjson")
    try made.edit("projections.ndjson") { lines in
      lines.removeLast()
      lines[0]["user_id"] = DamageTests.stranger
    }
    let checked = try made.run()
    #expect(
      checked.plainChanges == [
        CaseChange(
          .removed, .row, user: try user(.object([.init("user_id", DamageTests.stranger)])), name: name(lines[0])),
        CaseChange(.added, .row, user: try user(lines[0]), name: name(lines[0])),
        CaseChange(.added, .row, user: try user(lines[39]), name: name(lines[39])),
      ])
    #expect(checked.counts.text == "2 rows added, 1 row removed")
  }

  @Test("failures: another code, another event, one that is not recorded, one that no longer happens")
  func failures() throws {
    let made = try MadeCase()
    let line = try #require(try made.lines("failures.ndjson").first)
    let note = try #require(
      try made.run(limit: 0).changes.isEmpty ? "the rebuild fails: number_overflow" : nil)
    func changes() throws -> [CaseChange] {
      var changes = try made.run().changes
      for index in changes.indices where !changes[index].notes.isEmpty {
        #expect(changes[index].notes.count == 1 && changes[index].notes[0].raw.hasPrefix(note))
        changes[index].notes = []
      }
      return changes
    }
    let (failed, type) = (try user(line), name(line))
    try made.edit("failures.ndjson") { $0[0]["code"] = .string("not_finite") }
    let code = CaseChange.Field(path: "code", expected: "\"not_finite\"", now: "\"number_overflow\"")
    #expect(try changes() == [CaseChange(.changed, .failure, user: failed, name: type, fields: [code])])

    try made.write("failures.ndjson", [line])
    try made.edit("failures.ndjson") { $0[0]["event_id"] = .null }
    let event = CaseChange.Field(path: "event_id", expected: "null", now: try #require(line["event_id"]).pretty)
    #expect(try changes() == [CaseChange(.changed, .failure, user: failed, name: type, fields: [event])])

    try made.write("failures.ndjson", [])
    #expect(try changes() == [CaseChange(.added, .failure, user: failed, name: type)])

    var other = line
    other["user_id"] = DamageTests.stranger
    try made.write("failures.ndjson", [line, other])
    #expect(try changes() == [CaseChange(.removed, .failure, user: try user(other), name: type)])
  }

  @Test("an invalid recording is trouble: a repeated row, an unknown type, a line without data, no JSON")
  func trouble() throws {
    let made = try MadeCase()
    let lines = try made.lines("projections.ndjson")
    func trouble(_ lines: [JSONTree]) throws -> String? {
      try made.write("projections.ndjson", lines)
      let checked = try made.run()
      #expect(checked.status == .trouble)
      return checked.trouble?.raw
    }
    let file = made.file("projections.ndjson")
    #expect(
      try trouble(lines + [lines[0]]) == "\(file): holds \(name(lines[0])) of user \(try user(lines[0])) more than once"
    )
    var strange = lines[0]
    strange["projection_type"] = .string("user_profile")
    #expect(try trouble(lines + [strange]) == "\(file): 1 row of a projection type that no reducer writes")
    var bare = lines[0]
    bare["data"] = nil
    #expect(try trouble(lines + [bare])?.contains("data: missing") == true)
    #expect(try trouble(lines + [.string("x")])?.hasPrefix("\(file):41 (byte ") == true)
    try made.write("projections.ndjson", lines)
    try made.edit("failures.ndjson") { $0.append($0[0]) }
    #expect(try made.run().trouble?.raw.hasSuffix("more than once") == true)
    try made.edit("failures.ndjson") { $0 = [.object([])] }
    #expect(try made.run().trouble?.raw == "\(made.file("failures.ndjson")): line 1: user_id: missing, or not a string")
  }

  @Test("a form of the log that rebuilds to something else is named, with the first row that differs")
  func forms() throws {
    let made = try MadeCase()
    var lines = try Fixtures.lines(made.file("events.ndjson"))
    _ = try made.folder.write("case/again.ndjson", lines: lines.reversed())
    try made.describe { $0["events"] = .array([.string("events.ndjson"), .string("again.ndjson")]) }
    let green = try made.run()
    #expect(green.status == .ok && green.checked.first == "2 forms of the log")
    lines.removeFirst(20)
    _ = try made.folder.write("case/again.ndjson", lines: lines)
    let checked = try made.run()
    #expect(checked.counts.total == 1 && checked.counts[.log, .changed] == 1)
    #expect(checked.changes.first?.name.raw.hasPrefix("again.ndjson: ") == true)
    #expect(!checked.counts.isRecordable)
    #expect(try made.run(isRecording: true).status == .different)
  }

  @Test("--max-diff limits the changes that are shown, not those that are counted")
  func limit() throws {
    let made = try MadeCase()
    try made.edit("projections.ndjson") { lines in
      for index in lines.indices { lines[index]["data", "schema_version"] = .null }
    }
    let checked = try made.run(limit: 3)
    #expect(checked.counts[.row, .changed] == 40 && checked.changes.count == 3 && checked.cut == 37)
    #expect(try made.run(limit: nil).changes.count == 40)
  }
}
