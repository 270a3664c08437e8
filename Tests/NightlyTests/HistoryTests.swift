import Foundation
import JSONTape
import ProcessSupport
import SQLiteSupport
import Testing

@Suite("since the last run")
struct HistoryTests {
  private static let history = ["--history", "runs.sqlite"]

  private func json(_ finished: FinishedProcess) throws -> JSONTree {
    try JSONTree(parsing: Array(finished.output.utf8))
  }

  private func counts(_ report: JSONTree) -> [Double?] {
    ["new", "gone", "persisting"].map { report["since"]?[$0]?.number }
  }

  private func rows(_ lab: NightlyLab, _ sql: String) throws -> [[String]] {
    try Database(path: lab.folder.file("runs.sqlite")).rows(sql).map { $0.values.map(\.description) }
  }

  @Test("three nights: new, gone and persisting, in every form, with the trend")
  func nights() throws {
    let lab = try NightlyLab()
    let first = try lab.diff(0, HistoryTests.history)
    #expect(first.status == 1 && first.output.contains("\nthe first run in this history: 2 new\n"), "\(first.output)")
    let attributes = try FileManager.default.attributesOfItem(atPath: lab.folder.file("runs.sqlite"))
    #expect(attributes[.posixPermissions] as? Int == 0o600)

    let second = try lab.diff(
      1,
      HistoryTests.history + [
        "--ndjson", "d.ndjson", "--sqlite", "d.sqlite", "--html", "page.html", "--openmetrics", "m.prom",
      ])
    let line = ", as of 2026-02-14 00:00 UTC: 1 new, 1 gone, 1 persisting"
    #expect(second.status == 1 && second.output.onOneLine.contains(line), "\(second.output)")
    let row = "capability_estimation/strength_1rm  "
    #expect(second.output.contains("\(row)behind  new\n    user \(NightlyLab.mixed)\n"))
    #expect(second.output.contains("\(row)changed\n    user \(NightlyLab.lifter)\n"))
    let records = try lab.lines("d.ndjson")
    #expect(records.compactMap { $0["since"]?.string } == ["new", "persisting"])
    let seen = records.compactMap { $0["first_seen"]?.string }
    #expect(seen.count == 2 && seen[1] < seen[0])
    let page = String(decoding: try #require(lab.folder.bytes("page.html")), as: UTF8.self)
    #expect(page.contains("Since the last run") && page.contains(line) && page.contains("The last runs"))
    let metrics = String(decoding: try #require(lab.folder.bytes("m.prom")), as: UTF8.self)
    #expect(metrics.contains("refold_rows_since{state=\"new\"} 1\n"))

    let third = try json(try lab.diff(2, HistoryTests.history + ["--json"]))
    #expect(counts(third) == [0, 0, 2])
    #expect(third["trend"]?.array?.map { $0["unacceptable"]?.number } == [2, 2, 2])
    #expect(
      third["trend"]?.array?.compactMap { $0["as_of"]?.string?.prefix(10) } == NightlyLab.nights.map { $0[...] })
    // A run that changes nothing adds nothing but itself.
    #expect(try rows(lab, "SELECT count(*) FROM differences") == [["3"]])
    #expect(
      try rows(lab, "SELECT new, gone, persisting, verdict FROM runs ORDER BY id") == [
        ["2", "0", "0", "different"], ["1", "1", "1", "different"], ["0", "0", "2", "different"],
      ])
    // What comes back is new.
    #expect(counts(try json(try lab.diff(0, HistoryTests.history + ["--json"]))) == [1, 1, 1])
  }

  @Test("--fail-on new: only a new difference that is not acceptable fails")
  func failOn() throws {
    let lab = try NightlyLab()
    let arguments = HistoryTests.history + ["--fail-on", "new"]
    let statuses = try [0, 0, 1, 2].map { try lab.diff($0, arguments).status }
    #expect(statuses == [1, 0, 1, 0])
    let known = try lab.diff(2, arguments)
    #expect(known.output.contains("nothing new: 2 rows with a cause that is not allowed were there in the last run"))
    #expect(try json(try lab.diff(2, arguments + ["--json"]))["verdict"]?.string == "known")
    #expect(try lab.diff(2, HistoryTests.history).status == 1)
    // A changed difference is new; an accepted one is not a failure.
    let moved = try lab.live(2, replacing: "132.4545", with: "133.4545")
    #expect(try lab.diff(2, live: moved, arguments + ["--write-accept", "a.ndjson"]).status == 0)
    #expect(try lab.diff(2, arguments + ["--accept", "a.ndjson"]).status == 1)
    #expect(try lab.diff(2, live: moved, arguments + ["--accept", "a.ndjson"]).status == 0)
    // Other checks fail as ever.
    #expect(try lab.diff(2, arguments + ["--accept", "a.ndjson", "--strict-accept"]).status == 1)
    #expect(try lab.diff(2, ["--fail-on", "new"]).errors.contains("--fail-on new needs --history"))
    // What --max-changed excuses does not fail, new or not.
    #expect(
      try lab.diff(
        0, ["--history", "b.sqlite", "--fail-on", "new", "--only", "capability_estimation", "--max-changed", "1"]
      ).status == 0)
  }

  @Test("a run is compared with the last one of the same scope")
  func scopes() throws {
    let lab = try NightlyLab()
    _ = try lab.diff(0, HistoryTests.history)
    for filter in [["--user", NightlyLab.lifter], ["--only", "capability_estimation"], ["--partition", "0/1"]] {
      let finished = try lab.diff(0, HistoryTests.history + filter)
      #expect(finished.output.contains("the first run in this history"), "\(filter)")
    }
    #expect(try lab.diff(0, withLog: false, HistoryTests.history).output.contains("the first run in this history"))
    #expect(counts(try json(try lab.diff(0, HistoryTests.history + ["--json"]))) == [0, 0, 2])
    // The order of filters and a redaction do not matter.
    let two = ["--user", NightlyLab.lifter, "--user", NightlyLab.sprinter]
    _ = try lab.diff(0, HistoryTests.history + two)
    let again = try lab.diff(
      0, HistoryTests.history + ["--redact", "--json", "--user", two[3], "--user", two[1]])
    #expect(counts(try json(again)) == [0, 0, 2])
  }

  @Test("with --redact, no id gets into the history")
  func redaction() throws {
    let lab = try NightlyLab()
    let finished = try lab.diff(0, HistoryTests.history + ["--redact", "--user", NightlyLab.lifter])
    #expect(finished.status == 1, "\(finished.errors)")
    _ = try lab.diff(1, HistoryTests.history + ["--redact"])
    let bytes = try #require(lab.folder.bytes("runs.sqlite"))
    for id in [NightlyLab.lifter, NightlyLab.mixed, NightlyLab.sprinter] {
      #expect(bytes.range(of: Data(id.utf8)) == nil)
    }
    #expect(bytes.range(of: Data("user-".utf8)) != nil)
  }

  @Test("a run that fails or is killed leaves the history as it was; two at a time never damage it")
  func failures() throws {
    let lab = try NightlyLab()
    _ = try lab.diff(0, HistoryTests.history)
    let before = try rows(lab, "SELECT * FROM differences") + rows(lab, "SELECT * FROM runs")
    func isUnchanged() throws -> Bool {
      try rows(lab, "SELECT * FROM differences") + rows(lab, "SELECT * FROM runs") == before
    }
    // Too little is compared: that is found at the end.
    let few = try lab.live(1, replacing: NightlyLab.lifter, with: "00000000-0000-4000-8000-000000000000")
    #expect(try lab.diff(1, live: few, HistoryTests.history + ["--min-coverage", "99%"]).status == 2)
    #expect(try isUnchanged())
    // The differences are written to a FIFO that nobody reads: the run hangs, with the history open.
    #expect(mkfifo(lab.folder.file("fifo"), 0o600) == 0)
    let reader = open(lab.folder.file("fifo"), O_RDWR)
    defer { close(reader) }
    let held = try RunningProcess(
      refoldBinary, ["diff", lab.snapshot(1), "/dev/stdin"] + HistoryTests.history, directory: lab.folder.path,
      input: lab.folder.file("fifo"))
    let journal = lab.folder.file("runs.sqlite")
    for _ in 0..<200 where try !isLocked(journal) { usleep(10_000) }
    #expect(try isLocked(journal))
    let second = try lab.diff(1, HistoryTests.history)
    #expect(second.status == 2 && second.errors.contains("another run is recording in it"), "\(second.errors)")
    held.send(SIGKILL)
    _ = held.wait()
    #expect(try isUnchanged())
    #expect(counts(try json(try lab.diff(1, HistoryTests.history + ["--json"]))) == [1, 1, 1])
    // Two short runs: one waits for the other.
    let runs = try (0..<2).map { _ in
      try RunningProcess(
        refoldBinary, ["diff", lab.snapshot(1), NightlyLab.live(1), "--log", NightlyLab.log(1)] + HistoryTests.history,
        directory: lab.folder.path)
    }
    for run in runs { #expect(run.wait().status == 1) }
    #expect(try rows(lab, "PRAGMA integrity_check") == [["ok"]])
    #expect(try rows(lab, "SELECT count(*) FROM runs") == [["4"]])
  }

  /// Whether a process has begun to write the database.
  private func isLocked(_ path: String) throws -> Bool {
    let database = try Database(path: path)
    do {
      try database.transaction {}
      return false
    } catch let error as DatabaseError where error.isBusy {
      return true
    }
  }

  @Test("what is older than --history-keep is forgotten, except the last run")
  func retention() throws {
    let lab = try NightlyLab()
    for night in [0, 1, 2] { _ = try lab.diff(night, HistoryTests.history) }
    try Database(path: lab.folder.file("runs.sqlite")).execute("UPDATE runs SET at = '2020-01-01T00:00:00+00:00'")
    let last = try lab.diff(2, HistoryTests.history + ["--history-keep", "90d", "--json"])
    #expect(counts(try json(last)) == [0, 0, 2])
    #expect(try rows(lab, "SELECT id FROM runs") == [["4"]])
    // The sprinter's difference is gone.
    #expect(try rows(lab, "SELECT count(*) FROM differences") == [["2"]])
  }

  @Test("a file that is something else is refused before any work")
  func refusals() throws {
    let lab = try NightlyLab()
    let snapshot = try lab.snapshot(0)
    try lab.folder.write("text", "no database".utf8)
    try FileManager.default.createDirectory(atPath: lab.folder.file("folder"), withIntermediateDirectories: false)
    try FileManager.default.copyItem(atPath: snapshot, toPath: lab.folder.file("copy.sqlite"))
    try Database(path: lab.folder.file("newer.sqlite"))
      .execute("PRAGMA application_id = \(0x7265_6648); PRAGMA user_version = 9; CREATE TABLE runs (a)")
    for (name, reason) in [
      ("text", "is not a SQLite database"), ("folder", "is a directory"), ("/dev/null", "is not a regular file"),
      ("copy.sqlite", "not a history of refold"), ("newer.sqlite", "has history format 9"),
      (snapshot, "an input is never an output"), ("nowhere/runs.sqlite", "no such file or directory"),
    ] {
      let finished = try lab.diff(0, live: snapshot == name ? nil : "missing.csv", ["--history", name])
      #expect(finished.status == 2 && finished.errors.contains(reason), "\(name): \(finished.errors)")
    }
  }

  @Test("outputs that cannot be written, and wrong rules, are found before any work")
  func outputs() throws {
    let lab = try NightlyLab()
    try lab.folder.write("there.sqlite", "text".utf8)
    try lab.folder.write("rules.json", #"{"ignored":[]}"#.utf8)
    for (arguments, reason) in [
      (["--sqlite", "there.sqlite"], "--force replaces it"), (["--html", "none/a"], "none does not exist"),
      (["--junit", "none/a"], "none does not exist"), (["--openmetrics", "none/a"], "none does not exist"),
      (["--write-accept", "none/a"], "none does not exist"), (["--ndjson", "none/a"], "none does not exist"),
      (["--rules", "rules.json"], "rules.json"), (["--tolerance", "a"], "a"),
    ] {
      // The log is missing: that would be found first.
      let finished = try run(
        refoldBinary, ["audit", "missing.ndjson"] + arguments, directory: lab.folder.path, environment: ["CI": ""])
      #expect(finished.status == 2 && finished.errors.contains(reason), "\(arguments): \(finished.errors)")
    }
    #expect(lab.folder.names == ["rules.json", "there.sqlite"])
  }

  @Test("audit and report record and show the same")
  func commands() throws {
    let lab = try NightlyLab()
    let report = try run(
      refoldBinary,
      ["report", lab.snapshot(0), "--live", NightlyLab.live(0), "--log", NightlyLab.log(0), "--json"]
        + HistoryTests.history, directory: lab.folder.path)
    #expect(try report.status == 1 && json(report)["comparison"]?["since"]?["new"]?.number == 2, "\(report.errors)")
    let audit = try run(
      refoldBinary,
      [
        "audit", NightlyLab.log(1), "--users", repository + "/fixtures/demo/users.ndjson", "--live", NightlyLab.live(1),
        "--as-of", "2026-02-16T00:00:00Z", "--json",
      ] + HistoryTests.history, directory: lab.folder.path)
    #expect(try audit.status == 1 && counts(json(audit)) == [1, 1, 1], "\(audit.errors)")
    let known = try run(
      refoldBinary,
      [
        "report", lab.snapshot(2), "--live", NightlyLab.live(2), "--log", NightlyLab.log(2), "--markdown", "--fail-on",
        "new", "-o", "page.html", "--openmetrics", "m.prom",
      ] + HistoryTests.history, directory: lab.folder.path)
    #expect(known.status == 0 && known.output.contains("### Since the last run"), "\(known.output)\(known.errors)")
    #expect(known.errors.contains("none of them new"), "\(known.errors)")
    #expect(lab.folder.bytes("m.prom") != nil && lab.folder.bytes("page.html") != nil)
  }
}
