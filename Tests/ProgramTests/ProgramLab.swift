import Foundation
import ProcessSupport
import Testing

/// A folder with a log, a folder for temporary files and a reducer program, and refold in it.
final class ProgramLab: Sendable {
  let folder: ScratchFolder

  static let asOf = "2026-02-01T00:00:00Z"

  /// A text of the made log's payloads. It must not occur in messages.
  static let secret = "SecretPayload"

  static func user(_ number: Int) -> String { "10000000-0000-4000-8000-" + digits(number) }
  static func id(_ number: Int) -> String { "00000000-0000-4000-9000-" + digits(number) }
  private static func digits(_ number: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: 12 - text.count) + text
  }

  /// An event as a line of NDJSON.
  static func event(
    _ number: Int, of user: Int, _ type: String = "set.logged", day: Int = 1, data: String, metadata: String = "{}"
  ) -> String {
    let time = "2026-01-\(day < 10 ? "0" : "")\(day)T10:00:00+00:00"
    return """
      {"id":"\(id(number))","user_id":"\(ProgramLab.user(user))","timestamp":"\(time)","event_type":"\(type)",\
      "data":\(data),"metadata":\(metadata),"created_at":"\(time)"}

      """
  }

  /// Sets of four users, two for each.
  static let log = (1...8).map { number in
    event(
      number, of: (number + 1) / 2, day: number,
      data: #"{"exercise_id":"barbell_back_squat","reps":\#(number),"weight_kg":100.5,"notes":"\#(secret) \#(number)"}"#
    )
  }.joined()

  /// What the program of a test usually answers for.
  static let projections = [
    projection("count", keys: ["all", "half"]), projection("advice", keys: ["all"], requires: "count"),
  ]

  static func projection(
    _ type: String, keys: [String], triggers: [String] = ["set.logged"], sources: [String] = ["set.logged"],
    clock: String? = nil, stamp: String? = nil, requires: String? = nil
  ) -> String {
    func list(_ texts: [String]) -> String { "[" + texts.map { "\"\($0)\"" }.joined(separator: ",") + "]" }
    func text(_ text: String?) -> String { text.map { "\"\($0)\"" } ?? "null" }
    return """
      {"type":"\(type)","keys":\(list(keys)),"triggers":\(list(triggers)),"sources":\(list(sources)),\
      "clock":\(text(clock)),"stamp":\(text(stamp)),"requires":\(text(requires))}
      """
  }

  /// - Parameter log: the lines of `log.ndjson`.
  init(log: String = ProgramLab.log) throws {
    folder = try ScratchFolder()
    for name in ["temp", "program"] {
      try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: false)
    }
    try folder.write("log.ndjson", log.utf8)
  }

  /// What every Python program begins with.
  private static let preamble = """
    import json, os, signal, subprocess, sys, time

    SEEN = []

    def row(type="count", key="all", data=None, last=None):
        data = {"n": 1} if data is None else data
        return {"projection_type": type, "key": key, "data": data, "last_event_id": last}

    def failure(type="count", code="bad_value", event=None, detail=""):
        return {"projection_type": type, "code": code, "event_id": event, "detail": detail}

    def say(text):
        sys.stdout.write(text)
        sys.stdout.flush()

    def reply(user, rows=(), failures=(), **more):
        answer = {"user_id": user["user_id"], "rows": list(rows), "failures": list(failures), **more}
        say(json.dumps(answer) + "\\n")

    def users():
        while line := sys.stdin.readline():
            user = json.loads(line)
            SEEN.append(user["user_id"])
            yield user

    """

  /// Writes `program/NAME.py` and `program/NAME.json`, and returns the path of the latter in the folder.
  ///
  /// - Parameters:
  ///   - command: the words of the command; by default Python, the program and `arguments`.
  @discardableResult
  func program(
    _ source: String, name: String = "made", version: String = "1", projections: [String] = ProgramLab.projections,
    arguments: [String] = [], command: [String]? = nil
  ) throws -> String {
    try folder.write("program/\(name).py", (ProgramLab.preamble + source + "\n").utf8)
    let words = (command ?? ["python3", name + ".py"] + arguments).map { "\"\($0)\"" }.joined(separator: ",")
    let path = "program/\(name).json"
    let text = """
      {"name":"\(name)","version":"\(version)","command":[\(words)],"files":["\(name).py"],
      "projections":[\(projections.joined(separator: ","))]}
      """
    try folder.write(path, text.utf8)
    return path
  }

  /// A program whose row `count/all` is the number of a user's events.
  static let counting = """
    for user in users():
        reply(user, [row(data={"n": len(user["events"])}, last=user["events"][-1]["id"])] if user["events"] else [])
    """

  // MARK: Running

  /// `python3` is the system's: others may be scripts that take long to start.
  static let environment: [String: String] = [
    "PATH": "/usr/bin:/bin:" + (ProcessInfo.processInfo.environment["PATH"] ?? ""), "CI": "",
    "GITHUB_STEP_SUMMARY": "",
  ]

  private var variables: [String: String] {
    ProgramLab.environment.merging(["TMPDIR": folder.file("temp")]) { $1 }
  }

  func refold(_ arguments: [String], binary: String = refoldBinary) throws -> FinishedProcess {
    try run(binary, arguments, directory: folder.path, environment: variables)
  }

  func refold(_ arguments: String...) throws -> FinishedProcess { try refold(arguments) }

  func start(_ arguments: [String]) throws -> RunningProcess {
    try RunningProcess(refoldBinary, arguments, directory: folder.path, environment: variables)
  }

  /// Rebuilds the log with one thread.
  func rebuild(_ program: String?, _ more: [String] = [], output: String = "rebuilt.sqlite") throws -> FinishedProcess {
    try refold(
      ["rebuild", "log.ndjson", "--as-of", ProgramLab.asOf, "-o", output, "--threads", "1", "--quiet"]
        + (program.map { ["--reducers", $0] } ?? []) + more)
  }

  /// The rows that a fold writes, sorted: user, type/key and data.
  func rows(_ programs: [String], _ more: [String] = []) throws -> [String] {
    let folded = try refold(
      ["fold", "log.ndjson", "--as-of", ProgramLab.asOf, "--quiet"] + programs.flatMap { ["--reducers", $0] } + more)
    #expect(folded.status == 0, "\(folded.errors)")
    return folded.output.split(separator: "\n").map(String.init)
  }

  // MARK: What is left

  /// The paths of all files below the folder, hidden ones included, without what Python keeps.
  var everything: Set<String> {
    let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    return Set(names.filter { !$0.contains("__pycache__") })
  }

  /// The processes that run in the folder: programs, and what they started.
  var processes: [pid_t] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    let root = URL(fileURLWithPath: folder.path).resolvingSymlinksInPath().path
    return all.compactMap { pid_t($0) }.filter { process in
      let place = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/cwd")
      return place?.hasPrefix(root) ?? false
    }
  }

  /// Waits until no process runs in the folder: what was killed takes a moment to end. Returns those that stay.
  func remainingProcesses(milliseconds: Int = 2000) -> [pid_t] {
    for _ in 0..<(milliseconds / 10) {
      if processes.isEmpty { return [] }
      usleep(10_000)
    }
    return processes
  }

  func mode(_ name: String) -> mode_t {
    var status = stat()
    return lstat(folder.file(name), &status) == 0 ? status.st_mode & 0o7777 : 0
  }

  func text(_ name: String) throws -> String {
    String(decoding: try #require(folder.bytes(name), "\(name)"), as: UTF8.self)
  }

  /// Expects that a run ended with trouble, said why, wrote nothing and left nothing behind. The standard error of a
  /// program may be kept; its path is returned.
  @discardableResult
  func expectTrouble(
    _ finished: FinishedProcess, _ parts: [String], before: Set<String>, user: Int? = nil,
    _ location: SourceLocation = #_sourceLocation
  ) -> String? {
    let message = finished.errors
    #expect(finished.status == 2, "\(finished)", sourceLocation: location)
    #expect(finished.output == "", sourceLocation: location)
    for part in parts { #expect(message.contains(part), "\(message)", sourceLocation: location) }
    if let user {
      #expect(message.contains("user \(ProgramLab.user(user))"), "\(message)", sourceLocation: location)
    }
    #expect(!message.contains(ProgramLab.secret), "\(message)", sourceLocation: location)
    var left = everything.subtracting(before)
    let kept = left.first { $0.hasPrefix("temp/refold-reducers-") }
    if let kept {
      left.remove(kept)
      #expect(message.contains("its standard error is in \(folder.file(kept))"), "\(message)", sourceLocation: location)
      #expect(mode(kept) == 0o600, sourceLocation: location)
    } else {
      #expect(!message.contains("standard error is in"), "\(message)", sourceLocation: location)
    }
    #expect(left.isEmpty, "\(left)", sourceLocation: location)
    #expect(before.subtracting(everything).isEmpty, sourceLocation: location)
    #expect(remainingProcesses() == [], sourceLocation: location)
    return kept
  }
}
