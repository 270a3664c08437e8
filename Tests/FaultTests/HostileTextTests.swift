import Foundation
import ProcessSupport
import Testing

/// Puts texts that a medium could take for more than text into everything that an output can hold, for every medium.
@Suite struct HostileTextTests {
  private let folder: ScratchFolder
  private let inputs: HostileInputs
  private let summary: String

  init() throws {
    folder = try ScratchFolder()
    inputs = HostileInputs(folder: folder)
    summary = folder.file("summary.md")
  }

  private func refold(_ arguments: [String]) throws -> FinishedProcess {
    try run(
      refoldBinary, arguments, directory: folder.path,
      environment: ["TMPDIR": folder.path, "CI": "", "GITHUB_STEP_SUMMARY": summary])
  }

  /// A run: its exit status, the medium of its standard output, and the files that it writes, with their media.
  private struct Output {
    var arguments: [String]
    var status: Int32
    var medium = Medium.terminal
    var files: [(name: String, medium: Medium)] = []

    init(_ status: Int32, _ arguments: [String], _ medium: Medium = .terminal, files: [(String, Medium)] = []) {
      self.arguments = arguments
      self.status = status
      self.medium = medium
      self.files = files
    }
  }

  /// All runs that can output a text. They run in this order: some read what earlier ones write.
  private func outputs() -> [Output] {
    let (log, live, snapshot) = (inputs.log, inputs.live, inputs.snapshot)
    let name = HostileTexts.text(.output, 0..<4)
    let source = HostileTexts.text(.source, 0..<HostileTexts.all.count)
    let typed = HostileTexts.text(.argument, 0..<5)
    let typedMore = HostileTexts.text(.argument, 5..<13)
    let diff = ["diff", snapshot, live, "--log", log]
    let user = HostileInputs.users[0]
    let label = ["--jobs", "jobs", "--source", "label"]
    let forged = ["forged", "--live", live]
    return [
      Output(1, diff + ["--all"]),
      Output(1, diff + ["--all", "--json"], .json),
      Output(1, diff + ["--all", "--redact"]),
      Output(1, diff + ["--all", "--redact", "--json"], .json),
      Output(1, diff + ["--markdown"], .markdown),
      Output(1, diff + ["--github"], .commands),
      Output(
        1, diff + ["--junit", "diff.xml", "--html", "diff.html", "--sqlite", "differences", "--identify"],
        files: [("diff.xml", .junit), ("diff.html", .html)]),
      Output(1, ["diff", "forged", snapshot, "--all"]),
      Output(1, ["diff", snapshot, "forged", "--all"]),
      Output(1, ["diff", "forged", live, "--all", "--junit", "forged.xml"], files: [("forged.xml", .junit)]),
      Output(1, ["diff", "forged", live, "--all", "--json"], .json),
      Output(1, ["diff", "forged", live, "--all", "--markdown"], .markdown),
      Output(1, ["diff", "forged", live, "--github", "--all"], .commands),
      Output(0, ["diff", snapshot, snapshot]),
      Output(0, ["diff", snapshot, snapshot, "--markdown"], .markdown),
      Output(1, ["audit", log, "--live", live]),
      Output(1, ["merge", "--reports", "report" + name]),
      Output(1, ["merge", "--reports", "report" + name, "--json"], .json),
      Output(1, ["report", snapshot, "--live", live, "--log", log, "--json", "--identify"], .json),
      Output(1, ["report", snapshot, "--live", live, "--log", log, "--markdown", "--identify"], .markdown),
      Output(1, ["report", snapshot, "--live", live, "-o", "page" + name], files: [("page" + name, .html)]),
      Output(1, ["report"] + forged + ["--markdown", "--identify"], .markdown),
      Output(1, ["report"] + forged + ["--json", "--identify"], .json),
      Output(1, ["report"] + forged + ["--identify", "-o", "forged.html"], files: [("forged.html", .html)]),
      Output(
        1, ["report", snapshot, "--diff", "differences", "--identify", "-o", "file.html"], files: [("file.html", .html)]
      ),
      Output(2, ["report", "forged-codes", "--json", "--identify"]),
      Output(0, ["show", "forged", user, "--json"], .json),
      Output(0, ["show", snapshot, user, "--json"], .json),
      Output(0, ["explain", log, "--user", user, "--json"], .json),
      Output(1, ["verify", snapshot, "--live", live] + label),
      Output(0, ["verify", snapshot, "--live", live, "--list", "missing"]),
      Output(1, ["verify"] + label + ["--json"], .json),
      Output(2, ["verify", "--jobs", "jobs", "--source", source]),
      Output(2, ["verify", "--jobs", "jobs", "--source", source, "--json"], .json),
      Output(0, ["plan", "all", snapshot, "--source", source, "-o", "jobs" + name]),
      Output(0, ["plan", "all", snapshot, "--source", source, "--json"], .json),
      Output(0, ["repair", snapshot, live, "--log", log, "--source", source, "-o", "script" + name]),
      Output(0, ["repair", snapshot, live, "--log", log, "--source", source, "--json"], .json),
      Output(2, ["check", "cases", "--all"]),
      Output(2, ["check", "cases", "--json"], .json),
      Output(2, ["check", "cases", "--junit", "check.xml"], files: [("check.xml", .junit)]),
      Output(2, ["check", "cases", "--github"], .commands),
      Output(0, ["check", "--prove", log]),
      Output(0, ["check", "--prove", log, "--json"], .json),
      Output(0, ["witness", log, "--live", live, "-o", "witness" + name, "--keep-texts"]),
      Output(0, ["witness", log, "--live", live, "-o", "other" + name, "--keep-texts", "--json"], .json),
      Output(0, ["digest", snapshot]),
      Output(0, ["rebuild", "log.csv", "--format", "csv", "-o", "from-csv"]),
      Output(0, ["rebuild", "log.csv", "--format", "csv", "-o", "from-csv", "--force", "--json"], .json),
      Output(0, ["rebuild", "dump.sql", "-o", "from" + name]),
      Output(0, ["rebuild", "dump.sql", "-o", "from" + name, "--force", "--json"], .json),
      // Runs that end in trouble.
      Output(0, ["digest", "forged"]),
      Output(2, ["show", "forged-codes", user]),
      Output(2, ["diff", snapshot, live, "--rules", "rules"]),
      Output(2, ["profile", "profile"]),
      Output(2, ["check", "cases", "--filter", "none" + typed]),
      Output(2, ["rebuild", "no" + typed, "-o", "out"]),
      Output(2, ["rebuild", "no" + typedMore, "-o", "out"]),
      Output(2, ["rebuild", log, "-o", snapshot]),
      Output(2, ["rebuild", live, "-o", "out"]),
      Output(2, ["rebuild", "--x" + typed]),
      Output(2, ["rebuild", log, "-o", "x", "--as-of=" + typedMore]),
      Output(2, ["show", snapshot, typed]),
      Output(2, ["show", typed, user]),
      Output(2, ["diff", snapshot, live, "--ignore", typed]),
      Output(2, ["diff", snapshot, live, "--ndjson", live]),
      Output(2, [typed]), Output(2, ["check", typed]), Output(2, ["merge", snapshot, "-o", "out"]),
    ]
      + HostileInputs.users.flatMap { user in
        [
          Output(0, ["show", snapshot, user]), Output(0, ["show", "forged", user]),
          Output(0, ["explain", log, "--user", user]),
        ]
      }
  }

  /// The media in which texts of each place must appear at least. A text that appears nowhere would prove nothing.
  private static let shown: [(places: [HostileTexts.Place], media: Set<Medium>)] = [
    ([.eventType, .column, .jobType, .jobStatus, .jobError, .handler, .rowType, .rowKey], [.terminal, .json]),
    ([.reportUser, .reportLive, .reportType], [.terminal, .json]),
    ([.group, .objective, .advisory, .corrected], [.terminal, .json, .html]),
    ([.source, .output], [.terminal, .json, .errors]),
    ([.table], [.json, .errors]), ([.rule, .profile, .argument], [.errors]),
    ([.liveType], [.terminal, .json, .html, .markdown, .summary]),
    ([.liveKey, .member, .value, .code], [.terminal, .json, .html, .markdown, .summary, .junit, .commands]),
    ([.failureType, .failureDetail], [.terminal, .json, .html, .markdown]),
    ([.failureReason], [.terminal, .json, .html, .markdown, .summary, .junit, .commands]),
    // A snapshot with an unknown failure code is refused.
    ([.failureCode], []), ([.manifest], [.json, .html, .markdown]), ([.signal], [.json, .html]),
    ([.caseFailure], [.terminal]), ([.caseKey], [.terminal, .json, .junit, .summary]),
    ([.caseName, .caseField, .caseValue, .caseMember], [.terminal, .json, .junit, .summary, .commands]),
    ([.log], [.terminal, .json, .html, .markdown]),
    ([.live, .snapshot], [.terminal, .json, .html, .markdown, .summary, .errors]),
  ]

  private func makeInputs() throws {
    try inputs.writeLog()
    try inputs.writeOtherLogs()
    try inputs.writeJobs()
    try inputs.writeRefused()
    let asOf = ["--as-of", HostileInputs.asOf]
    let rebuilt = try refold(["rebuild", inputs.log] + asOf + ["-o", inputs.snapshot])
    #expect(rebuilt.status == 0, "\(rebuilt)")
    try inputs.writeLive(try refold(["fold", inputs.log] + asOf).output)
    try inputs.writeForgedSnapshot("forged", code: false)
    try inputs.writeForgedSnapshot("forged-codes", code: true)
    let name = HostileTexts.text(.caseName, 0..<5)
    let why = HostileTexts.text(.argument, 0..<HostileTexts.all.count)
    let made = try refold([
      "check", "--init", "cases/a" + name, "--log", inputs.log, "--live", inputs.live, "--why", why,
    ])
    #expect(made.status == 0, "\(made)")
    try inputs.forgeCases("a" + name, unreadable: "b" + name)
    let partition = try refold(["diff", inputs.snapshot, inputs.live, "--partition", "0/1", "--json"])
    try inputs.writeForgedReport("report" + HostileTexts.text(.output, 0..<4), partition.output)
  }

  @Test("no text of the data, no name and no argument is taken for more than text, in any medium")
  func everywhere() throws {
    try makeInputs()
    var met: [HostileTexts.Place: Set<Medium>] = [:]
    var marks: Set<String> = []
    func take(_ text: String, _ medium: Medium, _ what: String) {
      medium.expectHarmless(text, what)
      // Lines that are not commands are for the terminal, so they do not count here.
      let lines = text.split(separator: "\n").filter { $0.hasPrefix("::") }
      let text = medium == .commands ? lines.joined(separator: "\n") : text
      for place in HostileTexts.Place.allCases where text.contains(place.mark) {
        met[place, default: []].insert(medium)
      }
      for mark in HostileTexts.marks where text.contains(mark) { marks.insert(mark) }
    }
    func take(file name: String, _ medium: Medium) throws {
      take(String(decoding: try #require(folder.bytes(name), "\(name)"), as: UTF8.self), medium, name)
    }
    for output in outputs() {
      let what = "\(output.arguments)"
      let finished = try refold(output.arguments)
      #expect(finished.status == output.status, "\(what): \(finished.errors)")
      take(finished.output, output.medium, what)
      take(finished.errors, .errors, what)
      for file in output.files { try take(file: file.name, file.medium) }
    }
    try take(file: "summary.md", .summary)
    let cases = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    let reasons = cases.filter { $0.hasSuffix("/why.md") }
    #expect(!reasons.isEmpty)
    for why in reasons { try take(file: why, .markdown) }

    #expect(marks == Set(HostileTexts.marks))
    #expect(Set(HostileTextTests.shown.flatMap(\.places)) == Set(HostileTexts.Place.allCases))
    for (places, media) in HostileTextTests.shown {
      for place in places { #expect(media.isSubset(of: met[place] ?? []), "\(place): \(met[place] ?? [])") }
    }
  }

  @Test("--redact: no id in error text")
  func redacted() throws {
    try folder.write("log", FaultLog.text(200).utf8)
    try folder.write("other", FaultLog.text(200).replacing("\"reps\":", with: "\"reps\":1").utf8)
    #expect(try refold(["rebuild", "log", "--as-of", HostileInputs.asOf, "-o", "snapshot"]).status == 0)
    let rows = try refold(["fold", "log", "--as-of", HostileInputs.asOf]).output
    try inputs.writeLive(rows)
    let plain = try refold(["diff", "snapshot", inputs.live, "--log", "other"])
    #expect(plain.status == 2 && plain.errors.contains(/[0-9a-f]{8}-[0-9a-f]{4}-/), "\(plain)")
    let redacted = try refold(["diff", "snapshot", inputs.live, "--log", "other", "--redact"])
    #expect(redacted.status == 2 && redacted.output == "" && redacted.errors.contains("id-"), "\(redacted)")
    #expect(!redacted.errors.contains(/[0-9a-f]{8}-[0-9a-f]{4}-/), "\(redacted)")
  }
}
