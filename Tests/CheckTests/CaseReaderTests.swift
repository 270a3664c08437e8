import Cases
import Fitness
import Foundation
import TestSupport
import Testing

@Suite("case.json")
struct CaseReaderTests {
  /// Reads a `case.json` in a folder with a log, a users export, a folder of shards, and links that lead elsewhere.
  /// Returns place and reason of the error, `nil` if there is none.
  private func error(of text: String, isRecording: Bool = false) throws -> String? {
    let folder = try TemporaryFolder()
    for name in ["log.ndjson", "users.ndjson", "live.ndjson", "rows.ndjson"] { _ = try folder.write(name, "{}\n") }
    let files = FileManager.default
    try files.createDirectory(atPath: folder.file("shards"), withIntermediateDirectories: true)
    try Data().write(to: URL(fileURLWithPath: folder.file("shards/a.ndjson")))
    try files.createDirectory(atPath: folder.file("linked"), withIntermediateDirectories: true)
    try files.createSymbolicLink(atPath: folder.file("linked/passwd"), withDestinationPath: "/etc/passwd")
    try files.createSymbolicLink(atPath: folder.file("away"), withDestinationPath: "/etc/passwd")
    try files.createSymbolicLink(atPath: folder.file("here"), withDestinationPath: "log.ndjson")
    try files.createDirectory(atPath: folder.file("none"), withIntermediateDirectories: true)
    _ = try folder.write("case.json", text)
    do throws(CaseError) {
      _ = try RegressionCase(.fitness, folder: folder.path, isRecording: isRecording)
      return nil
    } catch {
      #expect(error.file == folder.file("case.json"))
      return (error.place.map { $0 + ": " } ?? "") + error.reason
    }
  }

  private static let head = #""as_of":"2026-02-22T00:00:00Z","events":"log.ndjson""#

  @Test(
    "hostile descriptions are refused, with place and reason",
    arguments: [
      ("", "no JSON"), ("[]", "not an object"),
      (#"{"events":"log.ndjson"}"#, "as_of: missing: the instant to use as now"),
      (#"{"as_of":7,"events":"log.ndjson"}"#, "as_of: not a string"),
      (#"{"as_of":"2026-02-22","events":"log.ndjson"}"#, "as_of: not an instant with an offset"),
      (#"{"as_of":"2026-02-22T00:00:00Z"}"#, "events: missing: the files of the log"),
      (#"{"as_of":"2026-02-22T00:00:00Z","events":[]}"#, "events: names no file"),
      (#"{"as_of":"2026-02-22T00:00:00Z","events":{}}"#, "events: not a path"),
      (#"{"as_of":"2026-02-22T00:00:00Z","events":["log.ndjson",null]}"#, "events[1]: not a path"),
      (#"{"as_of":"2026-02-22T00:00:00Z","events":"none.ndjson"}"#, "events: no such file or directory"),
      (#"{"as_of":"2026-02-22T00:00:00Z","events":"../case/log.ndjson"}"#, "events: leaves the case folder"),
      (#"{"as_of":"2026-02-22T00:00:00Z","events":"/etc/passwd"}"#, "events: not a path in the case folder"),
      (#"{"as_of":"2026-02-22T00:00:00Z","events":""}"#, "events: not a path in the case folder"),
      (#"{"as_of":"2026-02-22T00:00:00Z","events":"."}"#, "events: not a path in the case folder"),
      (#"{"as_of":"2026-02-22T00:00:00Z","events":"away"}"#, "events: leaves the case folder by a link"),
      (#"{"as_of":"2026-02-22T00:00:00Z","events":"linked"}"#, "events: leaves the case folder by a link"),
      (
        #"{"as_of":"2026-02-22T00:00:00Z","events":"none"}"#,
        "events: the directory holds no files (hidden ones and sub-directories do not count)"
      ),
      ("{\(head),\"profile\":\"shards\"}", "profile: is a directory where a file is expected"),
      ("{\(head),\"only\":[]}", "only: not an array of projections"),
      ("{\(head),\"only\":[\"user_profile\"]}", "only[0]: not a projection that is rebuilt: TYPE or TYPE/KEY"),
      ("{\(head),\"not_recorded\":[\"me\"]}", "not_recorded[0]: not a user id"),
      ("{\(head),\"not_recorded\":true}", "not_recorded: not an array of user ids"),
      ("{\(head),\"why\":null}", "why: not a string"),
      ("{\(head),\"expected\":[]}", "expected: not an object"),
      (
        "{\(head),\"expected\":{\"rows\":\"rows.ndjson\"}}",
        "expected.rows: unknown key; known are projections, failures, differences"
      ),
      ("{\(head),\"expected\":{\"projections\":7}}", "expected.projections: not a path"),
      ("{\(head),\"expected\":{\"projections\":\"x\"}}", "expected.projections: no such file or directory"),
      (
        "{\(head),\"expected\":{\"projections\":\"here\"}}",
        "expected.projections: is also named as another file of the case"
      ),
      (
        "{\(head),\"expected\":{\"failures\":\"case.json\"}}",
        "expected.failures: is also named as another file of the case"
      ),
      (
        "{\(head),\"expected\":{\"projections\":\"rows.ndjson\",\"failures\":\"rows.ndjson\"}}",
        "expected.failures: is also named as another file of the case"
      ),
      ("{\(head),\"why\":\"a\",\"why\":\"b\"}", "why: the key occurs more than once"),
      ("{\(head),\"events\":\"here\"}", "events: the key occurs more than once"),
      (
        "{\(head),\"expected\":{\"failures\":\"rows.ndjson\",\"failures\":\"live.ndjson\"}}",
        "expected.failures: the key occurs more than once"
      ),
      (
        "{\(head),\"live\":\"live.ndjson\",\"expected\":{\"differences\":[{},{\"causes\":[],\"causes\":[\"changed\"]}]}}",
        "expected.differences[1].causes: the key occurs more than once"
      ),
      ("{\(head),\"labels\":\"rows.ndjson\"}", "live: missing: labels and differences are about live rows"),
      ("{\(head),\"verification\":\"rows.ndjson\"}", "verification: needs the live rows it is about"),
      (
        "{\(head),\"live\":\"live.ndjson\",\"labels\":\"rows.ndjson\",\"expected\":{\"differences\":\"rows.ndjson\"}}",
        "labels: cannot be combined with expected.differences"
      ),
      (
        "{\(head),\"live\":\"live.ndjson\",\"expected\":{\"differences\":[7]}}",
        "expected.differences[0]: not an object"
      ),
      (
        "{\(head),\"live\":\"live.ndjson\",\"expected\":{\"differences\":[{\"user_id\":\"x\"}]}}",
        "expected.differences[0]: user_id: not a UUID"
      ),
    ])
  func refused(text: String, reason: String) throws {
    let found = try error(of: text)
    if text.isEmpty { #expect(found != nil) } else { #expect(found == reason) }
  }

  @Test("unknown keys are refused, and the known keys are listed")
  func unknown() throws {
    let found = try error(of: "{\(CaseReaderTests.head),\"expect\":{}}")
    #expect(
      found
        == "expect: unknown key; known are why, as_of, events, users, profile, reducers, reading, only, recorded, expected, live, labels, not_recorded, verification"
    )
  }

  @Test(
    "a path may be a link within the folder or a directory of shards; files may be missing when they are recorded")
  func allowed() throws {
    #expect(try error(of: #"{"as_of":"2026-02-22T00:00:00Z","events":["here","shards"]}"#) == nil)
    let later = "{\(CaseReaderTests.head),\"expected\":{\"projections\":\"later.ndjson\"}}"
    #expect(try error(of: later, isRecording: true) == nil)
    #expect(
      try error(of: later.replacing("later", with: "../later"), isRecording: true)
        == "expected.projections: leaves the case folder")
  }

  @Test("an expected difference accepts what refold diff --ndjson writes, and nothing else")
  func differences() throws {
    func read(_ more: String) throws -> RegressionCase.Differences? {
      let folder = try TemporaryFolder()
      for name in ["log.ndjson", "live.ndjson"] { _ = try folder.write(name, "{}\n") }
      let difference =
        #"{"user_id":"\#(FoldedHistory.user)","projection_type":"t","key":"k","causes":["texts","behind"]\#(more)}"#
      _ = try folder.write(
        "case.json", "{\(CaseReaderTests.head),\"live\":\"live.ndjson\",\"expected\":{\"differences\":[\(difference)]}}"
      )
      return try RegressionCase(.fitness, folder: folder.path).differences
    }
    guard case .inline(let plain)? = try read(""),
      case .inline(let full)? = try read(#","paths":["b","a"],"behind":{}"#)
    else {
      Issue.record("not inline")
      return
    }
    #expect(plain.map(\.causes) == [[.behind, .texts]] && plain[0].paths == nil)
    #expect(full[0].paths == ["a", "b"])
    #expect(throws: CaseError.self) { try read(#","path":"a""#) }
    #expect(throws: CaseError.self) { try read(#","paths":"a""#) }
  }
}
