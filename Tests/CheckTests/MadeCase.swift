import Cases
import EventModel
import Fitness
import Foundation
import JSONTape
import Reporting
import Running
import TestSupport

/// A case made of recorded events, in its own temporary folder, and ways to damage it.
final class MadeCase: Sendable {
  let folder: TemporaryFolder
  let path: String

  /// A case of the demo log: 8 users, 40 rows, one failure.
  init(_ change: (inout CaseInitPlan) throws -> Void = { _ in }) throws {
    folder = try TemporaryFolder()
    path = folder.file("case")
    var plan = CaseInitPlan(.fitness)
    plan.folder = path
    plan.logs = [Fixtures.path("demo/events.ndjson")]
    plan.users = [Fixtures.path("demo/users.ndjson")]
    plan.asOf = try TimestampText.parse("2026-02-22T00:00:00Z")
    plan.resources.temporaryDirectory = folder.path
    try change(&plan)
    _ = try makeCase(plan)
  }

  /// A copy of a case.
  init(copying other: MadeCase) throws {
    folder = try TemporaryFolder()
    path = folder.file("case")
    try FileManager.default.copyItem(atPath: other.path, toPath: path)
  }

  func file(_ name: String) -> String { path + "/" + name }

  /// Checks the case.
  func run(isRecording: Bool = false, limit: Int? = 10) throws -> CheckedCase {
    var plan = CheckPlan(.fitness)
    plan.folders = [path]
    plan.isRecording = isRecording
    plan.limit = limit
    plan.resources.temporaryDirectory = folder.path
    var cases: [CheckedCase] = []
    let report = try check(plan) { cases.append($0) }
    guard cases.count == 1, report.count(cases[0].status) == 1 else { throw Miscounted() }
    return cases[0]
  }

  private struct Miscounted: Error {}

  // MARK: Its files

  func bytes(_ name: String) throws -> [UInt8] { try Fixtures.bytes(file(name)) }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: file(name)) }

  /// All files by name.
  func contents() throws -> [String: [UInt8]] {
    let names = try FileManager.default.contentsOfDirectory(atPath: path)
    return try Dictionary(uniqueKeysWithValues: names.map { ($0, try Fixtures.bytes(file($0))) })
  }

  /// The file's inode, which changes when the file is rewritten.
  func inode(_ name: String) throws -> Int {
    try FileManager.default.attributesOfItem(atPath: file(name))[.systemFileNumber] as? Int ?? 0
  }

  func lines(_ name: String) throws -> [JSONTree] {
    try Fixtures.lines(file(name)).map { try JSONTree(parsing: $0) }
  }

  func write(_ name: String, _ lines: [JSONTree]) throws {
    var bytes: [UInt8] = []
    for line in lines { bytes += line.canonicalBytes + [0x0A] }
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
  }

  /// Changes the lines of a file.
  func edit(_ name: String, _ change: (inout [JSONTree]) throws -> Void) throws {
    var lines = try lines(name)
    try change(&lines)
    try write(name, lines)
  }

  /// Changes `case.json`.
  func describe(_ change: (inout JSONTree) -> Void) throws {
    var json = try JSONTree(parsing: bytes("case.json"))
    change(&json)
    try Data((json.pretty + "\n").utf8).write(to: URL(fileURLWithPath: file("case.json")))
  }
}

extension CheckedCase {
  /// The changes without what entries of accept files say of them.
  var plainChanges: [CaseChange] {
    changes.map { change in
      var change = change
      change.difference = nil
      return change
    }
  }
}

extension TemporaryFolder {
  /// The bytes of a file, not decompressed.
  func raw(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: file(name)))) }
}

extension JSONTree {
  /// The value at a path of keys; setting `nil` removes the member.
  subscript(path: String...) -> JSONTree? {
    get { path.reduce(Optional(self)) { value, key in value?[key] } }
    set { set(path[...], newValue) }
  }

  private mutating func set(_ path: ArraySlice<String>, _ value: JSONTree?) {
    guard case .object(var members) = self, let key = path.first else { return }
    var inner = self[key] ?? .object([])
    if path.count > 1 { inner.set(path.dropFirst(), value) } else if let value { inner = value }
    if path.count == 1, value == nil {
      members.removeAll { $0.key == key }
    } else if let index = members.firstIndex(where: { $0.key == key }) {
      members[index].value = inner
    } else {
      members.append(.init(key, inner))
    }
    self = .object(members)
  }
}
