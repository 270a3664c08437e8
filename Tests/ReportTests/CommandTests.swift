import Foundation
import JSONTape
import Pages
import ProcessSupport
import TestSupport
import Testing

@Suite("report: the command")
struct CommandTests {
  @Test("report, diff --html and audit --html write the same page; exit 1 where rows differ")
  func onePage() throws {
    let run = try ReportRun.live()
    let folder = try ScratchFolder()
    let log = run.log[0]
    let page = folder.file("report.html")
    let arguments = [run.snapshot, "--live", ReportRun.liveRows, "--log", log]
    let report = try ProcessSupport.run(refoldBinary, ["report"] + arguments + ["-o", page, "--json"])
    #expect(report.status == 1 && report.errors == "wrote \(page): 118 rows differ for causes that are not accepted\n")
    #expect(try JSONTree(parsing: Array(report.output.utf8))["exit_status"]?.number == 1)
    let written = try #require(folder.bytes("report.html"))
    #expect([UInt8](written) == (try run.facts(ReportRun.liveRows).html))

    // Without --redact, the differences have their texts, but the page still has none.
    let diff = try ProcessSupport.run(
      refoldBinary,
      ["diff", run.snapshot, ReportRun.liveRows, "--log", log, "--quiet", "--html", folder.file("diff.html")])
    #expect(diff.status == 1 && folder.bytes("diff.html") == written)
    let redacted = try ProcessSupport.run(
      refoldBinary,
      [
        "diff", run.snapshot, ReportRun.liveRows, "--log", log, "--quiet", "--redact", "--html",
        folder.file("redacted.html"),
      ])
    #expect(redacted.status == 1 && folder.bytes("redacted.html") == written)
    let audit = try ProcessSupport.run(
      refoldBinary,
      [
        "audit", log, "--users", Fixtures.path("diff/live/users.ndjson"), "--live", ReportRun.liveRows, "--as-of",
        "2026-02-22T00:00:00Z", "-o", folder.file("snapshot.sqlite"), "--quiet", "--html", folder.file("audit.html"),
      ])
    #expect(audit.status == 1 && folder.bytes("audit.html") == written)

    // With the flags that say what is listed, too.
    let lists = ["--all", "--show-accepted"]
    let long = try ProcessSupport.run(refoldBinary, ["report"] + arguments + lists + ["-o", folder.file("long.html")])
    #expect(long.status == 1 && (folder.bytes("long.html")?.count ?? 0) > written.count)
    let printed = try ProcessSupport.run(
      refoldBinary,
      ["diff", run.snapshot, ReportRun.liveRows, "--log", log, "--quiet", "--html", folder.file("printed.html")] + lists
    )
    #expect(printed.status == 1 && folder.bytes("printed.html") == folder.bytes("long.html"))

    let page2 = try ProcessSupport.run(refoldBinary, ["report"] + arguments + ["-o", "-"])
    #expect(page2.output == String(decoding: written, as: UTF8.self))
  }

  @Test("a snapshot alone is exit 0; options that exclude each other are trouble, and nothing is written")
  func refusals() throws {
    let run = try ReportRun.recorded("formats")
    let folder = try ScratchFolder()
    let alone = try ProcessSupport.run(refoldBinary, ["report", run.snapshot, "--markdown"])
    #expect(alone.status == 0 && alone.output.hasPrefix("## A snapshot of 60 projection rows\n"))
    for (arguments, reason) in [
      (["-o", "p", "--log", run.log[0]], "--log explains differences"),
      (["-o", "p", "--live", "a", "--against", "b"], "choose one"),
      ([], "name the page with -o"),
      (["-o", "p", "--all"], "--all lists differences"),
      (["-o", "p", "--show-accepted"], "--show-accepted lists differences"),
      (["-o", "-", "--json"], "both go to standard output"),
      (["-o", "p", "--live", "missing.ndjson"], "missing.ndjson"),
      (["-o", "p", "--diff", run.snapshot], "neither a snapshot nor a diff"),
    ] {
      let finished = try ProcessSupport.run(refoldBinary, ["report", run.snapshot] + arguments, directory: folder.path)
      #expect(finished.status == 2 && finished.errors.contains(reason), "\(finished.errors)")
      #expect(folder.names.isEmpty)
    }
  }
}
