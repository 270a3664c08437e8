import EventModel
import Platform
import Rebuilding
import SnapshotStore
import TestSupport
import Testing

/// Two records with one id, in every form and way to read: they are one event only if all of their content is equal,
/// also the members that nobody reads.
@Suite struct IdentityTests {
  private struct Content {
    var data: String
    var metadata = #"{"source": "api"}"#
  }

  private static let first = Content(data: #"{"reps": 5, "nobody": {"b": [1, true], "a": "x"}}"#)
  private static let spelled = Content(
    data: #"{"nobody":{"\u0061":"x","b":[1,true]},"reps":5}"#, metadata: #"{"source":"api"}"#)
  private static let turned = Content(data: #"{"nobody":{"b":[1,true],"a":"x"},"reps":5}"#)
  private static let changed = Content(data: #"{"reps": 5, "nobody": {"b": [1, true], "a": "y"}}"#)

  /// The columns of event `number`, each in its second.
  private static func fields(_ number: Int, _ content: Content) -> [String] {
    let second = number % 60 < 10 ? "0\(number % 60)" : "\(number % 60)"
    let time = "2026-01-05T10:00:\(second)Z"
    return [FoldedHistory.id(number), FoldedHistory.user, time, "set.logged", content.data, content.metadata, time]
  }

  private static func line(_ form: String, _ number: Int, _ content: Content) -> String {
    let fields = fields(number, content)
    switch form {
    case "ndjson": return eventLine(number, time: fields[2], data: content.data, metadata: content.metadata)
    case "csv": return fields.map { "\"" + $0.replacing("\"", with: "\"\"") + "\"" }.joined(separator: ",")
    default: return fields.map { $0.replacing("\\", with: "\\\\") }.joined(separator: "\t")
    }
  }

  private static func log(_ form: String, _ records: [(Int, Content)]) -> String {
    let header = "id,user_id,timestamp,event_type,data,metadata,created_at"
    let head = form == "csv" ? [header] : form == "copy" ? [header.replacing(",", with: "\t")] : []
    return (head + records.map { line(form, $0.0, $0.1) }).joined(separator: "\n") + "\n"
  }

  private static let forms = ["ndjson", "csv", "copy"]

  /// Events 10 to 199, all different, with the given ones between them.
  private static func among(_ records: [(Int, Content)]) -> [(Int, Content)] {
    var all = (10..<200).map { ($0, Content(data: #"{"reps": \#($0)}"#)) }
    for (place, record) in records.enumerated() { all.insert(record, at: (place * 71 + 3) % all.count) }
    return all
  }

  private func run(_ texts: [(form: String, text: String)], onPipe: Bool = false) throws -> RunLog {
    let folder = try TemporaryFolder()
    if onPipe {
      let pipe = folder.file("pipe")
      #expect(mkfifo(pipe, 0o600) == 0)
      let file = try folder.write("copy", texts.map(\.text).joined())
      let writer = try Piper(from: file, to: pipe)
      defer { writer.wait() }
      return try RunLog([pipe], threads: 2)
    }
    let paths = try texts.enumerated().map { try folder.write("\($0.offset).\($0.element.form)", $0.element.text) }
    return try RunLog(paths, threads: 2)
  }

  @Test("members that nobody reads differ: a conflict", arguments: forms, [false, true])
  func conflict(form: String, onPipe: Bool) throws {
    for other in [Self.changed, Content(data: Self.first.data, metadata: #"{"source": "cli"}"#)] {
      for records in [
        [(1, Self.first), (1, other)], [(1, Self.spelled), (1, Self.first), (1, other), (1, Self.first)],
      ] {
        let fault = try malformedInput {
          try run([(form, Self.log(form, Self.among(records)))], onPipe: onPipe)
        }
        #expect(fault?.reason.contains("the id of another event with other content") == true, "\(form)")
      }
    }
  }

  @Test("another order, other spaces, escapes: one event", arguments: forms, [false, true])
  func repeats(form: String, onPipe: Bool) throws {
    let records = [(1, Self.first), (1, Self.spelled), (1, Self.turned), (2, Self.turned), (2, Self.turned)]
    let summary = try run([(form, Self.log(form, Self.among(records)))], onPipe: onPipe).summary
    #expect(summary.duplicates == 3)
    #expect(summary.folded == 192)
  }

  @Test("records of several lines, and lines too long to be indexed together", arguments: [1, 70_000, 1_100_000])
  func longRecords(length: Int) throws {
    func record(_ number: Int, _ value: String) -> String {
      let long = String(repeating: "x", count: length)
      return eventLine(number, data: "{\"long\": \"\(long)\", \"nobody\":\n \"\(value)\"}")
    }
    func json(_ records: [String]) -> String { "[\n" + records.joined(separator: ",\n") + "\n]\n" }
    let records = (1...9).map { record($0, "a") }
    #expect(try run([("json", json(records + [records[3], records[8]]))]).summary.duplicates == 2)
    #expect(try malformedInput { try run([("json", json(records + [record(4, "b")]))]) } != nil)
    let lines = records.map { $0.replacing("\n", with: " ") }
    #expect(try run([("ndjson", (lines + [lines[3], lines[8]]).joined(separator: "\n"))]).summary.duplicates == 2)
    let other = record(4, "b").replacing("\n", with: " ")
    #expect(try malformedInput { try run([("ndjson", (lines + [other]).joined(separator: "\n"))]) } != nil)
  }

  @Test("two forms of one log, the events of one of them in another order and spelling")
  func betweenForms() throws {
    for other in Self.forms {
      let texts = [("ndjson", Self.log("ndjson", [(1, Self.first)])), (other, Self.log(other, [(1, Self.spelled)]))]
      #expect(try run(texts).summary.duplicates == 1)
      let conflict = [texts[0], (other, Self.log(other, [(1, Self.changed)]))]
      #expect(try malformedInput { try run(conflict) } != nil, "\(other)")
    }
  }

  @Test("the manifest says which events there are, and what was read of them")
  func manifest() throws {
    func values(_ content: Content, _ number: Int = 1, onPipe: Bool = false) throws -> [String: String] {
      let run = try run([("ndjson", Self.log("ndjson", Self.among([(number, content)])))], onPipe: onPipe)
      let reader = try SnapshotReader(run.snapshot)
      defer { withExtendedLifetime(run) {} }
      return Dictionary(
        uniqueKeysWithValues: ["digest", "content", "fields"].map { ($0, reader.manifestValue("events.\($0)") ?? "") })
    }
    let first = try values(Self.first)
    #expect(first.values.allSatisfy { !$0.isEmpty })
    #expect(try values(Self.first, onPipe: true) == first)
    // The content of an event was changed under its id: where it is read, it shows.
    #expect(try values(Self.spelled) == first)
    #expect(try values(Self.changed) == first)
    let corrected = try values(Content(data: #"{"reps": 6}"#))
    #expect(corrected["digest"] == first["digest"])
    #expect(corrected["content"] != first["content"])
    #expect(corrected["fields"] == first["fields"])
    let other = try values(Self.first, 2)
    #expect(other["digest"] != first["digest"])
  }
}

/// Writes a file into a pipe, in a process of its own.
private final class Piper {
  private let process: pid_t

  init(from file: String, to pipe: String) throws {
    var id: pid_t = 0
    let arguments = ["sh", "-c", "exec cat \"$0\" > \"$1\"", file, pipe]
    var pointers = arguments.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    #expect(posix_spawn(&id, "/bin/sh", nil, nil, &pointers, environ) == 0)
    process = id
  }

  func wait() {
    var status: Int32 = 0
    waitpid(process, &status, 0)
  }
}
