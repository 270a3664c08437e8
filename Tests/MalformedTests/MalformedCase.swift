import Foundation
import ProcessSupport
import Testing

/// One kind of input: `fixtures/malformed/<kind>/` of bad input, `fixtures/exports/<kind>/` of exports as tools write
/// them.
///
/// `expected.txt` holds one or more runs: `$ ARGUMENTS`, then the outcome. Input files that are not in the folder are
/// made from `recipe.json`: an object of file names, each with an array of `[text, times]`, or `null` for a directory.
/// If `control.ndjson` is next to the folders, the outcome also says whether the rows are the same as that log's.
struct MalformedCase: CustomTestStringConvertible {
  let kind: String
  let path: String
  /// The log that rows are compared with; `nil` if there is none.
  let control: Data?

  static let malformed = all(in: "malformed")
  static let exports = all(in: "exports")

  private static func all(in folder: String) -> [MalformedCase] {
    let folder = repository + "/fixtures/" + folder
    let control = FileManager.default.contents(atPath: folder + "/control.ndjson")
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
      .filter { $0 != "control.ndjson" }
      .map { MalformedCase(kind: $0, path: folder + "/" + $0, control: control) }
  }

  var testDescription: String { kind }
  var expected: String { (try? String(contentsOfFile: path + "/expected.txt", encoding: .utf8)) ?? "" }

  /// Performs the runs of `expected.txt` and returns the text that it should hold.
  func perform() throws -> String {
    let lines = expected.split(separator: "\n", omittingEmptySubsequences: false)
    return try lines.filter { $0.hasPrefix("$ ") }.map { try perform(String($0.dropFirst(2))) }.joined(separator: "\n")
  }

  private func perform(_ arguments: String) throws -> String {
    let folder = try ScratchFolder()
    try layOut(in: folder)
    var words = arguments.split(separator: " ").map(String.init)
    let input = words.firstIndex(of: "<").map { position in
      defer { words.removeSubrange(position...) }
      return folder.file(words[position + 1])
    }
    let common = ["-o", "snapshot.sqlite", "--json", "--threads", "2", "--temp", folder.path]
    let finished = try run(refoldBinary, ["rebuild"] + words + common, directory: folder.path, input: input)
    var text = "$ \(arguments)\nexit \(finished.status)\n\(finished.errors)"
    if finished.status == 0 {
      let summary = try Summary(finished.output)
      text += summary.text
      if let control {
        let isSame = try summary.digests == Summary(MalformedCase.output(of: control)).digests
        text += isSame ? "rows as in control.ndjson\n" : "other rows than in control.ndjson\n"
      }
    }
    if let quarantined = folder.bytes("bad.ndjson") { text += shortened(String(decoding: quarantined, as: UTF8.self)) }
    let hidden = folder.names.filter { $0.hasPrefix(".") }
    if !hidden.isEmpty { text += "left behind: \(hidden)\n" }
    return text + (folder.names.contains("snapshot.sqlite") == (finished.status == 0) ? "" : "a snapshot by mistake\n")
  }

  /// The JSON output of a rebuild of a log.
  private static func output(of log: Data) throws -> String {
    let folder = try ScratchFolder()
    try folder.write("control.ndjson", log)
    let arguments = ["rebuild", "control.ndjson", "-o", "snapshot.sqlite", "--json", "--temp", folder.path]
    return try run(refoldBinary, arguments, directory: folder.path).output
  }

  private func layOut(in folder: ScratchFolder) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: path) where name != "expected.txt" {
      if name == "recipe.json" { continue }
      try FileManager.default.copyItem(atPath: path + "/" + name, toPath: folder.file(name))
    }
    guard let recipe = FileManager.default.contents(atPath: path + "/recipe.json") else { return }
    // Sorted, so that folders come before the files in them.
    for (name, parts) in try JSONDecoder().decode([String: [Part]?].self, from: recipe).sorted(by: { $0.key < $1.key })
    {
      if let parts {
        try folder.write(name, parts.map { String(repeating: $0.text, count: $0.times) }.joined().utf8)
      } else {
        try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: false)
      }
    }
  }

  /// The lines of a text; long ones are cut, with their length appended.
  private func shortened(_ text: String) -> String {
    text.split(separator: "\n").map { $0.utf8.count > 2000 ? "\($0.prefix(200))… \($0.utf8.count) bytes\n" : "\($0)\n" }
      .joined()
  }
}

/// A text and how many times it is repeated.
private struct Part: Decodable {
  var text: String
  var times: Int

  init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    text = try container.decode(String.self)
    times = try container.decode(Int.self)
  }
}

/// What a rebuild says about its records.
private struct Summary {
  let text: String
  /// The digests of rows, failures and last events.
  let digests: [String: String]

  init(_ json: String) throws {
    let summary = try JSONDecoder().decode(Content.self, from: Data(json.utf8))
    digests = summary.digests.filter { key, _ in
      key.hasPrefix("digest.projections") || key == "digest.failures" || key == "digest.last_event_ids"
    }
    let records = summary.records
    var text =
      "records \(records.total): folded \(records.folded), unread \(records.unread), duplicates "
      + "\(records.duplicates), malformed \(records.malformed); users \(summary.users.total)\n"
    if summary.repeatedIdempotencyKeys > 0 {
      text += "repeated idempotency keys \(summary.repeatedIdempotencyKeys)\n"
    }
    for failure in summary.failures { text += "failure \(failure.projectionType) \(failure.code)\n" }
    self.text = text
  }

  private struct Content: Decodable {
    struct Records: Decodable { var total, folded, unread, duplicates, malformed: Int }
    struct Users: Decodable { var total: Int }
    struct Failure: Decodable {
      var projectionType, code: String
      enum CodingKeys: String, CodingKey {
        case projectionType = "projection_type"
        case code
      }
    }
    var records: Records
    var users: Users
    var failures: [Failure]
    var repeatedIdempotencyKeys: Int
    var digests: [String: String]
    enum CodingKeys: String, CodingKey {
      case records, users, failures, digests
      case repeatedIdempotencyKeys = "repeated_idempotency_keys"
    }
  }
}
