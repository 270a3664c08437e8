import Cases
import Fitness
import Foundation
import JSONTape
import ProcessSupport
import TestSupport
import Testing

@Suite("check: accepted differences")
struct JudgingTests {
  private func refold(_ made: MadeCase, _ arguments: String...) throws -> FinishedProcess {
    try ProcessSupport.run(
      refoldBinary, ["check", "case"] + arguments, directory: made.folder.path,
      environment: ["CI": "", "GITHUB_STEP_SUMMARY": ""])
  }

  private func json(_ finished: FinishedProcess) throws -> JSONTree {
    try JSONTree(parsing: Array(finished.output.utf8))
  }

  private static let path = "estimate.mean"
  private static let name = "capability_estimation/strength_1rm"

  /// The places of recorded rows with an estimate.
  private func estimates(_ made: MadeCase) throws -> [Int] {
    try made.lines("projections.ndjson").indices.filter { index in
      let line = try made.lines("projections.ndjson")[index]
      return line["key"]?.string == "strength_1rm" && line["data", "estimate", "mean"]?.number != nil
    }
  }

  private func add(_ amount: Double, to line: inout JSONTree) {
    line["data", "estimate", "mean"] = .double((line["data", "estimate", "mean"]?.number ?? .nan) + amount)
  }

  /// The entries of an accept file that accept what a run reports.
  private func entries(_ made: MadeCase) throws -> [JSONTree] {
    let report = try json(try refold(made, "--json", "--all"))
    return (report["cases"]?.array ?? []).flatMap { $0["changes"]?.array ?? [] }.compactMap { $0["entry"] }
  }

  private func write(_ made: MadeCase, _ entries: [JSONTree]) throws {
    var lines: [UInt8] = []
    for entry in entries { lines += entry.canonicalBytes + [0x0A] }
    try Data(lines).write(to: URL(fileURLWithPath: made.folder.file("known.ndjson")))
  }

  // MARK: Rules

  @Test("a rule tolerates a value: the case is ok, and everything that is written says that it was accepted")
  func tolerated() throws {
    let made = try MadeCase()
    let place = try #require(try estimates(made).first)
    try made.edit("projections.ndjson") { add(0.25, to: &$0[place]) }
    let plain = try refold(made)
    #expect(plain.status == 1 && !plain.output.contains("accepted\n"))
    for rule in [
      ["--ignore", JudgingTests.path], ["--tolerance", "\(JudgingTests.path)=0.3"],
      ["--ignore", "\(JudgingTests.name):\(JudgingTests.path)"],
    ] {
      let outcome = try refold(made, rule[0], rule[1])
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
      #expect(
        outcome.output == """
          ok         case  40 rows, 1 failure: 1 accepted
          1 case: 1 ok
          1 difference accepted

          """)
    }
    // What a rule does not cover still fails.
    for rule in [
      ["--ignore", "estimate.interval"], ["--tolerance", "\(JudgingTests.path)=0.2"],
      ["--ignore", "objective_state:\(JudgingTests.path)"],
    ] {
      let outcome = try refold(made, rule[0], rule[1])
      #expect(outcome.status == 1 && outcome.output.contains("1 row changed"), "\(rule)")
      #expect(!outcome.output.contains("accepted\n"), "\(rule)")
    }

    let rules = made.folder.file("rules.json")
    try Data(#"{"ignore": ["estimate.mean"], "allow": ["changed"]}"#.utf8).write(to: URL(fileURLWithPath: rules))
    let shown = try refold(
      made, "--rules", "rules.json", "--show-accepted", "--junit", "out.xml", "--json")
    #expect(shown.status == 0)
    let report = try json(shown)
    let checked = try #require(report["cases"]?.array?.first)
    #expect(report["accepted_total"]?.number == 1 && report["as_expected"] == .bool(true))
    #expect(checked["status"]?.string == "ok" && checked["changes_total"]?.number == 0)
    #expect(checked["accepted"]?.array?.count == 1 && checked["accepted"]?.array?.first?["accepted"]?.string == "cause")
    let junit = String(decoding: try Fixtures.bytes(made.folder.file("out.xml")), as: UTF8.self)
    #expect(junit.contains("failures=\"0\"") && junit.contains("40 rows, 1 failure: 1 accepted"))
    let text = try refold(made, "--rules", "rules.json", "--show-accepted")
    #expect(text.output.contains("\n    changed (accepted) ") && text.output.contains("\n        estimate.mean: "))
    let markdown = try refold(made, "--rules", "rules.json", "--markdown")
    #expect(markdown.status == 0 && markdown.output.contains("1 difference accepted"))
  }

  @Test("a rule hides nothing else: another field of the row, another row, generated_at, last_event_id, a missing row")
  func nothingElse() throws {
    let original = try MadeCase()
    let places = try estimates(original)
    try #require(places.count >= 2)
    func outcome(_ rules: [String], _ change: (inout [JSONTree]) -> Void) throws -> FinishedProcess {
      let made = try MadeCase(copying: original)
      try made.edit("projections.ndjson", change)
      return try ProcessSupport.run(refoldBinary, ["check", "case"] + rules, directory: made.folder.path)
    }
    let ignore = ["--ignore", JudgingTests.path]
    let fields = try outcome(ignore) { lines in
      add(0.25, to: &lines[places[0]])
      lines[places[0]]["data", "schema_version"] = .string("other")
    }
    #expect(fields.status == 1)
    #expect(fields.output.contains("        schema_version: ") && fields.output.contains("tolerated: estimate.mean\n"))
    #expect(!fields.output.contains("estimate.mean: "))

    let rows = try outcome(ignore) { lines in
      add(0.25, to: &lines[places[0]])
      lines[places[1]]["data", "schema_version"] = .string("other")
    }
    #expect(rows.status == 1 && rows.output.contains("40 rows, 1 failure: 1 row changed, 1 accepted\n"))

    let later = JSONTree.string("2026-02-23T00:00:00+00:00")
    let instant = try outcome(ignore) { lines in
      add(0.25, to: &lines[places[0]])
      lines[places[0]]["data", "generated_at"] = later
    }
    #expect(instant.status == 1 && instant.output.contains("generated_at: "), "\(instant.output)")
    let both = try outcome(ignore + ["--ignore", "generated_at"]) { lines in
      add(0.25, to: &lines[places[0]])
      lines[places[0]]["data", "generated_at"] = later
    }
    #expect(both.status == 0, "\(both.output)")
    let event = try outcome(["--ignore", "*"]) { lines in
      add(0.25, to: &lines[places[0]])
      lines[places[0]]["last_event_id"] = .string("00000000-0000-4000-8000-000000000001")
    }
    #expect(event.status == 1 && event.output.contains("last_event_id: "), "\(event.output)")
    let removed = try outcome(["--ignore", "*"]) { $0.remove(at: places[0]) }
    #expect(removed.status == 1 && removed.output.contains("1 row added"))
    let added = try outcome(["--ignore", "*"]) { lines in
      var other = lines[places[0]]
      other["user_id"] = .string("00000000-0000-4000-8000-000000000001")
      lines.append(other)
    }
    #expect(added.status == 1 && added.output.contains("1 row removed"))
    let made = try MadeCase(copying: original)
    try made.edit("failures.ndjson") { $0[0]["code"] = .string("other") }
    let failure = try refold(made, "--ignore", "*")
    #expect(failure.status == 1 && failure.output.contains("1 failure changed"))
  }

  // MARK: Entries

  @Test("an entry accepts one difference, as long as both rows stay as they are; another one fails the case")
  func accepted() throws {
    let made = try MadeCase()
    let places = try estimates(made)
    try #require(places.count >= 2)
    try made.edit("projections.ndjson") { add(0.25, to: &$0[places[0]]) }
    let known = try entries(made)
    #expect(known.count == 1 && known[0]["projection"] == .string(JudgingTests.name))
    try write(made, known)
    let accepted = try refold(made, "--accept", "known.ndjson", "--strict-accept")
    #expect(accepted.status == 0, "\(accepted.output)\(accepted.errors)")
    #expect(accepted.output.hasSuffix(": 1 accepted\n1 case: 1 ok\n1 difference accepted\n"))
    var noted = known[0]
    noted["why"] = .string("the formula is about to change")
    noted["until"] = .string("2999-12-31")
    try write(made, [noted])
    let shown = try refold(made, "--accept", "known.ndjson", "--show-accepted")
    #expect(shown.status == 0)
    #expect(shown.output.contains("        accepted: the formula is about to change; until 2999-12-31\n"))

    // One more.
    try made.edit("projections.ndjson") { add(0.25, to: &$0[places[1]]) }
    let more = try refold(made, "--accept", "known.ndjson")
    #expect(more.status == 1 && more.output.contains(": 1 row changed, 1 accepted\n"), "\(more.output)")
    try made.edit("projections.ndjson") { add(-0.25, to: &$0[places[1]]) }

    // Expired.
    noted["until"] = .string("2020-01-01")
    try write(made, [noted])
    let expired = try refold(made, "--accept", "known.ndjson")
    #expect(expired.status == 1 && expired.output.contains("known.ndjson:1: expired (until 2020-01-01)"))
    try write(made, known)

    // The difference at the same path is another one now.
    try made.edit("projections.ndjson") { add(0.25, to: &$0[places[0]]) }
    let moved = try refold(made, "--accept", "known.ndjson")
    #expect(moved.status == 1 && moved.output.contains("known.ndjson:1: the difference has changed"))
    try made.edit("projections.ndjson") { add(-0.25, to: &$0[places[0]]) }
    // What only an exact comparison sees is part of it, too.
    try made.edit("projections.ndjson") { lines in
      lines[places[0]]["last_event_id"] = .string("00000000-0000-4000-8000-000000000001")
    }
    #expect(try refold(made, "--accept", "known.ndjson").status == 1)
  }

  @Test("rows that are added and removed can be accepted, as long as they stay as they are")
  func wholeRows() throws {
    let made = try MadeCase()
    let place = try #require(try estimates(made).first)
    try made.edit("projections.ndjson") { lines in
      var other = lines[place]
      other["user_id"] = .string("00000000-0000-4000-8000-000000000001")
      lines.remove(at: place)
      lines.append(other)
    }
    let known = try entries(made)
    #expect(known.count == 2)
    try write(made, known)
    let accepted = try refold(made, "--accept", "known.ndjson", "--strict-accept")
    #expect(accepted.status == 0 && accepted.output.contains(": 2 accepted\n"), "\(accepted.output)")
    try made.edit("projections.ndjson") { add(1, to: &$0[$0.count - 1]) }
    let moved = try refold(made, "--accept", "known.ndjson")
    #expect(moved.status == 1 && moved.output.contains(": 1 row removed, 1 accepted\n"), "\(moved.output)")
  }

  @Test("--strict-accept: an entry that accepts nothing fails the run, although all cases are as expected")
  func strict() throws {
    let made = try MadeCase()
    let place = try #require(try estimates(made).first)
    try made.edit("projections.ndjson") { add(0.25, to: &$0[place]) }
    let known = try entries(made)
    try made.edit("projections.ndjson") { add(-0.25, to: &$0[place]) }
    try write(made, known)
    let lax = try refold(made, "--accept", "known.ndjson")
    #expect(lax.status == 0 && lax.output.contains("known.ndjson:1: unused"), "\(lax.output)")
    let strict = try refold(made, "--accept", "known.ndjson", "--strict-accept", "--json")
    let report = try json(strict)
    #expect(strict.status == 1 && report["as_expected"] == .bool(false))
    #expect(report["acceptance"]?["unused"]?.number == 1)
  }

  // MARK: Live rows

  @Test("live rows: a rule tolerates what the case does not expect, and does not take away what it expects")
  func live() throws {
    let made = try LiveCaseTests.copy()
    let others = try made.lines("differences.ndjson")
    // A row that was equal gets two differences, which the case expects.
    func isSame(_ one: JSONTree, _ other: JSONTree) -> Bool {
      ["projection_type", "key"].allSatisfy { one[$0] == other[$0] }
    }
    var changed: JSONTree?
    try made.edit("live.ndjson") { rows in
      let equal = rows.indices.filter { place in
        rows[place]["projection_type"] == .string("capability_estimation")
          && !others.contains { isSame($0, rows[place]) }
      }
      let place = try #require(equal.first)
      rows[place]["data", "confidence"] = .double(0.875)
      rows[place]["data", "diagnostics", "made_up"] = .integer(1)
      changed = rows[place]
    }
    let row = try #require(changed)
    let paths = ["confidence", "diagnostics.made_up"]
    let line = JSONTree.object([
      .init("user_id", row["user_id"] ?? .null), .init("projection_type", row["projection_type"] ?? .null),
      .init("key", row["key"] ?? .null), .init("causes", .array([.string("changed")])),
      .init("paths", .array(paths.map { .string($0) })),
    ])
    let lines = others + [line]
    let index = others.count
    try made.write("differences.ndjson", lines)
    func rules(_ paths: some Sequence<String>) -> [String] { paths.flatMap { ["--ignore", $0] } }
    func outcome(_ rules: [String], _ change: (inout [JSONTree]) -> Void) throws -> FinishedProcess {
      try made.edit("differences.ndjson", change)
      defer { try? made.write("differences.ndjson", lines) }
      return try ProcessSupport.run(refoldBinary, ["check", "case"] + rules, directory: made.folder.path)
    }
    // All of it is expected.
    for rules in [rules(paths), rules(paths.prefix(1)), ["--ignore", "*"]] {
      let expected = try outcome(rules) { _ in }
      #expect(expected.status == 0 && !expected.output.contains("accepted"), "\(expected.output)")
    }
    // Nothing of the row is expected: the rules must cover all of it.
    let all = try outcome(rules(paths)) { $0.remove(at: index) }
    #expect(all.status == 0 && all.output.contains(": 1 accepted\n"), "\(all.output)")
    let part = try outcome(rules(paths.dropFirst())) { $0.remove(at: index) }
    #expect(part.status == 1 && part.output.contains("1 difference added"))
    // A part of the row is expected: the rules must cover the rest of it, and nothing of the part.
    func expectFirst(_ lines: inout [JSONTree]) { lines[index]["paths"] = .array([.string(paths[0])]) }
    let rest = try outcome(rules(paths.dropFirst()), expectFirst)
    #expect(rest.status == 0 && rest.output.contains(": 1 accepted\n"), "\(rest.output)")
    let whole = try outcome(rules(paths), expectFirst)
    #expect(whole.status == 1 && whole.output.contains("1 difference changed"))
    // An expected difference that is gone is not accepted.
    let gone = try outcome(["--ignore", "*"]) { lines in
      var other = lines[index]
      other["user_id"] = .string("00000000-0000-4000-8000-000000000001")
      lines.append(other)
    }
    #expect(gone.status == 1 && gone.output.contains("1 difference removed"))

    try made.edit("differences.ndjson") { $0.remove(at: index) }
    let known = try entries(made)
    #expect(known.count == 1)
    try write(made, known)
    let accepted = try refold(made, "--accept", "known.ndjson", "--strict-accept")
    #expect(accepted.status == 0 && accepted.output.contains(": 1 accepted\n"), "\(accepted.output)")
  }

  @Test("a file of refold diff --ndjson with the marks of accepted differences can be the expected ones")
  func markedDifferences() throws {
    let made = try LiveCaseTests.copy()
    try made.edit("differences.ndjson") { lines in
      for index in lines.indices {
        for name in ["fingerprint", "accepted", "since", "first_seen"] { lines[index][name] = .string("x") }
      }
    }
    #expect(try made.run().status == .ok)
  }

  // MARK: Refusals

  @Test("--record, --init and --prove refuse these options; --strict-accept needs --accept and all cases")
  func refusals() throws {
    let made = try MadeCase()
    let place = try #require(try estimates(made).first)
    try made.edit("projections.ndjson") { add(0.25, to: &$0[place]) }
    let before = try made.contents()
    let known = made.folder.file("known.ndjson")
    try Data().write(to: URL(fileURLWithPath: known))
    let log = Fixtures.path("demo/events.ndjson")
    let options = [
      ["--ignore", JudgingTests.path], ["--tolerance", "a=1"], ["--rules", "r.json"], ["--accept", known],
      ["--show-accepted"],
    ]
    for option in options {
      for kind in [["case", "--record"], ["--init", "new", "--log", log], ["--prove", log]] {
        let outcome = try ProcessSupport.run(
          refoldBinary, ["check"] + kind + option, directory: made.folder.path, environment: ["CI": ""])
        #expect(outcome.status == 2 && outcome.output == "", "\(kind) \(option)")
        #expect(outcome.errors.contains("\(option[0]) is for comparing"), "\(outcome.errors)")
      }
    }
    #expect(try made.contents() == before)
    #expect(try refold(made, "--strict-accept").status == 2)
    let filtered = try refold(made, "--accept", known, "--strict-accept", "--filter", "case")
    #expect(filtered.status == 2 && filtered.errors.contains("leave out --filter"))
    for wrong in [["--ignore", "a["], ["--rules", "missing.json"], ["--accept", "missing.ndjson"]] {
      #expect(try refold(made, wrong[0], wrong[1]).status == 2, "\(wrong)")
    }
    let output = try refold(made, "--accept", known, "--junit", known)
    #expect(output.status == 2)
    #expect(try Data(contentsOf: URL(fileURLWithPath: known)).isEmpty)
  }
}
