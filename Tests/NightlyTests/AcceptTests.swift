import Foundation
import JSONTape
import ProcessSupport
import Testing

@Suite("accepted differences")
struct AcceptTests {
  private func json(_ finished: FinishedProcess) throws -> JSONTree {
    try JSONTree(parsing: Array(finished.output.utf8))
  }

  @Test("an entry accepts its difference on later nights, while the log grows; what is new is not accepted")
  func nights() throws {
    let lab = try NightlyLab()
    let written = try lab.diff(0, ["--write-accept", "accepted.ndjson"])
    #expect(written.status == 0, "\(written.output)\(written.errors)")
    #expect(written.errors.contains("wrote accepted.ndjson: 2 entries (0 kept, 2 new), 0 dropped\n"))
    let entries = try lab.lines("accepted.ndjson")
    #expect(entries.map { $0["user_id"]?.string } == [NightlyLab.sprinter, NightlyLab.lifter])
    #expect(
      entries.map { $0["projection"]?.string } == ["objective_advisory/overview", "capability_estimation/strength_1rm"])
    let attributes = try FileManager.default.attributesOfItem(atPath: lab.folder.file("accepted.ndjson"))
    #expect(attributes[.posixPermissions] as? Int == 0o600)

    let same = try lab.diff(0, ["--accept", "accepted.ndjson", "--strict-accept"])
    #expect(same.status == 0 && same.output.contains("2 accepted by entries"), "\(same.output)\(same.errors)")
    for night in [1, 2] {
      let later = try lab.diff(night, ["--accept", "accepted.ndjson", "--json", "--ndjson", "differences.ndjson"])
      #expect(later.status == 1, "\(later.output)\(later.errors)")
      let report = try json(later)
      #expect(report["accepted"]?["by_entry"]?.number == 1 && report["unacceptable_rows"]?.number == 1)
      // The sprinter's row is there again.
      #expect(report["accept"]?["unused"]?.number == 1 && report["accept"]?["entries"]?.number == 2)
      #expect(report["differences"]?.array?.map { $0["user_id"]?.string } == [NightlyLab.mixed])
      let marks = try lab.lines("differences.ndjson").map {
        ($0["causes"]?.array?.first?.string, $0["accepted"]?.string)
      }
      #expect(marks.contains { $0 == ("changed", "entry") } && marks.contains { $0 == ("behind", nil) })
      #expect(marks.allSatisfy { $0.0 != "clock" || $0.1 == "cause" })
      let strict = try lab.diff(night, ["--accept", "accepted.ndjson", "--strict-accept"])
      #expect(strict.status == 1 && strict.output.contains("--strict-accept: entries that accept nothing: 1 unused"))
    }
    #expect(try lab.diff(1, ["--accept", "accepted.ndjson", "--allow", "clock,behind"]).status == 0)
    let strict = try lab.diff(1, ["--accept", "accepted.ndjson", "--allow", "clock,behind", "--strict-accept"])
    #expect(strict.status == 1)
    // Users that were not compared: their entries are not unused.
    let some = try lab.diff(1, ["--accept", "accepted.ndjson", "--strict-accept", "--user", NightlyLab.lifter])
    #expect(some.status == 0, "\(some.output)\(some.errors)")
    let other = try lab.diff(1, ["--accept", "accepted.ndjson", "--strict-accept", "--only", "objective_state"])
    #expect(other.status == 0, "\(other.output)\(other.errors)")
  }

  @Test("a row that moves on is news, a row that was only computed again is not")
  func movesOn() throws {
    let lab = try NightlyLab()
    _ = try lab.diff(0, ["--write-accept", "accepted.ndjson"])
    let mean = "132.4545"
    let moved = try lab.diff(
      1, live: lab.live(1, replacing: mean, with: "133.4545"), ["--accept", "accepted.ndjson", "--json"])
    let report = try json(moved)
    #expect(moved.status == 1 && report["accepted"]?["by_entry"]?.number == 0)
    #expect(report["accept"]?["moved_on"]?.number == 1 && report["unacceptable_rows"]?.number == 2)
    // The member `computed_at`-like clock of the row moves, and nothing else.
    let clock = "2026-01-27T17:20:34.412000+00:00"
    let again = try lab.diff(
      1, live: lab.live(1, replacing: clock, with: "2026-01-27T17:20:35.412000+00:00"),
      ["--accept", "accepted.ndjson", "--json"])
    #expect(try json(again)["accepted"]?["by_entry"]?.number == 1, "\(again.output)")
  }

  @Test("an entry accepts until the end of its day, or its instant, and is then listed as expired")
  func expiry() throws {
    let lab = try NightlyLab()
    _ = try lab.diff(0, ["--write-accept", "accepted.ndjson"])
    let entries = try lab.lines("accepted.ndjson")
    func text(_ seconds: TimeInterval, _ format: String) -> String {
      let formatter = DateFormatter()
      formatter.locale = Locale(identifier: "en_US_POSIX")
      formatter.timeZone = TimeZone(identifier: "UTC")
      formatter.dateFormat = format
      return formatter.string(from: Date(timeIntervalSinceNow: seconds))
    }
    let (day, instant) = ("yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss'+00:00'")
    for (until, isAccepted) in [
      (text(0, day), true), (text(86_400, day), true), (text(-86_400, day), false), (text(600, instant), true),
      (text(-600, instant), false),
    ] {
      try lab.write(
        "dated.ndjson",
        entries.map { $0.with("until", .string(until)).with("why", .string("known")).with("issue", .string("#7")) })
      let finished = try lab.diff(0, ["--accept", "dated.ndjson", "--json", "--show-accepted"])
      #expect(finished.status == (isAccepted ? 0 : 1), "\(until)")
      #expect(try json(finished)["accept"]?["expired"]?.number == (isAccepted ? 0 : 2))
      let shown = try lab.diff(0, ["--accept", "dated.ndjson", "--show-accepted"]).output
      #expect(shown.contains("    accepted: known; #7; until \(until)\n") == isAccepted)
      #expect(shown.onOneLine.contains("dated.ndjson:1: expired (until \(until)): ") == !isAccepted)
      #expect(try lab.diff(0, ["--accept", "dated.ndjson", "--strict-accept"]).status == (isAccepted ? 0 : 1))
      if isAccepted { continue }
      // Written anew, it has no end, and the rest of what it said.
      let anew = try lab.diff(0, ["--write-accept", "dated.ndjson"])
      #expect(anew.status == 0 && anew.errors.contains("2 entries (2 kept, 0 new), 0 dropped"), "\(anew.errors)")
      for entry in try lab.lines("dated.ndjson") {
        #expect(entry["until"] == nil && entry["why"]?.string == "known" && entry["issue"]?.string == "#7")
      }
    }
  }

  @Test("a file written again keeps what still matches and what is out of scope, and drops the rest")
  func rewriting() throws {
    let lab = try NightlyLab()
    _ = try lab.diff(0, ["--write-accept", "accepted.ndjson"])
    let noted = try lab.lines("accepted.ndjson").map { $0.with("why", .string("kept")) }
    try lab.write("accepted.ndjson", noted)
    // The same file read under another name, and only some users compared.
    try FileManager.default.createSymbolicLink(
      atPath: lab.folder.file("link"), withDestinationPath: lab.folder.file("accepted.ndjson"))
    let some = try lab.diff(
      1, ["--accept", "link", "--write-accept", "accepted.ndjson", "--user", NightlyLab.mixed])
    #expect(some.status == 0 && some.errors.contains("3 entries (2 kept, 1 new), 0 dropped"), "\(some.errors)")
    let all = try lab.diff(1, ["--write-accept", "accepted.ndjson"])
    #expect(all.errors.contains("2 entries (2 kept, 0 new), 1 dropped"), "\(all.errors)")
    let left = try lab.lines("accepted.ndjson")
    #expect(left.map { $0["user_id"]?.string } == [NightlyLab.mixed, NightlyLab.lifter])
    #expect(left.map { $0["why"]?.string } == [nil, "kept"])
    // What another file accepts needs no entry.
    let none = try lab.diff(1, ["--accept", "accepted.ndjson", "--write-accept", "other.ndjson"])
    #expect(none.status == 0 && none.errors.contains("0 entries (0 kept, 0 new), 0 dropped"), "\(none.errors)")
  }

  @Test("in continuous integration, an accept file is written only with --force")
  func integration() throws {
    let lab = try NightlyLab()
    for value in ["true", "1"] {
      let refused = try lab.diff(0, ["--write-accept", "a.ndjson"], environment: ["CI": value])
      #expect(refused.status == 2 && refused.errors.contains("CI is set") && lab.folder.bytes("a.ndjson") == nil)
    }
    #expect(try lab.diff(0, ["--write-accept", "a.ndjson"], environment: ["CI": "false"]).status == 0)
    #expect(try lab.diff(0, ["--write-accept", "a.ndjson", "--force"], environment: ["CI": "true"]).status == 0)
  }

  @Test("with --redact, no id gets into any output, and entries with pseudonyms accept the same")
  func redaction() throws {
    let lab = try NightlyLab()
    _ = try lab.diff(1, ["--write-accept", "accepted.ndjson"])
    let redacted = try lab.diff(
      1, ["--write-accept", "accepted.ndjson", "--redact", "--ndjson", "d.ndjson", "--show-accepted", "--all"])
    #expect(redacted.status == 0 && redacted.errors.contains("2 entries (2 kept, 0 new)"), "\(redacted.errors)")
    try lab.write("noted.ndjson", lab.lines("accepted.ndjson").map { $0.with("why", .string("Ann's account")) })
    let noted = try lab.diff(1, ["--accept", "noted.ndjson", "--redact", "--show-accepted"])
    #expect(noted.status == 0 && noted.output.contains("(accepted)") && !noted.output.contains("Ann"))
    let strict = try lab.diff(0, ["--accept", "accepted.ndjson", "--redact", "--json"])
    let texts = try [
      redacted.output, strict.output, String(decoding: #require(lab.folder.bytes("accepted.ndjson")), as: UTF8.self),
      String(decoding: #require(lab.folder.bytes("d.ndjson")), as: UTF8.self),
    ]
    for text in texts {
      #expect(text.contains("user-"))
      for id in [NightlyLab.lifter, NightlyLab.mixed, NightlyLab.sprinter] { #expect(!text.contains(id)) }
    }
    let plain = try lab.diff(1, ["--accept", "accepted.ndjson", "--strict-accept"])
    #expect(plain.status == 0, "\(plain.output)")
  }

  @Test("a bad accept file is refused before any work, with line and reason and without its content")
  func refusals() throws {
    let lab = try NightlyLab()
    let good =
      #"{"user_id":"\#(NightlyLab.lifter)","projection":"a/b","causes":["changed"],"digest":"0123456789abcdef0123456789abcdef"}"#
    func changed(_ part: String, _ other: String) -> String { good.replacing(part, with: other) }
    for (text, reason) in [
      ("{", ":1: "), ("\n\n[1]", ":3: not an object"),
      (good + "\n" + good, ":2: accepts the same difference as line 1"),
      (changed("\"causes\"", "\"SECRET\""), ":1: member 3 is unknown"),
      (changed(NightlyLab.lifter, "SECRET"), ":1: user_id: neither a UUID nor a pseudonym"),
      (changed(NightlyLab.lifter, "user-12345"), ":1: user_id: neither a UUID nor a pseudonym"),
      (changed("a/b", "SECRET"), ":1: projection: not TYPE/KEY"),
      (changed("[\"changed\"]", "[\"SECRET\"]"), ":1: causes: not a cause"), (changed("\"changed\"", ""), ":1: causes"),
      (changed("0123456789abcdef0", "SECRET"), ":1: digest"),
      (changed("}", ",\"until\":\"2027-02-30\"}"), ":1: until: neither a day"),
      (changed("}", ",\"until\":\"SECRET\"}"), ":1: until: neither a day"),
      (changed("}", ",\"until\":\"2027-02-03T00:00:00\"}"), ":1: until: neither a day"),
      (changed("}", ",\"why\":7}"), ":1: why: not a text"), (changed("}", ",\"why\":\"a\",\"why\":\"b\"}"), ":1: why"),
    ] {
      try lab.folder.write("bad.ndjson", text.utf8)
      for arguments in [["--accept", "bad.ndjson"], ["--write-accept", "bad.ndjson"]] {
        // The snapshot is missing: its absence would be found later.
        let finished = try run(
          refoldBinary, ["diff", "missing.sqlite", "missing.csv"] + arguments, directory: lab.folder.path,
          environment: ["CI": ""])
        #expect(finished.status == 2 && finished.errors.contains("bad.ndjson" + reason), "\(text): \(finished.errors)")
        #expect(!finished.errors.contains("SECRET"), "\(finished.errors)")
      }
    }
    try lab.folder.write("good.ndjson", good.utf8)
    try lab.folder.write("again.ndjson", good.utf8)
    let twice = try lab.diff(0, ["--accept", "good.ndjson", "--accept", "again.ndjson"])
    #expect(twice.status == 2 && twice.errors.contains("again.ndjson:1: accepts the same difference as good.ndjson:1"))
    let input = try lab.diff(0, ["--accept", "good.ndjson", "--ndjson", "good.ndjson"])
    #expect(input.status == 2 && input.errors.contains("an input is never an output"))
  }

  @Test("JUnit, annotations, Markdown, audit and report accept the same")
  func everywhere() throws {
    let lab = try NightlyLab()
    _ = try lab.diff(1, ["--write-accept", "accepted.ndjson"])
    let finished = try lab.diff(
      1,
      ["--accept", "accepted.ndjson", "--junit", "junit.xml", "--github", "--sqlite", "d.sqlite", "--html", "a.html"],
      environment: ["GITHUB_STEP_SUMMARY": lab.folder.file("summary.md")])
    #expect(finished.status == 0, "\(finished.output)")
    let junit = String(decoding: try #require(lab.folder.bytes("junit.xml")), as: UTF8.self)
    #expect(junit.contains("failures=\"0\"") && junit.contains(">1 row, accepted</system-out>"))
    #expect(!finished.output.contains("::error") && finished.output.contains("1 row, accepted"))
    let summary = String(decoding: try #require(lab.folder.bytes("summary.md")), as: UTF8.self)
    #expect(summary.contains("2 accepted by entries"))
    let log = NightlyLab.log(1)
    let users = repository + "/fixtures/demo/users.ndjson"
    let audit = try run(
      refoldBinary,
      [
        "audit", log, "--users", users, "--live", NightlyLab.live(1), "--as-of", "2026-02-16T00:00:00Z", "--accept",
        "accepted.ndjson", "--strict-accept",
      ], directory: lab.folder.path)
    #expect(audit.status == 0, "\(audit.output)\(audit.errors)")
    let report = ["report", try lab.snapshot(1)]
    let live = ["--live", NightlyLab.live(1), "--log", log]
    let page = try run(
      refoldBinary, report + live + ["--accept", "accepted.ndjson", "-o", "b.html"], directory: lab.folder.path)
    #expect(page.status == 0, "\(page.errors)")
    #expect(lab.folder.bytes("a.html") == lab.folder.bytes("b.html"))
    // The file of differences says which of them an entry accepts.
    let stored = try run(refoldBinary, report + ["--diff", "d.sqlite", "--json"], directory: lab.folder.path)
    #expect(stored.status == 0, "\(stored.output)")
    #expect(try run(refoldBinary, report + live + ["--json"], directory: lab.folder.path).status == 1)
    let refused = try run(
      refoldBinary, report + ["--json", "--accept", "accepted.ndjson"], directory: lab.folder.path)
    #expect(refused.status == 2 && refused.errors.contains("--accept judges differences"))
  }

  @Test("parts of a diff add up to the same verdict")
  func parts() throws {
    let lab = try NightlyLab()
    _ = try lab.diff(1, ["--write-accept", "accepted.ndjson"])
    let entries = try lab.lines("accepted.ndjson")
    let stale = entries[0].with("digest", .string(String(repeating: "0", count: 32)))
    try lab.write("accepted.ndjson", entries + [stale])
    for part in 0..<3 {
      let finished = try lab.diff(
        1, ["--accept", "accepted.ndjson", "--partition", "\(part)/3", "--json", "--history", "runs.sqlite"])
      #expect(finished.status < 2, "\(finished.errors)")
      try lab.folder.write("part\(part).json", finished.output.utf8)
    }
    let whole = try json(try lab.diff(1, ["--accept", "accepted.ndjson", "--json"]))
    let merged = try run(
      refoldBinary, ["merge", "--reports", "part0.json", "part1.json", "part2.json", "--json"],
      directory: lab.folder.path)
    let sum = try json(merged)
    #expect(merged.status == 0, "\(merged.output)\(merged.errors)")
    #expect(sum["accepted"] == whole["accepted"] && sum["accept"]?["entries"] == whole["accept"]?["entries"])
    #expect(sum["accept"]?["moved_on"]?.number == 1)
    #expect(sum["since"]?["new"]?.number == 2 && sum["since"]?["run"] == .null)
  }
}
