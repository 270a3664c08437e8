import Foundation
import FoundationXML
import ProcessSupport
import Testing

/// Texts that would like to be more than text, in everything that an output can hold, through every medium.
@Suite struct HostileTextTests {
  /// What each begins with, to be found again.
  private static let marks = texts.indices.map { "q\($0)z" }

  private static let texts = [
    "\u{1B}[31m\u{1B}]0;title\u{7}", "\nFAKE\n", "\r\n::error::FAKE", "\u{9B}31m\u{85}FAKE", "\u{7F}\u{8}\u{1}",
    "\u{2028}FAKE\u{2029}FAKE", "\u{202E}evil\u{2066}\u{200F}\u{61C}", "`code` | cell | *a* _b_ [x](y) #1 @me ~s~",
    "<img src=x onerror=alert(1)>\" ' & ]]>", "\n````\nFAKE", "%0A::error::FAKE,file=x:y", "\n| FAKE | FAKE |\n",
    "\u{FEFF}\u{FFFE}\u{AD}\u{200B}",
  ]

  private static let hostile = zip(marks, texts).map { $0 + $1 }
  private static let asOf = "2026-02-22T00:00:00Z"

  private let folder: ScratchFolder
  private let summary: String

  init() throws {
    folder = try ScratchFolder()
    summary = folder.file("summary.md")
  }

  private func user(_ number: Int) -> String {
    "10000000-0000-4000-8000-0000000000\(number < 16 ? "0" : "")\(String(number, radix: 16))"
  }

  private func json(_ value: Any) throws -> String {
    String(decoding: try JSONSerialization.data(withJSONObject: value, options: .sortedKeys), as: UTF8.self) + "\n"
  }

  private func refold(_ arguments: [String]) throws -> FinishedProcess {
    try run(
      refoldBinary, arguments, directory: folder.path,
      environment: ["TMPDIR": folder.path, "CI": "", "GITHUB_STEP_SUMMARY": summary])
  }

  // MARK: What goes in

  private func log() throws -> String {
    var lines = ""
    for (number, text) in HostileTextTests.hostile.enumerated() {
      func event(_ place: Int, _ type: String, _ data: [String: Any]) throws {
        let time = "2026-01-0\(place + 1)T10:00:00Z"
        lines += try json(
          [
            "id": "0000000\(place)-0000-4000-9000-0000000000\(number < 16 ? "0" : "")\(String(number, radix: 16))",
            "user_id": user(number), "timestamp": time, "created_at": time, "event_type": type, "data": data,
            "metadata": ["session_id": text],
          ] as [String: Any])
      }
      try event(0, "set.logged", ["exercise_id": text, "weight_kg": 80, "reps": 5])
      try event(
        1, "objective.set",
        ["objective_id": text, "mode": "journal", "source": text, "primary_goal": ["type": text, text: text]])
      try event(2, "advisory.override.recorded", ["reason": text, "scope": text, "actor": text])
      try event(3, text, [:])
      try event(4, "set.corrected", ["target_event_id": "x", "changed_fields": [text: text]])
      try event(5, "preference.set", ["key": "timezone", "value": text])
    }
    return lines
  }

  private func live(_ rows: String) throws -> String {
    var lines = ""
    for (number, line) in rows.split(separator: "\n").enumerated() {
      guard var row = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
        row.removeValue(forKey: "table") as? String == "projections", var data = row["data"] as? [String: Any]
      else { continue }
      let text = HostileTextTests.hostile[number % HostileTextTests.hostile.count]
      data[text] = text
      data["status"] = text
      data["confidence"] = 0.123
      data["reason_codes"] = [text]
      row["data"] = data
      row["updated_at"] = "2026-02-21T00:00:00Z"
      row["last_event_id"] = nil
      lines += try json(row)
      lines += try json(row.merging(["key": text]) { $1 })
      lines += try json(row.merging(["projection_type": text]) { $1 })
    }
    return lines
  }

  private func jobs() throws -> String {
    try HostileTextTests.hostile.enumerated().map { number, text in
      try json(
        [
          "user_id": user(number), "job_type": text, "status": number % 2 == 0 ? "dead" : text, "error_message": text,
          "created_at": "2026-01-01T00:00:00Z",
          "payload": ["source": "label", "event_type": text, "handler_name": text],
        ] as [String: Any])
    }.joined()
  }

  // MARK: What must hold of what comes out

  private func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\n", "\t": false
    case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}", "\u{61C}", "\u{200E}", "\u{200F}",
      "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}":
      true
    default: false
    }
  }

  private func expectPlain(_ text: String, _ what: String) {
    let found = text.unicodeScalars.first(where: isDangerous)
    #expect(found == nil, "\(what): U+\(String(found?.value ?? 0, radix: 16))")
    for line in text.split(separator: "\n") {
      let line = line.drop { $0 == " " }
      #expect(!line.hasPrefix("FAKE") && !line.hasPrefix("::error::") && !line.hasPrefix("| FAKE"), "\(what): \(line)")
    }
  }

  private func expectMarkdown(_ text: String, _ what: String) {
    expectPlain(text, what)
    var isFenced = false
    var width: Int?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("````") { isFenced.toggle() }
      if isFenced || line.hasPrefix("    ") { continue }
      let own = line.replacing("<details>", with: "").replacing("</details>", with: "").replacing("<summary>", with: "")
        .replacing("</summary>", with: "").replacing("<code>", with: "").replacing("</code>", with: "").replacing(
          "<br>", with: "")
      #expect(!own.contains("<"), "\(what): \(line)")
      // Backslashes take the next character away.
      let bare = own.replacing(/\\./, with: "")
      if line.hasPrefix("|") {
        let cells = bare.count { $0 == "|" }
        #expect(width == nil || width == cells, "\(what): \(line)")
        width = cells
      } else {
        width = nil
      }
      #expect(!bare.contains("](") && !bare.contains("@me") && !bare.contains("*a*"), "\(what): \(line)")
    }
    #expect(!isFenced, "\(what)")
  }

  private func expectXML(_ name: String) throws {
    let bytes = try #require(folder.bytes(name))
    expectPlain(String(decoding: bytes, as: UTF8.self), name)
    #expect(XMLParser(data: bytes).parse(), "\(name)")
  }

  private func expectCommands(_ text: String, _ what: String) {
    expectPlain(text, what)
    for line in text.split(separator: "\n") where line.hasPrefix("::") {
      #expect(line.hasPrefix("::error ") || line.hasPrefix("::notice "), "\(what): \(line)")
      let properties = line.split(separator: "::").first ?? ""
      #expect(properties.split(separator: ",").allSatisfy { $0.contains("=") }, "\(what): \(line)")
    }
  }

  @Test("no text of the data, no name and no argument is more than text, in any medium")
  func everywhere() throws {
    // No name has room for all of them.
    func part(_ range: Range<Int>) -> String { HostileTextTests.hostile[range].joined() }
    let name = part(0..<5)
    let (log, live, snapshot) = ("log" + name, "live" + part(5..<8), "snapshot" + part(8..<13))
    try folder.write(log, try self.log().utf8)
    let rebuilt = try refold(["rebuild", log, "--as-of", HostileTextTests.asOf, "-o", snapshot])
    #expect(rebuilt.status == 0, "\(rebuilt)")
    try folder.write(live, try self.live(try refold(["fold", log, "--as-of", HostileTextTests.asOf]).output).utf8)
    try folder.write("jobs", try jobs().utf8)
    try folder.write("rules", try json(["x" + name: 1]).utf8)

    // A case whose expectation is another, one that cannot be read, one with a file that is none.
    let made = try refold(["check", "--init", "cases/a" + name, "--log", log, "--why", name])
    #expect(made.status == 0, "\(made)")
    let rows = "cases/a" + name + "/projections.ndjson"
    let recorded = String(decoding: try #require(folder.bytes(rows)), as: UTF8.self)
    try folder.write(rows, recorded.replacing("\"status\":\"", with: "\"status\":\"x").utf8)
    try FileManager.default.createDirectory(atPath: folder.file("cases/b" + name), withIntermediateDirectories: false)
    try folder.write("cases/b" + name + "/case.json", try json([name: 1]).utf8)

    let diff = ["diff", snapshot, live, "--log", log]
    let ids = try self.live("").isEmpty ? (0..<HostileTextTests.hostile.count).map { user($0) } : []
    var texts: [(String, FinishedProcess)] = [("rebuild", rebuilt), ("init", made)]
    func add(_ arguments: [String]) throws { texts.append((arguments.joined(separator: " "), try refold(arguments))) }
    try add(diff + ["--all"])
    try add(diff + ["--all", "--json"])
    try add(diff + ["--all", "--redact"])
    try add(diff + ["--junit", "diff.xml", "--html", "diff.html", "--identify"])
    try add(["diff", snapshot, live, "--rules", "rules"])
    try add(["diff", snapshot, snapshot])
    try add(["audit", log, "--live", live])
    // The report of another run, as it might come from anybody.
    let partition = try refold(["diff", snapshot, live, "--partition", "0/1", "--json"]).output
    var report = try #require(try JSONSerialization.jsonObject(with: Data(partition.utf8)) as? [String: Any])
    report["worst_users"] = [["user_id": name, "rows": 1, "unacceptable": 1, "causes": ["changed"]] as [String: Any]]
    try folder.write("report" + name, try json(report).utf8)
    try add(["merge", "--reports", "report" + name])
    try add(["merge", "--reports", "report" + name, "--json"])
    try add(["report", snapshot, "--live", live, "--log", log, "--json", "--identify"])
    try add(["report", snapshot, "--live", live, "-o", "page" + name])
    for id in ids {
      try add(["show", snapshot, id])
      try add(["explain", "--log", log, "--user", id])
    }
    try add(["show", snapshot, ids[0], "--json"])
    try add(["explain", "--log", log, "--user", ids[0], "--json"])
    try add(["verify", snapshot, "--live", live, "--jobs", "jobs", "--source", "label"])
    try add(["verify", "--jobs", "jobs", "--source", "label", "--json"])
    try add(["plan", "all", snapshot, "--source", name, "-o", "jobs" + name])
    try add(["repair", snapshot, live, "--log", log, "--source", name, "-o", "script" + name])
    try add(["repair", snapshot, live, "--log", log, "--source", name])
    try add(["check", "cases", "--all"])
    try add(["check", "cases", "--json", "--junit", "check.xml"])
    try add(["check", "cases", "--filter", "none" + name])
    try add(["witness", "--log", log, "--live", live, "-o", "witness" + name, "--keep-texts"])
    try add(["digest", snapshot])
    // Those that end in trouble: rules that are none, a case that cannot be read, a filter that selects nothing.
    let troubled = texts.filter { $0.1.status > 1 }.map { $0.0.split(separator: " ")[0] }
    #expect(troubled == ["diff", "check", "check", "check"], "\(troubled)")
    for arguments in [
      ["rebuild", "no" + name, "-o", "out" + name], ["rebuild", "no" + part(5..<13), "-o", "out"],
      ["rebuild", log, "-o", snapshot], ["show", snapshot, name],
      ["show", name, ids[0]], ["rebuild", "--x" + name], ["rebuild", log, "-o", "x", "--as-of=" + part(5..<13)],
      ["diff", snapshot, live, "--ignore", name], ["profile", "rules"],
      ["diff", snapshot, live, "--ndjson", live],
      [name], ["check", name], ["rebuild", live, "-o", "out" + name], ["merge", snapshot, "-o", "out"],
    ] { try add(arguments) }
    var seen = ""
    for (what, finished) in texts {
      expectPlain(finished.output, what)
      expectPlain(finished.errors, what)
      seen += finished.output + finished.errors
      if what.contains("--json"), finished.status < 2 {
        #expect((try? JSONSerialization.jsonObject(with: Data(finished.output.utf8))) != nil, "\(what)")
      }
    }
    // What is looked for is there.
    for mark in HostileTextTests.marks { #expect(seen.contains(mark), "\(mark)") }

    for arguments in [
      diff + ["--markdown"], ["report", snapshot, "--live", live, "--log", log, "--markdown", "--identify"],
      ["diff", snapshot, snapshot, "--markdown"],
    ] {
      let markdown = try refold(arguments).output
      expectMarkdown(markdown, arguments.joined(separator: " "))
      #expect(markdown.contains("q0z") || arguments.contains(where: { $0 == snapshot }))
    }
    for arguments in [diff + ["--github"], ["check", "cases", "--github"]] {
      let finished = try refold(arguments)
      expectCommands(finished.output + finished.errors, arguments.joined(separator: " "))
      #expect(finished.output.contains("::error "))
    }
    expectMarkdown(String(decoding: try #require(folder.bytes("summary.md")), as: UTF8.self), "step summary")
    try expectXML("diff.xml")
    try expectXML("check.xml")
    for page in ["diff.html", "page" + name] {
      let html = String(decoding: try #require(folder.bytes(page)), as: UTF8.self)
      #expect(!html.unicodeScalars.contains(where: isDangerous) && !html.contains("<img"), "\(page)")
    }
    let found =
      FileManager.default.enumerator(atPath: folder.file("witness" + name))?.compactMap { $0 as? String } ?? []
    let reasons = found.filter { $0.hasSuffix("why.md") }
    #expect(!reasons.isEmpty)
    for why in reasons {
      expectMarkdown(String(decoding: try #require(folder.bytes("witness" + name + "/" + why)), as: UTF8.self), why)
    }
  }

  @Test("--redact: no id in error text")
  func redacted() throws {
    try folder.write("log", FaultLog.text(200).utf8)
    try folder.write("other", FaultLog.text(200).replacing("\"reps\":", with: "\"reps\":1").utf8)
    #expect(try refold(["rebuild", "log", "--as-of", HostileTextTests.asOf, "-o", "snapshot"]).status == 0)
    let rows = try refold(["fold", "log", "--as-of", HostileTextTests.asOf]).output
    try folder.write("live", try live(rows).utf8)
    let plain = try refold(["diff", "snapshot", "live", "--log", "other"])
    #expect(plain.status == 2 && plain.errors.contains(/[0-9a-f]{8}-[0-9a-f]{4}-/), "\(plain)")
    let redacted = try refold(["diff", "snapshot", "live", "--log", "other", "--redact"])
    #expect(redacted.status == 2 && redacted.output == "" && redacted.errors.contains("id-"), "\(redacted)")
    #expect(!redacted.errors.contains(/[0-9a-f]{8}-[0-9a-f]{4}-/), "\(redacted)")
  }
}
