import Foundation
import JSONTape
import ProcessSupport
import Testing

/// Programs beside the built-in reducers and beside each other.
@Suite("programs in the catalogue")
struct ProgramCatalogueTests {
  /// Rows by `user type/key`, where users are counted from 1.
  private func rows(_ lab: ProgramLab, _ programs: [String], _ more: [String] = []) throws -> [String: JSONTree] {
    var found: [String: JSONTree] = [:]
    for line in try lab.rows(programs, more) {
      let row = try JSONTree(parsing: Array(line.utf8))
      guard row["table"]?.string == "projections", let user = row["user_id"]?.string, let data = row["data"] else {
        continue
      }
      found["\(user.suffix(1)) \(row["projection_type"]?.string ?? "")/\(row["key"]?.string ?? "")"] = data
    }
    return found
  }

  private static func text(_ json: JSONTree?) -> String? {
    json.map { String(decoding: $0.canonicalBytes, as: UTF8.self) }
  }

  /// The failures in the rows that `fold` writes.
  private func failures(_ lab: ProgramLab, _ programs: [String]) throws -> [String] {
    try lab.rows(programs).filter { $0.hasPrefix(#"{"table":"failures""#) }
  }

  private static let objective = ProgramLab.projection(
    "objective_state", keys: ["active"], triggers: ["goal.set"], sources: ["goal.set", "set.logged"],
    stamp: "model_version")

  @Test("a failure of one type removes its rows, and no others")
  func failure() throws {
    let lab = try ProgramLab()
    let program = try lab.program(
      """
      for user in users():
          event = user["events"][0]["id"]
          bad = [failure("count", "too_many", event, "a word")] if len(SEEN) == 2 else []
          reply(user, [row("count"), row("count", "half"), row("other", last=event)], bad)
      """,
      projections: [
        ProgramLab.projection("count", keys: ["all", "half"]), ProgramLab.projection("other", keys: ["all"]),
      ])
    let rows = try rows(lab, [program], ["--threads", "1"])
    for user in 1...4 {
      #expect((rows["\(user) count/all"] != nil) == (user != 2))
      #expect((rows["\(user) count/half"] != nil) == (user != 2))
      #expect(rows["\(user) other/all"] != nil)
      #expect(rows["\(user) capability_estimation/strength_1rm"] != nil)
    }
    let failures = try lab.rows([program], ["--threads", "1"]).filter { $0.contains("too_many") }
    #expect(failures.count == 1)
    #expect(failures[0].contains(ProgramLab.user(2)) && failures[0].contains(ProgramLab.id(3)), "\(failures)")
    #expect(failures[0].contains("a word"))
    let rebuilt = try lab.rebuild(program)
    #expect(rebuilt.output.contains("count too_many"), "\(rebuilt.output)")
  }

  @Test("a built-in reducer reads the row that it requires from a program")
  func requiredRow() throws {
    let lab = try ProgramLab()
    // The built-in row of the first user, with another mode; a failure; no row; a row that says nothing.
    let program = try lab.program(
      """
      ROW = json.loads(open(sys.argv[1]).read())
      for user in users():
          number = int(user["user_id"][-1])
          if number == 1:
              reply(user, [row("objective_state", "active", ROW)])
          elif number == 2:
              reply(user, [], [failure("objective_state", "bad_goal")])
          elif number == 3:
              reply(user)
          else:
              reply(user, [row("objective_state", "active", {})])
      """, projections: [ProgramCatalogueTests.objective], arguments: ["row.json"])
    let own = try rows(lab, [])
    let state = try #require(ProgramCatalogueTests.text(own["1 objective_state/active"]))
    let changed = state.replacing(#""journal""#, with: #""coach""#)
    #expect(changed != state)
    try lab.folder.write("program/row.json", changed.utf8)
    let rows = try rows(lab, [program])
    #expect(ProgramCatalogueTests.text(rows["1 objective_state/active"]) == changed)
    let advisory = try #require(ProgramCatalogueTests.text(own["1 objective_advisory/overview"]))
    #expect(
      ProgramCatalogueTests.text(rows["1 objective_advisory/overview"])
        == advisory.replacing(#""journal""#, with: #""coach""#))
    #expect(rows["2 objective_advisory/overview"] == nil && rows["3 objective_advisory/overview"] == nil)
    #expect(rows["2 capability_estimation/strength_1rm"] != nil)
    #expect(rows["4 objective_state/active"] != nil)
    let failed = try failures(lab, [program]).filter { $0.contains(ProgramLab.user(2)) }
    #expect(failed.count == 2, "\(failed)")
    for type in ["objective_state", "objective_advisory"] {
      #expect(failed.contains { $0.contains("\"\(type)\"") && $0.contains("bad_goal") }, "\(failed)")
    }
    // Without the row, nothing is computed from it, and that is no failure.
    #expect(try !failures(lab, [program]).contains { $0.contains(ProgramLab.user(3)) })
  }

  private static func capability(_ key: String, clock: String? = "generated_at") -> String {
    ProgramLab.projection("capability_estimation", keys: [key], clock: clock, stamp: "model_version")
  }

  private static func answering(_ key: String, failing: Int = 0) -> String {
    """
    for user in users():
        if int(user["user_id"][-1]) == \(failing):
            reply(user, [], [failure("capability_estimation", "from_\(key)")])
        else:
            reply(user, [row("capability_estimation", "\(key)", {"generated_at": user["as_of"], "by": "\(key)"})])
    """
  }

  @Test("a program answers for some keys of a type, the built-in reducer for the others")
  func someKeys() throws {
    let lab = try ProgramLab()
    let program = try lab.program(
      ProgramCatalogueTests.answering("strength_1rm", failing: 2),
      projections: [ProgramCatalogueTests.capability("strength_1rm")])
    let (own, mixed) = (try rows(lab, []), try rows(lab, [program]))
    for (name, row) in own where !name.hasSuffix("/strength_1rm") {
      #expect(ProgramCatalogueTests.text(mixed[name]) == ProgramCatalogueTests.text(row), "\(name)")
    }
    #expect(
      ProgramCatalogueTests.text(mixed["1 capability_estimation/strength_1rm"])?.contains(#""by":"strength_1rm""#)
        == true)
    #expect(mixed["2 capability_estimation/strength_1rm"] == nil)
    let failed = try failures(lab, [program])
    #expect(failed.count == 1 && failed[0].contains("from_strength_1rm") && failed[0].contains(ProgramLab.user(2)))
  }

  @Test("two programs answer for different keys of a type")
  func twoPrograms() throws {
    let lab = try ProgramLab()
    let programs = try ["strength_1rm", "jump_height"].enumerated().map { number, key in
      try lab.program(
        ProgramCatalogueTests.answering(key, failing: number + 2), name: key,
        projections: [ProgramCatalogueTests.capability(key)])
    }
    for order in [programs, programs.reversed()] {
      let rows = try rows(lab, order)
      for key in ["strength_1rm", "jump_height"] {
        #expect(
          ProgramCatalogueTests.text(rows["1 capability_estimation/\(key)"])?.contains("\"by\":\"\(key)\"") == true)
      }
      #expect(rows["2 capability_estimation/strength_1rm"] == nil && rows["2 capability_estimation/jump_height"] != nil)
      #expect(rows["3 capability_estimation/strength_1rm"] != nil && rows["3 capability_estimation/jump_height"] == nil)
      #expect(rows["3 capability_estimation/sprint_max_speed"] != nil)
    }
  }

  @Test("programs that do not fit together, or a version beside a program that answers for it, are refused at once")
  func conflicts() throws {
    let lab = try ProgramLab()
    let marks = "open(\"started\", \"w\").close()\n"
    func file(_ name: String, _ projections: String...) throws -> String {
      try lab.program(marks + ProgramLab.counting, name: name, projections: projections)
    }
    let count = try file("count", ProgramLab.projection("count", keys: ["all"], clock: "at"))
    let again = try file("again", ProgramLab.projection("count", keys: ["all", "half"], clock: "at"))
    let half = try file("half", ProgramLab.projection("count", keys: ["half"], clock: "other"))
    let stamped = try file("stamped", ProgramLab.projection("count", keys: ["half"], clock: "at", stamp: "v"))
    let needing = try file("needing", ProgramLab.projection("advice", keys: ["all"], requires: "no_such_type"))
    let nested = try file("nested", ProgramLab.projection("advice", keys: ["all"], requires: "objective_advisory"))
    let clock = try file("clock", ProgramCatalogueTests.capability("strength_1rm", clock: nil))
    let strength = try file("strength", ProgramCatalogueTests.capability("strength_1rm"))
    let before = lab.everything
    for (programs, parts) in [
      ([count, again], ["count/all is answered for twice, by count and by again"]),
      ([count, count], ["count/all is answered for twice"]),
      ([count, half], ["differ in clock", "count", "half"]),
      ([count, stamped], ["differ in stamp"]),
      ([needing], ["needing: advice requires no_such_type, which no reducer writes"]),
      ([nested], ["advice requires objective_advisory, which requires another type itself"]),
      ([clock], ["clock answers for some keys of capability_estimation and refold for others", "differ in clock"]),
    ] {
      let finished = try lab.rebuild(nil, programs.flatMap { ["--reducers", $0] })
      lab.expectTrouble(finished, parts, before: before)
    }
    let unknown = try lab.rebuild(strength, ["--reducers", "count=v1"])
    #expect(unknown.status == 2 || unknown.status == 64, "\(unknown)")
    #expect(unknown.errors.contains("no projection type is called 'count'"), "\(unknown.errors)")
    // A version is for the built-in reducer of the other keys.
    let good = try lab.program(
      ProgramCatalogueTests.answering("strength_1rm"), name: "good",
      projections: [ProgramCatalogueTests.capability("strength_1rm")])
    let version = "capability_estimation=capability_estimation.v1"
    let mixed = try lab.rebuild(good, ["--reducers", version], output: "mixed.sqlite")
    #expect(mixed.status == 0, "\(mixed.errors)")
    let missing = try lab.rebuild("program/no-such-file.json")
    #expect(missing.status == 2 && missing.errors.contains("there is no file of that name"), "\(missing)")
  }

  @Test("one program requires another program's row: it fails with it, and --only asks for both")
  func requiredProgram() throws {
    let lab = try ProgramLab()
    let count = try lab.program(
      """
      for user in users():
          number = int(user["user_id"][-1])
          reply(user, [row()] if number == 1 else [], [failure(code="no_count")] if number == 2 else [])
      """, name: "counting", projections: [ProgramLab.projection("count", keys: ["all"])])
    let advice = try lab.program(
      """
      for user in users():
          number = int(user["user_id"][-1])
          reply(user, [row("advice")] if number == 1 else [])
      """, name: "advising", projections: [ProgramLab.projection("advice", keys: ["all"], requires: "count")])
    for programs in [[count, advice], [advice, count]] {
      let rows = try rows(lab, programs)
      #expect(
        rows.keys.filter { $0.contains("count/all") || $0.contains("advice/all") }.sorted() == [
          "1 advice/all", "1 count/all",
        ])
      let failed = try failures(lab, programs)
      #expect(
        failed.count == 2 && failed.allSatisfy { $0.contains("no_count") && $0.contains(ProgramLab.user(2)) },
        "\(failed)")
      #expect(try self.rows(lab, programs, ["--only", "advice"]).keys.sorted() == ["1 advice/all"])
    }
    let alone = try lab.rebuild(advice)
    #expect(alone.status == 2 && alone.errors.contains("advice requires count, which no reducer writes"), "\(alone)")
  }

  @Test("two programs of one name are refused: a snapshot could not tell them apart")
  func sameName() throws {
    let lab = try ProgramLab()
    let program = try lab.program(
      """
      for user in users():
          reply(user)
      """, projections: [ProgramLab.projection("count", keys: ["all"])])
    let text = try lab.text(program).replacing(#""type":"count""#, with: #""type":"other""#)
    try lab.folder.write("program/other.json", text.utf8)
    let before = lab.everything
    let finished = try lab.rebuild(program, ["--reducers", "program/other.json"])
    lab.expectTrouble(finished, [], before: before)
    #expect(finished.errors.contains("two programs"), "\(finished.errors)")
  }

  @Test("more event types or rows than are possible are refused")
  func limits() throws {
    let lab = try ProgramLab()
    let types = try lab.program(
      ProgramLab.counting, name: "types",
      projections: [ProgramLab.projection("count", keys: ["all"], sources: (0..<300).map { "type.\($0)" })])
    let keys = try lab.program(
      ProgramLab.counting, name: "keys", projections: [ProgramLab.projection("count", keys: (0..<130).map { "k\($0)" })]
    )
    let before = lab.everything
    lab.expectTrouble(try lab.rebuild(types), ["event types", "are possible"], before: before)
    lab.expectTrouble(try lab.rebuild(keys), ["a user would have 136 rows; at most 127 are possible"], before: before)
  }

  @Test("a row's data are kept as jsonb keeps them")
  func data() throws {
    let lab = try ProgramLab()
    let program = try lab.program(
      #"""
      for user in users():
          data = r'{"bb": 1.50, "a": {"d": [], "c": null}, "a": {"f": "\u00e9 \ud83d\ude00", "e": 1e2}, "n": 12345678901234567890123}'
          say('{"rows": [{"data": %s, "key": "all", "projection_type": "count"}], "user_id": "%s"}\n' % (data, user["user_id"]))
      """#, projections: [ProgramLab.projection("count", keys: ["all"])])
    let rows = try rows(lab, [program])
    #expect(
      ProgramCatalogueTests.text(rows["1 count/all"])
        == #"{"a":{"e":100,"f":"é 😀"},"bb":1.5,"n":12345678901234567890123}"#)
  }

  @Test("a program runs in its file's folder, with the standard files open and nothing else of refold's")
  func surroundings() throws {
    let lab = try ProgramLab()
    let program = try lab.program(
      """
      def link(number):
          try:
              return os.readlink("/proc/self/fd/" + number)
          except OSError:
              return ""
      files = [link(number) for number in os.listdir("/proc/self/fd") if int(number) > 2]
      inside = {"folder": os.path.basename(os.getcwd()), "group": os.getpgid(0) == os.getpid(),
                "blocked": len(signal.pthread_sigmask(signal.SIG_BLOCK, [])), "arguments": sys.argv[1:]}
      for user in users():
          reply(user, [row(data=inside), row(key="half", data={"files": files})])
      """, projections: [ProgramLab.projection("count", keys: ["all", "half"])], arguments: ["a b", "$HOME", "*"])
    for threads in ["1", "3"] {
      let rows = try rows(lab, [lab.folder.file(program)], ["--threads", threads])
      #expect(
        ProgramCatalogueTests.text(rows["4 count/all"])
          == #"{"arguments":["a b","$HOME","*"],"blocked":0,"folder":"program","group":true}"#)
      // What this process has may have been inherited.
      let own = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").map {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + $0)
      }
      let files = rows["4 count/half"]?["files"]?.array?.compactMap(\.string) ?? []
      #expect(files.filter { $0.hasPrefix("pipe:") && !own.contains($0) || $0.contains("refold-run-") } == [])
    }
  }

  @Test("a version of a type for which a program answers is refused")
  func versionOfAProgram() throws {
    let lab = try BankLab()
    let finished = try lab.rebuild("both", ["account=v1", BankLab.second])
    #expect(finished.status == 2 && finished.errors.contains("choose one"), "\(finished)")
  }
}

@Suite("the file that describes a program")
struct ReducerFileTests {
  private static let projection = #"{"type":"count","keys":["all"],"triggers":["a"],"sources":["a"]}"#

  /// A part of a good file, what replaces it, and what the message says.
  @Test(
    "a file that is not as it must be is refused, with the place",
    arguments: [
      ("\"name\":", "\"nick\":", "nick: unknown key; known are name, version, command, files, projections"),
      ("\"name\":\"good\",", "", "name: missing"), ("\"good\"", "\"not good\"", "name: not a word"),
      ("\"good\"", "\"\"", "name: not a text"), ("\"version\":\"1\",", "", "version: missing"),
      ("\"1\"", "1.5", "version: not a text"), ("\"1\"", "\"a\\nb\"", "version: not a text"),
      ("[\"python3\",\"good.py\"]", "\"python3 good.py\"", "command: not a list of texts"),
      ("[\"python3\",\"good.py\"]", "[]", "command: not a list of texts"),
      ("[\"good.py\"]", "[\"good.py\",\"no-such.py\"]", "files: no-such.py: no such file or directory"),
      ("[\"good.py\"]", "\"good.py\"", "files: not a list of texts"),
      ("\"keys\"", "\"key\"", "projections[0].key: unknown key"),
      ("[\(projection)]", "[]", "projections: not a list of projections"),
      ("[\(projection)]", "[\(projection),\(projection)]", "projections[1].type: count occurs twice"),
      ("[\(projection)]", "[1]", "projections[0]: not an object"),
      ("\"keys\":[\"all\"]", "\"keys\":[]", "projections[0].keys: not a list of texts"),
      ("\"keys\":[\"all\"]", "\"keys\":[\"all\",\"all\"]", "projections[0].keys: a text occurs twice"),
      ("\"type\":\"count\"", "\"type\":\"a/b\"", "projections[0].type: holds a slash"),
      ("\"triggers\":[\"a\"],", "", "projections[0].triggers: missing"),
      ("\"sources\":[\"a\"]", "\"sources\":[1]", "projections[0].sources[0]: not a text"),
      ("\"sources\":[\"a\"]", "\"sources\":[\"a\"],\"clock\":1", "projections[0].clock: not a text"),
      (
        "\"sources\":[\"a\"]", "\"sources\":[\"a\"],\"requires\":\"count\"",
        "projections[0].requires: the projection itself"
      ),
      ("{\"name\"", "{\"version\":\"2\",\"name\"", "version"), ("{\"name\"", "{name", "not JSON"),
    ])
  func refused(part: String, replacement: String, message: String) throws {
    let lab = try ProgramLab()
    let text =
      "{\"name\":\"good\",\"version\":\"1\",\"command\":[\"python3\",\"good.py\"],\"files\":[\"good.py\"],"
      + "\"projections\":[\(ReducerFileTests.projection)]}"
    try lab.program(ProgramLab.counting, name: "good")
    try lab.folder.write("program/good.json", text.utf8)
    let good = try lab.rebuild("program/good.json", output: "good.sqlite")
    #expect(good.status == 0, "\(good.errors)")
    let bad = text.replacing(part, with: replacement)
    #expect(bad != text)
    try lab.folder.write("program/good.json", bad.utf8)
    let before = lab.everything
    lab.expectTrouble(try lab.rebuild("program/good.json"), ["program/good.json", message], before: before)
  }
}
