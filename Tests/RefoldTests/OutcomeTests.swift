import Foundation
import JSONTape
import ProcessSupport
import TestSupport
import Testing

/// The exit status of every command when there is nothing to compare, a column is missing, or filters select nothing.
/// It is never 0 when something should have been compared.
@Suite("exit status: every command without anything to compare")
struct OutcomeTests {
  private static let formats = Fixtures.path("cases/formats") + "/"
  private static let nobody = "00000000-0000-4000-8000-00000000000f"
  private static let asOf = "--as-of " + Fixtures.asOf

  /// A command line, its exit status, and a text that its output must contain.
  struct Line: Sendable, CustomTestStringConvertible {
    var arguments: [String]
    var status: Int32
    var says: String

    init(_ line: String, _ status: Int32, _ says: String) {
      let words = [
        "LOG": formats + "events.ndjson.gz", "LIVE": formats + "projections.ndjson.gz",
        "USERS": formats + "users.ndjson", "JOBS": formats + "background_jobs.csv.gz", "CASES": Fixtures.path("cases"),
        "NOBODY": nobody,
      ]
      arguments = line.split(separator: " ").map { words[String($0)] ?? String($0) }
      self.status = status
      self.says = says
    }

    var testDescription: String { arguments.joined(separator: " ") }
  }

  static let nothing = [
    Line("rebuild log.csv -o x.sqlite", 2, "no event"),
    Line("rebuild log.csv -o x.sqlite \(asOf)", 2, "no event"),
    Line("audit log.csv --live live.csv \(asOf)", 2, "no event"),
    Line("diff whole.sqlite live.csv", 2, "nothing was compared"),
    Line("diff whole.sqlite live.csv --allow missing", 2, "nothing was compared"),
    Line("diff whole.sqlite none.sqlite", 2, "nothing was compared"),
    Line("diff none.sqlite whole.sqlite", 2, "nothing was compared"),
    Line("diff none.sqlite none.sqlite", 2, "nothing was compared"),
    Line("audit log.csv --live live.csv \(asOf) --allow-empty", 2, "nothing was compared"),
    Line("audit LOG --live live.csv \(asOf)", 2, "nothing was compared"),
    Line("report whole.sqlite --live live.csv --json", 2, "nothing was compared"),
    Line("report whole.sqlite --against none.sqlite --json", 2, "nothing was compared"),
    Line("merge --reports empty-0.json empty-1.json", 2, "nothing was compared"),
    Line("verify none.sqlite", 2, "nothing to check"),
    Line("verify none.sqlite --list missing", 2, "nothing to check"),
    Line("verify none.sqlite --max-lag 6h", 2, "nothing to check"),
    Line("verify log.csv \(asOf) --allow-empty", 2, "nothing to check"),
    Line("verify log.csv --users USERS \(asOf) --allow-empty", 2, "has no event"),
    Line("verify whole.sqlite --live live.csv", 1, "incomplete: live"),
    Line("verify whole.sqlite --live live.csv --log LOG", 2, "nothing was compared"),
    Line("verify --jobs jobs.csv --source x --now \(Fixtures.asOf)", 2, "none of the 0 jobs"),
    Line("verify log.csv --completeness counts.csv --allow-empty", 2, "nothing to check"),
    Line("verify log.csv --completeness counts.csv", 2, "no event"),
    Line("verify LOG --completeness counts.csv", 1, "too many"),
    Line("repair whole.sqlite live.csv --source x", 2, "nothing was compared"),
    Line("check .", 2, "no case"),
    Line("check --prove log.csv \(asOf) --allow-empty", 2, "nothing to prove"),
    Line("witness LOG --live live.csv -o w \(asOf)", 2, "nothing was compared"),
    Line("explain log.csv --user NOBODY", 2, "not in the log"),
  ]

  static let columns = [
    Line("diff whole.sqlite no-version.ndjson", 0, "same"),
    Line("diff whole.sqlite no-version.ndjson --bookkeeping version", 2, "no live row has that column"),
    Line("audit LOG --live no-version.ndjson --users USERS --bookkeeping version \(asOf)", 2, "has that column"),
    Line("verify whole.sqlite --live no-instant.ndjson", 0, "lag and age are not known"),
    Line("verify whole.sqlite --live no-instant.ndjson --max-lag 6h", 2, "not known"),
    Line("verify whole.sqlite --live no-instant.ndjson --list lagging", 2, "not known"),
    Line("repair same.sqlite states.sqlite --source x", 2, "of a snapshot other"),
    Line("report states.sqlite --diff same.sqlite --json", 2, "of a snapshot other"),
    Line("report whole.sqlite --diff same.sqlite --json", 0, "No row differs"),
  ]

  static let filtered = [
    Line("diff whole.sqlite LIVE --user NOBODY", 2, "nothing was compared"),
    Line("diff states.sqlite LIVE --only capability_estimation", 2, "without the projections asked for"),
    Line("audit LOG --live LIVE --user NOBODY \(asOf)", 2, "nothing was compared"),
    Line("verify --jobs JOBS --source no.such.deploy", 2, "has the source"),
    Line("verify whole.sqlite --jobs JOBS --source no.such.deploy", 2, "has the source"),
    Line("check CASES --filter no.such.case", 2, "selects none"),
    Line("explain LOG --user NOBODY", 2, "not in the log"),
    Line("witness LOG --live LIVE --users USERS --cause changed -o w \(asOf)", 1, "no difference to witness"),
    Line("show whole.sqlite NOBODY", 1, ""),
  ]

  private func write(into folder: ScratchFolder) throws {
    func refold(_ arguments: [String]) throws -> FinishedProcess {
      try run(refoldBinary, arguments, directory: folder.path)
    }
    try folder.write("log.csv", "id,user_id,event_type,timestamp,data,metadata,created_at\n".utf8)
    try folder.write("live.csv", "id,user_id,projection_type,key,data,version,updated_at\n".utf8)
    try folder.write("counts.csv", "user_id,events,ids,users,as_of\n".utf8)
    try folder.write("jobs.csv", "id,user_id,job_type,payload,status,created_at\n".utf8)
    for (name, column) in [("no-version.ndjson", "version"), ("no-instant.ndjson", "updated_at")] {
      let lines = try Fixtures.lines(OutcomeTests.formats + "projections.ndjson.gz").map { line in
        let row = try JSONTree(parsing: line)
        return JSONTree.object((row.members ?? []).filter { $0.key != column }).canonicalBytes
      }
      try folder.write(name, Array(lines.joined(separator: [0x0A])))
    }
    for line in [
      "rebuild LOG --users USERS -o whole.sqlite", "rebuild log.csv -o none.sqlite --allow-empty",
      "rebuild LOG --only objective_state -o states.sqlite",
    ] {
      #expect(try refold(Line("\(line) --quiet \(OutcomeTests.asOf)", 0, "").arguments).status == 0)
    }
    #expect(try refold(["diff", "whole.sqlite", "whole.sqlite", "--sqlite", "same.sqlite", "--quiet"]).status == 0)
    for index in 0..<2 {
      let report = try refold(
        ["diff", "whole.sqlite", "whole.sqlite", "--partition", "\(index)/2", "--json", "--user", OutcomeTests.nobody])
      #expect(report.status == 0 && report.output.contains("\"verdict\": \"empty_part\""))
      try folder.write("empty-\(index).json", report.output.utf8)
    }
  }

  @Test("nothing to compare, a missing column, filters that select nothing")
  func statuses() throws {
    let folder = try ScratchFolder()
    try write(into: folder)
    for line in OutcomeTests.nothing + OutcomeTests.columns + OutcomeTests.filtered {
      let finished = try run(refoldBinary, line.arguments, directory: folder.path)
      let said = finished.output + finished.errors
      #expect(finished.status == line.status, "\(line.testDescription): \(said.suffix(300))")
      #expect(line.says.isEmpty || said.contains(line.says), "\(line.testDescription): \(said.suffix(300))")
    }
  }
}
