import Foundation
import ProcessSupport
import Testing

/// One grammar of options for all commands: which command has which options, as `--help` shows them.
///
/// A new command needs a line in ``commands``. An option that a command of its kind usually has, and this one has not,
/// needs a reason there.
@Suite("grammar: options of all commands")
struct GrammarTests {
  /// What a command is about: that decides which options it has.
  enum Kind { case log, rows, judged, snapshot, parts, other }

  struct Line: Sendable {
    var name: String
    var kinds: Set<Kind>
    /// Usual options that the command does not have, and why.
    var without: [String: String] = [:]

    init(_ name: String, _ kinds: Set<Kind>, without: [String: String] = [:]) {
      self.name = name
      self.kinds = kinds
      self.without = without
    }
  }

  private static let all = "is about all users and projections"

  static let commands = [
    Line("rebuild", [.log]),
    Line(
      "fold", [.log],
      without: [
        "--user": "a partition chooses the users", "--quarantine": "a part needs all records to be events",
        "--max-bad": "goes with --quarantine",
      ]),
    Line("merge", [.parts]),
    Line(
      "pack", [.log],
      without: [
        "--as-of": "folds nothing", "--profile": "folds nothing", "--user": "--drop-user", "--only": "folds nothing",
        "--quarantine": "a pack needs all records to be events", "--max-bad": "goes with --quarantine",
      ]),
    Line("diff", [.rows, .judged]),
    Line(
      "compare", [.log, .judged], without: ["--profile": "--before and --after", "--reducers": "--before and --after"]),
    Line("audit", [.log, .rows, .judged], without: ["--log": "is the argument"]),
    Line("verify", [.log], without: ["--user": all, "--only": all]),
    Line("plan", [.log], without: ["--user": all, "--only": all]),
    Line("repair", [.rows], without: judgesNothing),
    Line("report", [.rows, .judged]),
    Line(
      "check", [.log, .judged],
      without: [
        "--quarantine": "a case has all records", "--max-bad": "goes with --quarantine",
        "--allow": "a case names the causes of each live row that may differ", "--max-changed": "would check nothing",
        "--write-accept": "--record",
      ]),
    Line("witness", [.log]),
    Line("show", [.snapshot]),
    Line("explain", [.log]),
    Line("digest", [.snapshot], without: ["--user": all, "--only": all]),
    Line("profile", [.other]),
    Line("export-sql", [.other]),
    Line("words", [.other]),
  ]

  /// `repair` has no verdict.
  private static let judgesNothing = [
    "--max-changed": "has no verdict", "--min-coverage": "has no verdict", "--fail-on": "has no verdict",
    "--history": "has no verdict", "--strict-accept": "has no verdict", "--write-accept": "writes a script",
    "--bookkeeping": "no job corrects it", "--identify": "a script names users",
  ]

  /// The options that commands of each kind usually have.
  static let usual: [Kind: [String]] = [
    .log: [
      "--format", "--schema", "--database", "--table", "--null", "--deleted", "--unwrap-data", "--no-metadata",
      "--allow-empty", "--memory", "--threads", "--temp", "--as-of", "--profile", "--reducers", "--reducer-timeout",
      "--reducer-stderr", "--users", "--user", "--only", "--quarantine", "--max-bad", "--json", "--quiet", "--mode",
    ],
    .rows: [
      "--live", "--log", "--format", "--schema", "--database", "--table", "--null", "--deleted", "--unwrap-data",
      "--no-metadata", "--allow-empty", "--memory", "--threads", "--temp", "--profile", "--reducers", "--user",
      "--only",
      "--allow", "--rules", "--ignore", "--tolerance", "--accept", "--strict-accept", "--write-accept", "--fail-on",
      "--history", "--max-changed", "--min-coverage", "--unseen-within", "--bookkeeping", "--json", "--quiet", "--mode",
      "--force",
    ],
    .judged: [
      "--allow", "--rules", "--ignore", "--tolerance", "--accept", "--strict-accept", "--write-accept", "--max-changed",
      "--all", "--show-accepted",
    ],
    .snapshot: ["--json", "--user", "--only"],
    .parts: ["--output", "--force", "--json", "--quiet", "--mode", "--memory", "--threads", "--temp"],
    .other: [],
  ]

  struct Command: Sendable {
    var name: String
    var arguments: [String]
    var options: Set<String>
    var hidden: Set<String>
    var discussion: String
  }

  static let dumped: [Command] = {
    guard let finished = try? run(refoldBinary, ["--experimental-dump-help"]),
      let tree = try? JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any],
      let root = tree["command"] as? [String: Any], let subcommands = root["subcommands"] as? [[String: Any]]
    else { return [] }
    return (subcommands + [root]).compactMap { command in
      guard let name = command["commandName"] as? String, name != "help" else { return nil }
      var found = Command(
        name: name, arguments: [], options: [], hidden: [], discussion: command["discussion"] as? String ?? "")
      for argument in command["arguments"] as? [[String: Any]] ?? [] {
        let isShown = argument["shouldDisplay"] as? Bool ?? true
        let names = (argument["names"] as? [[String: Any]] ?? []).compactMap { name -> String? in
          guard let text = name["name"] as? String else { return nil }
          return (name["kind"] as? String == "long" ? "--" : "-") + text
        }
        if names.isEmpty { found.arguments.append(argument["valueName"] as? String ?? "") }
        if isShown { found.options.formUnion(names) } else { found.hidden.formUnion(names) }
      }
      return found
    }
  }()

  @Test("every command has a line in the table")
  func complete() {
    #expect(Set(GrammarTests.dumped.map(\.name)) == Set(GrammarTests.commands.map(\.name)).union(["refold"]))
  }

  @Test("a command has the options of its kind, or a reason", arguments: GrammarTests.commands)
  func options(_ line: Line) throws {
    let command = try #require(GrammarTests.dumped.first { $0.name == line.name })
    let usual = Set(line.kinds.flatMap { GrammarTests.usual[$0] ?? [] })
    for option in usual.sorted() where line.without[option] == nil {
      #expect(command.options.contains(option), "refold \(line.name) lacks \(option)")
    }
    for option in line.without.keys.sorted() {
      #expect(!command.options.contains(option), "refold \(line.name) has \(option): remove it from the table")
    }
  }

  @Test("one name has one kind of value everywhere")
  func names() throws {
    let finished = try run(refoldBinary, ["--experimental-dump-help"])
    let tree = try #require(
      try JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any])
    let root = try #require(tree["command"] as? [String: Any])
    var kinds: [String: Set<String>] = [:]
    for command in root["subcommands"] as? [[String: Any]] ?? [] {
      for argument in command["arguments"] as? [[String: Any]] ?? [] {
        guard let kind = argument["kind"] as? String, kind != "positional",
          let name = (argument["preferredName"] as? [String: Any])?["name"] as? String
        else { continue }
        kinds[name, default: []].insert(kind)
      }
    }
    // export-sql --jobs says that the jobs are exported, too.
    #expect(kinds.filter { $0.value.count > 1 }.map(\.key) == ["jobs"])
  }

  @Test("help fits 80 columns", arguments: [""] + GrammarTests.commands.map(\.name))
  func width(_ name: String) throws {
    let finished = try run(
      refoldBinary, (name.isEmpty ? [] : [name]) + ["--help"], environment: ["COLUMNS": "80"])
    #expect(finished.status == 0)
    for line in finished.output.split(separator: "\n") where line.count > 80 { Issue.record("\(name): \(line)") }
  }

  /// Commands of an example, each with the lines that continue it, without the shell's part after a pipe or a `>`.
  private static func examples(of command: Command) -> [[String]] {
    var lines: [String] = []
    var isContinued = false
    for line in command.discussion.split(separator: "\n", omittingEmptySubsequences: false) {
      let text = line.trimmingCharacters(in: .whitespaces)
      if isContinued {
        lines[lines.count - 1] += " " + text
      } else if line.hasPrefix("  "), text.contains("refold "), !text.hasPrefix("next:") {
        lines.append(text)
      } else {
        continue
      }
      isContinued = text.hasSuffix("\\")
      if isContinued { lines[lines.count - 1].removeLast() }
    }
    return lines.compactMap { line in
      guard let start = line.range(of: "refold "), line[..<start.lowerBound].allSatisfy({ $0 != "(" }) else {
        return nil
      }
      let end = line.firstIndex { "|>#<".contains($0) && $0 != "|" } ?? line.endIndex
      let part = start.lowerBound < end ? line[start.lowerBound..<end] : line[start.lowerBound...]
      return part.split(separator: " ").map { String($0.trimmingPrefix("'")) }
    }
  }

  @Test("examples in help name options that exist, each on lines that a shell joins")
  func examples() throws {
    var count = 0
    for command in GrammarTests.dumped {
      for words in GrammarTests.examples(of: command) {
        guard words.count > 1, let called = GrammarTests.dumped.first(where: { $0.name == words[1] }) else { continue }
        let options = words.prefix { $0 != "|" }.filter { $0.hasPrefix("--") || $0 == "-o" }
        for option in options {
          #expect(called.options.contains(option), "\(command.name): \(words.joined(separator: " "))")
        }
        #expect(words.allSatisfy { !$0.hasPrefix("…") && !$0.hasSuffix("\\") })
        count += 1
      }
    }
    #expect(count > 40)
  }
}
