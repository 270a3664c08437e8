import Foundation
import ProcessSupport
import Testing

/// Every command gives the same answers of a packed log as of the log.
@Suite("answers of packs")
struct PackAnswerTests {
  private let lab: CommandLab

  init() throws { lab = try CommandLab.live() }

  private static let user = "1683fb4f-de52-46f8-8ac2-18892b2a9c82"
  private static let asOf = ["--as-of", CommandLab.asOf]

  /// What commands print of a run's time, and of an event's place: of a pack there is none.
  private func comparable(_ text: String) -> String {
    text.replacing(#/(?m)^.*(peak memory|^time ).*\n/#, with: "")
      .replacing(#/\blog:\d+( \(byte \d+\))?/#, with: "packed log")
      .replacing(#/"line": ?\d+,\s*"byte": ?\d+/#, with: "\"packed\": true")
      .replacing(#/"(seconds|peak_memory_bytes|bytes_read)": ?[0-9.e-]+/#, with: "")
  }

  /// Runs the commands on the log and on both packs, and expects the same status, output and files.
  ///
  /// - Parameter command: makes the arguments, given those that say which users there are.
  private func expectSame(
    _ status: Int32, prepare: [[String]] = [], _ command: (_ users: [String]) -> [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var expected: (output: String, files: [String: Data])?
    for form in ["log", "read", "all"] {
      let users = form == "log" ? ["--users", "../users.ndjson"] : []
      for arguments in prepare {
        let made = try lab.refold(arguments.flatMap { $0 == "USERS" ? users : [$0] }, in: form)
        #expect(made.status == 0, "\(form): \(made)", sourceLocation: sourceLocation)
      }
      let finished = try lab.refold(command(users), in: form)
      #expect(finished.status == status, "\(form): \(finished)", sourceLocation: sourceLocation)
      let output = comparable(finished.output)
      let files = lab.files(form).filter { $0.key != "log" }
        .mapValues { data in String(data: data, encoding: .utf8).map { Data(comparable($0).utf8) } ?? data }
      if let expected {
        #expect(output == expected.output, "\(form)", sourceLocation: sourceLocation)
        #expect(Set(files.keys) == Set(expected.files.keys), "\(form)", sourceLocation: sourceLocation)
        let other = files.filter { expected.files[$0.key] != $0.value }.keys.sorted()
        #expect(other.isEmpty, "\(form)", sourceLocation: sourceLocation)
      } else {
        expected = (output, files)
      }
    }
    #expect(expected.map { !$0.output.isEmpty || !$0.files.isEmpty } == true, sourceLocation: sourceLocation)
  }

  private static let rebuild = ["rebuild", "log", "USERS", "-o", "s.sqlite", "--quiet"] + asOf

  @Test("rebuild: the same file")
  func rebuild() throws {
    try expectSame(0) { ["rebuild", "log", "-o", "s.sqlite", "--quiet"] + $0 + Self.asOf }
    // Without --as-of, it is the newest created_at.
    try expectSame(0) { ["rebuild", "log", "-o", "t.sqlite", "--quiet"] + $0 }
    try expectSame(0) {
      [
        "rebuild", "log", "-o", "u.sqlite", "--quiet", "--user", Self.user, "--only",
        "capability_estimation/jump_height",
      ]
        + $0 + Self.asOf
    }
    try expectSame(0) { ["rebuild", "log", "-o", "v.sqlite", "--quiet", "--threads", "1", "--memory", "8M"] + $0 }
  }

  @Test("fold, whole and in partitions")
  func fold() throws {
    try expectSame(0) { ["fold", "log", "--quiet"] + $0 + Self.asOf }
    for part in ["0/3", "1/3", "2/3"] {
      try expectSame(0) { ["fold", "log", "--quiet", "--partition", part] + $0 + Self.asOf }
    }
    try expectSame(0) { ["fold", "log", "--quiet", "--partition", "1/2", "-o", "part.sqlite"] + $0 + Self.asOf }
  }

  @Test("diff --log: the same causes")
  func diff() throws {
    try expectSame(1, prepare: [Self.rebuild]) { _ in
      ["diff", "s.sqlite", "../live.ndjson", "--log", "log", "--ndjson", "d.ndjson", "--all", "--quiet"]
    }
  }

  @Test("explain and witness")
  func explain() throws {
    for more in [[], ["--json"], ["capability_estimation/strength_1rm"]] {
      try expectSame(0) { ["explain"] + more + ["--log", "log", "--user", Self.user] + $0 + Self.asOf }
    }
    let explained = try lab.refold(["explain", "--log", "log", "--user", Self.user] + Self.asOf, in: "read")
    #expect(explained.output.contains("packed log  folded"))
    try expectSame(0) {
      ["witness", "--log", "log", "--live", "../live.ndjson", "-o", "w", "--quiet"] + $0 + Self.asOf
    }
  }

  @Test("report and audit")
  func report() throws {
    try expectSame(1, prepare: [Self.rebuild]) { _ in
      ["report", "s.sqlite", "--live", "../live.ndjson", "--log", "log", "-o", "r.html"]
    }
    try expectSame(1) {
      ["audit", "log", "--live", "../live.ndjson", "--ndjson", "a.ndjson", "--quiet"] + $0 + Self.asOf
    }
  }

  @Test("verify, plan and repair")
  func runbooks() throws {
    try expectSame(1) { ["verify", "log"] + $0 + Self.asOf }
    try expectSame(0) { ["plan", "all", "log", "--source", "x"] + $0 + Self.asOf }
    try expectSame(0, prepare: [Self.rebuild]) { _ in
      ["repair", "s.sqlite", "../live.ndjson", "--log", "log", "--source", "x"]
    }
  }

  @Test("compare, with a profile")
  func compare() throws {
    let profile = try lab.refold(["profile"]).output
    try lab.folder.write(
      "profile.json", profile.replacing("\"freshness_scale_days\": 21", with: "\"freshness_scale_days\": 9").utf8)
    let changed = try lab.refold(
      ["compare", "log/log", "--after", "profile.json", "--users", "users.ndjson"] + Self.asOf)
    try expectSame(changed.status) {
      ["compare", "log", "--after", "../profile.json", "--ndjson", "c.ndjson", "--all"] + $0 + Self.asOf
    }
  }

  @Test("a case of a pack of all fields holds the same rows, and is checked; one of what is read is refused")
  func cases() throws {
    let options = ["--live", "../live.ndjson"] + Self.asOf
    let refused = try lab.refold(["check", "--init", "case", "--log", "log"] + options, in: "read")
    #expect(refused.status == 2 && refused.errors.contains("--all-fields"), "\(refused)")
    #expect(lab.names("read") == ["log"])
    for (form, users) in [("log", ["--users", "../users.ndjson"]), ("all", [])] {
      let made = try lab.refold(["check", "--init", "case", "--log", "log"] + users + options, in: form)
      #expect(made.status == 0, "\(made)")
      #expect(try lab.refold(["check", "case"], in: form).status == 0)
    }
    for name in ["projections.ndjson", "failures.ndjson", "differences.ndjson"] {
      #expect(lab.folder.bytes("all/case/" + name) == lab.folder.bytes("log/case/" + name), "\(name)")
    }
    // A case may name a pack.
    for form in ["read", "all"] {
      let text = try #require(lab.folder.bytes("log/case/case.json"))
      let made = "\(form)/named"
      try FileManager.default.copyItem(atPath: lab.folder.file("log/case"), toPath: lab.folder.file(made))
      try FileManager.default.copyItem(
        atPath: lab.folder.file(form + "/log"), toPath: lab.folder.file(made + "/events.refold"))
      try lab.folder.write(
        made + "/case.json",
        String(decoding: text, as: UTF8.self).replacing("events.ndjson", with: "events.refold").utf8)
      let checked = try lab.refold(["check", made])
      #expect(checked.status == 0 && checked.output.contains("1 ok"), "\(checked)")
    }
  }

  @Test("check --prove packs the log in several ways, and proves a pack")
  func prove() throws {
    let demo = repository + "/fixtures/demo/"
    let proved = try lab.refold(
      ["check", "--prove", demo + "events.ndjson", "--users", demo + "users.ndjson"] + Self.asOf)
    #expect(proved.status == 0, "\(proved)")
    #expect(proved.output.contains("packed, 2 threads") && proved.output.contains("packed one after another"))
    let all = try lab.refold(["check", "--prove", "all/log"] + Self.asOf)
    #expect(all.status == 0, "\(all)")
  }

  @Test("a pack and new files are read together, in any order and from a directory")
  func together() throws {
    let lines = String(decoding: try #require(lab.folder.bytes("events.ndjson")), as: UTF8.self)
      .split(separator: "\n").map { $0 + "\n" }
    try lab.folder.write("old.ndjson", lines[..<500].joined().utf8)
    try lab.folder.write("new.ndjson", lines[450...].joined().utf8)
    #expect(
      try lab.refold(["rebuild", "log", "--users", "../users.ndjson", "-o", "s.sqlite"] + Self.asOf, in: "log").status
        == 0)
    let expected = try #require(lab.folder.bytes("log/s.sqlite"))
    let diffed = ["diff", "log/s.sqlite", "live.ndjson", "--log"]
    let causes = try lab.refold(diffed + ["log/log", "--all"]).output
    let explanation = try lab.refold(["explain", "--user", Self.user, "--log", "log/log"] + Self.asOf).output
    for options in [[], ["--all-fields"]] {
      let packed = try lab.refold(
        ["pack", "old.ndjson", "--users", "users.ndjson", "-o", "old.refold", "--force"] + options)
      #expect(packed.status == 0, "\(packed)")
      try? FileManager.default.removeItem(atPath: lab.folder.file("dir"))
      try FileManager.default.createDirectory(atPath: lab.folder.file("dir"), withIntermediateDirectories: false)
      for name in ["old.refold", "new.ndjson"] {
        try FileManager.default.copyItem(atPath: lab.folder.file(name), toPath: lab.folder.file("dir/" + name))
      }
      for logs in [
        ["old.refold", "new.ndjson"], ["new.ndjson", "old.refold"], ["dir"],
        ["old.refold", "old.refold", "new.ndjson"],
      ] {
        let rebuilt = try lab.refold(["rebuild"] + logs + ["-o", "t.sqlite", "--force"] + Self.asOf)
        #expect(rebuilt.status == 0 && lab.folder.bytes("t.sqlite") == expected, "\(logs): \(rebuilt)")
      }
      // New records on standard input.
      let piped = try lab.refold(
        ["rebuild", "old.refold", "-", "-o", "t.sqlite", "--force"] + Self.asOf, input: lab.folder.file("new.ndjson"))
      #expect(piped.status == 0 && lab.folder.bytes("t.sqlite") == expected, "\(piped)")
      let compared = try lab.refold(diffed + ["old.refold", "--log", "new.ndjson", "--all"])
      #expect(comparable(compared.output) == comparable(causes), "\(compared.errors)")
      let explained = try lab.refold(
        ["explain", "--user", Self.user, "--log", "old.refold", "--log", "new.ndjson"] + Self.asOf)
      #expect(explained.status == 0)
      let places = #/(packed log|\S+ndjson:\d+|\blog\/log:\d+)/#
      // Only the records that repeat others are counted for what they are.
      func rows(_ text: String) -> [String] {
        text.split(separator: "\n").filter { !$0.hasPrefix("records of the user") && !$0.contains("repeat") }
          .map { $0.replacing(places, with: "").split(separator: " ").joined(separator: " ") }
      }
      #expect(rows(explained.output) == rows(explanation))
    }
  }

  @Test("records that cannot be read are set aside beside a pack")
  func quarantine() throws {
    let event = try #require(lab.folder.bytes("events.ndjson")?.split(separator: 0x0A).first)
    try lab.folder.write("bad.ndjson", event + Array("\nno event\n".utf8))
    #expect(
      try lab.refold(["rebuild", "log/log", "--users", "users.ndjson", "-o", "s.sqlite"] + Self.asOf).status == 0)
    for form in ["read", "all"] {
      let stopped = try lab.refold(["rebuild", form + "/log", "bad.ndjson", "-o", "t.sqlite"])
      #expect(stopped.status == 2 && lab.folder.bytes("t.sqlite") == nil, "\(stopped)")
      let rebuilt = try lab.refold(
        ["rebuild", form + "/log", "bad.ndjson", "-o", "t.sqlite", "--quarantine", "q.ndjson"] + Self.asOf)
      #expect(rebuilt.status == 0 || rebuilt.status == 1, "\(rebuilt)")
      #expect(lab.folder.bytes("q.ndjson").map { String(decoding: $0, as: UTF8.self) }?.contains("no event") == true)
      let digests = try ["s.sqlite", "t.sqlite"].map { try lab.refold(["digest", $0]).output }
      #expect(digests[0] == digests[1] && !digests[0].isEmpty)
      for name in ["t.sqlite", "q.ndjson"] { try FileManager.default.removeItem(atPath: lab.folder.file(name)) }
    }
  }
}
