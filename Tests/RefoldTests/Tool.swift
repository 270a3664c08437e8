import Foundation
import ProcessSupport
import TestSupport

/// Runs the built program.
enum Tool {
  /// Runs it to the end.
  static func run(_ arguments: String..., input: String? = nil) throws -> FinishedProcess {
    try ProcessSupport.run(refoldBinary, arguments, input: input)
  }

  static func run(_ arguments: [String]) throws -> FinishedProcess { try ProcessSupport.run(refoldBinary, arguments) }
}

extension Fixtures {
  static func fileBytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

  static let demo = path("demo/events.ndjson")
  static let demoUsers = path("demo/users.ndjson")
  static let asOf = "2026-02-22T00:00:00Z"
}
