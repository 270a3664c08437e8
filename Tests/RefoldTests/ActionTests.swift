import Foundation
import ProcessSupport
import TestSupport
import Testing

/// The action for GitHub, with a `gh` of the tests in place of GitHub's.
@Suite("continuous integration")
struct ActionTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ name: String, _ text: String) throws {
    try text.write(toFile: folder.file(name), atomically: true, encoding: .utf8)
  }

  /// Runs `comment.sh` with these ids of comments that are there.
  private func comment(_ report: String, existing: String) throws -> (calls: String, body: String) {
    try write("report.md", report)
    // What gh writes may be more than a pipe holds.
    try writeScript(
      """
      #!/bin/bash
      echo "$@" >> "$CALLS"
      case "$*" in *--paginate*) printf '\(existing)'; exit;; esac
      for word in "$@"; do case $word in body=@*) cp "${word#body=@}" "$BODY";; esac; done
      """, to: folder.file("gh"))
    try? FileManager.default.removeItem(atPath: folder.file("calls"))
    let finished = try run(
      "/bin/bash", [repository + "/.ci/action/comment.sh"],
      environment: [
        "PATH": folder.path + ":/usr/bin:/bin", "CALLS": folder.file("calls"), "BODY": folder.file("body"),
        "NAME": "cases", "REPORT": folder.file("report.md"), "STATUS": "1", "PULL_REQUEST": "7",
        "GITHUB_REPOSITORY": "o/r",
      ])
    #expect(finished.status == 0, "\(finished.errors)")
    return (
      try String(contentsOfFile: folder.file("calls"), encoding: .utf8),
      try String(contentsOfFile: folder.file("body"), encoding: .utf8)
    )
  }

  @Test("one comment: made once, replaced afterwards; without a report it says so")
  func sticky() throws {
    let first = try comment("## refold check\n", existing: "")
    #expect(first.calls.contains("-X POST repos/o/r/issues/7/comments"))
    #expect(first.body == "<!-- refold: cases -->\n## refold check\n")
    let second = try comment("## refold check\n", existing: "4711\\n" + String(repeating: "4712\\n", count: 15_000))
    #expect(second.calls.contains("-X PATCH repos/o/r/issues/comments/4711") && !second.calls.contains("POST"))
    let empty = try comment("", existing: "")
    #expect(empty.body.contains("refold ended with status 1 and without a report"))
  }

  @Test("the action's steps run refold as a shell would, and end with its status")
  func steps() throws {
    let action = try String(contentsOfFile: repository + "/.ci/action/action.yml", encoding: .utf8)
    let lines = action.components(separatedBy: "\n")
    let start = try #require(lines.firstIndex { $0.hasSuffix("run: |") })
    let script = lines[(start + 1)...].prefix { $0.hasPrefix("        ") }.joined(separator: "\n")
    #expect(script.contains("--markdown-limit 65000"))
    let cases = repository + "/fixtures/cases/ties"
    for (command, status) in [("check \(cases)", 0), ("check \(folder.path)/none", 2)] {
      try? FileManager.default.removeItem(atPath: folder.file("output"))
      let finished = try run(
        "/bin/bash", ["-eo", "pipefail", "-c", script],
        environment: [
          "REFOLD": refoldBinary, "COMMAND": command, "RUNNER_TEMP": folder.path,
          "GITHUB_OUTPUT": folder.file("output"),
        ])
      #expect(finished.status == 0, "\(finished.errors)")
      #expect(try String(contentsOfFile: folder.file("output"), encoding: .utf8) == "status=\(status)\n")
    }
    let report = try Tool.run("check", cases, "--markdown").output
    #expect(report.hasPrefix("## refold check"))
  }

  @Test("--markdown-limit cuts at a line, closes what is open, and says what is cut")
  func limit() throws {
    let snapshot = folder.file("s.sqlite")
    let live = Fixtures.path("diff/live/live-projections.ndjson.gz")
    let rebuilt = try Tool.run(
      "rebuild", Fixtures.path("diff/live/events.ndjson.gz"), "--users", Fixtures.path("diff/live/users.ndjson"), "-o",
      snapshot, "--quiet")
    try #require(rebuilt.status == 0)
    let arguments = ["diff", snapshot, live, "--all", "--markdown"]
    let whole = try Tool.run(arguments).output
    #expect(whole.count > 65_536)
    for limit in [2000, 5000, 65_536] {
      let cut = try Tool.run(arguments + ["--markdown-limit", String(limit)])
      #expect(cut.status == 1 && cut.output.count <= limit, "\(cut.output.count)")
      let lines = cut.output.components(separatedBy: "\n")
      let last = try #require(lines.last { !$0.isEmpty })
      #expect(last.contains("lines are cut here"), "\(last)")
      let fences = lines.count { $0.hasPrefix("````") }
      #expect(fences % 2 == 0)
      let kept = lines.prefix { !$0.hasPrefix("**Cut") && !$0.hasPrefix("````") }
      #expect(whole.hasPrefix(kept.dropLast(1).joined(separator: "\n")))
      #expect(limit > 3000 || last.contains("with the sections") && last.contains("First differences"))
    }
    let enough = try Tool.run(arguments + ["--markdown-limit", "10000000"])
    #expect(enough.output.count == whole.count)
    #expect(try Tool.run(["diff", snapshot, live, "--markdown-limit", "5000"]).status == 2)
  }
}
