import EventLog
import Foundation
import ProcessSupport
import Testing

/// Runs every kind of bad input, and of exports as tools write them, as an operator would. Checks the exit code, the
/// exact message, the records that are set aside, and whether the rows are right.
@Suite struct MalformedTests {
  /// With REFOLD_RECORD set, the expectations are rewritten. Review them before committing.
  private let isRecording = ProcessInfo.processInfo.environment["REFOLD_RECORD"] != nil

  @Test("event-log.md: each kind of malformed input has its expected outcome", arguments: MalformedCase.malformed)
  func outcome(of malformed: MalformedCase) throws { try check(malformed) }

  @Test("exports.md: each kind of export has its expected outcome", arguments: MalformedCase.exports)
  func outcome(ofExport export: MalformedCase) throws { try check(export) }

  private func check(_ malformed: MalformedCase) throws {
    let seen = try malformed.perform()
    if isRecording { try seen.write(toFile: malformed.path + "/expected.txt", atomically: true, encoding: .utf8) }
    #expect(seen == malformed.expected)
    #expect(seen.hasPrefix("$ "))
  }

  @Test("the table in MalformedInput.md has a row for each kind, and no other")
  func table() throws {
    #expect(try kinds(in: "MalformedInput", under: "Kinds") == MalformedCase.malformed.map(\.kind))
  }

  @Test("the table in Formats.md has a row for each kind of export, and no other")
  func exportTable() throws {
    #expect(try kinds(in: "Formats", under: "Exports in the wild") == MalformedCase.exports.map(\.kind))
  }

  @Test("the table of foreign files in MalformedInput.md equals the one that messages are made from")
  func foreignTable() throws {
    let rows = try section(of: "MalformedInput", under: "Foreign files").filter { $0.hasPrefix("| ") }
    let expected = ForeignFile.all.map { file in
      "| \(file.name) | \(file.sign) | \(file.message.replacing("|", with: "\\|")) |"
    }
    #expect(Array(rows.dropFirst(2)) == expected)
  }

  private func kinds(in page: String, under heading: String) throws -> [String] {
    try section(of: page, under: heading).filter { $0.hasPrefix("| `") }
      .map { String($0.dropFirst(3).prefix { $0 != "`" }) }.sorted()
  }

  /// The lines of a page between a heading and the next.
  private func section(of page: String, under heading: String) throws -> [String] {
    let text = try String(
      contentsOfFile: repository + "/Sources/RefoldKit/RefoldKit.docc/\(page).md", encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let start = try #require(lines.firstIndex(of: "## " + heading))
    return Array(lines[(start + 1)...].prefix { !$0.hasPrefix("## ") })
  }
}
