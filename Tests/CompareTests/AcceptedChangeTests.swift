import Foundation
import JSONTape
import ProcessSupport
import Testing

/// `compare` on the fixtures of a deploy day: what is intended is accepted, and the rest fails.
@Suite("compare: accepted changes")
struct AcceptedChangeTests {
  private let folder: ScratchFolder
  private static let deploy = repository + "/fixtures/deploy/"

  init() throws { folder = try ScratchFolder() }

  private func compare(_ arguments: [String], _ environment: [String: String] = ["CI": ""]) throws -> FinishedProcess {
    let deploy = AcceptedChangeTests.deploy
    return try run(
      refoldBinary,
      [
        "compare", deploy + "events.ndjson", "--users", deploy + "users.ndjson", "--before", deploy + "old.json",
        "--after", deploy + "new.json",
      ] + arguments, directory: folder.path, environment: environment)
  }

  private func json(_ arguments: [String]) throws -> JSONTree {
    try JSONTree(parsing: Array(try compare(arguments + ["--json"]).output.utf8))
  }

  @Test("an accept file accepts the changes that it lists, and no other")
  func entries() throws {
    #expect(try compare(["--quiet"]).status == 1)
    let written = try compare(["--write-accept", "a.ndjson"])
    #expect(written.status == 0 && written.errors.contains("wrote a.ndjson: 5 entries (0 kept, 5 new), 0 dropped"))
    let accepted = try compare(["--accept", "a.ndjson", "--strict-accept"])
    #expect(accepted.status == 0 && accepted.output.contains("5 accepted by entries"))
    #expect(accepted.output.contains("5 accepted changes not listed; --show-accepted prints them"))
    #expect(try compare(["--accept", "a.ndjson", "--show-accepted"]).output.contains("changed  (accepted)"))
    let lines = String(decoding: try #require(folder.bytes("a.ndjson")), as: UTF8.self).split(separator: "\n")
    try folder.write("less.ndjson", (lines.dropFirst().joined(separator: "\n") + "\n").utf8)
    let rest = try json(["--accept", "less.ndjson"])
    #expect(rest["verdict"]?.string == "different" && rest["accepted"]?["by_entry"]?.number == 4)
    #expect(try compare(["--accept", "less.ndjson", "--max-changed", "1"]).status == 0)
    #expect(try compare(["--accept", "less.ndjson", "--max-changed", "0"]).status == 1)
    let user = try #require(try JSONTree(parsing: Array(lines[0].utf8))["user_id"]?.string)
    let idle = try compare(["--accept", "a.ndjson", "--strict-accept", "--ignore", "estimate", "--only", "jump_height"])
    #expect(idle.status == 0, "entries of other projections are out of scope: \(idle.output)")
    let alone = try compare(["--accept", "a.ndjson", "--strict-accept", "--user", user])
    #expect(alone.status == 0, "\(alone.output)")
    #expect(try compare(["--write-accept", "b.ndjson"], ["CI": "1"]).status == 2)
  }

  @Test("causes and rules accept as they do in a diff of two snapshots")
  func causes() throws {
    #expect(try compare(["--allow", "changed", "--quiet"]).status == 0)
    #expect(try compare(["--allow", "texts,missing", "--quiet"]).status == 1)
    let tolerated = try json(["--ignore", "strength_1rm:*"])
    #expect(tolerated["verdict"]?.string == "accepted", "\(tolerated.pretty)")
    #expect(tolerated["projections"]?["capability_estimation/strength_1rm"]?["tolerated"]?.number == 5)
    #expect(try json(["--ignore", "estimate"])["verdict"]?.string == "different")
  }

  @Test("malformed records go to the quarantine file, and the report says so")
  func quarantine() throws {
    let log = String(
      decoding: try Data(contentsOf: URL(fileURLWithPath: AcceptedChangeTests.deploy + "events.ndjson")), as: UTF8.self)
    try folder.write("log.ndjson", (log + "{\"id\":1}\n").utf8)
    let arguments = ["compare", "log.ndjson", "--before", AcceptedChangeTests.deploy + "old.json", "--quiet"]
    #expect(try run(refoldBinary, arguments, directory: folder.path).status == 2)
    let left = try run(refoldBinary, arguments + ["--quarantine", "bad.ndjson"], directory: folder.path)
    #expect(left.status == 0 && left.errors.contains("1 malformed records left out"), "\(left.errors)")
    #expect(folder.bytes("bad.ndjson").map { !$0.isEmpty } == true)
    let limited = try run(
      refoldBinary, arguments + ["--quarantine", "bad2.ndjson", "--max-bad", "0"], directory: folder.path)
    #expect(limited.status == 2)
  }

  @Test("the text fits 80 columns; Markdown has the tables")
  func forms() throws {
    for line in try compare([]).output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    let markdown = try compare(["--markdown"])
    #expect(markdown.status == 1 && markdown.output.hasPrefix("## refold compare\n\nDIFFERENT: 5 rows"))
    #expect(markdown.output.contains("| projection | before | after | same | changed |"))
  }
}
