import Foundation
import JSONTape
import ProcessSupport
import Testing

/// `compare` on the recorded log, with the two versions of the example domain.
@Suite("compare: what another version changes")
struct CompareTests {
  private static let log = Program.fixture("diff/live/events.ndjson.gz")
  private static let users = Program.fixture("diff/live/users.ndjson")
  private static let sides = ["--before", "capability_estimation=v1", "--after", "capability_estimation=v2"]
  private static let asOf = ["--as-of", "2026-02-22T00:00:00Z"]

  private func compare(_ arguments: [String]) throws -> FinishedProcess {
    try Program.run(
      "refold-example", ["compare", CompareTests.log, "--users", CompareTests.users] + CompareTests.asOf + arguments)
  }

  @Test("compare counts the differences of two rebuilds, except in the version's stamp")
  func sameAsTwoRebuilds() throws {
    let folder = try ScratchFolder()
    let run = try compare(CompareTests.sides + ["--json", "--all"])
    #expect(run.status == 1, "\(run.errors)")
    let report = try JSONTree(parsing: Array(run.output.utf8))
    for version in ["v1", "v2"] {
      let rebuilt = try Program.run(
        "refold-example",
        ["rebuild", CompareTests.log, "--users", CompareTests.users, "--reducers", "capability_estimation=\(version)"]
          + CompareTests.asOf + ["-o", folder.file(version), "--quiet"])
      #expect(rebuilt.status == 0, "\(rebuilt.errors)")
    }
    let diff = try Program.run(
      "refold-example",
      [
        "diff", folder.file("v1"), folder.file("v2"), "--ndjson", folder.file("d"), "--quiet", "--ignore",
        "capability_estimation:model_version",
      ])
    #expect(diff.status == 1, "\(diff.errors)")
    #expect(diff.errors.contains("different reducers: capability_estimation.v2 → capability_estimation.v1"))
    var expected: [String: Set<String>] = [:]
    for line in try #require(folder.bytes("d")).split(separator: 0x0A) {
      let record = try JSONTree(parsing: Array(line))
      let causes = Set(try #require(record["causes"]?.array).compactMap(\.string))
      let change =
        causes.contains("missing")
        ? "only_before"
        : causes.contains("tolerated")
          ? nil : causes.isDisjoint(with: ["surplus", "failed"]) ? "changed" : "only_after"
      guard let change else { continue }
      expected[change, default: []].insert(
        "\(record["user_id"]?.string ?? "") \(record["projection_type"]?.string ?? "")/\(record["key"]?.string ?? "")")
    }
    var found: [String: Set<String>] = [:]
    for change in try #require(report["changes"]?.array) {
      found[try #require(change["change"]?.string), default: []].insert(
        "\(change["user_id"]?.string ?? "") \(change["projection_type"]?.string ?? "")/\(change["key"]?.string ?? "")")
    }
    #expect(found == expected)
    #expect(found["changed"]?.isEmpty == false)
    let affected = Set(found.values.joined().map { $0.prefix(36) })
    #expect(report["users"]?["affected"] == .integer(Int64(affected.count)))
    #expect(report["verdict"]?.string == "different" && report["exit_status"] == .integer(1))
  }

  @Test("all outputs are the same for any number of threads and any memory")
  func deterministic() throws {
    let folder = try ScratchFolder()
    var outputs: [Data] = []
    for (number, setting) in [["--threads", "1"], ["--threads", "3", "--memory", "8M"]].enumerated() {
      let run = try compare(
        CompareTests.sides + setting + [
          "--quiet", "--ndjson", folder.file("\(number)"), "--html", folder.file("\(number).html"),
        ])
      #expect(run.status == 1, "\(run.errors)")
      outputs.append(try #require(folder.bytes("\(number)")) + #require(folder.bytes("\(number).html")))
    }
    #expect(outputs[0] == outputs[1])
  }

  @Test("the text reads before → after: values, statuses, users; the verdict comes first")
  func text() throws {
    let run = try compare(CompareTests.sides)
    let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    #expect(
      lines[0].hasPrefix("DIFFERENT: ") && lines[0].contains(" users change (") && lines[0].hasSuffix(" of 82 users)"))
    #expect(run.output.onOneLine.contains(": capability_estimation.v1 → capability_estimation.v2 projection "))
    #expect(run.output.contains("status, before → after\n"))
    #expect(run.output.contains("values, after − before\n"))
    #expect(!run.output.contains("model_version"))
    let other = try compare(["--before", "capability_estimation=v2", "--after", "capability_estimation=v1", "--json"])
    let one = try compare(CompareTests.sides + ["--json"])
    let (there, back) = (try JSONTree(parsing: Array(one.output.utf8)), try JSONTree(parsing: Array(other.output.utf8)))
    #expect(there["rows"] == back["rows"] && there["users"] == back["users"])
    #expect(there["statuses"]?.array?.count == back["statuses"]?.array?.count)
  }

  @Test("a profile: wordings are texts, constants change values")
  func profile() throws {
    let folder = try ScratchFolder()
    try folder.write("p.json", Array(#"{"texts": {"timezone_assumption": "other words"}}"#.utf8))
    let words = try compare(["--after", folder.file("p.json"), "--json", "--only", "capability_estimation"])
    let report = try JSONTree(parsing: Array(words.output.utf8))
    #expect(words.status == 1, "\(words.errors)")
    let figures = try #require(report["projections"]?["capability_estimation/strength_1rm"])
    #expect(figures["changed"] == .integer(0) && figures["texts"] != .integer(0))
    #expect(report["filters"]?.array?.compactMap(\.string) == ["--only capability_estimation"])
  }

  @Test("a profile may be a pipe, which can be read once")
  func profileOfPipe() throws {
    let folder = try ScratchFolder()
    let pipe = folder.file("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    let writer = Thread {
      try? Data(#"{"texts": {"timezone_assumption": "other words"}}"#.utf8).write(to: URL(fileURLWithPath: pipe))
    }
    writer.start()
    let run = try compare(["--after", pipe, "--json", "--only", "capability_estimation"])
    #expect(run.status == 1, "\(run.errors)")
  }

  @Test("the JSON holds the notices of standard error")
  func notices() throws {
    let run = try Program.run(
      "refold-example",
      ["compare", Program.fixture("exports/search-path/set.sql"), "--before", "capability_estimation=v1", "--json"])
    let report = try JSONTree(parsing: Array(run.output.utf8))
    #expect(report["notices"]?.array?.compactMap(\.string) == ["not read: archive.events (2 rows)"], "\(run.errors)")
    #expect(run.errors.contains("not read: archive.events (2 rows)"))
  }

  @Test("ids and free text stay out with --redact")
  func redacted() throws {
    let plain = try compare(CompareTests.sides + ["--json", "--all"])
    let redacted = try compare(CompareTests.sides + ["--json", "--all", "--redact"])
    let report = try JSONTree(parsing: Array(plain.output.utf8))
    let users = Set(try #require(report["changes"]?.array).compactMap { $0["user_id"]?.string })
    #expect(!users.isEmpty && users.allSatisfy { !redacted.output.contains($0) })
    #expect(redacted.status == 1)
  }

  @Test(
    "sides that cannot be compared are trouble, and the error says what can be",
    arguments: [
      ([], "name what to compare: --before SPEC, --after SPEC, or both"),
      (["--after", "capability_estimation=v2"], "before and after are the same reducers and the same profile"),
      (["--after", "capability_estimation=v9"], "it has capability_estimation.v1, capability_estimation.v2"),
      (["--after", "no_such=v1"], "no projection type is called 'no_such'; there are capability_estimation"),
      (["--after", "capability_estimation=v1", "--after", "capability_estimation=v2"], "is named twice"),
      (["--after", "no-such-file.json"], "no-such-file.json"),
      (["--after", "capability_estimation=v1", "--user", "10000000-0000-4000-8000-000000000001"], "nothing compared"),
    ])
  func trouble(_ arguments: [String], _ words: String) throws {
    let run = try compare(arguments)
    #expect(run.status == 2, "\(run.output)\(run.errors)")
    #expect((run.errors + run.output).contains(words), "\(run.output)\(run.errors)")
  }

  @Test("an input is never written, and a folder is not an output file")
  func files() throws {
    let folder = try ScratchFolder()
    try folder.write(
      "log.ndjson", [UInt8](try Data(contentsOf: URL(fileURLWithPath: Program.fixture("demo/events.ndjson")))))
    let log = folder.file("log.ndjson")
    let before = folder.bytes("log.ndjson")
    for option in ["--ndjson", "--html"] {
      let run = try Program.run(
        "refold-example", ["compare", log, "--before", "capability_estimation=v1", option, log])
      #expect(run.status == 2 && folder.bytes("log.ndjson") == before, "\(run.errors)")
      let onFolder = try Program.run(
        "refold-example", ["compare", log, "--before", "capability_estimation=v1", option, folder.path])
      #expect(onFolder.status == 2, "\(onFolder.errors)")
    }
    #expect(folder.names == ["log.ndjson"])
  }
}

/// The built programs, and the fixtures.
enum Program {
  static func fixture(_ name: String) -> String { repository + "/fixtures/" + name }

  static func run(_ name: String, _ arguments: [String]) throws -> FinishedProcess {
    try RunningProcess(builtPrograms + "/" + name, arguments).wait()
  }
}
