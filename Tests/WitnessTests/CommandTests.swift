import EventModel
import Foundation
import JSONTape
import ProcessSupport
import TestSupport
import Testing

/// `refold witness`, run as a process.
struct CommandTests {
  private static let user = FoldedHistory.user
  private let folder: TemporaryFolder
  private let log: String
  private let equal: String
  private let other: String

  init() throws {
    folder = try TemporaryFolder()
    let history = "#1 set.logged 01-05T10:00 {\"weight_kg\": 80, \"reps\": 5}\n#2 goal.set 01-06T10:00 {}"
    log = try folder.write("log.ndjson", FoldedHistory.records(history).joined(separator: "\n") + "\n")
    let folded = try FoldedHistory(history, asOf: "2026-01-07T00:00:00Z")
    let row = folded.rows["active"]?.text ?? ""
    equal = try folder.write("equal.ndjson", liveLine("objective_state/active", row) + "\n")
    let lower = row.replacing("\"inferred_confidence\":0.7", with: "\"inferred_confidence\":0.2")
    other = try folder.write("other.ndjson", liveLine("objective_state/active", lower) + "\n")
  }

  private func refold(_ arguments: [String]) throws -> FinishedProcess {
    try ProcessSupport.run(refoldBinary, ["witness", log, "--as-of", "2026-01-07T00:00:00Z"] + arguments)
  }

  private func refold(_ arguments: String...) throws -> FinishedProcess { try refold(arguments) }

  @Test("0: written; a folder with a case is replaced only with --force, one with other files never")
  func writes() throws {
    let target = folder.file("case")
    let arguments = ["--live", other, "--user", CommandTests.user, "--only", "objective_state/active", "-o", target]
    func run(_ more: String...) throws -> FinishedProcess { try refold(arguments + more) }
    let first = try run()
    #expect(first.status == 0)
    #expect(first.output.hasPrefix("\(target)  objective_state/active  changed  1 event of 2, 0 of 2 fields"))
    let files = try Fixtures.bytes(target + "/case.json")
    let refused = try run()
    #expect(refused.status == 2)
    #expect(refused.errors == "refold: \(target): the folder is not empty; --force replaces a case in it\n")
    #expect(try run("--force").status == 0)
    #expect(try Fixtures.bytes(target + "/case.json") == files)
    _ = try folder.write("case/mine.txt", "x")
    let careful = try run("--force")
    #expect(careful.status == 2)
    #expect(careful.errors == "refold: \(target): the folder holds mine.txt, which is not part of such a case\n")
    #expect(folder.names == ["case", "equal.ndjson", "log.ndjson", "other.ndjson"])
  }

  @Test(
    "--quarantine writes what a rebuild sets aside, and the witness is that of the other records",
    arguments: [[], ["--user", user, "--only", "objective_state/active"]])
  func quarantine(rows: [String]) throws {
    let text = String(decoding: try Fixtures.bytes(log), as: UTF8.self)
    let lines = text.split(separator: "\n").map(String.init)
    // Another user has an event with the id of the set.
    let conflict = lines[0].replacing(CommandTests.user, with: "0b1c2d3e-0000-4000-8000-00000000000b")
    let bad = try folder.write("bad-log.ndjson", text + conflict + "\n{\"id\": 5}\n")
    func refold(_ log: String, _ more: String...) throws -> FinishedProcess {
      try ProcessSupport.run(
        refoldBinary, ["witness", log, "--as-of", "2026-01-07T00:00:00Z", "--live", other] + rows + more)
    }
    let target = folder.file("case")
    #expect(try refold(bad, "-o", target).status == 2)
    let written = try refold(bad, "-o", target, "--quarantine", folder.file("q.ndjson"), "--json")
    #expect(try JSONTree(parsing: Array(written.output.utf8))["malformed_left_out"] == .integer(3))
    #expect(written.status == 0, "\(written.errors)")
    #expect(written.errors.contains("3 malformed records left out\n"))
    let rebuilt = try ProcessSupport.run(
      refoldBinary,
      ["rebuild", bad, "-o", folder.file("s.sqlite"), "--quarantine", folder.file("rebuilt.ndjson"), "--quiet"])
    #expect(rebuilt.status == 0)
    #expect(try Fixtures.bytes(folder.file("q.ndjson")) == Fixtures.bytes(folder.file("rebuilt.ndjson")))
    #expect(try ProcessSupport.run(refoldBinary, ["check", target]).status == 0)

    // The same witnesses as from a log without these records.
    let good = try folder.write("good-log.ndjson", lines[1] + "\n")
    #expect(try refold(good, "-o", folder.file("good")).status == 0)
    func events(_ name: String) throws -> [String: [UInt8]] {
      let paths = FileManager.default.subpaths(atPath: folder.file(name)) ?? []
      let events = paths.filter { $0.hasSuffix("events.ndjson") }
      return try Dictionary(uniqueKeysWithValues: events.map { ($0, try Fixtures.bytes(folder.file("\(name)/\($0)"))) })
    }
    #expect(try !events("case").isEmpty)
    #expect(try events("case") == events("good"))

    let again = try refold(bad, "-o", folder.file("again"), "--quarantine", folder.file("q.ndjson"))
    #expect(again.status == 2 && !folder.names.contains("again"))
    let limited = try refold(bad, "-o", folder.file("again"), "--quarantine", folder.file("over"), "--max-bad", "2")
    #expect(limited.status == 2 && !folder.names.contains("again") && folder.names.contains("over"))
  }

  @Test("1: nothing differs, or only with other causes; nothing is written")
  func nothing() throws {
    let same = try refold(
      "--live", equal, "--user", CommandTests.user, "--only", "objective_state", "-o", folder.file("x"))
    #expect(same.status == 1)
    #expect(same.output == "no difference to witness: 1 row looked at, all equal\n")
    let causes = try refold(
      "--live", other, "--user", CommandTests.user, "--only", "objective_state", "--cause", "behind", "-o",
      folder.file("x"))
    #expect(causes.status == 1)
    #expect(causes.output == "no difference to witness: 1 row differs, with other causes\n")
    #expect(folder.names == ["equal.ndjson", "log.ndjson", "other.ndjson"])
  }

  @Test("2: an unknown user, a file that is not a log")
  func trouble() throws {
    let stranger = "0b1c2d3e-0000-4000-8000-00000000000b"
    let unknown = try refold("--live", other, "--user", stranger, "-o", folder.file("x"))
    #expect(unknown.status == 2)
    #expect(unknown.errors == "refold: neither the log nor the live export names user \(stranger)\n")
    let broken = try folder.write("broken.ndjson", "{\"id\": 5}\n")
    let malformed = try ProcessSupport.run(
      refoldBinary,
      ["witness", broken, "--live", other, "--user", stranger, "-o", folder.file("x")])
    #expect(malformed.status == 2)
    #expect(malformed.errors.contains("broken.ndjson:1 (byte 0): "))
  }

  @Test("Without --key, every row that differs gets a folder; --json lists them")
  func everyRow() throws {
    let run = try refold("--live", other, "--user", CommandTests.user, "--json", "-o", folder.file("cases"))
    #expect(run.status == 0)
    let written = try #require(JSONTree(run.output)["written"]?.array)
    let folders = written.compactMap { $0["folder"]?.string?.split(separator: "/").last.map(String.init) }
    #expect(
      folders == [
        "capability_estimation.endurance_threshold", "capability_estimation.jump_height",
        "capability_estimation.sprint_max_speed", "capability_estimation.strength_1rm", "objective_advisory.overview",
        "objective_state.active",
      ])
    #expect(written.map { $0["causes"]?.text } == Array(repeating: "[\"missing\"]", count: 5) + ["[\"changed\"]"])
  }
}
