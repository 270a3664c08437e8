import Foundation
import ProcessSupport
import Testing

/// A program that breaks a rule, and what refold says of it.
struct Misbehaviour: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var source = ProgramLab.counting
  var command: [String]?
  /// Seconds; `nil` for the usual time.
  var timeout: Int?
  /// The user whose question ends the run; `nil` if no user is named.
  var user: Int? = 1
  /// What the message contains.
  var parts: [String]
  /// Whether the program writes to its standard error.
  var writesErrors = false

  private static func rule(
    _ name: String, _ source: String, _ parts: String..., user: Int? = 1, timeout: Int? = nil, errors: Bool = false
  ) -> Misbehaviour {
    Misbehaviour(
      testDescription: name, source: source, timeout: timeout, user: user, parts: parts, writesErrors: errors)
  }

  /// A program that answers every question with the arguments of `reply`.
  private static func answer(_ name: String, _ arguments: String, _ parts: String...) -> Misbehaviour {
    Misbehaviour(
      testDescription: name,
      source: """
        for user in users():
            reply(\(arguments))
        """, parts: parts)
  }

  /// A program that answers every question with a text.
  private static func line(_ name: String, _ text: String, _ parts: String...) -> Misbehaviour {
    Misbehaviour(
      testDescription: name,
      source: """
        for user in users():
            say(\(text))
        """, parts: parts)
  }

  static let ends = [
    rule("dies at once", "sys.exit(3)", "ended with exit status 3"),
    rule("raises an exception", "raise ValueError('\(ProgramLab.secret)')", "ended with exit status 1", errors: true),
    rule(
      "dies after two users",
      """
      for user in users():
          if len(SEEN) == 3:
              raise KeyError(user["events"][0]["data"]["notes"])
          reply(user)
      """, "ended with exit status 1", user: 3, errors: true),
    rule("exits with 0 early", "sys.stdin.readline(); sys.exit(0)", "ended with exit status 0"),
    rule("is ended by a signal", "os.kill(os.getpid(), signal.SIGKILL)", "was ended by signal 9"),
    rule(
      "is ended by a signal after an answer",
      """
      for user in users():
          reply(user)
          os.kill(os.getpid(), signal.SIGSEGV)
      """, "was ended by signal 11", user: 2),
    rule(
      "hangs", "time.sleep(100)", "gave no answer within 1 s", "--reducer-timeout", timeout: 1),
    rule(
      "hangs after an answer, and ignores signals",
      """
      signal.signal(signal.SIGTERM, signal.SIG_IGN)
      for user in users():
          reply(user)
          if len(SEEN) == 2:
              time.sleep(100)
      """, "gave no answer within 3 s", user: 3, timeout: 3),
    rule(
      "hangs with a child that hangs too",
      """
      subprocess.Popen(["sleep", "100"])
      time.sleep(100)
      """, "gave no answer within 1 s", timeout: 1),
    rule(
      "dies and leaves a child behind",
      """
      silent = subprocess.DEVNULL
      subprocess.Popen(["sleep", "100"], stdin=silent, stdout=silent, stderr=silent)
      sys.exit(3)
      """, "ended with exit status 3"),
    rule(
      "dies and leaves a child behind that holds its standard output",
      """
      subprocess.Popen(["sleep", "100"])
      sys.exit(3)
      """, "gave no answer within 1 s", timeout: 1),
    rule(
      "writes half a line",
      """
      for user in users():
          say('{"user_id":')
      """, "gave no answer within 1 s", timeout: 1),
    rule(
      "writes half a line and ends",
      """
      sys.stdin.readline()
      say('{"user_id":')
      """, "ended with exit status 0"),
    rule(
      "closes its standard output",
      """
      for user in users():
          reply(user)
          os.close(1)
          time.sleep(100)
      """, "closed its standard output", user: 2),
    rule(
      "closes its standard input",
      """
      line = sys.stdin.readline()
      os.close(0)
      reply(json.loads(line))
      time.sleep(100)
      """, "cannot write to it: broken pipe", user: 2),
    Misbehaviour(
      testDescription: "command that is not there", command: ["no-such-program-of-refold"], user: nil,
      parts: ["cannot start 'no-such-program-of-refold'", "no such file or directory"]),
    Misbehaviour(
      testDescription: "command that is not executable", command: ["./made.py"], user: nil,
      parts: ["cannot start './made.py'", "permission denied"]),
    Misbehaviour(
      testDescription: "program file that is not there", command: ["python3", "other.py"],
      parts: ["ended with exit status 2"], writesErrors: true),
    rule(
      "answers on standard error only",
      """
      for user in users():
          print(json.dumps({"user_id": user["user_id"], "rows": [], "failures": []}), file=sys.stderr, flush=True)
      """, "gave no answer within 1 s", timeout: 1, errors: true),
  ]

  static let lines = [
    rule(
      "answers for another user",
      """
      for user in users():
          reply({"user_id": "\(ProgramLab.user(4))"})
      """, "its answer is for user \(ProgramLab.user(4)); answers must be in the order of the questions"),
    rule(
      "answers for the user before",
      """
      for user in users():
          reply({"user_id": SEEN[0]})
      """, "its answer is for user \(ProgramLab.user(1))", user: 2),
    rule(
      "reads two lines first and answers in swapped order",
      """
      questions = users()
      while True:
          first, second = next(questions), next(questions)
          reply(second)
          reply(first)
      """, "gave no answer within 1 s", timeout: 1),
    rule(
      "writes two lines for one user",
      """
      for user in users():
          line = json.dumps({"user_id": user["user_id"], "rows": [], "failures": []}) + "\\n"
          say(line + line)
      """, "wrote more than one line for one user"),
    rule(
      "prints a word first",
      """
      say("ready\\n")
      for user in users():
          reply(user)
      """, "standard output is for answers"),
    rule(
      "prints a word after the first answer",
      """
      for user in users():
          reply(user)
          say("done\\n")
          time.sleep(0.2)
      """, "standard output is for answers", user: nil),
    line("an empty line", #""\n""#, "its answer is not JSON", "an empty line"),
    line("blanks", #""  \n""#, "its answer is not JSON"),
    line("no JSON", #""{'rows': []}\n""#, "its answer is not JSON"),
    line("half of the JSON", #"json.dumps({"user_id": user["user_id"]})[:-3] + "\n""#, "its answer is not JSON"),
    line("two values", #""{} {}\n""#, "its answer is not JSON"),
    line("a byte that is no UTF-8", #""{\"\\udcff\": 1}\n""#, "its answer"),
    line("an array", #""[]\n""#, "its answer is not an object"),
    line("a text", #""\"\#(ProgramLab.secret)\"\n""#, "its answer is not an object"),
    line("no user", #""{\"rows\":[]}\n""#, "its answer names no user_id"),
    line(
      "a user that is no UUID", #""{\"user_id\":\"\#(ProgramLab.secret)\",\"rows\":[]}\n""#,
      "its answer names no user_id"),
    line("no rows", #"json.dumps({"user_id": user["user_id"]}) + "\n""#, "its answer has no list of rows"),
    line(
      "rows that are no list", #"json.dumps({"user_id": user["user_id"], "rows": {}}) + "\n""#,
      "its answer has no list of rows"),
    line(
      "failures that are no list", #"json.dumps({"user_id": user["user_id"], "rows": [], "failures": 1}) + "\n""#,
      "the failures of its answer are not a list"),
    line(
      "NaN", #"json.dumps({"user_id": user["user_id"], "rows": [row(data={"n": float("nan")})]}) + "\n""#,
      "its answer is not JSON", "JSON has no NaN"),
    line(
      "Infinity", #"json.dumps({"user_id": user["user_id"], "rows": [row(data={"n": -float("inf")})]}) + "\n""#,
      "its answer is not JSON", "JSON has no Infinity"),
  ]

  static let contents = [
    answer("unknown member", #"user, [], note="\#(ProgramLab.secret)""#, "its answer has an unknown member"),
    answer("a row that is no object", #"user, [["count", "all", {}]]"#, "rows[0] is not an object"),
    answer("unknown member of a row", "user, [{**row(), 'version': 1}]", "rows[0] has an unknown member"),
    answer(
      "undeclared type", #"user, [row(), row("\#(ProgramLab.secret)")]"#,
      "rows[1] has a projection_type that its file does not name"),
    answer(
      "another reducer's type", #"user, [row("training_signal")]"#,
      "rows[0] has a projection_type that its file does not name"),
    answer(
      "no type", #"user, [{"key": "all", "data": {}}]"#, "rows[0] has a projection_type that its file does not name"),
    answer(
      "undeclared key", #"user, [row(key="\#(ProgramLab.secret)")]"#,
      "rows[0] has a key of count that its file does not name"),
    answer("two rows of one key", "user, [row(), row(key='half'), row()]", "its answer has two rows of count/all"),
    answer("data that is no object", "user, [row(data=[1])]", "the data of count/all is not an object"),
    answer(
      "data that is null", #"user, [{"projection_type": "count", "key": "all", "data": None}]"#,
      "the data of count/all is not an object"),
    answer("no data", #"user, [{"projection_type": "count", "key": "all"}]"#, "the data of count/all is not an object"),
    answer(
      "last_event_id that is no UUID", #"user, [row(last="\#(ProgramLab.secret)")]"#,
      "last_event_id of count/all is not a UUID"),
    answer("last_event_id that is a number", "user, [row(last=7)]", "last_event_id of count/all is not a UUID"),
    answer("NUL in a text", #"user, [row(data={"note": "a\u0000b"})]"#, "its answer"),
    answer("NUL in a name", #"user, [row(data={"a\u0000b": 1})]"#, "its answer"),
    answer("half of a surrogate pair", #"user, [row(data={"note": "a\ud83d"})]"#, "its answer"),
    answer("a failure that is no object", "user, [], ['count']", "failures[0] is not an object"),
    answer(
      "unknown member of a failure", "user, [], [{**failure(), 'reason': 1}]", "failures[0] has an unknown member"),
    answer(
      "code that is no word", #"user, [], [failure(code="\#(ProgramLab.secret) is bad")]"#,
      "the code of failures[0] is not a word"),
    answer("empty code", #"user, [], [failure(code="")]"#, "the code of failures[0] is not a word"),
    answer(
      "failure of an undeclared type", #"user, [], [failure("\#(ProgramLab.secret)")]"#,
      "failures[0] has a projection_type that its file does not name"),
    answer("two failures of one type", "user, [], [failure(), failure()]", "its answer has two failures of count"),
    answer(
      "event of a failure that is no UUID", "user, [], [failure(event='x')]", "event_id of failures[0] is not a UUID"),
    answer("detail that is no text", "user, [], [failure(detail=1)]", "the detail of failures[0] is not a text"),
  ]
}

@Suite("a program that breaks a rule ends the run, which says why and writes nothing")
struct MisbehaviourTests {
  @Test("programs that end, hang or do not start", arguments: Misbehaviour.ends)
  func ending(_ rule: Misbehaviour) throws { try check(rule) }

  @Test("answers that are no answers", arguments: Misbehaviour.lines)
  func answering(_ rule: Misbehaviour) throws { try check(rule) }

  @Test("answers with rows or failures that are none", arguments: Misbehaviour.contents)
  func containing(_ rule: Misbehaviour) throws { try check(rule) }

  /// Refold writes no row of `advice` where `count`, which it requires, has none.
  @Test("a row of a type whose required type has no row", arguments: ["capability_estimation", "count"])
  func required(type: String) throws {
    let log = ProgramLab.event(1, of: 1, "coffee.drunk", data: "{}")
    let lab = try ProgramLab(log: log)
    let program = try lab.program(
      """
      for user in users():
          reply(user, [row("advice")])
      """,
      projections: [
        ProgramLab.projection("count", keys: ["all"]), ProgramLab.projection("advice", keys: ["all"], requires: type),
      ])
    let before = lab.everything
    let message = "a row of advice, although the user has none of \(type), which it requires"
    let finished = try lab.rebuild(program)
    lab.expectTrouble(finished, ["made: ", message], before: before, user: 1)
  }

  private func check(_ rule: Misbehaviour) throws {
    let lab = try ProgramLab()
    let program = try lab.program(rule.source, command: rule.command)
    let before = lab.everything
    let finished = try lab.rebuild(program, rule.timeout.map { ["--reducer-timeout", String($0)] } ?? [])
    let kept = lab.expectTrouble(finished, ["made (\(program)): "] + rule.parts, before: before, user: rule.user)
    #expect((kept != nil) == rule.writesErrors, "\(finished.errors)")
  }
}
