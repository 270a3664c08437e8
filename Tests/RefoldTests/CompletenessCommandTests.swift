import Foundation
import JSONTape
import ProcessSupport
import TestSupport
import Testing

@Suite("refold verify --completeness, the command")
struct CompletenessCommandTests {
  private let folder: ScratchFolder
  private static let user = "00000000-0000-4000-8000-000000000001"
  /// Of the event that `eventLine(1)` is, of the user above: its id is that of `FoldedHistory.id(1)`.
  private let counts: String

  init() throws {
    folder = try ScratchFolder()
    try folder.write("log.ndjson", (eventLine(1, user: CompletenessCommandTests.user) + "\n").utf8)
    let hash = try CompletenessCommandTests.md5(FoldedHistory.id(1))
    counts = "user_id,events,ids,users,as_of\n\(CompletenessCommandTests.user),1,\(hash),1,2026-01-05T10:00:00Z\n"
    try folder.write("counts.csv", counts.utf8)
  }

  /// The signed first half of the MD5 of a text, as md5sum computes it.
  private static func md5(_ text: some CustomStringConvertible) throws -> Int64 {
    let made = try ProcessSupport.run("/bin/bash", ["-c", "printf %s \(text) | md5sum"])
    return Int64(bitPattern: try #require(UInt64(made.output.prefix(16), radix: 16)))
  }

  private func refold(_ line: String, input: String? = nil) throws -> FinishedProcess {
    try run(refoldBinary, line.split(separator: " ").map(String.init), directory: folder.path, input: input)
  }

  @Test("0 complete, 1 not, 2 trouble; counts compressed and from standard input; several files")
  func statuses() throws {
    let complete = try refold("verify log.ndjson --completeness counts.csv")
    #expect(complete.status == 0, "\(complete.errors)")
    #expect(complete.output.contains("users compared     1"))
    #expect(complete.errors.contains("note: live counted up to the log's newest created_at"))
    #expect(try refold("verify log.ndjson --completeness counts.csv --quiet").errors.isEmpty)
    for command in ["gzip -k", "zstd -q"] {
      #expect(try run("/bin/bash", ["-c", "\(command) counts.csv"], directory: folder.path).status == 0)
    }
    for name in ["counts.csv.gz", "counts.csv.zst"] {
      #expect(try refold("verify log.ndjson --completeness \(name)").status == 0)
      #expect(try refold("verify log.ndjson --completeness -", input: folder.file(name)).status == 0)
    }
    #expect(try refold("verify - --completeness counts.csv", input: folder.file("log.ndjson")).status == 0)

    let other = "00000000-0000-4000-8000-000000000002"
    try folder.write("more.csv", counts.replacing(CompletenessCommandTests.user, with: other).utf8)
    let lacking = try refold("verify log.ndjson --completeness counts.csv --completeness more.csv --json")
    #expect(lacking.status == 1)
    #expect(try JSONTree(lacking.output).at("worst.0.user_id")?.string == other)
    let twice = try refold("verify log.ndjson --completeness counts.csv --completeness counts.csv")
    #expect(twice.status == 2)
    #expect(twice.errors.contains("counts.csv:2 (byte 31): user_id: a second row of one user"))
    #expect(try refold("verify log.ndjson --completeness none.csv").status == 2)
    #expect(try refold("verify log.ndjson --completeness log.ndjson").errors.contains("expected a line with"))
    try folder.write("log.ndjson", (eventLine(1) + "\n" + eventLine(1, type: "session.logged")).utf8)
    #expect(try refold("verify log.ndjson --completeness counts.csv").status == 2)
  }

  @Test("--completeness-sql: with the log's newest created_at, with --as-of, with psql's variable")
  func sql() throws {
    let variable = try refold("verify --completeness-sql")
    #expect(variable.status == 0)
    #expect(variable.output.contains("WHERE created_at <= :'as_of'::timestamptz"))
    #expect(variable.output.contains("-v as_of=INSTANT"))
    let given = try refold("verify --completeness-sql --as-of 2026-02-22T00:00:00Z --table Live.\"Ev\"")
    #expect(given.output.contains("WHERE created_at <= '2026-02-22T00:00:00+00:00'::timestamptz"))
    #expect(given.output.contains("FROM \"live\".\"Ev\"\n"))
    let log = try refold("verify log.ndjson --completeness-sql")
    #expect(log.output.contains("WHERE created_at <= '2026-01-05T10:00:00+00:00'::timestamptz"))
    #expect(!log.output.contains("INSTANT"))
    let bare = eventLine(1).replacing(#","created_at":"2026-01-05T10:00:00Z""#, with: "")
    try folder.write("bare.ndjson", bare.utf8)
    let all = try refold("verify bare.ndjson --completeness-sql")
    #expect(all.status == 0 && !all.output.contains("WHERE") && all.output.contains("NULL::text AS as_of"))
  }

  @Test("options that do not go together are refused before any work")
  func options() throws {
    #expect(try refold("rebuild log.ndjson -o s.sqlite --quiet").status == 0)
    for (line, says) in [
      ("--completeness counts.csv", "needs the log"),
      ("log.ndjson --completeness counts.csv --live live.csv", "leave out --live"),
      ("log.ndjson --completeness counts.csv --users users.csv", "leave out --users"),
      ("log.ndjson --completeness counts.csv --as-of 2026-01-01T00:00:00Z", "leave out --as-of"),
      ("log.ndjson --completeness counts.csv --completeness-sql", "leave out --completeness"),
      ("log.ndjson --completeness counts.csv --limit -1", "--limit"),
      ("- --completeness -", "standard input is only one of them"),
      ("s.sqlite --completeness counts.csv", "goes with a log"),
      ("s.sqlite --completeness-sql", "goes with a log"),
      ("log.ndjson --completeness-sql --as-of 2026-01-01T00:00:00Z", "leave out one of them"),
      ("--completeness-sql --json", "leave out --json"),
      ("--completeness-sql --schema a --schema b", "one --table or --schema"),
      ("log.ndjson --limit 3", "--limit goes with --completeness"),
    ] {
      let refused = try refold("verify " + line)
      #expect(refused.status == 2 && refused.errors.contains(says), "\(line): \(refused.status) \(refused.errors)")
      #expect(refused.output.isEmpty)
    }
  }
}
