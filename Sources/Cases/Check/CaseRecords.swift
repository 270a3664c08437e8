import EventLog
import EventModel
import JSONTape
import Platform

/// A recorded projection row, with its line.
package struct RecordedRow: Sendable {
  package var user: UserID
  package var name: ProjectionName
  package var data: JSONTree
  /// Whether the line has `last_event_id`.
  package var hasLastEvent: Bool
  package var line: [UInt8]
}

/// A recorded failure, with its line.
package struct RecordedFailure: Sendable {
  package var user: UserID
  package var projectionType: String
  package var code: String
  /// `nil`: the line has no `event_id`; `.some(nil)`: its `event_id` is null.
  package var event: EventID??
  package var line: [UInt8]
}

/// How a live row is expected to differ.
package struct RecordedDifference: Hashable, Sendable {
  package var user: UserID
  package var name: ProjectionName
  /// Sorted by name; empty: the row is equal.
  package var causes: [Cause]
  /// The differing paths as `refold diff` spells them, sorted; `nil` if they are not recorded.
  package var paths: [String]?
}

/// The rows of an NDJSON file, in file order. The whole file is held in memory.
package func recordedRows(_ path: String) throws -> [RecordedRow] {
  try recordedLines(path).map { number, line in
    let fields = try RecordFields(line, path, number, repeatedKeys: .last)
    guard let data = fields.json["data"] else { throw fields.fault("data", "missing") }
    return RecordedRow(
      user: try fields.user(), name: try fields.name(), data: data, hasLastEvent: fields.json["last_event_id"] != nil,
      line: line)
  }
}

/// The failures of an NDJSON file, in file order.
package func recordedFailures(_ path: String) throws -> [RecordedFailure] {
  try recordedLines(path).map { number, line in
    let fields = try RecordFields(line, path, number)
    return RecordedFailure(
      user: try fields.user(), projectionType: try fields.text("projection_type"), code: try fields.text("code"),
      event: try fields.event(), line: line)
  }
}

/// The differences of an NDJSON file: labels, or the output of `refold diff --ndjson`.
package func recordedDifferences(_ path: String) throws -> [RecordedDifference] {
  try recordedLines(path).map { number, line in
    let fields = try RecordFields(line, path, number)
    return try RecordedDifference(fields)
  }
}

extension RegressionCase {
  /// How the live rows must differ; empty if they must not.
  package func expectedDifferences() throws -> [RecordedDifference] {
    switch differences {
    case .labels(let path), .file(let path): try recordedDifferences(path)
    case .inline(let differences): differences
    case nil: []
    }
  }
}

extension RecordedDifference {
  init(_ json: JSONTree, _ file: String, _ place: String) throws(CaseError) {
    try self.init(RecordFields(json: json, file: file, place: place))
  }

  fileprivate init(_ fields: RecordFields) throws(CaseError) {
    try fields.refuseUnknown(RecordedDifference.members)
    user = try fields.user()
    name = try fields.name()
    guard let names = fields.json["causes"]?.array else { throw fields.fault("causes", "missing, or not an array") }
    var causes: Set<Cause> = []
    for name in names {
      guard let cause = name.string.flatMap(Cause.init(rawValue:)) else { throw fields.fault("causes", "not a cause") }
      causes.insert(cause)
    }
    self.causes = causes.sorted { $0.rawValue < $1.rawValue }
    guard let value = fields.json["paths"] else { return }
    guard let paths = value.array else { throw fields.fault("paths", "not an array") }
    var texts: Set<String> = []
    for path in paths {
      guard let text = path.string else { throw fields.fault("paths", "not an array of paths") }
      texts.insert(text)
    }
    self.paths = texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The keys that a line of `refold diff --ndjson` may have; only the first five are compared.
  private static let members = [
    "user_id", "projection_type", "key", "causes", "paths", "path_count", "baseline", "fields", "codes", "behind",
    "version", "unknown_version", "ahead", "unseen", "after_log", "more_observed", "equal_without", "search_cut",
    "not_searched",
    "failed", "missing", "surplus", "repeated", "more_unknown_keys", "failed_there", "generated_at", "updated_at",
    "snapshot_digest", "accepted", "fingerprint", "since", "first_seen",
  ]
}

/// The non-blank lines of a plain or compressed file, without line ends, numbered from 1.
package func recordedLines(_ path: String) throws(MalformedInput) -> [(number: Int, line: [UInt8])] {
  let source = try ByteSource(path: path)
  var bytes: [UInt8] = []
  var block = [UInt8](repeating: 0, count: 1 << 18)
  while true {
    var result: Result<Int, MalformedInput> = .success(0)
    block.withUnsafeMutableBytes { buffer in
      do throws(MalformedInput) { result = .success(try source.read(into: buffer)) } catch { result = .failure(error) }
    }
    let count = try result.get()
    if count == 0 { break }
    bytes += block[..<count]
  }
  var lines: [(number: Int, line: [UInt8])] = []
  for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
    let content = line.last == 0x0D ? line.dropLast() : line
    if content.contains(where: { $0 != 0x20 && $0 != 0x09 }) { lines.append((index + 1, Array(content))) }
  }
  return lines
}

/// The members of one recorded object.
private struct RecordFields {
  let json: JSONTree
  let file: String
  let place: String

  init(json: JSONTree, file: String, place: String) throws(CaseError) {
    self.json = json
    self.file = file
    self.place = place
    if json.members == nil { throw CaseError(file: file, place: place, reason: "not an object") }
  }

  /// - Parameter repeatedKeys: `data` comes from the live system, where the last of several equal keys wins.
  init(
    _ line: [UInt8], _ file: String, _ number: Int, repeatedKeys: JSONTree.RepeatedKeys = .refused
  ) throws(CaseError) {
    let json: JSONTree
    do throws(JSONFault) { json = try JSONTree(parsing: line, repeatedKeys: repeatedKeys) } catch {
      throw CaseError(file: file, place: "line \(number)", reason: error.reason)
    }
    try self.init(json: json, file: file, place: "line \(number)")
  }

  func fault(_ key: String, _ reason: String) -> CaseError {
    CaseError(file: file, place: "\(place): \(key)", reason: reason)
  }

  func refuseUnknown(_ known: [String]) throws(CaseError) {
    for member in json.members ?? [] where !known.contains(member.key) { throw fault(member.key, "unknown key") }
  }

  func text(_ key: String) throws(CaseError) -> String {
    guard let text = json[key]?.string else { throw fault(key, "missing, or not a string") }
    return text
  }

  func user() throws(CaseError) -> UserID {
    guard let user = UserID(try text("user_id")) else { throw fault("user_id", "not a UUID") }
    return user
  }

  func name() throws(CaseError) -> ProjectionName {
    ProjectionName(type: try text("projection_type"), key: try text("key"))
  }

  func event() throws(CaseError) -> EventID?? {
    guard let value = json["event_id"] else { return nil }
    if case .null = value { return .some(nil) }
    guard let event = value.string.flatMap({ EventID($0) }) else { throw fault("event_id", "not a UUID") }
    return event
  }
}
