import Foundation
import JSONTape
import ProcessSupport
import Testing

/// `repair` and `report` judge as `diff` does.
@Suite("repair and report: what is accepted")
struct RepairAcceptTests {
  private func repair(_ lab: NightlyLab, _ arguments: [String]) throws -> JSONTree {
    let finished = try run(
      refoldBinary, ["repair"] + arguments + ["--source", "r.1", "--json"], directory: lab.folder.path)
    #expect(finished.status == 0, "\(finished.errors)")
    return try JSONTree(parsing: Array(finished.output.utf8))
  }

  @Test("rows that an entry or a cause accepts are not repaired, from live rows and from a diff")
  func left() throws {
    let lab = try NightlyLab()
    let snapshot = try lab.snapshot(0)
    let live = [NightlyLab.live(0), "--log", NightlyLab.log(0)]
    let whole = try repair(lab, [snapshot] + live)
    let rows = try #require(whole["rows"]?.number)
    #expect(rows >= 2 && whole["accepted"]?.number == 0)
    _ = try lab.diff(0, ["--user", NightlyLab.lifter, "--write-accept", "a.ndjson", "--quiet"])
    #expect(try lab.lines("a.ndjson").count == 1)
    let rest = try repair(lab, [snapshot] + live + ["--accept", "a.ndjson"])
    #expect(rest["rows"]?.number == rows - 1 && rest["accepted"]?.number == 1)
    let allowed = try repair(lab, [snapshot] + live + ["--allow", "changed,clock,texts"])
    #expect(allowed["rows"]?.number == rows - 1 && allowed["accepted"]?.number == 1)
    _ = try lab.diff(0, ["--accept", "a.ndjson", "--ndjson", "d.ndjson", "--sqlite", "d.sqlite", "--quiet"])
    for file in ["d.ndjson", "d.sqlite"] {
      let stored = try repair(lab, [snapshot, "--diff", file])
      #expect(stored["rows"]?.number == rows - 1 && stored["accepted"]?.number == 1, "\(file)")
      #expect(stored["jobs"] == rest["jobs"])
    }
    // The old order still works.
    #expect(try repair(lab, ["d.ndjson", snapshot])["jobs"] == rest["jobs"])
    let one = try repair(lab, [snapshot, "--live"] + live + ["--user", NightlyLab.lifter])
    #expect(one["rows"]?.number == 1 && one["users"]?.array?.count == 1)
    let none = try repair(lab, [snapshot] + live + ["--user", NightlyLab.lifter, "--only", "objective_state"])
    #expect(none["rows"]?.number == 0)
  }

  @Test("report takes the rules, filters and entries of diff, and writes entries")
  func report() throws {
    let lab = try NightlyLab()
    func report(_ arguments: [String]) throws -> FinishedProcess {
      try run(
        refoldBinary,
        ["report", try lab.snapshot(0), "--live", NightlyLab.live(0), "--log", NightlyLab.log(0), "--json"] + arguments,
        directory: lab.folder.path, environment: ["CI": ""])
    }
    #expect(try report([]).status == 1)
    #expect(try report(["--user", NightlyLab.mixed]).status == 0)
    #expect(try report(["--only", "strength_1rm"]).status == 1)
    #expect(try report(["--only", "strength_1rm", "--ignore", "estimate"]).status == 0)
    #expect(try report(["--only", "strength_1rm", "--max-changed", "1"]).status == 0)
    #expect(try report(["--min-coverage", "100%"]).status == 2)
    let written = try report(["--identify", "--write-accept", "a.ndjson"])
    #expect(written.status == 0 && written.errors.contains("wrote a.ndjson: 2 entries"), "\(written.errors)")
    #expect(try lab.diff(0, ["--accept", "a.ndjson", "--strict-accept"]).status == 0)
    let automatic = try run(
      refoldBinary,
      [
        "report", try lab.snapshot(0), "--live", NightlyLab.live(0), "--json", "--write-accept",
        lab.folder.file("b.ndjson"),
      ], environment: ["CI": "true"])
    #expect(automatic.status == 2 && automatic.errors.contains("--force"))
  }
}
