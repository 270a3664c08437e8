import Foundation
import JSONTape
import ProcessSupport
import Testing

/// Snapshots with rows of programs, and the commands that read them.
@Suite("snapshots of programs")
struct ProgramSnapshotTests {
  /// A lab with `rebuilt.sqlite` of the counting program, and `live.ndjson` with the same rows.
  private func rebuilt() throws -> (lab: ProgramLab, program: String) {
    let lab = try ProgramLab()
    let program = try lab.program(ProgramLab.counting, projections: [ProgramLab.projection("count", keys: ["all"])])
    let finished = try lab.rebuild(program)
    try #require(finished.status == 0, "\(finished.errors)")
    try writeLive(lab, program)
    return (lab, program)
  }

  private func writeLive(_ lab: ProgramLab, _ program: String, changing part: String = "", to other: String = "") throws
  {
    let rows = try lab.rows([program]).filter { $0.hasPrefix(#"{"table":"projections""#) }
    let text = rows.map { $0 + "\n" }.joined()
    try lab.folder.write("live.ndjson", (part.isEmpty ? text : text.replacing(part, with: other)).utf8)
  }

  private func manifest(_ lab: ProgramLab, _ program: String) throws -> [String: String] {
    var manifest: [String: String] = [:]
    for line in try lab.rows([program]) {
      let row = try JSONTree(parsing: Array(line.utf8))
      guard row["table"]?.string == "manifest", let key = row["key"]?.string else { continue }
      manifest[key] = row["value"]?.string
    }
    return manifest
  }

  @Test("the manifest names the program, its digest and what it answers for")
  func manifest() throws {
    let (lab, program) = try rebuilt()
    let first = try manifest(lab, program)
    #expect(first["program.made"] == "1")
    #expect(first["program.made.digest"]?.count == 64)
    #expect(
      first["program.made.projections"] == """
        [{"clock":null,"keys":["all"],"requires":null,"sources":["set.logged"],"stamp":null,"triggers":["set.logged"],\
        "type":"count"}]
        """)
    #expect(first["rows.count/all"] == "4")
    #expect(first["reducer.count"] == nil && first["reducer.capability_estimation"] != nil)

    // The digest covers the files that are named, and no others.
    try lab.folder.write("program/other.txt", "x".utf8)
    #expect(try manifest(lab, program) == first)
    try lab.folder.write("program/made.py", (lab.text("program/made.py") + "# changed\n").utf8)
    let second = try manifest(lab, program)
    #expect(second["program.made.digest"] != first["program.made.digest"])
    #expect(second.filter { $0.key != "program.made.digest" } == first.filter { $0.key != "program.made.digest" })
  }

  @Test("a snapshot is the same bytes for any number of threads and any budget of memory")
  func bytes() throws {
    let (lab, program) = try rebuilt()
    for (number, options) in [["--threads", "2"], ["--threads", "3", "--memory", "8M"]].enumerated() {
      #expect(try lab.rebuild(program, options, output: "\(number).sqlite").status == 0)
      #expect(lab.folder.bytes("\(number).sqlite") == lab.folder.bytes("rebuilt.sqlite"))
    }
  }

  @Test("diff and show of a snapshot need no program")
  func withoutProgram() throws {
    let (lab, _) = try rebuilt()
    try FileManager.default.removeItem(atPath: lab.folder.file("program"))
    let equal = try lab.refold("diff", "rebuilt.sqlite", "live.ndjson")
    #expect(equal.status == 0, "\(equal)")
    #expect(equal.output.contains("count/all"))
    let shown = try lab.refold("show", "rebuilt.sqlite", ProgramLab.user(2), "count/all")
    #expect(shown.status == 0 && shown.output == "count/all\n{\n  \"n\": 2\n}\n", "\(shown)")
    #expect(try lab.refold("show", "rebuilt.sqlite", ProgramLab.user(2)).output.contains("count/all"))
    #expect(try lab.refold("show", "rebuilt.sqlite", ProgramLab.user(2), "count/none").status == 2)
    #expect(try lab.refold("digest", "rebuilt.sqlite").output.contains("digest.projections.count\n"))
    let other = try lab.text("live.ndjson").replacing("{\"n\":2}", with: "{\"n\":3}")
    try lab.folder.write("live.ndjson", other.utf8)
    let different = try lab.refold("diff", "rebuilt.sqlite", "live.ndjson", "--only", "count", "--all")
    #expect(different.status == 1 && different.output.contains("count/all"), "\(different)")
    #expect(!different.output.contains("capability_estimation"))
    let page = try lab.refold("report", "rebuilt.sqlite", "--live", "live.ndjson", "-o", "page.html")
    #expect(page.status == 1, "\(page)")
    #expect(try lab.text("page.html").replacing("<wbr>", with: "").contains("count/all"))
  }

  @Test("diff --log asks for the program that made the snapshot")
  func log() throws {
    let (lab, program) = try rebuilt()
    let other = try lab.program(
      ProgramLab.counting, name: "other", projections: [ProgramLab.projection("other", keys: ["all"])])
    let arguments = ["diff", "rebuilt.sqlite", "live.ndjson", "--log", "log.ndjson"]
    let equal = try lab.refold(arguments + ["--reducers", program])
    #expect(equal.status == 0, "\(equal)")
    let before = lab.everything
    lab.expectTrouble(
      try lab.refold(arguments), ["rebuilt.sqlite was made by the reducer program made: give it with --reducers FILE"],
      before: before)
    lab.expectTrouble(
      try lab.refold(arguments + ["--reducers", program, "--reducers", other]),
      ["rebuilt.sqlite was not made by the reducer program other"], before: before)
    lab.expectTrouble(
      try lab.refold(arguments + ["--reducers", "capability_estimation=capability_estimation.v1"]),
      ["a snapshot has the versions that made it"],
      before: before)
    try lab.folder.write("program/made.py", (lab.text("program/made.py") + "# changed\n").utf8)
    lab.expectTrouble(
      try lab.refold(arguments + ["--reducers", program]),
      ["rebuilt.sqlite was made by made 1 ", "not by the made 1 "],
      before: before)
    try lab.program(ProgramLab.counting, version: "2", projections: [ProgramLab.projection("count", keys: ["all"])])
    lab.expectTrouble(
      try lab.refold(arguments + ["--reducers", program]),
      ["rebuilt.sqlite was made by made 1 ", "not by the made 2 "],
      before: before)

    // A snapshot of the built-in reducers.
    #expect(try lab.rebuild(nil, output: "own.sqlite").status == 0)
    let own = ["diff", "own.sqlite", "live.ndjson", "--log", "log.ndjson", "--reducers", other]
    lab.expectTrouble(
      try lab.refold(own), ["own.sqlite was not made by the reducer program other"],
      before: before.union(["own.sqlite"]))
  }

  @Test("causes of a program's rows: a later event, its clock, and a change that the log does not explain")
  func causes() throws {
    let lab = try ProgramLab()
    let program = try lab.program(
      """
      for user in users():
          events = user["events"]
          reply(user, [row(data={"n": len(events), "at": user["as_of"]}, last=events[-1]["id"])] if events else [])
      """, projections: [ProgramLab.projection("count", keys: ["all"], clock: "at")])
    #expect(try lab.rebuild(program).status == 0)
    let rows = try lab.rows([program], ["--only", "count"])
      .filter { $0.hasPrefix(#"{"table":"projections""#) }
    try #require(rows.count == 4)
    func live(_ number: Int, _ n: Int, at: String, last: Int) -> String {
      """
      {"user_id":"\(ProgramLab.user(number))","projection_type":"count","key":"all","data":{"n":\(n),"at":"\(at)"},\
      "version":1,"last_event_id":"\(ProgramLab.id(last))","updated_at":"\(at)"}

      """
    }
    // Equal but for the clock; before the second event; wrong.
    let text =
      live(1, 2, at: "2026-01-20T00:00:00+00:00", last: 2) + live(2, 1, at: "2026-01-03T12:00:00+00:00", last: 3)
      + live(3, 9, at: "2026-01-20T00:00:00+00:00", last: 6)
    try lab.folder.write("live.ndjson", text.utf8)
    let compared = try lab.refold(
      "diff", "rebuilt.sqlite", "live.ndjson", "--log", "log.ndjson", "--reducers", program, "--only", "count",
      "--ndjson",
      "differences.ndjson", "--quiet")
    #expect(compared.status == 1, "\(compared)")
    var causes: [String: String] = [:]
    for line in try lab.text("differences.ndjson").split(separator: "\n") {
      let row = try JSONTree(parsing: Array(line.utf8))
      causes[row["user_id"]?.string ?? ""] = row["causes"]?.array?.compactMap(\.string).joined(separator: ",")
    }
    #expect(
      causes == [
        ProgramLab.user(2): "behind", ProgramLab.user(3): "changed", ProgramLab.user(4): "missing",
      ])
    #expect(lab.remainingProcesses() == [])
  }

  @Test("--only a program's type: nothing else is folded, and the program is not asked for another type")
  func only() throws {
    let (lab, program) = try rebuilt()
    let rows = try lab.rows([program], ["--only", "count/all"]).filter { $0.hasPrefix(#"{"table":"projections""#) }
    #expect(rows.count == 4 && rows.allSatisfy { $0.contains(#""projection_type":"count""#) })
    let broken = try lab.program(
      "sys.exit(3)", name: "broken", projections: [ProgramLab.projection("broken", keys: ["all"])])
    #expect(try lab.rows([broken], ["--only", "objective_state"]).contains { $0.contains(#""objective_state""#) })
    let before = lab.everything
    let unknown = try lab.rebuild(program, ["--only", "no_such_type"], output: "x.sqlite")
    #expect(unknown.status != 0 && unknown.errors.contains("no_such_type"), "\(unknown)")
    let otherKey = try lab.rebuild(program, ["--only", "count/none"], output: "x.sqlite")
    #expect(otherKey.status != 0, "\(otherKey)")
    let without = try lab.rebuild(nil, ["--only", "count"], output: "x.sqlite")
    #expect(without.status != 0, "\(without)")
    #expect(lab.everything == before)
  }

  @Test("the merged parts of partitions are the whole")
  func partitions() throws {
    let (lab, program) = try rebuilt()
    #expect(
      try lab.refold("rebuild", "log.ndjson", "--as-of", ProgramLab.asOf, "-o", "whole.sqlite", "--reducers", program)
        .status == 0)
    var parts: [String] = []
    for part in 0..<3 {
      let folded = try lab.refold(
        "fold", "log.ndjson", "--as-of", ProgramLab.asOf, "--partition", "\(part)/3", "-o", "part-\(part).sqlite",
        "--reducers", program)
      #expect(folded.status == 0, "\(folded.errors)")
      parts.append("part-\(part).sqlite")
    }
    let merged = try lab.refold(["merge"] + parts + ["-o", "merged.sqlite"])
    #expect(merged.status == 0, "\(merged.errors)")
    let digests = try lab.refold("digest", "whole.sqlite").output
    #expect(try lab.refold("digest", "merged.sqlite").output == digests && digests.contains("projections.count"))
    // A part of another program.
    try lab.folder.write("program/made.py", (lab.text("program/made.py") + "# changed\n").utf8)
    let other = try lab.refold(
      "fold", "log.ndjson", "--as-of", ProgramLab.asOf, "--partition", "0/3", "-o", "part-0.sqlite", "--force",
      "--reducers", program)
    #expect(other.status == 0)
    let mixed = try lab.refold(["merge"] + parts + ["-o", "mixed.sqlite"])
    #expect(mixed.status == 2 && lab.folder.bytes("mixed.sqlite") == nil, "\(mixed)")
  }

  @Test("audit, verify, report and repair run the program, and are in trouble if it breaks a rule")
  func commands() throws {
    let (lab, program) = try rebuilt()
    let broken = try lab.program(
      """
      for user in users():
          reply(user, [row("no_such_type")])
      """, name: "broken", projections: [ProgramLab.projection("broken", keys: ["all"])])
    try lab.folder.write("changed.ndjson", lab.text("live.ndjson").replacing("{\"n\":2}", with: "{\"n\":3}").utf8)
    let audited = try lab.refold(
      "audit", "log.ndjson", "--live", "live.ndjson", "--as-of", ProgramLab.asOf, "--reducers", program)
    #expect(audited.status == 0, "\(audited)")
    let report = try lab.refold(
      "report", "rebuilt.sqlite", "--live", "changed.ndjson", "--log", "log.ndjson", "-o", "page.html", "--reducers",
      program)
    #expect(report.status == 1, "\(report)")
    let repair = try lab.refold(
      "repair", "rebuilt.sqlite", "changed.ndjson", "--log", "log.ndjson", "--source", "x", "--reducers", program)
    #expect((repair.output + repair.errors).contains("no backfill computes this projection"), "\(repair)")
    let verified = try lab.refold("verify", "log.ndjson", "--as-of", ProgramLab.asOf, "--reducers", program)
    #expect(verified.status < 2, "\(verified)")
    let before = lab.everything
    for arguments in [
      ["audit", "log.ndjson", "--live", "live.ndjson", "--as-of", ProgramLab.asOf],
      ["verify", "log.ndjson", "--as-of", ProgramLab.asOf],
      ["fold", "log.ndjson", "--as-of", ProgramLab.asOf],
      ["explain", "log.ndjson", "--user", ProgramLab.user(1)],
    ] {
      let finished = try lab.refold(arguments + ["--reducers", broken, "--threads", "1", "--quiet"])
      lab.expectTrouble(finished, ["broken (\(broken)): ", "rows[0] has a projection_type"], before: before, user: 1)
    }
  }

  /// The arguments of commands that ask the program again, with each output.
  private static let asking = [
    ["diff", "rebuilt.sqlite", "live.ndjson", "--log", "log.ndjson", "--ndjson", "a", "--sqlite", "b", "--junit", "c"],
    ["report", "rebuilt.sqlite", "--live", "live.ndjson", "--log", "log.ndjson", "-o", "page.html"],
    ["repair", "rebuilt.sqlite", "live.ndjson", "--log", "log.ndjson", "--source", "x", "-o", "repair.sql"],
    ["audit", "log.ndjson", "--live", "live.ndjson", "--as-of", ProgramLab.asOf, "-o", "audited.sqlite"],
    ["fold", "log.ndjson", "--as-of", ProgramLab.asOf, "-o", "part.sqlite"],
    ["witness", "log.ndjson", "--live", "live.ndjson", "--as-of", ProgramLab.asOf, "-o", "cases"],
    ["check", "--init", "case", "--log", "log.ndjson", "--as-of", ProgramLab.asOf],
    ["verify", "log.ndjson", "--as-of", ProgramLab.asOf],
    ["explain", "log.ndjson", "--user", ProgramLab.user(1)],
    ["compare", "log.ndjson", "--as-of", ProgramLab.asOf, "--ndjson", "changes.ndjson", "--html", "changes.html"],
  ]

  @Test("a program that dies while a command asks it again: trouble, and nothing is written", arguments: asking)
  func dying(arguments: [String]) throws {
    let lab = try ProgramLab()
    let program = try lab.program(
      """
      if os.path.exists("../break"):
          print(sys.stdin.readline(), file=sys.stderr, flush=True)
          sys.exit(3)

      """ + ProgramLab.counting, projections: [ProgramLab.projection("count", keys: ["all"])])
    #expect(try lab.rebuild(program).status == 0)
    // The live rows are older, and wrong.
    let live = try lab.rows([program]).filter { $0.contains(#""projection_type":"count""#) }
      .map {
        $0.replacing("{\"n\":2}", with: "{\"n\":7}").replacing(
          "\"updated_at\":\"2026-02-01", with: "\"updated_at\":\"2026-01-20")
          + "\n"
      }.joined()
    try lab.folder.write("live.ndjson", live.utf8)
    try lab.folder.write("break", [])
    let before = lab.everything
    let isCompared = arguments[0] == "compare"
    let quiet = ["diff", "audit", "fold", "witness", "explain"].contains(arguments[0]) ? ["--quiet"] : []
    let finished = try lab.refold(arguments + quiet + [isCompared ? "--after" : "--reducers", program])
    let kept = lab.expectTrouble(finished, ["/made.json): ", "ended with exit status 3"], before: before)
    #expect(kept != nil)
  }

  @Test("the bank as a program is the built-in bank, and its versions differ as those do")
  func bank() throws {
    let lab = try BankLab()
    #expect(try lab.rebuild("own", []).status == 0)
    for (name, program, version) in [("first", BankLab.first, "v1"), ("second", BankLab.second, "v2")] {
      let rebuilt = try lab.rebuild(name, [program])
      #expect(rebuilt.status == 0 && rebuilt.output.contains("account not_cents"), "\(rebuilt)")
      #expect(try lab.rebuild("own-" + version, ["account=" + version]).status == 0)
      let digests = try lab.bank(["digest", name + ".sqlite"])
      #expect(try digests.output == lab.bank(["digest", "own-" + version + ".sqlite"]).output)
      for (mine, theirs) in [(name, "own-" + version), ("own-" + version, name)] {
        let compared = try lab.bank(["diff", mine + ".sqlite", theirs + ".sqlite", "--bookkeeping", "last_event_id"])
        #expect(compared.status == 0, "\(compared)")
      }
    }
    let compared = try lab.bank([
      "compare", "log.ndjson", "--as-of", ProgramLab.asOf, "--before", BankLab.first, "--after", BankLab.second,
      "--ndjson",
      "changes.ndjson",
    ])
    #expect(compared.status == 1, "\(compared)")
    #expect(compared.output.contains("account/balance") && compared.output.contains("lowest"), "\(compared)")
    #expect(try lab.lab.text("changes.ndjson").contains(ProgramLab.user(1)))
    let same = try lab.bank([
      "compare", "log.ndjson", "--as-of", ProgramLab.asOf, "--before", "account=v2", "--after", BankLab.second,
    ])
    #expect(same.status == 0, "\(same)")
    let backwards = try lab.bank([
      "compare", "log.ndjson", "--as-of", ProgramLab.asOf, "--before", BankLab.second, "--after", "account=v1",
    ])
    #expect(backwards.status == 1, "\(backwards)")
    #expect(lab.lab.remainingProcesses() == [])
  }
}
