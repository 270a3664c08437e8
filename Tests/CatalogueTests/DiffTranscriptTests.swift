import Foundation
import JSONTape
import ProcessSupport
import TestSupport
import Testing

/// The output of the commands that compare, with a projection that was added.
@Suite("refold-example: diff, explain, report")
struct DiffTranscriptTests {
  private func diff(_ lab: ExampleLab, _ live: String, _ more: String...) throws -> FinishedProcess {
    try lab.example(["diff", "snapshot.sqlite", live, "--log", "log.ndjson"] + more)
  }

  // MARK: diff

  @Test("diff: equal")
  func equal() throws {
    let lab = try ExampleLab()
    try lab.live("live.ndjson")
    let run = try diff(lab, "live.ndjson")
    #expect(run.status == 0)
    #expect(columns(run.output).contains(["training_volume/weekly", "2", "2", "2"]))
    #expect(trimmedLines(run.output).contains("14 rows of 2 users compared: all equal"))
  }

  @Test("diff: a row that live computed from the same events at another instant is equal")
  func clock() throws {
    let lab = try ExampleLab()
    try lab.live("live.ndjson") { ($0.replacing("2026-02-22T", with: "2026-02-11T"), "2026-02-11T00:00:00Z") }
    #expect(try diff(lab, "live.ndjson").status == 0)
  }

  @Test("diff: a changed value")
  func changed() throws {
    let lab = try ExampleLab()
    try lab.liveChanged()
    let run = try diff(lab, "changed.ndjson")
    #expect(run.status == 1)
    #expect(columns(run.output).contains(["training_volume/weekly", "2", "2", "1", "1"]))
    let lines = trimmedLines(run.output)
    let pattern = ["only weeks[].kg_repetitions differs", "1 of 1  training_volume/weekly", "moves by +1"]
    #expect(lines.firstRange(of: pattern) != nil, "\(run.output)")
    let row = [
      "training_volume/weekly  changed", "user \(ExampleLab.user)",
      "computed at 2026-02-22T00:00:00+00:00, after the newest event of the log was",
      "stored (2026-02-10T10:00:00+00:00): the log may be short", "weeks[0].kg_repetitions: 830 → 831",
    ]
    #expect(lines.firstRange(of: row) != nil, "\(run.output)")
    #expect(lines.last == "DIFFERENT: 1 row with a cause that is not allowed (allowed: clock, texts)")
  }

  @Test("diff: missing, with the event that should have triggered it")
  func missing() throws {
    let lab = try ExampleLab()
    try lab.liveMissing()
    let run = try diff(lab, "missing.ndjson")
    #expect(run.status == 1)
    let row = [
      "training_volume/weekly  missing", "user \(ExampleLab.user)",
      "live never computed it: 4 triggering events, the newest", FoldedHistory.id(6),
    ]
    #expect(trimmedLines(run.output).firstRange(of: row) != nil, "\(run.output)")
  }

  @Test("diff: behind, with the event that it has not seen")
  func behind() throws {
    let lab = try ExampleLab()
    try lab.liveBehind()
    let run = try diff(lab, "behind.ndjson")
    #expect(run.status == 1)
    let row = [
      "training_volume/weekly  behind", "user \(ExampleLab.user)",
      "behind by 1 event for 11 d 14 h, since \(FoldedHistory.id(6))", "stored 2026-02-10T10:00:00+00:00",
      #"weeks[1]: {"kg_repetitions":900,"sets":1,"week":"2026-W04"} → (absent)"#,
    ]
    #expect(trimmedLines(run.output).firstRange(of: row) != nil, "\(run.output)")
    #expect(try diff(lab, "behind.ndjson", "--allow", "clock,behind").status == 0)
  }

  @Test("diff --redact: a text of live is left out, the reducer's own words and numbers are not")
  func redacted() throws {
    let lab = try ExampleLab()
    try lab.live("live.ndjson") { data in
      (
        data.replacing(#""week":"2026-W02""#, with: #""week":"secret","secret too":1"#)
          .replacing("training_volume.v1", with: "sets"), ExampleLab.asOf
      )
    }
    // The row names a version that does not exist, so it is listed with --all only.
    let open = try diff(lab, "live.ndjson", "--all")
    #expect(open.output.contains(#"weeks[0].week: "2026-W02" → "secret""#), "\(open.output)")
    let run = try diff(lab, "live.ndjson", "--redact", "--all")
    #expect(run.status == 1)
    #expect(!run.output.contains("secret") && !run.output.contains(ExampleLab.user))
    let lines = trimmedLines(run.output)
    #expect(lines.contains(#"weeks[0].week: "(text)" → "(text)""#), "\(run.output)")
    #expect(lines.contains(#"rules: "training_volume.v1" → "sets""#), "\(run.output)")
    #expect(lines.contains { $0.hasSuffix(": (absent) → 1") && $0.contains("(text)") }, "\(run.output)")
  }

  @Test("diff, explain: the reducer fails to write a row, and live has an older one")
  func failed() throws {
    let lab = try ExampleLab()
    // Beyond the range of a double.
    let set = eventLine(
      8, user: ExampleLab.other, time: "2026-01-08T10:00:00Z",
      data: #"{"exercise_id":"row","weight_kg":\#(String(repeating: "9", count: 400)),"reps":1}"#)
    let log = String(decoding: try #require(lab.folder.bytes("log.ndjson")), as: UTF8.self)
    try lab.folder.write("more.ndjson", Array("\(log)\n\(set)\n".utf8))
    try lab.live("live.ndjson")
    let rebuilt = try lab.example(
      "rebuild", "more.ndjson", "--users", "users.ndjson", "--as-of", ExampleLab.asOf, "-o", "failing.sqlite")
    #expect(columns(rebuilt.output + rebuilt.errors).contains(["training_volume", "number_overflow", "1"]))
    let diff = try lab.example(
      "diff", "failing.sqlite", "live.ndjson", "--log", "more.ndjson", "--only", "training_volume")
    #expect(diff.status == 1)
    let reason = "number_overflow, an integer beyond the range of a double"
    #expect(
      diff.output.onOneLine.contains(
        "training_volume/weekly failed user \(ExampleLab.other) the rebuild fails: number_overflow"), "\(diff.output)")
    let explained = try lab.example(
      "explain", "more.ndjson", "--user", ExampleLab.other, "--as-of", ExampleLab.asOf, "--only", "training_volume")
    #expect(explained.status == 0)
    #expect(
      trimmedLines(explained.output).last
        == "training_volume/weekly  failed: \(reason), at event \(FoldedHistory.id(8))", "\(explained.output)")
  }

  // MARK: explain

  @Test("explain: the projection's events with their dispositions, and a row without steps")
  func explain() throws {
    let lab = try ExampleLab()
    let arguments = ["explain", "log.ndjson", "--user", ExampleLab.user, "--as-of", ExampleLab.asOf]
    let run = try lab.example(arguments + ["--only", "training_volume"])
    #expect(run.status == 0)
    let (one, two, three, four, six) = (
      FoldedHistory.id(1), FoldedHistory.id(2), FoldedHistory.id(3), FoldedHistory.id(4), FoldedHistory.id(6)
    )
    #expect(
      run.output.hasSuffix(
        """
        EVENTS
        2026-01-05T10:00:00+00:00  set.logged       \(one)  log.ndjson:1  folded
        2026-01-06T10:00:00+00:00  set.logged       \(two)  log.ndjson:2  folded
        2026-01-13T10:00:00+00:00  set.logged       \(three)  log.ndjson:3  retracted by \(four)
        2026-01-13T11:00:00+00:00  event.retracted  \(four)  log.ndjson:4  folded
            retracts \(three)
        2026-01-20T10:00:00+00:00  set.logged       \(six)  log.ndjson:6  folded

        training_volume/weekly

        """), "\(run.output)")
    #expect(columns(run.output).contains(["not", "shown:", "not", "relevant", "1"]))
    let json = try JSONTree(try lab.example(arguments + ["--only", "training_volume", "--json"]).output)
    let row = try #require(json["projections"]?.array?.first)
    #expect(json["projections"]?.array?.count == 1 && row["outcome"]?.string == "row" && row["steps"] == .null)
    #expect(row["data"]?["weeks"]?.array?.count == 2)
    // The session that the modality was inferred from, and not the retracted set.
    let state = try lab.example(arguments + ["--only", "objective_state"])
    #expect(
      state.output.contains(
        """
        EVENTS
        2026-01-14T10:00:00+00:00  session.logged  \(FoldedHistory.id(5))  log.ndjson:5  folded
            gives the training modality strength to a user without a profile

        objective_state/active
        """), "\(state.output)")
  }

  // MARK: report

  @Test("report: rows are counted, and there are charts only of what the schema names")
  func report() throws {
    let lab = try ExampleLab()
    try lab.liveChanged()
    let arguments = ["report", "snapshot.sqlite", "--live", "changed.ndjson", "--log", "log.ndjson"]
    let markdown = try lab.example(arguments + ["--markdown"])
    #expect(markdown.status == 1)
    let lines = trimmedLines(markdown.output)
    #expect(lines.contains("| training_volume/weekly | 2 | 2 | 1 | 1 |"))
    #expect(lines.contains(#"- <code>weeks\[0\].kg\_repetitions</code>: <code>830</code> → <code>831</code>"#))
    let page = try lab.example(arguments + ["-o", "page.html"])
    #expect(page.status == 1)
    let html = String(decoding: try #require(lab.folder.bytes("page.html")), as: UTF8.self)
    for (what, count) in [("rebuilt", 2), ("live", 2), ("equal", 1), ("changed", 1)] {
      #expect(html.contains(#"data-value="\#(count)" data-count="training_volume/weekly \#(what)""#), "\(what)")
    }
    // Each projection with a confidence has a chart of it; this one has none.
    let charts = html.replacing("<wbr>", with: "").matches(of: #/Confidence of ([a-z_0-9]+)</#).map { String($0.1) }
    #expect(
      Set(charts) == ["endurance_threshold", "jump_height", "sprint_max_speed", "strength_1rm", "objective_state"])
    #expect(html.contains("Status of each projection"))
    let json = try JSONTree(try lab.example(arguments + ["--json"]).output)
    #expect(json["manifest"]?["rows.training_volume/weekly"]?.string == "2")
    #expect(json["manifest"]?["reducer.training_volume"]?.string == "training_volume.v1")
  }
}
