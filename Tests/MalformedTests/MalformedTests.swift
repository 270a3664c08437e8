import Foundation
import ProcessSupport
import Testing

/// Every kind of bad input, run as an operator runs it: exit code, exact message, what is set aside.
@Suite struct MalformedTests {
  /// With REFOLD_RECORD set the expectations are written anew, to be read before they are committed.
  private let isRecording = ProcessInfo.processInfo.environment["REFOLD_RECORD"] != nil

  @Test("event-log.md: each kind of malformed input has its outcome", arguments: MalformedCase.all)
  func outcome(of malformed: MalformedCase) throws {
    let seen = try malformed.perform()
    if isRecording { try seen.write(toFile: malformed.path + "/expected.txt", atomically: true, encoding: .utf8) }
    #expect(seen == malformed.expected)
    #expect(seen.hasPrefix("$ "))
  }

  @Test("the table in MalformedInput.md has a row for each kind, and no other")
  func table() throws {
    let page = try String(
      contentsOfFile: repository + "/Sources/RefoldKit/RefoldKit.docc/MalformedInput.md", encoding: .utf8)
    let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") }
    let kinds = rows.map { String($0.dropFirst(3).prefix { $0 != "`" }) }
    #expect(kinds.sorted() == MalformedCase.all.map(\.kind))
  }
}
