import Foundation
import JSONTape
import ProcessSupport
import Testing

/// Cases of `check`, proofs and witnesses with programs.
@Suite("cases and proofs of programs")
struct ProgramCaseTests {
  private static let count = [ProgramLab.projection("count", keys: ["all"])]

  @Test("check --init writes a case with the program, which is run only with --allow-programs")
  func made() throws {
    let lab = try ProgramLab()
    let program = try lab.program(ProgramLab.counting, projections: ProgramCaseTests.count)
    let made = try lab.refold(
      "check", "--init", "cases/one", "--log", "log.ndjson", "--as-of", ProgramLab.asOf, "--reducers", program)
    #expect(made.status == 0, "\(made)")
    let written = try JSONTree(parsing: Array(lab.text("cases/one/case.json").utf8))
    #expect(written["reducers"] != nil)
    let before = lab.everything

    // The folder that a case came in must not be able to start anything.
    try lab.program("open(\"../started\", \"w\").close()\n" + ProgramLab.counting, projections: ProgramCaseTests.count)
    let refused = try lab.refold("check", "cases")
    #expect(refused.status == 2, "\(refused)")
    #expect(refused.output.contains("names a program, which is run only with --allow-programs"), "\(refused)")
    #expect(lab.everything == before)

    let passed = try lab.refold("check", "cases", "--allow-programs")
    #expect(passed.status == 0, "\(passed)")
    #expect(lab.everything == before.union(["started"]))

    try lab.program(
      ProgramLab.counting.replacing("len(user", with: "1 + len(user"), projections: ProgramCaseTests.count)
    let different = try lab.refold("check", "cases", "--allow-programs")
    #expect(different.status == 1 && different.output.contains("count/all"), "\(different)")
    let recorded = try lab.refold("check", "cases", "--allow-programs", "--record")
    #expect(recorded.status < 2, "\(recorded)")
    #expect(try lab.refold("check", "cases", "--allow-programs").status == 0)

    try lab.program("sys.exit(3)", projections: ProgramCaseTests.count)
    let broken = try lab.refold("check", "cases", "--allow-programs")
    #expect(broken.status == 2, "\(broken)")
    #expect((broken.output + broken.errors).contains("ended with exit status 3"), "\(broken)")
    #expect(lab.remainingProcesses() == [])
  }

  @Test(
    "reducers in case.json: a text or a list of texts, of program files and versions",
    arguments: [
      (#""p.json""#, 0, ""), (#"["p.json"]"#, 0, ""),
      (#"["p.json","capability_estimation=capability_estimation.v1"]"#, 0, ""),
      (#"["no-such.json"]"#, 2, "no-such.json"), (#"["p.json","p.json"]"#, 2, "answered for twice"),
      ("[1]", 2, "reducers"),
      ("7", 2, "reducers"), (#"{"p.json":"1"}"#, 2, "reducers"),
    ])
  func forms(reducers: String, status: Int32, message: String) throws {
    let lab = try ProgramLab()
    let program = try lab.program(ProgramLab.counting, projections: ProgramCaseTests.count)
    let made = try lab.refold(
      "check", "--init", "case", "--log", "log.ndjson", "--as-of", ProgramLab.asOf, "--reducers", program)
    #expect(made.status == 0, "\(made)")
    try lab.folder.write("case/p.json", lab.text(program).utf8)
    try lab.folder.write("case/made.py", lab.text("program/made.py").utf8)
    let text = try lab.text("case/case.json")
    let start = try #require(text.range(of: "\"reducers\":"))
    let end = try #require(text.range(of: program, range: start.upperBound..<text.endIndex))
    let rest = text[end.upperBound...].drop { $0 == "\"" }
    let isList = text[start.upperBound..<end.lowerBound].contains("[")
    let after = isList ? rest.drop { $0 != "]" }.dropFirst() : rest
    try lab.folder.write("case/case.json", (text[..<start.upperBound] + reducers + after).utf8)
    let checked = try lab.refold("check", "case", "--allow-programs")
    #expect(checked.status == status, "\(checked)")
    #expect(message.isEmpty || checked.output.contains(message), "\(checked)")
  }

  @Test("check --prove: a program whose answers depend on the question alone")
  func proven() throws {
    let lab = try ProgramLab()
    let program = try lab.program(ProgramLab.counting, projections: ProgramCaseTests.count)
    let before = lab.everything
    let proven = try lab.refold("check", "--prove", "log.ndjson", "--as-of", ProgramLab.asOf, "--reducers", program)
    #expect(proven.status == 0, "\(proven)")
    #expect(proven.output.contains("made"))
    #expect(lab.everything == before)
    #expect(lab.remainingProcesses() == [])
  }

  @Test(
    "check --prove: a program whose answers depend on something else",
    arguments: [
      ("import random", "random.random()", "again", 1),
      ("", "time.time_ns()", "again", 1),
      ("", "os.getpid()", "in another process, after other users", 0),
      ("", "len(SEEN) // 2", "again", 1),
      ("", "list(user['events'][0]['data'])[0]", "with members in another order", 1),
      (
        "", "[user['user_id'] == '\(ProgramLab.user(3))', time.time_ns()][user['user_id'] == '\(ProgramLab.user(3))']",
        "again", 3
      ),
    ])
  func disproven(start: String, value: String, way: String, user: Int) throws {
    let lab = try ProgramLab()
    let program = try lab.program(
      """
      \(start)
      for user in users():
          reply(user, [row(data={"n": \(value)})])
      """, projections: ProgramCaseTests.count)
    let before = lab.everything
    let proven = try lab.refold(
      "check", "--prove", "log.ndjson", "--as-of", ProgramLab.asOf, "--reducers", program, "--threads", "1")
    #expect(proven.status == 1, "\(proven)")
    #expect(proven.output.contains("made") && proven.output.contains(way), "\(proven.output)")
    #expect(proven.output.contains(user == 0 ? "10000000-0000-4000-8000-" : ProgramLab.user(user)), "\(proven.output)")
    #expect(!proven.output.contains(ProgramLab.secret))
    #expect(lab.everything == before)
    #expect(lab.remainingProcesses() == [])
    // Once is enough.
    if user == 3 {
      let json = try lab.refold(
        "check", "--prove", "log.ndjson", "--as-of", ProgramLab.asOf, "--reducers", program, "--json")
      #expect(json.status == 1 && (try? JSONTree(parsing: Array(json.output.utf8))) != nil, "\(json)")
    }
  }

  @Test("check --prove: a failure that depends on something else; a program that breaks a rule is trouble")
  func disprovenFailure() throws {
    let lab = try ProgramLab()
    let program = try lab.program(
      """
      for user in users():
          reply(user, [], [failure(code="bad_" + "abc"[len(SEEN) % 3])])
      """, projections: ProgramCaseTests.count)
    let proven = try lab.refold("check", "--prove", "log.ndjson", "--as-of", ProgramLab.asOf, "--reducers", program)
    #expect(proven.status == 1, "\(proven)")
    let broken = try lab.program("sys.exit(3)", name: "broken", projections: ProgramCaseTests.count)
    let before = lab.everything
    let trouble = try lab.refold(
      "check", "--prove", "log.ndjson", "--as-of", ProgramLab.asOf, "--reducers", broken, "--json")
    lab.expectTrouble(trouble, ["broken (\(broken)): ", "ended with exit status 3"], before: before)
  }

  @Test("check --prove: a program that remembers the users before")
  func disprovenMemory() throws {
    let lab = try ProgramLab()
    let program = try lab.program(
      """
      for user in users():
          reply(user, [row(data={"n": len(set(SEEN))})])
      """, projections: ProgramCaseTests.count)
    let proven = try lab.refold(
      "check", "--prove", "log.ndjson", "--as-of", ProgramLab.asOf, "--reducers", program)
    #expect(proven.status == 1, "\(proven)")
    #expect(proven.output.contains("in another process, after other users"), "\(proven.output)")
  }

  /// The arguments of a witness of the first user's row.
  private func witness(_ key: String, _ program: String) -> [String] {
    [
      "witness", "log.ndjson", "--live", "live.ndjson", "--user", ProgramLab.user(1), "--only", key, "--as-of",
      ProgramLab.asOf, "--reducers", program, "-o", "case", "--quiet",
    ]
  }

  @Test("witness: the case names the program, passes with --allow-programs, and holds no one's data")
  func bankWitness() throws {
    let bank = try BankLab()
    let lab = bank.lab
    let live = """
      {"user_id":"\(ProgramLab.user(1))","projection_type":"account","key":"balance","data":{"cents":2501,\
      "computed_at":"2026-02-01T00:00:00+00:00","lowest":-2500,"rules":"account.v2"},"version":1,\
      "updated_at":"\(ProgramLab.asOf)"}

      """
    try lab.folder.write("live.ndjson", live.utf8)
    let found = try bank.bank(witness("account/balance", BankLab.second))
    #expect(found.status == 0, "\(found)")
    let events = try lab.text("case/events.ndjson")
    #expect(!events.contains(ProgramLab.secret) && !events.contains(ProgramLab.user(1)), "\(events)")
    #expect(events.split(separator: "\n").count == 1, "\(events)")
    #expect(try lab.text("case/case.json").contains("bank.json"))
    let before = lab.everything
    let refused = try bank.bank(["check", "case"])
    #expect(refused.status == 2 && refused.output.contains("--allow-programs"), "\(refused)")
    let checked = try bank.bank(["check", "case", "--allow-programs"])
    #expect(checked.status == 0, "\(checked)")
    #expect(lab.everything == before)
    #expect(lab.remainingProcesses() == [])
  }

  /// Writes live rows of the counting program, in which the rows of two events say otherwise.
  private func writeLive(_ lab: ProgramLab, _ program: String) throws {
    let live = try lab.rows([program]).filter { $0.hasPrefix(#"{"table":"projections""#) }
      .map { $0.replacing("{\"n\":2}", with: "{\"n\":3}") + "\n" }.joined()
    try lab.folder.write("live.ndjson", live.utf8)
  }

  @Test("witness: a projection that refold itself does not have")
  func ownWitness() throws {
    let lab = try ProgramLab()
    // Without `words`, the names of the row's members would be taken for people's texts and replaced.
    let words = ProgramCaseTests.count.map { $0.replacing("}", with: #","words":["n"]}"#) }
    let program = try lab.program(ProgramLab.counting, projections: words)
    try writeLive(lab, program)
    let found = try lab.refold(witness("count/all", program))
    #expect(found.status == 0, "\(found)")
    #expect(try lab.refold("check", "case", "--allow-programs").status == 0)
  }

  @Test("witness: a program that breaks a rule is trouble, and no case is written")
  func brokenWitness() throws {
    let lab = try ProgramLab()
    let program = try lab.program(ProgramLab.counting, projections: ProgramCaseTests.count)
    try writeLive(lab, program)
    try lab.program("sys.exit(3)", projections: ProgramCaseTests.count)
    let before = lab.everything
    let trouble = try lab.refold(witness("count/all", program))
    lab.expectTrouble(trouble, ["made (\(program)): ", "ended with exit status 3"], before: before)

    // It answers the whole history, and none of the shorter ones.
    try lab.program(
      """
      for user in users():
          if len(user["events"]) < 2:
              sys.exit(4)
          reply(user, [row(data={"n": len(user["events"])}, last=user["events"][-1]["id"])])
      """, projections: ProgramCaseTests.count)
    let later = try lab.refold(witness("count/all", program))
    #expect(later.status == 2 && lab.everything == before, "\(later)")
    #expect(later.errors.contains("ended with exit status 4"), "\(later.errors)")
  }
}

@Suite("explain with programs")
struct ProgramExplainTests {
  @Test("the events and the rows of a user, a program's projection among them")
  func explained() throws {
    let lab = try ProgramLab(
      log: ProgramLab.log + ProgramLab.event(20, of: 1, "coffee.drunk", day: 9, data: #"{"cups":1}"#))
    let program = try lab.program(
      ProgramLab.counting,
      projections: [
        ProgramLab.projection(
          "count", keys: ["all"], triggers: ["coffee.drunk"], sources: ["coffee.drunk", "set.logged"])
      ])
    let arguments = ["explain", "log.ndjson", "--user", ProgramLab.user(1), "--as-of", ProgramLab.asOf]
    let explained = try lab.refold(arguments + ["--reducers", program])
    #expect(explained.status == 0, "\(explained)")
    #expect(explained.output.contains("count/all"), "\(explained.output)")
    #expect(explained.output.contains("coffee.drunk"))
    #expect(!explained.output.contains("no reducer reads this type"), "\(explained.output)")
    let own = try lab.refold(arguments)
    #expect(own.output.contains("no reducer reads this type"), "\(own.output)")
    let json = try lab.refold(arguments + ["--reducers", program, "--json"])
    #expect(json.status == 0 && json.output.contains("\"count\""), "\(json)")
    #expect(lab.remainingProcesses() == [])
  }

  @Test("a failure of the program is shown; a program that breaks a rule is trouble")
  func failed() throws {
    let lab = try ProgramLab()
    let failing = try lab.program(
      """
      for user in users():
          reply(user, [], [failure(code="too_many", event=user["events"][0]["id"])])
      """, name: "failing")
    let arguments = ["explain", "log.ndjson", "--user", ProgramLab.user(1), "--as-of", ProgramLab.asOf]
    let explained = try lab.refold(arguments + ["--reducers", failing])
    #expect(explained.status == 0 && explained.output.contains("too_many"), "\(explained)")
    let broken = try lab.program("raise ValueError(sys.stdin.readline())", name: "broken")
    let before = lab.everything
    let trouble = try lab.refold(arguments + ["--reducers", broken])
    lab.expectTrouble(trouble, ["broken (\(broken)): ", "ended with exit status 1"], before: before, user: 1)
  }
}
