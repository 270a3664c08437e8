import EventLog
import EventModel
import Foundation
import Glibc
import JSONTape

/// The repository's fixtures.
package enum Fixtures {
  /// `fixtures/`, from where this file stands.
  package static let directory: URL =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("fixtures", isDirectory: true)

  package static func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

  /// The lines of a file, compressed or not, without their ends; empty ones are left out.
  package static func lines(_ path: String) throws -> [[UInt8]] {
    var lines: [[UInt8]] = []
    try bytes(path).withUnsafeBytes { bytes in
      var start = 0
      while start < bytes.count {
        let rest = bytes.baseAddress! + start
        let end = memchr(rest, 0x0A, bytes.count - start).map { UnsafeRawPointer($0) - rest } ?? bytes.count - start
        if end > 0 { lines.append(Array(UnsafeRawBufferPointer(start: rest, count: end))) }
        start += end + 1
      }
    }
    return lines
  }

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

/// A recording of the live system: `fixtures/cases/<name>`.
package struct RecordedCase {
  package let name: String
  package let asOf: Instant
  package let events: [String]
  package let users: [String]
  /// Projections by user, type and key.
  package let rows: [RowKey: JSONTree]
  /// Codes by user and type.
  package let failures: [FailureKey: String]
  /// Users whose objective rows were not recorded.
  package let notRecorded: Set<String>

  package init(_ name: String) throws {
    let folder = "cases/" + name + "/"
    let description = try JSONTree(parsing: Fixtures.bytes(Fixtures.path(folder + "case.json")))
    func files(_ value: JSONTree?) -> [String] {
      (value?.array ?? []).compactMap(\.string).map { Fixtures.path(folder + $0) }
    }
    func file(_ name: String) -> String? {
      (description["expected"]?[name]?.string).map { Fixtures.path(folder + $0) }
    }
    self.name = name
    asOf = try TimestampText.parse(description["as_of"]?.string ?? "")
    events = files(description["events"])
    users = files(description["users"])
    notRecorded = Set((description["not_recorded"]?.array ?? []).compactMap(\.string))
    var rows: [RowKey: JSONTree] = [:]
    for line in try Fixtures.lines(file("projections") ?? files(description["live"])[0]) {
      let row = try JSONTree(parsing: line)
      rows[RowKey(row["user_id"]?.string ?? "", row["projection_type"]?.string ?? "", row["key"]?.string ?? "")] =
        row["data"]
    }
    self.rows = rows
    var failures: [FailureKey: String] = [:]
    if let path = file("failures") {
      for line in try Fixtures.lines(path) {
        let failure = try JSONTree(parsing: line)
        failures[FailureKey(failure["user_id"]?.string ?? "", failure["projection_type"]?.string ?? "")] =
          failure["code"]?.string
      }
    }
    self.failures = failures
  }
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
