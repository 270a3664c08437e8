import Cases
import EventLog
import EventModel
import Fitness
import Foundation
import JSONTape

/// The repository's fixtures.
package enum Fixtures {
  /// `fixtures/`, found relative to this source file.
  package static let directory: URL =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("fixtures", isDirectory: true)

  package static func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

  /// The lines of a file, compressed or not, without line endings. Empty lines are left out.
  package static func lines(_ path: String) throws -> [[UInt8]] { try recordedLines(path).map(\.line) }

  /// The bytes of a file, decompressed.
  package static func bytes(_ path: String) throws -> [UInt8] {
    let source = try ByteSource(path: path)
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let got = try block.withUnsafeMutableBytes { buffer in try source.read(into: buffer) }
      if got == 0 { return bytes }
      bytes += block[..<got]
    }
  }
}

/// A recording of the live system: the description of a regression case and its expected results. It is read from
/// `fixtures/cases/<name>` or another folder with a case.
package struct RecordedCase {
  package let description: RegressionCase
  /// Row data by user, type and key.
  package let rows: [RowKey: JSONTree]
  /// Failure codes by user and projection type.
  package let failures: [FailureKey: String]

  package init(_ name: String) throws { try self.init(folder: "cases/" + name) }

  /// - Parameter folder: path relative to `fixtures/`.
  package init(folder: String) throws {
    description = try RegressionCase(.fitness, folder: Fixtures.path(folder))
    rows = try Dictionary(
      recordedRows(description.projections ?? description.live[0]).map {
        (RowKey($0.user.description, $0.name.type, $0.name.key), $0.data)
      }, uniquingKeysWith: { first, _ in first })
    failures = try Dictionary(
      uniqueKeysWithValues: (description.failures.map { try recordedFailures($0) } ?? []).map {
        (FailureKey($0.user.description, $0.projectionType), $0.code)
      })
  }

  package var asOf: Instant { description.asOf }
  package var events: [String] { description.logs }
  package var users: [String] { description.users }
  /// Users whose objective rows were not recorded.
  package var notRecorded: Set<String> { Set(description.notRecorded.map(\.description)) }
}

package struct RowKey: Hashable, Comparable, CustomStringConvertible {
  package var user: String
  package var type: String
  package var key: String

  package init(_ user: String, _ type: String, _ key: String) {
    self.user = user
    self.type = type
    self.key = key
  }

  package var description: String { "\(user) \(type)/\(key)" }
  package static func < (a: RowKey, b: RowKey) -> Bool { a.description < b.description }
}

package struct FailureKey: Hashable, CustomStringConvertible {
  package var user: String
  package var type: String

  package init(_ user: String, _ type: String) {
    self.user = user
    self.type = type
  }

  package var description: String { "\(user) \(type)" }
}
