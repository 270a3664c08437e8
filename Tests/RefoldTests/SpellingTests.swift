import Foundation
import ProcessSupport
import TestSupport
import Testing

/// Old spellings, swapped arguments, and other things that a person types.
@Suite("spellings")
struct SpellingTests {
  private let folder: TemporaryFolder
  private static let user = "74e74f06-cc8d-4c36-8c04-4e671ffe917c"
  private let snapshot: String

  init() throws {
    folder = try TemporaryFolder()
    snapshot = folder.file("s.sqlite")
    let outcome = try Tool.run(
      "rebuild", Fixtures.demo, "--users", Fixtures.demoUsers, "--as-of", Fixtures.asOf, "-o", snapshot)
    try #require(outcome.status == 0)
  }

  private func run(_ arguments: [String]) throws -> FinishedProcess {
    try ProcessSupport.run(refoldBinary, arguments, directory: folder.path)
  }

  @Test("explain --log LOG PROJECTION still works, with a notice that --quiet silences")
  func explain() throws {
    let new = try run(["explain", Fixtures.demo, "--user", SpellingTests.user, "--only", "jump_height"])
    #expect(new.status == 0 && new.errors == "" && new.output.contains("capability_estimation/jump_height"))
    let arguments = [
      "explain", "--log", Fixtures.demo, "--user", SpellingTests.user, "capability_estimation/jump_height",
    ]
    let old = try run(arguments)
    #expect(old.status == 0 && old.output == new.output)
    #expect(
      old.errors.contains("note: explain --log LOG is the old spelling") && old.errors.contains("--only TYPE/KEY"))
    #expect(try run(arguments + ["--quiet"]).errors == "")
    let both = try run(arguments + ["--only", "jump_height"])
    #expect(both.status == 2 && both.errors.contains("name the log without --log"))
    #expect(
      try run(["explain", "--user", SpellingTests.user]).errors.contains("Missing expected argument '<log> ...'"))
  }

  @Test("witness --log LOG --key still works, with a notice")
  func witness() throws {
    try "{}".write(toFile: folder.file("live.ndjson"), atomically: true, encoding: .utf8)
    let old = try run([
      "witness", "--log", "missing.ndjson", "--live", "live.ndjson", "--key", "jump_height", "-o", "w",
    ])
    #expect(old.status == 2)
    #expect(old.errors.contains("witness --log LOG is the old spelling") && old.errors.contains("write --only"))
    #expect(old.errors.contains("missing.ndjson"))
  }

  @Test("swapped arguments are recognised")
  func swapped() throws {
    try "user_id,projection_type,key,data\n".write(toFile: folder.file("live.csv"), atomically: true, encoding: .utf8)
    let wanted =
      "the arguments are swapped: live.csv is no snapshot, but s.sqlite is; name the snapshot first: s.sqlite live.csv"
    for arguments in [
      ["diff", "live.csv", "s.sqlite"], ["diff", "live.csv", "--live", "s.sqlite"],
      ["report", "live.csv", "--live", "s.sqlite", "-o", "page.html"],
      ["repair", "live.csv", "s.sqlite", "--source", "x", "--log", Fixtures.demo],
    ] {
      let finished = try run(arguments)
      #expect(finished.status == 2 && finished.errors.contains(wanted), "\(arguments): \(finished.errors)")
    }
  }

  @Test("a key alone names a projection where it is unique; live rows can be named")
  func names() throws {
    let shown = try run(["show", "s.sqlite", "--user", SpellingTests.user, "--only", "jump_height"])
    #expect(shown.status == 0)
    let short = try run(["show", "s.sqlite", SpellingTests.user, "capability_estimation/jump_height"])
    #expect(shown.output == short.output)
    #expect(try run(["show", "s.sqlite", "--user", SpellingTests.user, "--only", "no_such"]).status == 2)
    let named = try run(["diff", "s.sqlite", "--live", "s.sqlite", "--quiet"])
    let placed = try run(["diff", "s.sqlite", "s.sqlite", "--quiet"])
    #expect(named.status == 0 && named.output == placed.output)
  }

  @Test("a directory that takes no files is not said to be missing")
  func directory() throws {
    let finished = try run(["rebuild", Fixtures.demo, "-o", "/proc/x.sqlite"])
    #expect(finished.status == 2 && finished.errors.contains("/proc/x.sqlite: the directory /proc takes no new files"))
    let missing = try run(["rebuild", Fixtures.demo, "-o", "no/x.sqlite"])
    #expect(missing.errors.contains("does not exist"))
  }

  @Test("verify and plan leave malformed records of a log out, and say so")
  func quarantine() throws {
    let log = String(decoding: try Data(contentsOf: URL(fileURLWithPath: Fixtures.demo)), as: UTF8.self)
    try (log + "{\"id\":1}\n").write(toFile: folder.file("log.ndjson"), atomically: true, encoding: .utf8)
    let arguments = ["plan", "all", "log.ndjson", "--users", Fixtures.demoUsers, "--source", "x"]
    #expect(try run(arguments).status == 2)
    let left = try run(arguments + ["--quarantine", "bad.ndjson", "--quiet"])
    #expect(left.status == 0 && left.errors.contains("1 malformed records left out"), "\(left.errors)")
    #expect(try run(arguments + ["--quarantine", "bad.ndjson"]).status == 2, "an existing file is not replaced")
    let checked = try run([
      "verify", "log.ndjson", "--users", Fixtures.demoUsers, "--quarantine", "bad.ndjson", "--force",
    ])
    #expect(checked.status != 2 && checked.errors.contains("1 malformed records left out"), "\(checked.errors)")
    let refused = try run(["verify", "s.sqlite", "--quarantine", "x.ndjson"])
    #expect(refused.status == 2 && refused.errors.contains("a snapshot has no malformed records"))
  }

  @Test("refold words prints what Words.md says")
  func words() throws {
    let printed = try run(["words"])
    #expect(printed.status == 0)
    let page = try String(
      contentsOfFile: repository + "/Sources/RefoldKit/RefoldKit.docc/Words.md", encoding: .utf8)
    // Tables in the page, columns in the terminal.
    func plain(_ text: String) -> String {
      text.split { " \n|`;".contains($0) }.filter { $0 != "next:" }.joined(separator: " ")
    }
    let words = plain(page)
    var entries: [String] = []
    for line in printed.output.split(separator: "\n") where !line.hasPrefix("Causes") {
      if line.hasPrefix("  "), !entries.isEmpty {
        entries[entries.count - 1] += line
      } else {
        entries.append(String(line))
      }
    }
    #expect(entries.count > 30)
    for entry in entries { #expect(words.contains(plain(entry)), "\(entry)") }
  }
}
