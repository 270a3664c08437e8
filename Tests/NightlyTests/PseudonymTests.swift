import Foundation
import JSONTape
import ProcessSupport
import Testing

/// Pseudonyms with a key: who holds it can join reports and look users up, and nobody else.
@Suite("pseudonyms with a key")
struct PseudonymTests {
  private let lab: NightlyLab

  init() throws {
    lab = try NightlyLab()
    try write("key", String(repeating: "0123456789abcdef", count: 4) + "\n", 0o600)
    try write("same", String(repeating: "0123456789abcdef", count: 4), 0o600)
    try write("other", String(repeating: "fedcba9876543210", count: 4) + "\n", 0o600)
  }

  private func write(_ name: String, _ text: String, _ mode: Int) throws {
    try lab.folder.write(name, text.utf8)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: lab.folder.file(name))
  }

  private func refold(_ arguments: String...) throws -> FinishedProcess {
    try run(refoldBinary, arguments, directory: lab.folder.path, environment: ["CI": "", "TMPDIR": lab.folder.path])
  }

  /// The users of a redacted diff, in the order of its differences.
  private func users(_ key: [String]) throws -> [String] {
    let finished = try lab.diff(1, ["--redact", "--ndjson", "d.ndjson", "--quiet"] + key)
    #expect(finished.status == 1 && finished.errors == "", "\(finished.errors)")
    return try lab.lines("d.ndjson").compactMap { $0["user_id"]?.string }
  }

  private static let key = ["--pseudonym-key", "key"]

  @Test("the same key gives the same pseudonyms, another key others, and each names its key")
  func joined() throws {
    let mine = try users(PseudonymTests.key)
    #expect(try users(["--pseudonym-key", "same"]) == mine)
    let other = try users(["--pseudonym-key", "other"])
    let unkeyed = try users([])
    #expect(
      Set(mine).isDisjoint(with: other) && Set(mine.map { $0.prefix(17) }).isDisjoint(with: unkeyed.map { $0[...] }))
    #expect(Set(mine.map { $0.suffix(8) }).count == 1 && mine[0].suffix(8) != other[0].suffix(8))
    #expect(mine.allSatisfy { $0.wholeMatch(of: /user-[0-9a-f]{12}-k[0-9a-f]{6}/) != nil }, "\(mine)")
    #expect(unkeyed.allSatisfy { $0.wholeMatch(of: /user-[0-9a-f]{12}/) != nil })
  }

  @Test("the digits are an HMAC-SHA-256 of the id", arguments: ["key", "long"])
  func digits(key: String) throws {
    try write("long", String(repeating: "0123456789abcdef", count: 7), 0o600)
    let mine = try users(["--pseudonym-key", key])
    let ids = try {
      _ = try lab.diff(1, ["--ndjson", "ids.ndjson", "--quiet"])
      return try lab.lines("ids.ndjson").compactMap { $0["user_id"]?.string }
    }()
    let made = try run(
      "/bin/sh",
      [
        "-c",
        "printf 'refold:\(ids[0])' | openssl dgst -sha256 -hmac \"$(cat '\(lab.folder.file(key))')\" | sed 's/.*= //'",
      ])
    #expect(made.output.count == 65 && mine[0].hasPrefix("user-" + made.output.prefix(12) + "-k"), "\(made)")
  }

  @Test("--user PSEUDONYM finds the user with the key, in a snapshot and in a log; without it, the message says so")
  func lookedUp() throws {
    let user = try #require(try users(PseudonymTests.key).first)
    let snapshot = try lab.snapshot(1)
    let shown = try refold("show", snapshot, user, "--pseudonym-key", "key", "--json")
    #expect(shown.status == 0, "\(shown.errors)")
    let id = try #require(try JSONTree(parsing: Array(shown.output.utf8)).array?.first?["user_id"]?.string)
    let explained = try refold("explain", NightlyLab.log(1), "--user", user, "--pseudonym-key", "key")
    #expect(explained.status == 0 && explained.output.contains(id), "\(explained.errors)")
    let rebuilt = try refold(
      "rebuild", NightlyLab.log(1), "--user", user, "--pseudonym-key", "key", "-o", "one.sqlite", "--json")
    #expect(rebuilt.status == 0, "\(rebuilt.errors)")
    #expect(try JSONTree(parsing: Array(rebuilt.output.utf8))["users"]?["folded"]?.number ?? 1 == 1)
    let tag = user.suffix(6)
    for (key, words) in [
      ([], "was made with the key \(tag): name its file with --pseudonym-key"),
      (["--pseudonym-key", "other"], "was made with the key \(tag), --pseudonym-key names the key"),
    ] {
      for command in [
        ["show", snapshot, user], ["explain", NightlyLab.log(1), "--user", user],
        ["diff", snapshot, NightlyLab.live(1), "--user", user],
      ] {
        let refused = try run(refoldBinary, command + key, directory: lab.folder.path)
        #expect(refused.status == 2 && refused.errors.contains(words), "\(command): \(refused.errors)")
      }
    }
    let unkeyed = try #require(try users([]).first)
    let either = try refold("show", snapshot, unkeyed, "--pseudonym-key", "key")
    #expect(either.status == 0, "\(either.errors)")
  }

  @Test("a key that is short, monotonous or missing is refused; one that others can read is noticed")
  func keys() throws {
    try write("short", "0123456789abcdef", 0o600)
    try write("flat", String(repeating: "ab", count: 40), 0o600)
    try write("open", String(repeating: "0123456789abcdef", count: 4), 0o644)
    for (name, words) in [
      ("short", "a key has at least 32 bytes, this one has 16"), ("flat", "repeats a few bytes"),
      ("none", "no such file"), (".", "directory"),
    ] {
      let refused = try lab.diff(1, ["--redact", "--pseudonym-key", name])
      #expect(refused.status == 2 && refused.errors.contains(words), "\(refused.errors)")
    }
    let noticed = try lab.diff(1, ["--redact", "--quiet", "--pseudonym-key", "open"])
    #expect(noticed.status == 1 && noticed.errors.contains("open: others than its owner can use the key (mode 644)"))
    let input = try lab.diff(1, ["--redact", "--pseudonym-key", "key", "--ndjson", "key"])
    #expect(input.status == 2 && input.errors.contains("an input is never an output"))
  }

  @Test("an accept file with pseudonyms of another key is refused, not ignored")
  func accepted() throws {
    let written = try lab.diff(1, ["--redact", "--write-accept", "a.ndjson"] + PseudonymTests.key)
    #expect(written.status == 0, "\(written.errors)")
    #expect(try lab.diff(1, ["--redact", "--accept", "a.ndjson"] + PseudonymTests.key).status == 0)
    // The users' real names fit them, too.
    #expect(try lab.diff(1, ["--accept", "a.ndjson"] + PseudonymTests.key).status == 0)
    for key in [[], ["--pseudonym-key", "other"]] {
      let refused = try lab.diff(1, ["--redact", "--accept", "a.ndjson"] + key)
      #expect(refused.status == 2 && refused.errors.contains("a.ndjson:1: the pseudonym was made with the key"))
    }
    // Pseudonyms without a key fit every key.
    _ = try lab.diff(1, ["--redact", "--write-accept", "b.ndjson"])
    #expect(try lab.diff(1, ["--redact", "--accept", "b.ndjson"] + PseudonymTests.key).status == 0)
  }

  @Test("a history says that users have other names than in earlier runs, and finds the same differences again")
  func history() throws {
    _ = try lab.diff(1, ["--redact", "--history", "h.sqlite", "--quiet"])
    let same = try lab.diff(1, ["--redact", "--history", "h.sqlite", "--quiet"])
    #expect(!same.errors.contains("pseudonyms"))
    let other = try lab.diff(
      1, ["--redact", "--history", "h.sqlite", "--json", "--fail-on", "new"] + PseudonymTests.key)
    #expect(other.errors.contains("earlier runs name users by pseudonyms without a key"), "\(other.errors)")
    let report = try JSONTree(parsing: Array(other.output.utf8))
    #expect(report["since"]?["new"]?.number == 0 && report["since"]?["persisting"]?.number != 0)
    // The scope of a run for some users names them.
    let ids = ["--user", NightlyLab.lifter, "--redact", "--history", "i.sqlite", "--quiet"]
    _ = try lab.diff(1, ids)
    let again = try lab.diff(1, ids + PseudonymTests.key)
    #expect(again.errors.contains("pseudonyms of another key"), "\(again.errors)")
  }

  @Test("a page names the key, and commands of a page with a key do not ask a database for it")
  func page() throws {
    let arguments = ["report", try lab.snapshot(1), "--live", NightlyLab.live(1), "--json"]
    let keyed = try run(refoldBinary, arguments + PseudonymTests.key, directory: lab.folder.path)
    let tree = try JSONTree(parsing: Array(keyed.output.utf8))
    let tag = try #require(tree["pseudonym_key"]?.string)
    #expect(keyed.output.contains("-k\(tag)") && !keyed.output.contains("psql"))
    #expect(keyed.output.contains("--pseudonym-key KEY"))
    // Differences of a file keep the names that they have there.
    _ = try lab.diff(1, ["--redact", "--sqlite", "d.sqlite", "--quiet"] + PseudonymTests.key)
    let stored = try refold("report", try lab.snapshot(1), "--diff", "d.sqlite", "--json")
    #expect(stored.output.contains("-k\(tag)"), "\(stored.errors)")
  }
}
