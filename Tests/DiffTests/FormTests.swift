import Comparing
import EventModel
import JSONTape
import TestSupport
import Testing

@Suite("diff: forms of live rows")
struct FormTests {
  @Test(
    "event-log.md: in every recorded form, all live rows are equal at as_of",
    arguments: ["projections.ndjson.gz", "projections.csv.gz", "dump.sql.gz"])
  func recorded(form: String) throws {
    let recorded = try RecordedCase("formats")
    let run = try DiffRun(log: [recorded.events[0]], users: [recorded.users[0]], asOf: recorded.asOf.description)
    let (rows, outcome) = try run.differences(Fixtures.path("cases/formats/" + form), withLog: false)
    #expect(rows.isEmpty)
    #expect(outcome.tally.equal == 60 && outcome.tally.compared == 60)
    #expect(outcome.tally.bookkeeping[2] == 0, "last_event_id is what both backfills leave")
  }

  @Test("a snapshot equals itself and its own exports, whatever is in them")
  func itself() throws {
    for name in ["hostile", "storm"] {
      let recorded = try RecordedCase(name)
      let run = try DiffRun(log: [recorded.events[0]], users: recorded.users, asOf: recorded.asOf.description)
      let rows = try run.rows()
      let text = rows.map { row in
        var row = row
        row[path: ["data"]] = .string(String(decoding: row["data"]?.canonicalBytes ?? [], as: UTF8.self))
        return row
      }
      let sides = [
        run.snapshot, try run.write("objects.ndjson", rows.reversed()), try run.write("text.ndjson", text),
        try run.folder.write("rows.csv", csv(rows)), try run.folder.write("rows.tsv", copy(rows)),
        try run.folder.write("dump.sql", dump(rows)), try run.folder.write("inserts.sql", inserts(rows)),
        try run.folder.write("array.json", "[" + lines(rows).joined(separator: ", \n ") + "]\n"),
        try run.folder.write(
          "semicolon.csv", csv(rows, separator: ";", header: FormTests.columns.map { $0.uppercased() })),
        try run.folder.write("header.tsv", FormTests.columns.joined(separator: "\t") + "\n" + copy(rows)),
        try run.folder.write("utf16.csv", utf16(csv(rows))),
      ]
      for side in sides {
        let (found, outcome) = try run.differences(side, withLog: false)
        #expect(found.isEmpty, "\(side)")
        #expect(outcome.tally.equal == rows.count, "\(side)")
        #expect(outcome.tally.bookkeeping.allSatisfy { $0 == 0 }, "\(side)")
      }
    }
  }

  @Test("nothing compared is trouble: no common user, an empty export, a wrong file, other projections only")
  func nothing() throws {
    let run = try DiffRun.live()
    let rows = try run.rows()
    let strangers = rows.prefix(4).map { row in
      var row = row
      row[path: ["user_id"]] = .string("00000000-0000-4000-8000-000000000001")
      return row
    }
    let others = rows.prefix(4).map { row in
      var row = row
      row[path: ["projection_type"]] = .string("user_profile")
      return row
    }
    let files = [
      try run.write("strangers.ndjson", Array(strangers)), try run.write("others.ndjson", others),
      try run.folder.write("empty.ndjson", ""), run.log[0],
      try run.folder.write("header.csv", "user_id,projection_type,key,data\n"), Fixtures.path("diff/live/users.ndjson"),
    ]
    for file in files { #expect(throws: (any Error).self, "\(file)") { try run.differences(file) } }
  }

  private static let columns = [
    "id", "user_id", "projection_type", "key", "data", "version", "last_event_id", "created_at", "updated_at",
  ]

  private func cell(_ row: JSONTree, _ column: String) -> String? {
    switch row[column] {
    case .string(let text): text
    case .null, nil: nil
    case let value?: String(decoding: value.canonicalBytes, as: UTF8.self)
    }
  }

  private func lines(_ rows: [JSONTree]) -> [String] { rows.map { String(decoding: $0.canonicalBytes, as: UTF8.self) } }

  private func utf16(_ text: String) -> [UInt8] {
    ([0xFEFF] + text.utf16).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
  }

  private func inserts(_ rows: [JSONTree]) -> String {
    let columns = FormTests.columns.joined(separator: ", ")
    let values = rows.map { row in
      "("
        + FormTests.columns.map { cell(row, $0).map { "'" + $0.replacing("'", with: "''") + "'" } ?? "NULL" }
        .joined(separator: ", ") + ")"
    }
    return "INSERT INTO archive.projections VALUES (1);\nINSERT INTO public.projections (\(columns)) VALUES\n"
      + values.joined(separator: ",\n") + "\nON CONFLICT DO NOTHING;\n"
  }

  private func csv(_ rows: [JSONTree], separator: String = ",", header: [String] = columns) -> String {
    let lines = rows.map { row in
      FormTests.columns.map { column in
        cell(row, column).map { "\"" + $0.replacing("\"", with: "\"\"") + "\"" } ?? ""
      }.joined(separator: separator)
    }
    return ([header.joined(separator: separator)] + lines).joined(separator: "\n") + "\n"
  }

  private func copy(_ rows: [JSONTree]) -> String {
    rows.map { row in
      FormTests.columns.map { cell(row, $0).map { $0.replacing("\\", with: "\\\\") } ?? "\\N" }.joined(separator: "\t")
        + "\n"
    }.joined()
  }

  private func dump(_ rows: [JSONTree]) -> String {
    "COPY public.projections (\(FormTests.columns.joined(separator: ", "))) FROM stdin;\n" + copy(rows) + "\\.\n"
  }
}
