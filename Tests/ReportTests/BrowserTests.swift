import Foundation
import JSONTape
import Pages
import ProcessSupport
import Reporting
import TestSupport
import Testing

/// Reports opened in headless Chromium by browser.py.
@Suite(
  "report: in a browser", .enabled(if: Browser.isWanted, "needs .ci/setup tests: chromium and .build/python"),
  .serialized)
struct BrowserTests {
  @Test("live: the page agrees with the facts, sorts, filters, unfolds, and requests nothing")
  func live() throws {
    let run = try ReportRun.live()
    let facts = try run.facts(ReportRun.liveRows)
    let picture = run.folder.file("head.png")
    let seen = try Browser(facts, in: run.folder, ["--picture", picture])
    try seen.isQuiet()
    try seen.agrees(with: facts)
    try seen.looksRight()

    let sorting = try #require(seen["sorting"])
    let written = try #require(sorting["as_written"]?.numbers)
    #expect(sorting["first_click"]?.numbers == written.sorted(by: >) && Set(written).count > 1)
    #expect(sorting["second_click"]?.numbers == written.sorted())
    #expect(sorting["total_is_last"]?.string == "all")

    let filtering = try #require(seen["filtering"])
    let shown = filtering["shown"]?.array?.count ?? 0
    let moved = facts.changes
    #expect(shown == moved.count { $0.projection.raw == filtering["word"]?.string } && shown > 0)
    #expect(filtering["says"]?.string == "\(shown) of \(moved.count)")
    #expect(filtering["shown_again"]?.number == Double(moved.count))

    let unfolding = try #require(seen["unfolding"])
    #expect(
      ["before", "after", "all", "none"].map { unfolding[$0] } == [.bool(false), .bool(true), .bool(true), .bool(true)])

    // Without the script the page says the same, and has no controls, which would not work.
    let without = try #require(seen["without_script"])
    #expect(without["verdict"]?.string == facts.verdict.raw)
    #expect(without["buttons"]?.number == 0 && without["unfolds"] == .bool(true))

    try Golden.check(picture: picture)
  }

  @Test("a page without differences has no controls that do nothing")
  func clean() throws {
    let run = try ReportRun.recorded("realistic")
    let facts = try run.facts(Fixtures.path("cases/realistic/projections.ndjson.gz"))
    let seen = try Browser(facts, in: run.folder, ["--looks", "dark,narrow"])
    try seen.isQuiet()
    try seen.agrees(with: facts)
    try seen.looksRight()
    #expect(seen["headline"]?.string?.trimmed == "All 144 compared rows are equal")
    #expect(seen["unfolding"] == .null && seen["filtering"] == .null)
  }

  @Test("hostile texts of log, live rows and file names stay text")
  func hostile() throws {
    let hostile = try Hostile()
    let facts = try hostile.facts(isIdentified: true)
    let seen = try Browser(facts, in: hostile.run.folder, ["--looks", "light,narrow"])
    try seen.isQuiet()
    try seen.agrees(with: facts)
    try seen.looksRight()
    // The texts can be read in the page.
    let text = try #require(seen["text"]?.string)
    for planted in Hostile.texts where !planted.contains("\u{202E}") {
      #expect(text.contains(planted.prefix(40)), "\(planted)")
    }
    #expect(text.contains("⟨U+202E⟩gnp.exe⟨U+2066⟩") && !text.contains("\u{202E}"))
  }
}

extension String {
  fileprivate var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}

extension JSONTree {
  fileprivate var numbers: [Double]? { array?.map { Double($0.string?.replacing(",", with: "") ?? "") ?? -1 } }
}

/// What browser.py found in a report.
struct Browser {
  private static let python = repository + "/.build/python/bin/python"
  private static let chromium = "/usr/bin/chromium"

  /// Whether to run the tests here. Without the programs they run, and fail, only in CI, which must have them.
  static var isWanted: Bool {
    [python, chromium].allSatisfy(FileManager.default.isExecutableFile)
      || ProcessInfo.processInfo.environment["CI"] != nil
  }

  private let seen: JSONTree
  private let url: String

  init(_ facts: ReportFacts, in folder: TemporaryFolder, _ options: [String] = []) throws {
    let path = try folder.write("report.html", facts.html)
    url = "file://" + path
    let finished = try run(Browser.python, [repository + "/Tests/ReportTests/browser.py", path] + options)
    try #require(finished.status == 0, "\(finished.errors)")
    seen = try JSONTree(parsing: Array(finished.output.utf8))
  }

  subscript(key: String) -> JSONTree? { seen[key] }

  /// Expects no error, no request except for the page, no dialog, and no script or element that came from data.
  func isQuiet() throws {
    #expect(seen["console"] == .array([]))
    let requests = try #require(seen["requests"]?.array).compactMap(\.string)
    #expect(requests.count == 1 && requests[0].hasSuffix("/report.html") && requests[0].hasPrefix("file:///"))
    #expect(seen["dialogs"] == .array([]))
    #expect(seen["foreign"] == .array([]))
    #expect(seen["scripts"]?.number == 1)
    #expect(seen["planted"] == .null)
    let sections = try #require(seen["sections"]?.array).compactMap(\.string)
    #expect(try #require(seen["links"]?.array).compactMap(\.string) == sections.map { "#" + $0 })
  }

  /// Expects the verdict, counts and users of the JSON report in the page.
  func agrees(with facts: ReportFacts) throws {
    let report = try JSONTree(parsing: Array(facts.json.pretty.utf8))
    #expect(seen["verdict"]?.string == shown(report["verdict"]?.string))
    #expect(seen["exit"]?.string == report["exit_status"]?.number.map { "\(Int($0))" })
    let counts = try #require(seen["counts"]?.members)
    let comparison = try #require(report["comparison"])
    var expected: [String: Double] = [:]
    for name in ["compared", "equal", "different"] { expected[name] = comparison["rows"]?[name]?.number }
    expected["unacceptable"] = comparison["unacceptable_rows"]?.number
    expected["users-different"] = comparison["users"]?["different"]?.number
    let met = (comparison["rows"]?["causes"]?.members ?? []).filter { $0.value.number ?? 0 > 0 }.map(\.key)
    for (name, row) in [("all", comparison["rows"])]
      + (comparison["projections"]?.members ?? []).map({ ($0.key, $0.value) })
    {
      expected["\(name) rebuilt"] = row?["snapshot"]?.number
      expected["\(name) live"] = row?["live"]?.number
      expected["\(name) equal"] = row?["equal"]?.number
      for cause in met { expected["\(name) \(cause)"] = row?["causes"]?[cause]?.number }
    }
    #expect(Dictionary(uniqueKeysWithValues: counts.map { ($0.key, $0.value.number ?? -1) }) == expected)

    let users = try #require(seen["users"]?.array)
    let known = try #require(report["users"]?.array)
    #expect(users.map { $0["name"]?.string } == known.map { $0["name"]?.string })
    for (user, facts) in zip(users, known) {
      let rows = facts["rows"]?.array ?? []
      #expect(user["rows"]?.number == Double(rows.count))
      #expect(user["fields"]?.number == Double(rows.reduce(0) { $0 + ($1["fields"]?.array?.count ?? 0) }))
    }
  }

  private func shown(_ text: String?) -> String? {
    text?.replacing("\u{202E}", with: "⟨U+202E⟩").replacing("\u{2066}", with: "⟨U+2066⟩")
  }

  /// Expects headings in order, every picture with a label and a table, nothing wider than the screen, no text that is
  /// too small, no violation of axe's rules, another background in the dark look, and white paper.
  func looksRight() throws {
    let levels = try #require(seen["headings"]?.array).compactMap { $0.array?.first?.number }
    #expect(levels.first == 1 && levels.count { $0 == 1 } == 1)
    #expect(zip(levels, levels.dropFirst()).allSatisfy { $1 <= $0 + 1 })
    for picture in try #require(seen["pictures"]?.array) {
      let label = try #require(picture["label"]?.string)
      #expect(
        label.hasPrefix(picture["title"]?.string ?? "?") && label.count > (picture["title"]?.string?.count ?? 0) + 4)
      #expect(picture["rows"]?.number ?? 0 > 0, "\(label)")
    }
    var backgrounds: Set<String> = []
    for look in try #require(seen["looks"]?.members) {
      #expect(look.value["overflow"]?.number == 0, "\(look.key)")
      #expect(look.value["smallest_word"]?.number ?? 10 >= 9.5, "\(look.key)")
      #expect(look.value["axe"] == .array([]), "\(look.key)")
      backgrounds.insert(look.value["background"]?.string ?? "")
    }
    // The dark background is not the light one, and paper is white.
    #expect(backgrounds.count >= 2 || seen["looks"]?["dark"] == nil)
    if let paper = seen["looks"]?["paper"] {
      #expect(paper["background"]?.string == "rgb(255, 255, 255)")
      #expect(paper["badge"] == seen["looks"]?["light"]?["badge"] && paper["badge"] != seen["looks"]?["dark"]?["badge"])
    }
  }
}
