import Foundation
import JSONTape
import ProcessSupport
import TestSupport
import Testing

@Suite("refold rebuild")
struct RebuildCommandTests {
  private func rebuild(_ folder: TemporaryFolder, _ more: String...) throws -> FinishedProcess {
    try Tool.run(
      [
        "rebuild", Fixtures.demo, "--users", Fixtures.demoUsers, "--as-of", Fixtures.asOf, "-o",
        folder.file("s.sqlite"),
      ] + more)
  }

  @Test("exit 0, a summary on standard output, nothing on standard error, an owner-only file and nothing else")
  func success() throws {
    let folder = try TemporaryFolder()
    let outcome = try rebuild(folder)
    #expect(outcome.status == 0)
    #expect(outcome.errors == "")
    #expect(outcome.output.contains("wrote \(folder.file("s.sqlite"))"))
    #expect(folder.names == ["s.sqlite"])
    let mode = try FileManager.default.attributesOfItem(atPath: folder.file("s.sqlite"))[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test("--json: the summary's figures")
  func json() throws {
    let folder = try TemporaryFolder()
    let outcome = try rebuild(folder, "--json", "--threads", "2")
    let summary = try JSONTree(outcome.output)
    #expect(outcome.status == 0)
    #expect(summary["as_of"]?.string == "2026-02-22T00:00:00+00:00")
    #expect(summary.at("records.total")?.text == "165")
    #expect(summary.at("records.duplicates")?.text == "5")
    #expect(summary.at("records.unread")?.text == "3")
    #expect(summary.at("records.folded")?.text == "157")
    #expect(summary.at("records.malformed")?.text == "0")
    #expect(summary.at("users.total")?.text == "8")
    #expect(summary.at("users.without_events")?.text == "1")
    #expect(
      summary.at("failures")?.text
        == #"[{"code":"number_overflow","projection_type":"capability_estimation","users":1}]"#)
    #expect(summary.at("rows")?.members?.count == 6)
    #expect(summary.at("performance.threads")?.text == "2")
  }

  @Test("an existing file is left alone without --force and replaced with it")
  func force() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("s.sqlite", "precious")
    let refused = try rebuild(folder)
    #expect(refused.status == 2)
    #expect(refused.output == "")
    #expect(refused.errors.contains("--force"))
    #expect(try Fixtures.fileBytes(folder.file("s.sqlite")) == Array("precious".utf8))
    #expect(folder.names == ["s.sqlite"])
    #expect(try rebuild(folder, "--force").status == 0)
    #expect(try Fixtures.fileBytes(folder.file("s.sqlite")).starts(with: "SQLite format 3".utf8))
  }

  @Test("- reads standard input and gives the same file")
  func standardInput() throws {
    let folder = try TemporaryFolder()
    #expect(try rebuild(folder).status == 0)
    let piped = try Tool.run(
      "rebuild", "-", "--users", Fixtures.demoUsers, "--as-of", "2026-02-22T05:30:00+05:30", "-o",
      folder.file("t.sqlite"),
      input: Fixtures.demo)
    #expect(piped.status == 0)
    #expect(try Fixtures.fileBytes(folder.file("s.sqlite")) == Fixtures.fileBytes(folder.file("t.sqlite")))
  }

  @Test("--user and --only")
  func parts() throws {
    let folder = try TemporaryFolder()
    let user = "295cf6b7-26d0-401f-888e-af2db0c592fb"
    #expect(
      try rebuild(folder, "--user", user, "--only", "objective_state", "--only", "capability_estimation/strength_1rm")
        .status == 0)
    let rows = try JSONTree(Tool.run("show", folder.file("s.sqlite"), user, "--json").output)
    #expect(rows.array?.compactMap { $0["key"]?.string } == ["strength_1rm", "active"])
    #expect(try Tool.run("show", folder.file("s.sqlite"), "cd16be9f-e7b2-4946-a3ac-39ba2feacab2").status == 1)
  }

  struct Trouble: Sendable, CustomTestStringConvertible {
    var name: String
    var arguments: [String]
    var says: String
    var testDescription: String { name }

    init(_ name: String, _ arguments: [String], says: String) {
      self.name = name
      self.arguments = arguments
      self.says = says
    }
  }

  /// `@` is replaced by a folder with the files that these arguments need.
  static let troubles = [
    Trouble("a missing file", ["rebuild", "@/none.ndjson", "-o", "@/o"], says: "none.ndjson"),
    Trouble("an empty directory", ["rebuild", "@/empty-folder", "-o", "@/o"], says: "empty-folder"),
    Trouble("an empty file", ["rebuild", "@/empty", "-o", "@/o"], says: "empty"),
    Trouble("no log of any form", ["rebuild", "@/garbage", "-o", "@/o"], says: "garbage"),
    Trouble("a SQLite file for a log", ["rebuild", "@/sqlite", "-o", "@/o"], says: "sqlite"),
    Trouble("a malformed line", ["rebuild", "@/malformed", "-o", "@/o"], says: "malformed:2 (byte "),
    Trouble("a missing users export", ["rebuild", Fixtures.demo, "--users", "@/none", "-o", "@/o"], says: "none"),
    Trouble("no log", ["rebuild", "-o", "@/o"], says: "Usage"),
    Trouble("no output", ["rebuild", Fixtures.demo], says: "--output"),
    Trouble("an unknown option", ["rebuild", Fixtures.demo, "-o", "@/o", "--nope"], says: "--nope"),
    Trouble(
      "an as-of without offset", ["rebuild", Fixtures.demo, "-o", "@/o", "--as-of", "2026-02-22T00:00:00"],
      says: "as-of"),
    Trouble("a user that is no id", ["rebuild", Fixtures.demo, "-o", "@/o", "--user", "someone"], says: "user"),
    Trouble(
      "a projection that is none", ["rebuild", Fixtures.demo, "-o", "@/o", "--only", "capability_estimation/x"],
      says: "only"),
    Trouble(
      "a profile with an unknown key", ["rebuild", Fixtures.demo, "-o", "@/o", "--profile", "@/profile"],
      says: "texts.capabilities.jump: unknown key"),
    Trouble("a missing profile", ["rebuild", Fixtures.demo, "-o", "@/o", "--profile", "@/none"], says: "none"),
    Trouble("no threads", ["rebuild", Fixtures.demo, "-o", "@/o", "--threads", "0"], says: "--threads"),
    Trouble("too little memory", ["rebuild", Fixtures.demo, "-o", "@/o", "--memory", "1M"], says: "--memory"),
    Trouble("a missing output folder", ["rebuild", Fixtures.demo, "-o", "@/none/o"], says: "none"),
    Trouble(
      "an output that is a folder", ["rebuild", Fixtures.demo, "-o", "@/empty-folder", "--force"], says: "empty-folder"),
    Trouble("a snapshot that is missing", ["show", "@/none", FoldedHistory.user], says: "none"),
    Trouble("a snapshot that is none", ["digest", "@/garbage"], says: "garbage"),
    Trouble("a folder for a snapshot", ["digest", "@/empty-folder"], says: "empty-folder"),
    Trouble("a profile that is no JSON", ["profile", "@/garbage"], says: "garbage"),
    Trouble("an unknown command", ["rebuilt"], says: "rebuilt"),
  ]

  @Test("trouble: exit 2, the cause on standard error, nothing on standard output, no file", arguments: troubles)
  func trouble(_ trouble: Trouble) throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.file("empty-folder"), withIntermediateDirectories: false)
    _ = try folder.write("empty", "")
    _ = try folder.write("garbage", "\u{1}\u{2}SECRET neither this nor that\n")
    _ = try folder.write("sqlite", "SQLite format 3\0SECRET")
    _ = try folder.write("malformed", eventLine(1) + "\n" + eventLine(2, data: #"{"SECRET":tru}"#) + "\n")
    _ = try folder.write("profile", #"{"texts":{"capabilities":{"jump":{"degraded":["SECRET"]}}}}"#)
    let before = folder.names
    let outcome = try Tool.run(trouble.arguments.map { $0.replacing("@", with: folder.path) })
    #expect(outcome.status == 2)
    #expect(outcome.output == "")
    #expect(outcome.errors.contains(trouble.says), "\(outcome.errors)")
    #expect(!outcome.errors.contains("SECRET"))
    #expect(folder.names == before)
  }

  @Test("SIGINT, SIGTERM and SIGHUP during a run leave nothing behind", arguments: [SIGINT, SIGTERM, SIGHUP])
  func signals(signal: Int32) throws {
    let folder = try TemporaryFolder()
    let temporary = try TemporaryFolder()
    // Folding these users takes a while: when the temporary file exists, only folding and writing rows are left to do.
    let users = (0..<10).map { "0b1c2d3e-0000-4000-8000-0000000000\($0 + 10)" }
    let block =
      #"{"block_type":"strength_set","dose":{"repeats":9e6,"work":{"reps":5}},"metrics":{"weight_kg":{"value":30}}}"#
    let log = try temporary.write(
      "log",
      users.enumerated().map {
        eventLine($0.offset, user: $0.element, type: "session.logged", data: #"{"blocks":[\#(block)]}"#)
      }
      .joined(separator: "\n"))
    let running = try RunningProcess(
      refoldBinary, ["rebuild", log, "-o", folder.file("s.sqlite"), "--temp", temporary.path])
    let deadline = Date().addingTimeInterval(30)
    while folder.names.isEmpty, Date() < deadline { usleep(5000) }
    // SQLite may have a journal beside it for a moment.
    let names = folder.names
    #expect(!names.isEmpty && !names.contains("s.sqlite"), "a temporary file beside the target: \(names)")
    running.send(signal)
    let outcome = running.wait()
    #expect(outcome.status == -signal || outcome.status > 0)
    #expect(outcome.output == "")
    #expect(folder.names.isEmpty)
    #expect(temporary.names == ["log"])
  }

  @Test("training-signals.md §4: millions of repeats take no memory")
  func flatMemory() throws {
    let folder = try TemporaryFolder()
    func peak(_ repeats: String) throws -> Double {
      let block =
        #"{"block_type":"strength_set","dose":{"repeats":\#(repeats),"work":{"reps":5}},"metrics":{"weight_kg":{"value":30}}}"#
      let log = try folder.write("log", eventLine(1, type: "session.logged", data: #"{"blocks":[\#(block)]}"#))
      let outcome = try Tool.run("rebuild", log, "-o", folder.file("s"), "--force", "--json")
      return try JSONTree(outcome.output).at("performance.peak_memory_bytes")?.number ?? .infinity
    }
    // A double for each row would take 24 MB.
    #expect(try abs(peak("3e6") - peak("1")) < 6_000_000)
  }

  @Test("the binary works when copied alone to another folder, without the environment")
  func copiedAlone() throws {
    let folder = try TemporaryFolder()
    let copy = folder.file("refold-copy")
    // Copied by another process. If this process had the copy open for writing, a program that another test starts
    // meanwhile would inherit the descriptor, and a file that is open for writing cannot be run ("Text file busy").
    try #require(try run("/bin/cp", [refoldBinary, copy]).status == 0)
    let log = try folder.write("log", try Fixtures.fileBytes(Fixtures.demo))
    let users = try folder.write("users", try Fixtures.fileBytes(Fixtures.demoUsers))
    let outcome = try run(
      "/usr/bin/env",
      ["-i", "TZ=Asia/Tokyo", "LC_ALL=tr_TR.UTF-8", copy]
        + ["rebuild", log, "--users", users, "--as-of", Fixtures.asOf, "-o", "s.sqlite"], directory: folder.path)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let other = try TemporaryFolder()
    #expect(try rebuild(other).status == 0)
    #expect(try Fixtures.fileBytes(folder.file("s.sqlite")) == Fixtures.fileBytes(other.file("s.sqlite")))
    let profile = try run("/usr/bin/env", ["-i", copy, "profile"])
    #expect(profile.output.contains("builtin.v1"))
  }
}
