import Foundation
import ProcessSupport
import Testing

/// A folder with an example of everything that refold reads, and the commands that write, each with one output.
struct OutputLab {
  let folder: ScratchFolder

  /// One output of one command. `OUT` in the arguments is replaced by its name.
  struct Output: Sendable, CustomTestStringConvertible {
    var arguments: [String]
    /// An input of the command. Tests name it as output too.
    var input: String
    /// Whether an existing file is replaced only with `--force`.
    var isKept = false

    var testDescription: String { arguments.joined(separator: " ") }
    func arguments(_ name: String) -> [String] { arguments.map { $0 == "OUT" ? name : $0 } }
  }

  private static let asOf = "2026-02-22T00:00:00Z"

  static let texts = [
    Output(arguments: ["diff", "s.sqlite", "live.ndjson", "--ndjson", "OUT"], input: "live.ndjson"),
    Output(arguments: ["diff", "s.sqlite", "live.ndjson", "--junit", "OUT"], input: "s.sqlite"),
    Output(
      arguments: ["diff", "s.sqlite", "live.ndjson", "--html", "OUT", "--rules", "rules.json"], input: "rules.json"),
    Output(arguments: ["audit", "log.ndjson", "--live", "live.ndjson", "--ndjson", "OUT"], input: "log.ndjson"),
    Output(arguments: ["report", "s.sqlite", "--live", "live.ndjson", "-o", "OUT"], input: "live.ndjson"),
    Output(arguments: ["report", "s.sqlite", "-o", "OUT"], input: "s.sqlite"),
    Output(arguments: ["plan", "all", "s.sqlite", "--source", "x", "--ndjson", "OUT"], input: "s.sqlite"),
    Output(
      arguments: ["repair", "s.sqlite", "live.ndjson", "--log", "log.ndjson", "--source", "x", "-o", "OUT"],
      input: "log.ndjson", isKept: true),
    Output(arguments: ["check", "case", "--junit", "OUT"], input: "case/events.ndjson"),
    Output(
      arguments: ["rebuild", "bad.ndjson", "--as-of", asOf, "-o", "out/other.sqlite", "--quarantine", "OUT"],
      input: "bad.ndjson", isKept: true),
  ]

  static let databases = [
    Output(arguments: ["rebuild", "log.ndjson", "-o", "OUT"], input: "log.ndjson", isKept: true),
    Output(
      arguments: ["rebuild", "log.ndjson", "--users", "users.ndjson", "-o", "OUT"], input: "users.ndjson", isKept: true),
    Output(arguments: ["fold", "log.ndjson", "--as-of", asOf, "-o", "OUT"], input: "log.ndjson", isKept: true),
    Output(arguments: ["merge", "part.sqlite", "-o", "OUT"], input: "part.sqlite", isKept: true),
    Output(arguments: ["diff", "s.sqlite", "live.ndjson", "--sqlite", "OUT"], input: "live.ndjson", isKept: true),
    Output(
      arguments: ["audit", "log.ndjson", "--live", "live.ndjson", "-o", "OUT"], input: "live.ndjson", isKept: true),
    Output(arguments: ["plan", "all", "log.ndjson", "--source", "x", "-o", "OUT"], input: "log.ndjson", isKept: true),
  ]

  static let folders = [
    Output(
      arguments: ["check", "--init", "OUT", "--log", "log.ndjson", "--live", "live.ndjson"], input: "case", isKept: true
    ),
    Output(
      arguments: ["witness", "log.ndjson", "--live", "live.ndjson", "--user", user(1), "-o", "OUT"], input: ""),
  ]

  static func user(_ number: Int) -> String { "10000000-0000-4000-8000-00000000000\(number)" }

  init(events: Int = 100) throws {
    let template = try OutputLab.templates[events] ?? OutputLab(making: events)
    folder = try ScratchFolder()
    try FileManager.default.removeItem(atPath: folder.path)
    try FileManager.default.copyItem(atPath: template.folder.path, toPath: folder.path)
  }

  /// Templates by number of events. They are made only once, because that takes several runs.
  private static let templates: [Int: OutputLab] = {
    var templates: [Int: OutputLab] = [:]
    for events in [100, 4000] { templates[events] = try? OutputLab(making: events) }
    return templates
  }()

  private init(making events: Int) throws {
    folder = try ScratchFolder()
    for name in ["out", "temp"] {
      try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: false)
    }
    let log = FaultLog.text(events)
    try folder.write("log.ndjson", log.utf8)
    try folder.write("bad.ndjson", (log + "not an event\n").utf8)
    try folder.write("users.ndjson", "{\"id\":\"\(OutputLab.user(1))\"}\n".utf8)
    try folder.write("rules.json", "{}".utf8)
    for arguments in [
      ["rebuild", "log.ndjson", "--as-of", OutputLab.asOf, "-o", "s.sqlite"],
      ["fold", "log.ndjson", "--as-of", OutputLab.asOf, "-o", "part.sqlite"],
      ["check", "--init", "case", "--log", "log.ndjson"],
    ] {
      let made = try refold(arguments)
      if made.status != 0 { throw Failed(made: made) }
    }
    let rows = try refold(["fold", "log.ndjson", "--as-of", OutputLab.asOf]).output
    let live = rows.split(separator: "\n").filter { $0.hasPrefix("{\"table\":\"projections\"") }
      .map { $0.replacing("\"confidence\":0", with: "\"confidence\":1") + "\n" }.joined()
    try folder.write("live.ndjson", live.utf8)
  }

  struct Failed: Error { var made: FinishedProcess }

  func refold(_ arguments: [String], environment: [String: String] = [:]) throws -> FinishedProcess {
    try run(
      refoldBinary, arguments, directory: folder.path,
      environment: ["TMPDIR": folder.file("temp"), "CI": ""].merging(environment) { $1 })
  }

  /// Runs refold in a shell script, in which `"$@"` is refold and its arguments.
  func refold(_ arguments: [String], script: String) throws -> FinishedProcess {
    try run(
      "/bin/bash", ["-c", script, "bash", refoldBinary] + arguments, directory: folder.path,
      environment: ["TMPDIR": folder.file("temp"), "CI": ""])
  }

  /// The paths of everything below the folder, hidden files included, without `case`.
  var everything: Set<String> {
    let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    return Set(names.filter { !$0.hasPrefix("case") })
  }

  func status(_ name: String) -> stat {
    var status = stat()
    lstat(folder.file(name), &status)
    return status
  }

  func mode(_ name: String) -> mode_t { status(name).st_mode & 0o7777 }
}
