import Foundation
import JSONTape
import ProcessSupport
import TestSupport
import Testing

/// The output of the commands for runbooks and for cases, with a projection that was added.
@Suite("refold-example: verify, plan, repair; check, witness")
struct RunbookTranscriptTests {
  private static let notice = "note: no runbook names training_volume: no figure here is about its rows"

  // MARK: Runbooks

  @Test("verify says that no runbook names the projection, and its figures are the same without it")
  func verify() throws {
    let lab = try ExampleLab()
    try lab.live("live.ndjson")
    try lab.liveMissing()
    for arguments in [[], ["--json"], ["--live", "live.ndjson"]] {
      let run = try lab.example(["verify", "snapshot.sqlite"] + arguments)
      #expect(run.status == 0, "\(run.errors)")
      #expect(trimmedLines(run.errors).filter { $0 == RunbookTranscriptTests.notice }.count == 1, "\(run.errors)")
      #expect(!run.output.contains("training_volume"))
    }
    #expect(try lab.example("verify", "snapshot.sqlite", "--quiet").errors.isEmpty)
    // The runbooks do not count the row that is missing.
    #expect(
      try lab.example("verify", "snapshot.sqlite", "--live", "missing.ndjson").output
        == lab.example("verify", "snapshot.sqlite", "--live", "live.ndjson").output)
    // A refold that does not know the projection says so too.
    #expect(try lab.plain("verify", "snapshot.sqlite").errors.contains(RunbookTranscriptTests.notice))
    let fitness = try lab.plain("verify", "log.ndjson", "--users", "users.ndjson", "--as-of", ExampleLab.asOf)
    #expect(fitness.status == 0)
    #expect(!fitness.errors.contains("no runbook names"), "\(fitness.errors)")
  }

  @Test("plan gives the same as without the projection", arguments: ["all", "capability", "objective"])
  func plan(which: String) throws {
    let lab = try ExampleLab()
    #expect(
      try lab.plain(
        "rebuild", "log.ndjson", "--users", "users.ndjson", "--as-of", ExampleLab.asOf, "-o", "old.sqlite"
      ).status == 0)
    let with = try lab.example("plan", which, "snapshot.sqlite", "--source", "deploy.v2", "--ndjson", "-")
    let without = try lab.plain("plan", which, "old.sqlite", "--source", "deploy.v2", "--ndjson", "-")
    #expect(with.status == 0 && without.status == 0)
    #expect(with.output == without.output && with.output.contains("set.logged"))
  }

  @Test(
    "repair says for each of its rows that no backfill computes it, and enqueues nothing",
    arguments: [
      "changed", "behind", "missing",
    ])
  func repair(cause: String) throws {
    let lab = try ExampleLab()
    try lab.liveChanged()
    try lab.liveBehind()
    try lab.liveMissing()
    let arguments = [
      "repair", "snapshot.sqlite", "\(cause).ndjson", "--log", "log.ndjson", "--source", "deploy.v2",
    ]
    let run = try lab.example(arguments)
    #expect(run.status == 0)
    #expect(run.output == "-- refold repair: nothing to enqueue\n")
    let reason = "no backfill computes this projection: enqueue its job by hand"
    #expect(
      trimmedLines(run.errors).suffix(3) == [
        "rows that cannot heal  1", "\(ExampleLab.user) training_volume/weekly \(cause): \(reason)",
        "nothing to enqueue",
      ], "\(run.errors)")
    let json = try JSONTree(try lab.example(arguments + ["--json"]).output)
    #expect(json["jobs"]?.array?.isEmpty == true)
    let row = try #require(json["cannot_heal"]?.array?.first)
    #expect(row["projection_type"]?.string == "training_volume" && row["cause"]?.string == cause)
    #expect(row["reason"]?.string == reason)
    // The same from a file that diff wrote.
    _ = try lab.example(
      "diff", "snapshot.sqlite", "\(cause).ndjson", "--log", "log.ndjson", "--ndjson", "differences.ndjson")
    let fromDiff = try lab.example(
      "repair", "differences.ndjson", "snapshot.sqlite", "--source", "deploy.v2", "--json")
    #expect(try JSONTree(fromDiff.output) == json, "\(fromDiff.output)\(fromDiff.errors)")
  }

  // MARK: Cases

  @Test(
    "check: a case recorded before the projection is green with its version, and red without",
    arguments: [
      "sums", "realistic",
    ])
  func oldCase(name: String) throws {
    let lab = try ExampleLab()
    try FileManager.default.copyItem(atPath: Fixtures.path("cases/\(name)"), toPath: lab.folder.file(name))
    let red = try lab.example("check", name)
    #expect(red.status == 1)
    #expect(red.output.contains(#"model_version: "capability_estimation.v1" → "capability_estimation.v2""#))
    #expect(!red.output.contains("training_volume"), "what a case has not recorded turns it neither red nor green")
    let path = lab.folder.file("\(name)/case.json")
    let text = String(decoding: try #require(FileManager.default.contents(atPath: path)), as: UTF8.self)
    let brace = try #require(text.firstIndex(of: "{"))
    let chosen = text[...brace] + #""reducers": {"capability_estimation": "v1"},"# + text[text.index(after: brace)...]
    try Data(chosen.utf8).write(to: URL(fileURLWithPath: path))
    let green = try lab.example("check", name)
    #expect(green.status == 0, "\(green.output)")
    #expect(green.output.hasPrefix("ok ") && green.output.contains("1 case: 1 ok"))
  }

  @Test("check --init writes the types that were recorded; a refold without one of them says so")
  func newCase() throws {
    let lab = try ExampleLab()
    let made = try lab.example("check", "--init", "case", "--log", "log.ndjson", "--as-of", ExampleLab.asOf)
    #expect(made.status == 0, "\(made.errors)")
    let json = try JSONTree(parsing: Array(try #require(lab.folder.bytes("case/case.json"))))
    #expect(
      json["recorded"]?.array?.compactMap(\.string) == [
        "capability_estimation", "objective_advisory", "objective_state", "training_volume",
      ])
    #expect(try lab.example("check", "case").output.hasPrefix("ok         case  14 rows, 0 failures\n"))
    let plain = try lab.plain("check", "case")
    #expect(plain.status == 2)
    #expect(plain.output.contains("case/case.json: recorded[3]: not a projection type that is rebuilt"))

    // Make a recorded row differ from what the reducer gives.
    let recorded = try #require(lab.folder.bytes("case/projections.ndjson"))
    let changed = String(decoding: recorded, as: UTF8.self).replacing(
      #""kg_repetitions":830"#, with: #""kg_repetitions":831"#)
    try Data(changed.utf8).write(to: URL(fileURLWithPath: lab.folder.file("case/projections.ndjson")))
    let red = try lab.example("check", "case")
    #expect(red.status == 1)
    #expect(red.output.contains("changed \(ExampleLab.user)  training_volume/weekly"), "\(red.output)")
    #expect(red.output.contains("weeks[0].kg_repetitions: 831 → 830"), "\(red.output)")
  }

  @Test(
    "witness: a changed row, and a row that is behind, become cases that reproduce",
    arguments: ["changed", "behind"])
  func witness(cause: String) throws {
    let lab = try ExampleLab()
    try lab.liveChanged()
    try lab.liveBehind()
    let made = try lab.example(
      "witness", "log.ndjson", "--live", "\(cause).ndjson", "--user", ExampleLab.user, "--only",
      ExampleLab.volume, "--as-of", ExampleLab.asOf, "-o", "case")
    #expect(made.status == 0, "\(made.errors)")
    #expect(
      (made.output + made.errors).contains("case  training_volume/weekly  \(cause)  "), "\(made.output)\(made.errors)")
    let json = try JSONTree(parsing: Array(try #require(lab.folder.bytes("case/case.json"))))
    #expect(json["only"]?.array?.compactMap(\.string) == [ExampleLab.volume])
    let difference = try #require(json["expected"]?["differences"]?.array?.first)
    #expect(difference["causes"]?.array?.compactMap(\.string) == [cause])
    let reproduced = try lab.example("check", "case")
    #expect(reproduced.status == 0, "\(reproduced.output)")
    #expect(reproduced.output.hasPrefix("ok         case  1 live row, 1 difference\n"))
    // The case holds nothing of the user.
    for name in ["case.json", "events.ndjson", "live-projections.ndjson", "why.md"] {
      let text = String(decoding: try #require(lab.folder.bytes("case/\(name)")), as: UTF8.self)
      #expect(!text.contains(ExampleLab.user) && !text.contains("squat") && !text.contains("2026-"), "\(name)")
    }
    // A refold without the projection cannot check the case.
    #expect(try lab.plain("check", "case").status == 2)
  }
}
