import Foundation
import ProcessSupport
import Testing

/// An event as its texts, from which any form of a log is written.
private struct WrittenEvent {
  var number: Int
  var user = 1
  var type = "set.logged"
  var data = "{}"
  var metadata = "{}"
  /// As an export may write it, and as it is asked.
  var createdAt = ("2026-01-09T00:00:00Z", "2026-01-09T00:00:00+00:00")

  private var time: String { "2026-01-0\(number)T10:00:00+00:00" }

  /// The columns of the events table.
  private var columns: [(String, String, isJSON: Bool)] {
    [
      ("id", ProgramLab.id(number), false), ("user_id", ProgramLab.user(user), false), ("timestamp", time, false),
      ("event_type", type, false), ("data", data, true), ("metadata", metadata, true),
      ("created_at", createdAt.0, false),
    ]
  }

  static let header = "id,user_id,timestamp,event_type,data,metadata,created_at"

  var json: String {
    "{" + columns.map { "\"\($0.0)\":" + ($0.isJSON ? $0.1 : "\"\($0.1)\"") }.joined(separator: ",") + "}"
  }

  var spacedJSON: String {
    "{ \t"
      + columns.reversed().map { "\"\($0.0)\" :  " + ($0.isJSON ? $0.1 : "\"\($0.1)\"") }.joined(separator: " , ")
      + " }"
  }

  var prettyJSON: String {
    "{\n" + columns.map { "  \"\($0.0)\": " + ($0.isJSON ? $0.1 : "\"\($0.1)\"") }.joined(separator: ",\n") + "\n}"
  }

  var csv: String {
    columns.map { "\"" + $0.1.replacing("\"", with: "\"\"") + "\"" }.joined(separator: ",")
  }

  /// A line of COPY text.
  var copy: String { columns.map { $0.1.replacing("\\", with: "\\\\") }.joined(separator: "\t") }

  /// An event of NDJSON whose payload is JSON in a text.
  var wrapped: String {
    func text(_ json: String) -> String {
      "\"" + json.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
    return "{" + columns.map { "\"\($0.0)\":" + ($0.isJSON ? text($0.1) : "\"\($0.1)\"") }.joined(separator: ",") + "}"
  }

  /// The event in a question.
  func asked(data: String, metadata: String = "{}") -> String {
    """
    {"id":"\(ProgramLab.id(number))","timestamp":"\(time)","event_type":"\(type)","data":\(data),\
    "metadata":\(metadata),"created_at":"\(createdAt.1)"}
    """
  }
}

/// What a program reads from its standard input, byte for byte.
@Suite("the question that a program is asked")
struct QuestionTests {
  /// Answers without rows, and keeps its questions in a file.
  private static let recording = """
    questions = open(sys.argv[1], "ab", buffering=0)
    sys.setrecursionlimit(5000)
    while line := sys.stdin.buffer.readline():
        questions.write(line)
        reply(json.loads(line))
    """

  private static let sources = [
    ProgramLab.projection(
      "count", keys: ["all"], triggers: ["coffee.drunk"], sources: ["coffee.drunk", "set.logged", "event.retracted"])
  ]

  /// The questions that are asked for a log, as one text.
  private func questions(
    _ log: String, name: String = "log.ndjson", users: String? = nil, _ options: [String] = []
  ) throws -> String {
    let lab = try ProgramLab()
    try lab.folder.write(name, log.utf8)
    var options = options
    if let users {
      try lab.folder.write("users.ndjson", users.utf8)
      options += ["--users", "users.ndjson"]
    }
    let program = try lab.program(
      QuestionTests.recording, projections: QuestionTests.sources, arguments: [lab.folder.file("questions")])
    let folded = try lab.refold(
      ["fold", name, "--as-of", ProgramLab.asOf, "--quiet", "--threads", "1", "--reducers", program] + options)
    #expect(folded.status == 0, "\(folded.errors)")
    return try lab.text("questions")
  }

  private static func asked(_ user: Int, exported: Bool = false, _ events: [String]) -> String {
    """
    {"user_id":"\(ProgramLab.user(user))","as_of":"2026-02-01T00:00:00+00:00","exported":\(exported),\
    "events":[\(events.joined(separator: ","))]}

    """
  }

  private static func question(ofData data: String) -> String {
    WrittenEvent(number: 1, data: "{\"a\":\(data)}").json + "\n"
  }

  private static let beyond = "1" + String(repeating: "0", count: 400)

  @Test(
    "numbers: integers in full, the others as the shortest double that is equal, with a point",
    arguments: [
      ("0", "0"), ("-0", "0"), ("7", "7"), ("-12", "-12"), ("1e2", "100"), ("1.5e3", "1500"),
      ("12345678901234567890123", "12345678901234567890123"), ("-9223372036854775809", "-9223372036854775809"),
      ("1.0", "1.0"), ("1.50", "1.5"), ("100.00", "100.0"), ("-0.0", "0.0"), ("123456.789", "123456.789"),
      ("1e-7", "1.0e-7"), ("0.0001", "0.0001"), ("0.1000000000000000055", "0.1"),
      ("0.30000000000000004", "0.30000000000000004"),
      ("9007199254740993.0", "9007199254740992.0"), ("5e-324", "5.0e-324"), ("1e-400", "0.0"),
      (beyond, beyond), ("1e400", beyond), (beyond + ".5", "1.0e+999"), ("-" + beyond + ".5", "-1.0e+999"),
    ])
  func numbers(written: String, asked: String) throws {
    let question = try questions(QuestionTests.question(ofData: written))
    #expect(question == QuestionTests.asked(1, [WrittenEvent(number: 1).asked(data: "{\"a\":\(asked)}")]))
  }

  private static let deep = String(repeating: "[", count: 900) + String(repeating: "]", count: 900)

  @Test(
    "values: jsonb's order of members, the last of equal names, unescaped text",
    arguments: [
      (#"{"bb":1,"a":2,"":3,"aa":4,"B":5}"#, #"{"":3,"B":5,"a":2,"aa":4,"bb":1}"#),
      (#"{"a":1,"b":2,"a":{"x":3}}"#, #"{"a":{"x":3},"b":2}"#),
      (#"{"a":[{"zz":[],"c":{}},null,true,false]}"#, #"{"a":[{"c":{},"zz":[]},null,true,false]}"#),
      (#"{"\u0061":"\u00e9 \ud83d\ude00 é 😀"}"#, #"{"a":"é 😀 é 😀"}"#),
      (
        #"{"a":"\" \\ \/ \b\f\n\r\t \u0001 \u001f \u007f \u2028"}"#,
        "{\"a\":\"\\\" \\\\ / \\b\\f\\n\\r\\t \\u0001 \\u001f \u{7f} \u{2028}\"}"
      ),
      (#"{"é":1,"zz":2,"ab":3}"#, #"{"ab":3,"zz":2,"é":1}"#),
      ("null", "null"), (#"[1, [], {}, "x"]"#, #"[1,[],{},"x"]"#), (#""a text""#, #""a text""#), ("12.50", "12.5"),
      ("false", "false"), (deep, deep), (#""{ x""#, #""{ x""#),
    ])
  func values(written: String, asked: String) throws {
    for metadata in [false, true] {
      var event = WrittenEvent(number: 1)
      if metadata { event.metadata = written } else { event.data = written }
      // What is not an object is no metadata.
      if metadata, !written.hasPrefix("{") { continue }
      let question = try questions(event.json + "\n")
      let expected = metadata ? event.asked(data: "{}", metadata: asked) : event.asked(data: asked)
      #expect(question == QuestionTests.asked(1, [expected]))
    }
  }

  private static let events = [
    WrittenEvent(number: 1, data: #"{"bb":1.50,"a":{"y":"tab\t\\ \"é\"","x":[1e2,null]}}"#),
    WrittenEvent(
      number: 2, type: "coffee.drunk", data: #"{"cups":2}"#, metadata: #"{"source":"a, b","n":1.0}"#,
      createdAt: ("2026-01-09T02:03:04.500001+02:00", "2026-01-09T00:03:04.500001+00:00")),
    WrittenEvent(number: 3, type: "event.retracted", data: "{\"retracted_event_id\":\"\(ProgramLab.id(1))\"}"),
    WrittenEvent(number: 4, type: "session.logged", data: #"{"a":1}"#),
    WrittenEvent(number: 5, type: "tea.drunk", data: #"{"a":1}"#),
    WrittenEvent(number: 6, user: 2, data: "[]"),
    WrittenEvent(number: 7, user: 3, type: "tea.drunk"),
  ]

  private static let first = asked(
    1,
    [
      events[0].asked(data: #"{"a":{"x":[100,null],"y":"tab\t\\ \"é\""},"bb":1.5}"#),
      events[1].asked(data: #"{"cups":2}"#, metadata: #"{"n":1.0,"source":"a, b"}"#),
      events[2].asked(data: "{\"retracted_event_id\":\"\(ProgramLab.id(1))\"}"),
    ])
  private static let expected = first + asked(2, [events[5].asked(data: "[]")]) + asked(3, [])

  private func lines(_ write: (WrittenEvent) -> String) -> String {
    QuestionTests.events.map { write($0) + "\n" }.joined()
  }

  @Test("retracted events are in it, types that refold does not read too, and no types but the program's sources")
  func events() throws {
    #expect(try questions(lines(\.json)) == QuestionTests.expected)
  }

  @Test("every form of the log gives the same bytes, in any order")
  func forms() throws {
    let csv = WrittenEvent.header + "\n" + lines(\.csv)
    #expect(try questions(csv, name: "log.csv") == QuestionTests.expected)
    #expect(try questions(lines(\.copy), name: "log.tsv") == QuestionTests.expected)
    #expect(try questions(lines(\.spacedJSON)) == QuestionTests.expected)
    let array = "[\n" + QuestionTests.events.map(\.prettyJSON).joined(separator: ",\n") + "\n]\n"
    #expect(try questions(array, name: "log.json") == QuestionTests.expected)
    // Only objects are unwrapped.
    let objects = QuestionTests.events.filter { $0.user != 2 }.map { $0.wrapped + "\n" }.joined()
    #expect(try questions(objects, ["--unwrap-data"]) == QuestionTests.first + QuestionTests.asked(3, []))
    let shuffled = QuestionTests.events.map(\.json).shuffled()
    // A repeated event is asked once.
    let repeated = (shuffled + [shuffled[0]]).joined(separator: "\n") + "\n"
    #expect(try questions(repeated) == QuestionTests.expected)
  }

  @Test("a users export: a user without events is asked too, and exported says who is in it")
  func users() throws {
    let users = [2, 9].map { "{\"id\":\"\(ProgramLab.user($0))\"}\n" }.joined()
    let log = QuestionTests.events[5].json + "\n" + QuestionTests.events[6].json + "\n"
    #expect(
      try questions(log, users: users)
        == QuestionTests.asked(2, exported: true, [QuestionTests.events[5].asked(data: "[]")])
        + QuestionTests.asked(3, []) + QuestionTests.asked(9, exported: true, []))
  }

  @Test("a question and an answer of several MB, while each side writes before it reads")
  func long() throws {
    let count = 20_000
    let text = String(repeating: "x", count: 200)
    let log = (1...count).map { ProgramLab.event($0, of: 1, data: "{\"n\":\($0),\"text\":\"\(text)\"}") }.joined()
    let lab = try ProgramLab(log: log)
    // It answers as soon as it has read the first byte of the question.
    let program = try lab.program(
      """
      start = sys.stdin.read(1)
      say('{"user_id":"\(ProgramLab.user(1))","rows":[{"projection_type":"count","key":"all","data":{"x":"')
      for _ in range(40):
          say("y" * 100000)
      user = json.loads(start + sys.stdin.readline())
      total = sum(event["data"]["n"] for event in user["events"])
      say('","n":%d}}]}\\n' % total)
      """)
    let finished = try lab.rebuild(program)
    #expect(finished.status == 0, "\(finished.errors)")
    let shown = try lab.refold("show", "rebuilt.sqlite", ProgramLab.user(1), "count/all")
    #expect(shown.output.contains("\"n\": \(count * (count + 1) / 2),"))
    #expect(shown.output.contains("\"" + String(repeating: "y", count: 4_000_000) + "\""))
    #expect(lab.remainingProcesses() == [])
  }
}
