import Foundation
import Pages
import Reporting
import TestSupport
import Testing

@Suite("report: fixtures")
struct GoldenTests {
  @Test(
    "the pages in fixtures/report equal what their inputs give, byte by byte",
    arguments: ["live", "formats", "clean"])
  func pages(name: String) throws {
    let facts: ReportFacts
    switch name {
    case "live": facts = try ReportRun.live().facts(ReportRun.liveRows)
    case "formats": facts = try ReportRun.recorded("formats").facts(Fixtures.path("cases/formats/projections.csv.gz"))
    default: facts = try ReportRun.recorded("realistic").facts(Fixtures.path("cases/realistic/projections.ndjson.gz"))
    }
    try Golden.check("\(name).html", facts.html)
    if name == "live" { try Golden.check("live.md", Array(facts.markdown.utf8)) }
  }
}

/// The files in `fixtures/report`. `REFOLD_UPDATE_FIXTURES=1 swift test --filter ReportTests` rewrites them.
enum Golden {
  static let isUpdating = ProcessInfo.processInfo.environment["REFOLD_UPDATE_FIXTURES"] != nil

  static func check(_ name: String, _ bytes: [UInt8]) throws {
    let path = Fixtures.path("report/" + name)
    if isUpdating { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
    let expected = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let (mine, theirs) = (lines(bytes), lines(expected))
    let first = zip(mine, theirs).enumerated().first { $0.element.0 != $0.element.1 }
    #expect(
      first == nil && mine.count == theirs.count, "\(name) line \((first?.offset ?? 0) + 1): \(first?.element.0 ?? "")")
  }

  private static func lines(_ bytes: [UInt8]) -> [String] {
    bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Checks the README's picture. Its pixels depend on the browser and the fonts, so only its format and size are
  /// checked.
  static func check(picture: String) throws {
    let path = Fixtures.path("report/live.png")
    if isUpdating { try Data(contentsOf: URL(fileURLWithPath: picture)).write(to: URL(fileURLWithPath: path)) }
    for file in [picture, path] {
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
      #expect(
        bytes.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] && (20_000...200_000).contains(bytes.count))
    }
  }
}
