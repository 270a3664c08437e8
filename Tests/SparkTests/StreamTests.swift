import EventModel
import Foundation
import JSONTape
import ProcessSupport
import SQLiteSupport
import TestSupport
import Testing

/// Partitions.md: the input that an engine feeds to `refold fold`, and the output that it gets back.
@Suite("refold fold as a filter")
struct StreamTests {
  static let asOf = ["--as-of", "2026-02-22T00:00:00Z"]
  static let user = "123e4567-e89b-12d3-a456-426614174000"  // of partition 1/2
  static let foreign = "00000000-0000-0000-0000-000000000000"  // of partition 0/2

  /// Runs `refold fold` on a text as standard input.
  func fold(_ text: String, _ arguments: [String], _ folder: ScratchFolder) throws -> FinishedProcess {
    try folder.write("input", text.utf8)
    return try run(
      refoldBinary, ["fold"] + arguments + StreamTests.asOf, directory: folder.path, input: folder.file("input"))
  }

  @Test("rows on standard output are the rows of the snapshot, column by column")
  func rows() throws {
    let folder = try ScratchFolder()
    let demo = Fixtures.path("demo") + "/"
    let users = try Fixtures.lines(demo + "users.ndjson").map { line in
      let id = try JSONTree(parsing: line)["id"]?.string ?? ""
      return "{\"user_id\":\"\(id)\"}\n"
    }
    let events = try Fixtures.lines(demo + "events.ndjson").map { String(decoding: $0, as: UTF8.self) + "\n" }
    var random = SeededGenerator(seed: 5)
    let finished = try fold((users + events).shuffled(using: &random).joined(), ["--user-records", "--quiet"], folder)
    #expect(finished.status == 0)
    #expect(finished.errors == "")

    let single = try run(
      refoldBinary,
      ["rebuild", demo + "events.ndjson", "--users", demo + "users.ndjson", "-o", "s.sqlite", "--quiet"]
        + StreamTests.asOf, directory: folder.path)
    #expect(single.status == 0)
    var expected: Set<String> = []
    for (table, columns) in StreamTests.tables {
      let members = columns.map { $0 == "data" ? "'data', json(data)" : "'\($0)', \($0)" }.joined(separator: ", ")
      let listed: [String] = try Database(path: folder.file("s.sqlite"))
        .column("SELECT json_object('table', '\(table)', \(members)) FROM \(table)")
      for line in listed { expected.insert(try StreamTests.canonical(line[...])) }
    }
    let met = try finished.output.split(separator: "\n").map { try StreamTests.canonical($0) }
    let rows = met.filter { !$0.contains("\"table\":\"manifest\"") }
    #expect(rows.count == Set(rows).count)
    #expect(Set(rows) == expected)
    #expect(met.last?.contains("\"table\":\"manifest\"") == true, "the manifest comes last")
  }

  static let tables: [(String, [String])] = [
    ("users", ["id", "source"]),
    (
      "projections",
      [
        "id", "user_id", "projection_type", "key", "data", "version", "last_event_id", "created_at", "updated_at",
      ]
    ),
    ("failures", ["user_id", "projection_type", "code", "event_id", "detail"]),
    ("signals", ["user_id", "event_type", "events", "first_timestamp", "last_timestamp", "newest_event_id"]),
  ]

  static func canonical(_ line: Substring) throws -> String {
    String(decoding: try JSONTree(parsing: Array(line.utf8)).canonicalBytes, as: UTF8.self)
  }

  @Test("a malformed record: exit 2, nothing on standard output, the position on standard error")
  func malformed() throws {
    let folder = try ScratchFolder()
    let finished = try fold(
      eventLine(1) + "\n" + eventLine(2, time: "yesterday") + "\n", [], folder)
    #expect(finished.status == 2)
    #expect(finished.output == "")
    #expect(finished.errors.hasPrefix("refold: -:2 (byte "), "\(finished.errors)")
    #expect(
      finished.errors.hasSuffix("correct the record: a partition is folded whole or not at all\n"), "\(finished.errors)"
    )
  }

  @Test(
    "sealed input: the end record must count the records that came, and all users must be in the partition",
    arguments: ["ndjson", "copy"])
  func sealed(form: String) throws {
    let folder = try ScratchFolder()
    func record(_ id: Int, _ user: String) -> String {
      if form == "ndjson" { return eventLine(id, user: user) + "\n" }
      let time = "2026-01-05 10:00:00+00"
      return "\(FoldedHistory.id(id))\t\(user)\t\(time)\tset.logged\t{}\t{}\t\(time)\n"
    }
    func only(user: String) -> String {
      form == "ndjson"
        ? "{ \"user_id\" : \"\(user)\" }\n" : "\\N\t\(user)" + String(repeating: "\t\\N", count: 5) + "\n"
    }
    func end(_ count: Int) -> String {
      form == "ndjson"
        ? "{\"data\":{\"records\":\(count)}}\n"
        : String(repeating: "\\N\t", count: 4) + "{\"records\": \(count)}\t\\N\t\\N\n"
    }
    let (mine, theirs) = (StreamTests.user, StreamTests.foreign)
    func said(_ text: String, _ more: [String] = ["--user-records"]) throws -> String {
      let finished = try fold(
        text, ["--format", form, "--sealed", "--partition", "1/2", "-o", "part.sqlite", "--quiet", "--force"] + more,
        folder)
      #expect(finished.status == (finished.errors.isEmpty ? 0 : 2))
      #expect(folder.names.contains("part.sqlite") == (finished.status == 0))
      if finished.status == 0 { try FileManager.default.removeItem(atPath: folder.file("part.sqlite")) }
      return finished.errors
    }
    #expect(try said(record(1, mine) + record(1, mine) + only(user: mine) + end(3)) == "")
    // The end record may be anywhere: lines have no order.
    #expect(try said(end(1) + record(1, mine)) == "")
    #expect(try said(end(0)) == "")
    #expect(
      try said(record(1, mine))
        == "refold: the input was cut off: 1 records came and no end record; --sealed input ends with one\n")
    #expect(
      try said(record(1, mine) + end(2)) == "refold: the input was cut off: its end record counts 2 records, 1 came\n")
    #expect(
      try said(record(1, mine) + end(1) + end(1))
        == "refold: the input has 2 end records; it is of several partitions\n")
    let refused = "user_id: a user that is not of partition 1/2; correct the record"
    #expect(try said(record(1, theirs) + end(1)).contains(refused))
    #expect(try said(only(user: theirs) + end(1)).hasPrefix("refold: -:1 (byte 0): "))
    // Without --user-records, such a line is malformed.
    #expect(try said(only(user: mine) + end(1), []).hasPrefix("refold: -:1 (byte 0): id: "))
  }

  @Test("without --sealed, the input may be the whole log, and an end record is malformed")
  func unsealed() throws {
    let folder = try ScratchFolder()
    let text = eventLine(1, user: StreamTests.user) + "\n" + eventLine(2, user: StreamTests.foreign) + "\n"
    let finished = try fold(text, ["--partition", "0/2", "--quiet"], folder)
    #expect(finished.status == 0)
    #expect(finished.output.contains(StreamTests.foreign) && !finished.output.contains(StreamTests.user))
    #expect(try fold("{\"data\":{\"records\":0}}\n", [], folder).status == 2)
  }
}
