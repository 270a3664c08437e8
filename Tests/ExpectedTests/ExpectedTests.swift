import EventModel
import Foundation
import JSONTape
import ProcessSupport
import Testing

/// `--expected`: rows that something else than refold computed, in place of a snapshot.
@Suite("expected rows")
struct ExpectedTests {
  /// The recorded case `live`, rebuilt: its snapshot, and the snapshot's rows as NDJSON and as CSV.
  private struct Setting {
    let folder: ScratchFolder
    let fixture = repository + "/fixtures/diff/live"
    let asOf = "2026-02-22T00:00:00Z"
    var live: String { fixture + "/live-projections.ndjson.gz" }
    var log: String { fixture + "/events.ndjson.gz" }
    var users: String { fixture + "/users.ndjson" }
    var snapshot: String { folder.file("own.sqlite") }
    var rows: String { folder.file("rows.ndjson") }

    init() throws {
      folder = try ScratchFolder()
      let made = try run(
        refoldBinary, ["rebuild", log, "--users", users, "--as-of", asOf, "-o", folder.file("own.sqlite"), "--quiet"])
      try #require(made.status == 0, "\(made.errors)")
      try export("", to: "rows.ndjson")
    }

    /// Writes the snapshot's rows, in an order that has nothing to do with users.
    func export(_ condition: String, to name: String, csv: Bool = false) throws {
      let columns = "user_id, projection_type, key, json(data) AS data, last_event_id"
      let sql = "SELECT \(columns) FROM projections \(condition) ORDER BY substr(user_id, 5), key"
      let made = try run("/usr/bin/sqlite3", (csv ? ["-csv", "-header"] : ["-json"]) + [snapshot, sql])
      try #require(made.status == 0, "\(made.errors)")
      if csv { return try folder.write(name, made.output.utf8) }
      let rows = try #require(
        try JSONSerialization.jsonObject(with: Data(made.output.utf8)) as? [[String: Any]])
      var lines: [UInt8] = []
      for var row in rows {
        row["data"] = try JSONSerialization.jsonObject(with: Data((row["data"] as? String ?? "").utf8))
        lines += try JSONSerialization.data(withJSONObject: row)
        lines.append(0x0A)
      }
      try folder.write(name, lines)
    }

    func refold(_ arguments: String...) throws -> FinishedProcess { try run(refoldBinary, arguments) }
  }

  private static func causes(_ text: String) throws -> [String: [String]] {
    var causes: [String: [String]] = [:]
    for line in text.split(separator: "\n") {
      let json = try JSONTree(parsing: Array(line.utf8))
      let name = ["user_id", "projection_type", "key"].compactMap { json[$0]?.string }.joined(separator: " ")
      causes[name] = json["causes"]?.array?.compactMap(\.string)
    }
    return causes
  }

  @Test("the rows of a snapshot, as NDJSON or CSV, give the same differences as the snapshot")
  func sameAsSnapshot() throws {
    let setting = try Setting()
    try setting.export("", to: "rows.csv", csv: true)
    let wanted = try ["diff", setting.snapshot, setting.live].withOutput(["--ndjson", "-"])
    #expect(wanted.status == 1)
    for rows in [setting.rows, setting.folder.file("rows.csv")] {
      let found = try setting.refold(
        "diff", "--expected", rows, "--as-of", setting.asOf, setting.live, "--ndjson", "-", "--quiet")
      #expect(found.status == 1)
      let (own, expected) = try (ExpectedTests.causes(wanted.output), ExpectedTests.causes(found.output))
      #expect(own.keys.sorted() == expected.keys.sorted())
      // Nobody can look for more causes, so a row that differs is `changed`.
      for (name, causes) in own {
        #expect(expected[name] == causes.map { $0 == "unexplained" ? "changed" : $0 }, "\(name)")
      }
    }
  }

  @Test("with the log, repair and verify are those of the snapshot; clock and behind are told")
  func withLog() throws {
    let setting = try Setting()
    let user = ["--user", "011682cf-e05b-4d9c-ae09-a74bbb432ebf"]
    let own = try ["diff", setting.snapshot, setting.live, "--log", setting.log].withOutput(["--ndjson", "-"] + user)
    let expected = try [
      "diff", "--expected", setting.rows, "--as-of", setting.asOf, setting.live, "--log", setting.log,
    ]
    .withOutput(["--ndjson", "-"] + user)
    #expect(try ExpectedTests.causes(own.output) == ExpectedTests.causes(expected.output))
    #expect(own.status == expected.status && !own.output.isEmpty)

    let live = setting.folder.file("live.ndjson")
    // Live is right but for one user, who has no row: nothing else needs the log.
    try setting.export("WHERE user_id <> '011682cf-e05b-4d9c-ae09-a74bbb432ebf'", to: "live.ndjson")
    let script = try setting.refold("repair", setting.snapshot, live, "--log", setting.log, "--source", "r")
    let other = try setting.refold(
      "repair", "--expected", setting.rows, "--as-of", setting.asOf, live, "--log", setting.log, "--source", "r")
    #expect(script.status == 0 && other.status == 0, "\(other.errors)")
    #expect(script.output == other.output && script.output.contains("INSERT"))

    let figures = try setting.refold(
      "verify", setting.log, "--users", setting.users, "--as-of", setting.asOf, "--expected", setting.rows, "--json")
    let ownFigures = try setting.refold("verify", setting.snapshot, "--json")
    let (a, b) = try (JSONTree(parsing: Array(figures.output.utf8)), JSONTree(parsing: Array(ownFigures.output.utf8)))
    #expect(a["rebuilt"]?["objective_coverage"] == b["rebuilt"]?["objective_coverage"])
    #expect(a["rebuilt"] != nil)
  }

  @Test("rows of one type are compared alone; a page can be written")
  func partial() throws {
    let setting = try Setting()
    try setting.export("WHERE projection_type = 'objective_state'", to: "some.csv", csv: true)
    let found = try setting.refold(
      "diff", "--expected", setting.folder.file("some.csv"), "--as-of", setting.asOf, setting.rows, "--json", "--quiet")
    #expect(found.status == 0, "\(found.errors)")
    let json = try JSONTree(parsing: Array(found.output.utf8))
    #expect(json["projections"]?.members?.map(\.key) == ["objective_state/active"])
    let page = try setting.refold(
      "report", "--expected", setting.rows, "--as-of", setting.asOf, "--live", setting.rows, "-o",
      setting.folder.file("page.html"))
    #expect(page.status == 0, "\(page.errors)")
    #expect(
      setting.folder.bytes("page.html").map { String(decoding: $0, as: UTF8.self).contains("rows.ndjson") } == true)
    #expect(setting.folder.names.filter { $0.hasPrefix("refold-") } == [])
  }

  @Test("what cannot be expected rows is trouble, and the message says why")
  func refused() throws {
    let setting = try Setting()
    let folder = setting.folder
    let row =
      "{\"user_id\":\"011682cf-e05b-4d9c-ae09-a74bbb432ebf\",\"projection_type\":\"TYPE\",\"key\":\"KEY\",\"data\":{}}\n"
    func rows(_ type: String, _ key: String) -> String {
      row.replacingOccurrences(of: "TYPE", with: type).replacingOccurrences(of: "KEY", with: key)
    }
    try folder.write("type.ndjson", rows("sleep_score", "all").utf8)
    try folder.write("key.ndjson", rows("objective_state", "passive").utf8)
    try folder.write("twice.ndjson", (rows("objective_state", "active") + rows("objective_state", "active")).utf8)
    try folder.write("empty.ndjson", [])
    let asOf = ["--as-of", setting.asOf]
    let cases: [([String], String)] = [
      (["--expected", folder.file("type.ndjson")] + asOf, "which no reducer here writes"),
      (["--expected", folder.file("key.ndjson")] + asOf, "a key that no reducer here writes"),
      (["--expected", folder.file("twice.ndjson")] + asOf, "has 2 rows of objective_state/active"),
      (["--expected", folder.file("empty.ndjson")] + asOf, "empty.ndjson"),
      (["--expected", folder.file("none.ndjson")] + asOf, "no such file"),
      (["--expected", setting.snapshot] + asOf, "is a snapshot"),
      (["--expected", setting.rows], "--expected needs --as-of"),
      ([setting.snapshot] + asOf, "--as-of goes with --expected"),
    ]
    for (arguments, words) in cases {
      let found = try run(refoldBinary, ["diff"] + arguments + [setting.live])
      #expect(found.status == 2 && found.errors.contains(words), "\(arguments): \(found.status) \(found.errors)")
      #expect(found.output.isEmpty)
    }
    try folder.write(
      "stranger.ndjson",
      Data(contentsOf: URL(fileURLWithPath: setting.rows))
        + rows("objective_state", "active")
        .replacingOccurrences(of: "011682cf", with: "ffffffff").utf8)
    let count = try String(contentsOfFile: setting.rows, encoding: .utf8).split(separator: "\n").count
    let missing = try setting.refold(
      "verify", setting.log, "--users", setting.users, "--as-of", setting.asOf, "--expected",
      folder.file("stranger.ndjson"))
    #expect(missing.status == 2 && missing.errors.contains("1 of \(count + 1) expected rows"), "\(missing.errors)")
  }
}

/// Live rows that name a version that this refold does not have.
@Suite("diff: rows of an unknown version")
struct UnknownVersionTests {
  @Test("are said once, in front, and are listed with --all only; parts add up")
  func said() throws {
    let folder = try ScratchFolder()
    let fixture = repository + "/fixtures/diff/live"
    let made = try run(
      refoldBinary,
      [
        "rebuild", fixture + "/events.ndjson.gz", "--as-of", "2026-02-22T00:00:00Z", "-o", folder.file("s.sqlite"),
        "--quiet",
      ])
    try #require(made.status == 0)
    let sql = """
      SELECT user_id, projection_type, key, json_set(data, '$.model_version', 'capability_estimation.v9', \
      '$.confidence', 0.123) AS data FROM projections WHERE projection_type = 'capability_estimation'
      """
    let rows = try run("/usr/bin/sqlite3", ["-csv", "-header", folder.file("s.sqlite"), sql])
    try folder.write("live.csv", rows.output.utf8)
    let arguments = ["diff", folder.file("s.sqlite"), folder.file("live.csv"), "--only", "capability_estimation"]
    let text = try run(refoldBinary, arguments)
    #expect(text.status == 1)
    let words =
      "220 differing live rows of capability_estimation name capability_estimation.v9, a version that this refold does not have"
    let place = try #require(text.output.onOneLine.ranges(of: words).first).lowerBound
    // In front of everything but the headline.
    #expect(text.output.onOneLine[..<place].hasSuffix("as of 2026-02-22T00:00:00+00:00 "))
    #expect(!text.output.contains("was written by"))
    let all = try run(refoldBinary, arguments + ["--all"])
    #expect(all.output.components(separatedBy: "was written by capability_estimation.v9").count == 221)
    var parts: [String] = []
    for index in 0..<2 {
      let part = try run(refoldBinary, arguments + ["--partition", "\(index)/2", "--json"])
      try folder.write("part-\(index).json", part.output.utf8)
      parts.append(folder.file("part-\(index).json"))
    }
    let sum = try run(refoldBinary, ["merge", "--reports"] + parts + ["--json"])
    let json = try JSONTree(parsing: Array(sum.output.utf8))
    #expect(
      json["unknown_versions"]?["capability_estimation capability_estimation.v9"] == .integer(220), "\(sum.errors)")
  }
}

extension [String] {
  fileprivate func withOutput(_ more: [String]) throws -> FinishedProcess {
    try run(refoldBinary, self + more + ["--quiet"])
  }
}
