import EventLog
import EventModel
import Folding
import JSONTape
import Platform
import Rebuilding
import Running
import SnapshotStore

/// Writes the current results as the expected ones.
extension CaseRun {
  /// Writes every file of the case whose content is no longer as expected, all in one step, `case.json` last. Unchanged
  /// lines are kept byte for byte. Returns the names of the files written.
  func record() throws -> [String] {
    var written: [String] = []
    let outputs = OutputGroup()
    var json = try caseJSON()
    let before = json
    if changes.counts.has(.row) || isStillMissing(description.projections) {
      let path = description.projections ?? newFile("projections.ndjson", "projections", &json)
      if try write(try recordedRowLines(), to: path, outputs) { written.append(name(path)) }
    }
    if changes.counts.has(.failure) || isStillMissing(description.failures) {
      let path = description.failures ?? newFile("failures.ndjson", "failures", &json)
      if try write(try recordedFailureLines(), to: path, outputs) { written.append(name(path)) }
    }
    if changes.counts.has(.difference) || isStillMissing(differencesFile) {
      switch description.differences {
      case .labels(let path):
        if try write(try differenceLines(withPaths: false), to: path, outputs) { written.append(name(path)) }
      case .file(let path):
        if try write(try differenceLines(withPaths: true), to: path, outputs) { written.append(name(path)) }
      case .inline:
        json.setExpected("differences", .array(try recordedAgain(withPaths: true).map(\.json)))
      case nil:
        let path = newFile("differences.ndjson", "differences", &json)
        if try write(try differenceLines(withPaths: true), to: path, outputs) { written.append(name(path)) }
      }
    }
    if json != before {
      let path = description.folder + "/" + RegressionCase.fileName
      try outputs.write(json.pretty + "\n", to: path)
      written.append(RegressionCase.fileName)
    }
    try outputs.publish()
    return written
  }

  /// Whether a file of expected results has yet to be written.
  private func isStillMissing(_ path: String?) -> Bool { path.map { !exists($0) } ?? description.isUnrecorded }

  /// The file of expected differences. Without one (none expected, or inline in `case.json`) this is the folder, which
  /// exists, so differences are recorded only when there are some.
  private var differencesFile: String? { description.differences?.file?.path ?? description.folder }

  private func caseJSON() throws -> JSONTree {
    let path = description.folder + "/" + RegressionCase.fileName
    do throws(JSONFault) { return try readHandwritten(path) } catch {
      throw CaseError(file: path, place: nil, reason: error.reason)
    }
  }

  /// Adds a file to `expected` in `case.json`. Returns its path.
  private func newFile(_ name: String, _ key: String, _ json: inout JSONTree) -> String {
    json.setExpected(key, .string(name))
    return description.folder + "/" + name
  }

  // MARK: Rows

  private struct Line {
    var user: UserID
    var name: ProjectionName
    var bytes: [UInt8]
  }

  /// The current rows. A row that is as recorded keeps its recorded line.
  private func recordedRowLines() throws -> [[UInt8]] {
    var old: [RowPlace: [UInt8]] = [:]
    var hasLastEvent = true
    if let path = description.projections, exists(path) {
      let rows = try recordedRows(path)
      hasLastEvent = rows.isEmpty || rows.contains(where: \.hasLastEvent)
      for row in rows { old[RowPlace(user: row.user, name: row.name)] = row.line }
    }
    var lines: [Line] = []
    let cursor = try SnapshotReader(snapshot).projections()
    while let stored = try cursor.next() {
      let place = RowPlace(user: stored.user, name: stored.name)
      let recorded = old.removeValue(forKey: place)
      var bytes: [UInt8]
      if let recorded, !changes.rows.contains(place) {
        bytes = recorded
      } else if changes.rows.contains(place) {
        bytes = try rowLine(stored.row, hasLastEvent)
      } else {
        continue  // A row that the recording leaves out.
      }
      lines.append(Line(user: stored.user, name: stored.name, bytes: bytes))
    }
    // Keep the recorded rows that the case does not cover.
    for (place, bytes) in old where !isAbout(place.name) {
      lines.append(Line(user: place.user, name: place.name, bytes: bytes))
    }
    return lines.sorted { ($0.user, $0.name) < ($1.user, $1.name) }.map(\.bytes)
  }

  private func rowLine(_ row: ProjectionRow, _ hasLastEvent: Bool) throws -> [UInt8] {
    var members: [JSONTree.Member] = [
      .init("user_id", .string(row.user.description)), .init("projection_type", .string(row.name.type)),
      .init("key", .string(row.name.key)), .init("data", try JSONTree(parsing: row.data)),
    ]
    if hasLastEvent {
      members.append(.init("last_event_id", row.lastEvent.map { .string($0.description) } ?? .null))
    }
    return JSONTree.object(members).canonicalBytes
  }

  // MARK: Failures

  private func recordedFailureLines() throws -> [[UInt8]] {
    var old: [RowPlace: RecordedFailure] = [:]
    if let path = description.failures, exists(path) {
      for failure in try recordedFailures(path) {
        old[RowPlace(user: failure.user, name: ProjectionName(type: failure.projectionType, key: ""))] = failure
      }
    }
    func hasEvent(_ failure: RecordedFailure) -> Bool { if case .some = failure.event { true } else { false } }
    let hasEvents = old.isEmpty || old.values.contains(where: hasEvent)
    var lines: [Line] = []
    for failure in try SnapshotReader(snapshot).failures().all() {
      let place = RowPlace(user: failure.user, name: ProjectionName(type: failure.projectionType, key: ""))
      var bytes: [UInt8] = []
      if let recorded = old.removeValue(forKey: place), recorded.code == failure.code.rawValue,
        !hasEvent(recorded) || recorded.event == .some(failure.event)
      {
        bytes = recorded.line
      } else {
        var members: [JSONTree.Member] = [
          .init("user_id", .string(failure.user.description)),
          .init("projection_type", .string(failure.projectionType)), .init("code", .string(failure.code.rawValue)),
        ]
        if hasEvents { members.append(.init("event_id", failure.event.map { .string($0.description) } ?? .null)) }
        bytes = JSONTree.object(members).canonicalBytes
      }
      lines.append(Line(user: place.user, name: place.name, bytes: bytes))
    }
    for (place, failure) in old where !description.only.includes(type: place.name.type) {
      lines.append(Line(user: place.user, name: place.name, bytes: failure.line))
    }
    return lines.sorted { ($0.user, $0.name) < ($1.user, $1.name) }.map(\.bytes)
  }

  // MARK: Differences

  private func differenceLines(withPaths: Bool) throws -> [[UInt8]] {
    try recordedAgain(withPaths: withPaths).map(\.json.canonicalBytes)
  }

  /// The current differences. A row that was recorded without paths stays without paths. A row that no longer differs
  /// is recorded as equal in a labels file and dropped elsewhere.
  private func recordedAgain(withPaths: Bool) throws -> [RecordedDifference] {
    var old: [RowPlace: RecordedDifference] = [:]
    for difference in try expectedDifferences() {
      old[RowPlace(user: difference.user, name: difference.name)] = difference
    }
    var differences: [RecordedDifference] = []
    for found in foundDifferences {
      let known = old.removeValue(forKey: RowPlace(user: found.user, name: found.name))
      var difference = found
      if !withPaths || (known != nil && known?.paths == nil) { difference.paths = nil }
      differences.append(difference)
    }
    for (_, difference) in old {
      var difference = difference
      if isAbout(difference.name) {
        guard case .labels = description.differences else { continue }
        difference.causes = []
      }
      differences.append(difference)
    }
    return differences.sorted { ($0.user, $0.name) < ($1.user, $1.name) }
  }

  // MARK: Files

  /// Writes lines to a file, gzipped if its name says so. Returns `false` if the file already holds them.
  private func write(_ lines: [[UInt8]], to path: String, _ outputs: OutputGroup) throws -> Bool {
    if exists(path), try recordedLines(path).map(\.line) == lines { return false }
    if path.hasSuffix(".zst") {
      throw CaseError(file: path, place: nil, reason: "--record writes plain and gzip files only")
    }
    var bytes: [UInt8] = []
    for line in lines { bytes += line + [0x0A] }
    if path.hasSuffix(".gz") { bytes = try gzipped(bytes, file: path) }
    try outputs.write(bytes, to: path)
    return true
  }
}

extension JSONTree {
  /// Sets a member of the object `expected`.
  fileprivate mutating func setExpected(_ key: String, _ value: JSONTree) {
    var expected = self["expected"] ?? .object([])
    expected.set(key, value)
    set("expected", expected)
  }

  mutating func set(_ key: String, _ value: JSONTree) {
    guard case .object(var members) = self else { return }
    if let index = members.firstIndex(where: { $0.key == key }) {
      members[index].value = value
    } else {
      members.append(Member(key, value))
    }
    self = .object(members)
  }
}

extension RecordedDifference {
  var json: JSONTree {
    var members: [JSONTree.Member] = [
      .init("user_id", .string(user.description)), .init("projection_type", .string(name.type)),
      .init("key", .string(name.key)), .init("causes", .array(causes.map { .string($0.rawValue) })),
    ]
    if let paths { members.append(.init("paths", .array(paths.map { .string($0) }))) }
    return .object(members)
  }
}
