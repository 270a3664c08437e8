import Cases
import Fitness
import Foundation
import FoundationXML
import JSONTape
import ProcessSupport
import TestSupport
import Testing

@Suite("refold check")
struct CommandTests {
  private func refold(
    _ arguments: String..., directory: String = repository, environment: [String: String] = [:]
  ) throws -> FinishedProcess {
    try ProcessSupport.run(
      refoldBinary, ["check"] + arguments, directory: directory,
      environment: ["CI": "", "GITHUB_STEP_SUMMARY": ""].merging(environment) { $1 })
  }

  @Test("the repository's own fixtures are as expected, each checked once, in the order of their names")
  func fixtures() throws {
    let outcome = try refold("fixtures/diff/", "fixtures/cases", "fixtures/cases/storm", "--threads", "3")
    #expect(outcome.status == 0 && outcome.errors == "")
    #expect(
      outcome.output == """
        ok         fixtures/cases/blank-exercise-id  24 rows, 0 failures
        ok         fixtures/cases/days  30 rows, 0 failures
        ok         fixtures/cases/edges  38 rows, 0 failures
        ok         fixtures/cases/formats  4 forms of the log, 60 live rows in 3 forms, 15 figures
        ok         fixtures/cases/hostile  242 rows, 4 failures
        ok         fixtures/cases/ids  42 rows, 0 failures
        ok         fixtures/cases/limits  22 rows, 1 failure
        ok         fixtures/cases/loads  36 rows, 0 failures
        ok         fixtures/cases/number-too-long  10 rows, 4 failures
        ok         fixtures/cases/realistic  144 rows, 0 failures
        ok         fixtures/cases/storm  178 rows, 23 failures
        ok         fixtures/cases/sums  12 rows, 0 failures
        ok         fixtures/cases/text  2 rows, 0 failures
        ok         fixtures/cases/ties  10 rows, 0 failures
        ok         fixtures/diff/live  348 live rows, 180 differences
        15 cases: 15 ok

        """)
  }

  /// A folder with a green case, a case that differs in one value, and a case that cannot be read; and the case that
  /// all three are copies of.
  private func threeCases() throws -> (TemporaryFolder, MadeCase) {
    let made = try MadeCase()
    let folder = try TemporaryFolder()
    for name in ["a-green", "b-red <&\">", "c-broken"] {
      try FileManager.default.copyItem(atPath: made.path, toPath: folder.file(name))
    }
    let rows = folder.file("b-red <&\">/projections.ndjson")
    var lines = try Fixtures.lines(rows).map { try JSONTree(parsing: $0) }
    lines[0]["data", "schema_version"] = .string("a & b <c> \u{1}")
    try Data(lines.flatMap { $0.canonicalBytes + [0x0A] }).write(to: URL(fileURLWithPath: rows))
    try Data("{}".utf8).write(to: URL(fileURLWithPath: folder.file("c-broken/case.json")))
    return (folder, made)
  }

  @Test("0 all as expected, 1 some differ, 2 trouble; the output ends with the command that accepts the differences")
  func statuses() throws {
    let (folder, _) = try threeCases()
    let green = try refold("a-green", directory: folder.path)
    #expect(green.status == 0 && green.output == "ok         a-green  40 rows, 1 failure\n1 case: 1 ok\n")
    let red = try refold("a-green", "b-red <&\">", directory: folder.path)
    #expect(red.status == 1)
    let lines = red.output.split(separator: "\n")
    #expect(lines[1] == "DIFFERENT  b-red <&\">  40 rows, 1 failure: 1 row changed")
    #expect(
      lines[2].hasPrefix("    changed ") && lines[3].hasPrefix("        schema_version: \"a & b <c> \\u0001\" → \""))
    #expect(lines[4] == "2 cases: 1 ok, 1 different")
    #expect(lines[5] == "1 row changed; accept with: refold check a-green 'b-red <&\">' --record")
    let broken = try refold(".", directory: folder.path)
    #expect(broken.status == 2)
    #expect(
      broken.output.contains("TROUBLE    c-broken  c-broken/case.json: events: missing: the files of the log\n"))
    #expect(broken.output.contains("\n3 cases: 1 ok, 1 different, 1 trouble\n"))
    for (arguments, reason) in [
      (["nowhere"], "refold: nowhere: no such file or directory\n"),
      (["a-green", "--filter", "zzz"], "refold: --filter zzz selects none of the 1 cases\n"),
      ([folder.path + "/a-green/.."], nil),
    ] as [([String], String?)] {
      let outcome = try ProcessSupport.run(refoldBinary, ["check"] + arguments, directory: folder.path)
      #expect(outcome.status == 2, "\(arguments)")
      if let reason { #expect(outcome.errors == reason) }
    }
    try FileManager.default.createDirectory(atPath: folder.file("empty/below"), withIntermediateDirectories: true)
    #expect(try refold("a-green", "empty", directory: folder.path).status == 2)
  }

  @Test("--filter takes a part of the name or a glob, and says how many cases it left out")
  func filter() throws {
    let (folder, _) = try threeCases()
    for pattern in ["green", "a-*", "a-gree?"] {
      let outcome = try refold(".", "--filter", pattern, directory: folder.path)
      #expect(outcome.status == 0, "\(pattern)")
      #expect(outcome.output.hasSuffix("\n1 case: 1 ok (2 not selected)\n"), "\(pattern)")
    }
    #expect(try refold(".", "--filter", "a-", directory: folder.path).status == 0)
    #expect(try refold(".", "--filter", "b*", directory: folder.path).output.contains("--filter 'b*' --record"))
  }

  @Test("--record is refused where CI is set, unless --force; nothing is written")
  func continuousIntegration() throws {
    let (folder, made) = try threeCases()
    let red = folder.file("b-red <&\">/projections.ndjson")
    let before = try Fixtures.bytes(red)
    for value in ["true", "1", "yes"] {
      let refused = try refold("b-red <&\">", "--record", directory: folder.path, environment: ["CI": value])
      #expect(refused.status == 2 && refused.output == "" && refused.errors.hasPrefix("refold: CI is set: "))
      #expect(try Fixtures.bytes(red) == before)
    }
    let forced = try refold("b-red <&\">", "--record", "--force", directory: folder.path, environment: ["CI": "true"])
    #expect(forced.status == 0)
    #expect(forced.output.hasSuffix("1 case: 1 recorded\nrecorded: 1 row changed\n"))
    #expect(try Fixtures.bytes(red) == made.bytes("projections.ndjson"))
    try Data(before).write(to: URL(fileURLWithPath: red))
    #expect(try refold("b-red <&\">", "--record", directory: folder.path, environment: ["CI": "false"]).status == 0)
  }

  @Test("--junit is well-formed XML with one test case per case, --json says the same, --github annotates")
  func reports() throws {
    let (folder, _) = try threeCases()
    let summary = folder.file("summary.md")
    let outcome = try refold(
      ".", "--junit", "out.xml", "--json", "--github", directory: folder.path,
      environment: ["GITHUB_STEP_SUMMARY": summary])
    #expect(outcome.status == 2)
    let junit = JUnit()
    let parser = XMLParser(data: Data(try Fixtures.bytes(folder.file("out.xml"))))
    parser.delegate = junit
    #expect(parser.parse())
    #expect(junit.names == ["a-green", "b-red <&\">", "c-broken"])
    #expect(junit.outcomes == ["system-out", "failure", "error"])
    #expect(junit.counts == ["3", "1", "1"])
    #expect(junit.messages == ["1 row changed", "c-broken/case.json: events: missing: the files of the log"])

    let json = try JSONTree(parsing: Array(outcome.output.utf8))
    #expect(json["cases"]?.array?.map { $0["status"]?.string } == ["ok", "different", "trouble"])
    let change = try #require(json["cases"]?.array?[1]["changes"]?.array?.first)
    #expect(change["change"] == .string("changed") && change["subject"] == .string("row"))
    #expect(change["fields"]?.array?.first?["expected"] == .string("a & b <c> \u{1}"))
    #expect(json["totals"]?["different"] == .integer(1) && json["as_expected"] == .bool(false))
    let annotations = outcome.errors.split(separator: "\n").filter { $0.hasPrefix("::error ") }
    #expect(annotations.count == 2)
    #expect(
      annotations[0].hasPrefix(
        "::error file=b-red <&\">/case.json,title=refold check%3A b-red <&\">::1 row changed"))
    #expect(
      String(decoding: try Fixtures.bytes(summary), as: UTF8.self).contains("3 cases: 1 ok, 1 different, 1 trouble"))
  }

  @Test("--init makes a green case; --prove reports its runs; options that exclude each other are refused")
  func making() throws {
    let folder = try TemporaryFolder()
    let log = Fixtures.path("demo/events.ndjson")
    let made = try refold(
      "--init", "cases/demo", "--log", log, "--users", Fixtures.path("demo/users.ndjson"), "--why", "the demo",
      directory: folder.path)
    #expect(made.status == 0)
    #expect(made.output.hasPrefix("recorded   cases/demo  40 rows, 1 failure\n"))
    #expect(made.errors == "refold: the case holds the events as they are, ids and free text included\n")
    #expect(try RegressionCase(.fitness, folder: folder.file("cases/demo")).why == "the demo")
    #expect(try refold("cases", directory: folder.path).status == 0)

    let proof = try refold("--prove", log, "--json")
    #expect(proof.status == 0)
    let json = try JSONTree(parsing: Array(proof.output.utf8))
    #expect(json["deterministic"] == .bool(true) && json["runs"]?.array?.count == 8)
    for arguments in [
      [], ["--prove"], ["--prove", "-"], ["--init", "x"], ["--init", "x", "--log", log, "cases"],
      ["cases", "--log", log],
      ["--prove", log, "--record"], ["--prove", log, "--user", FoldedHistory.user],
      ["cases", "--json", "--junit", "-"],
      ["cases", "--as-of", "2026-02-22T00:00:00Z"],
    ] {
      let outcome = try ProcessSupport.run(refoldBinary, ["check"] + arguments, directory: folder.path)
      #expect(outcome.status == 2 && outcome.output == "", "\(arguments)")
    }
  }
}

/// The test cases and totals of a JUnit file.
private final class JUnit: NSObject, XMLParserDelegate {
  var names: [String] = []
  var outcomes: [String] = []
  var messages: [String] = []
  var counts: [String] = []

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String] = [:]
  ) {
    switch name {
    case "testsuite": counts = ["tests", "failures", "errors"].map { attributes[$0] ?? "" }
    case "testcase": names.append(attributes["name"] ?? "")
    case "failure", "error":
      outcomes.append(name)
      messages.append(attributes["message"] ?? "")
    case "system-out": outcomes.append(name)
    default: break
    }
  }
}
