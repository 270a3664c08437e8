import EventModel
import Fitness
import Foundation
import ProcessSupport
import Rebuilding
import Running
import SQLiteSupport
import SnapshotStore
import TestSupport
import Testing

/// Partitions.md: folding all partitions and merging gives the bytes of a single run.
@Suite("fold and merge")
struct MergeTests {
  /// All cases, and the other logs among the fixtures.
  static let logs =
    ((try? FileManager.default.contentsOfDirectory(atPath: Fixtures.path("cases"))) ?? []).sorted().map {
      "cases/\($0)"
    }
    + ["diff/live", "demo"]

  static func run(_ name: String) throws -> FoldRun {
    let log = Fixtures.path("\(name)/events.ndjson")
    let packed = FileManager.default.fileExists(atPath: log) ? log : log + ".gz"
    let users = Fixtures.path("\(name)/users.ndjson")
    return try FoldRun([packed], users: FileManager.default.fileExists(atPath: users) ? [users] : [])
  }

  @Test("any number of partitions, parts in any order: the same bytes as one run", arguments: logs)
  func sameBytes(name: String) throws {
    #expect(MergeTests.logs.count >= 6)
    let run = try MergeTests.run(name)
    let whole = try run.whole()
    for count in [1, 2, 3, 7] {
      #expect(try run.merged(try run.parts(count).reversed()) == whole, "\(count) partitions")
    }
  }

  @Test("more partitions than users: most parts are empty")
  func emptyParts() throws {
    let run = try MergeTests.run("demo")
    #expect(try run.merged(try run.parts(40)) == run.whole())
  }

  @Test("parts that cannot all be open are joined in groups: the same bytes", arguments: [0, 1 << 20, 3 << 20])
  func manyParts(memory: Int) throws {
    let run = try MergeTests.run("cases/realistic")
    let parts = try run.parts(23)
    #expect(try run.merged(parts.shuffled()) { $0.memory = memory } == run.whole())
  }

  @Test("no users export; every form; a selection of projections")
  func otherInputs() throws {
    let alone = try FoldRun([Fixtures.path("cases/storm/events.ndjson.gz")], users: [])
    #expect(try alone.merged(try alone.parts(3)) == alone.whole())
    let dump = try FoldRun([Fixtures.path("cases/formats/dump.sql.gz")], users: [])
    let lines = try MergeTests.run("cases/formats")
    let mixed = [try dump.part(0, of: 2), try lines.part(1, of: 2)]
    #expect(try dump.merged(mixed) == dump.whole())
    func state(_ plan: inout FoldPlan) { plan.rebuild.filter.wanted = [("objective_state", nil)] }
    let selected = try lines.merged([try lines.part(0, of: 2, state), try lines.part(1, of: 2, state)])
    let single = try RunLog(lines.logs, users: lines.users) { $0.filter.wanted = [("objective_state", nil)] }
    #expect(selected == FileManager.default.contents(atPath: single.snapshot))
  }

  @Test("folding again gives the same part, with little memory too")
  func idempotent() throws {
    let run = try MergeTests.run("cases/realistic")
    let first = try Data(contentsOf: URL(fileURLWithPath: run.part(1, of: 3)))
    #expect(try Data(contentsOf: URL(fileURLWithPath: run.part(1, of: 3))) == first)
    let spilled = try run.part(1, of: 3) { $0.rebuild.input.resources.memory = 0 }
    #expect(try Data(contentsOf: URL(fileURLWithPath: spilled)) == first)
  }

  @Test("missing, overlapping and foreign parts are refused with both names")
  func refusals() throws {
    let run = try MergeTests.run("demo")
    let parts = try run.parts(3)
    let other = try run.part(1, of: 2)
    #expect(try run.refusal([parts[0], parts[2]]) == "partition 1/3 is missing")
    #expect(try run.refusal([parts[1]]) == "partitions 0/3, 2/3 are missing")
    #expect(try run.refusal([]) == "no part to merge")
    let copy = try run.folder.write("copy.sqlite", [UInt8](Data(contentsOf: URL(fileURLWithPath: parts[1]))))
    #expect(
      try run.refusal(parts + [copy]) == "part-1-3.sqlite and copy.sqlite overlap: both are partition 1/3")
    #expect(
      try run.refusal([parts[0], other, parts[2]])
        == "part-1-2.sqlite is partition 1/2, part-0-3.sqlite is 0/3: the parts of one run have the same number of partitions"
    )
    let whole = try run.folder.write("whole.sqlite", [UInt8](run.whole()))
    #expect(
      try run.refusal([whole])
        == "whole.sqlite is a whole snapshot, not a part; name files that refold fold -o wrote")
  }

  @Test("parts of different as-of, profile, projections or users export are refused with the value that differs")
  func differentRuns() throws {
    let run = try MergeTests.run("demo")
    let first = try run.part(0, of: 2)
    let advice =
      "; the parts of one run must agree: fold them again with the same refold, --as-of, --reducers, profile and users export"
    func refusal(_ change: (inout FoldPlan) -> Void) throws -> String {
      try run.refusal([first, try run.part(1, of: 2, change)])
    }
    #expect(
      try refusal { $0.asOf = Instant(microseconds: 0) }
        == "part-1-2.sqlite has as_of 1970-01-01T00:00:00+00:00, part-0-2.sqlite has 2026-02-22T00:00:00+00:00" + advice
    )
    var profile = Profile()
    profile.texts.staleReference = "?"
    #expect(try refusal { $0.rebuild.profile = profile }.contains(" has profile.digest "))
    #expect(
      try refusal { $0.rebuild.filter.wanted = [("objective_state", nil)] }
        == "part-1-2.sqlite has selection.projections objective_state, part-0-2.sqlite has all" + advice)
    #expect(
      try refusal { $0.rebuild.input.users = [] }.hasPrefix(
        "part-1-2.sqlite has users.exported no export, part-0-2.sqlite has "))
  }

  @Test("EventIdentity: an id that users in two partitions share is found, as in a single run")
  func sharedEventID() throws {
    let users = [StreamTests.user, StreamTests.foreign]
    let indices = try users.map { user in
      let id = try #require(UserID(user))
      return Int(UserPartition.hash(of: id)) % 2
    }
    try #require(indices == [1, 0], "the users are of different partitions")
    let folder = try TemporaryFolder()
    var parts: [String] = []
    let run = try FoldRun([], users: [])
    // If the log is partitioned before folding, each fold sees only one partition.
    for (number, user) in users.enumerated() {
      let log = try folder.write(
        "\(number)", eventLine(1, user: user) + "\n" + eventLine(2 + number, user: user) + "\n")
      parts.append(try run.part(indices[number], of: 2) { $0.rebuild.input.logs = [log] })
    }
    #expect(
      try run.refusal(parts)
        == "the event id \(FoldedHistory.id(1)) is in part-1-2.sqlite and in part-0-2.sqlite: it names events of two "
        + "users, which is malformed input; correct the log and fold both partitions again"
        || run.refusal(parts).contains("is in part-0-2.sqlite and in part-1-2.sqlite"))
    // With the whole log as input each fold finds it by itself.
    let logs = [folder.file("0"), folder.file("1")]
    #expect(throws: RefoldError.self) { try run.part(0, of: 2) { $0.rebuild.input.logs = logs } }
  }

  @Test("an id in two parts that were joined into different groups is found, with the parts' names")
  func sharedEventIDAcrossGroups() throws {
    let users = [StreamTests.user, StreamTests.foreign]
    let indices = try users.map { Int(UserPartition.hash(of: try #require(UserID($0)))) % 9 }
    try #require(indices[0] != indices[1])
    let folder = try TemporaryFolder()
    let run = try FoldRun([], users: [])
    let logs = try users.map { try folder.write($0, eventLine(1, user: $0) + "\n") }
    let parts = try (0..<9).map { index in
      // Parts without one of these users have no records.
      try run.part(index, of: 9) { $0.rebuild.input.logs = [logs[index == indices[1] ? 1 : 0]] }
    }
    let names = indices.sorted().map { "part-\($0)-9.sqlite" }
    #expect(
      try run.refusal(parts, memory: 0)
        == "the event id \(FoldedHistory.id(1)) is in \(names[0]) and in \(names[1]): it names events of two "
        + "users, which is malformed input; correct the log and fold both partitions again")
  }

  @Test("more parts than files can be open, within --memory")
  func limits() throws {
    let run = try MergeTests.run("demo")
    let parts = try run.parts(150)
    let output = run.folder.file("merged.sqlite")
    let command = [
      "ulimit -n 64; exec \"$0\" \"$@\"", refoldBinary, "merge", "-o", output, "--memory", "8M", "--threads", "2",
    ]
    let finished = try ProcessSupport.run("/bin/sh", ["-c"] + command + parts)
    #expect(finished.status == 0, "\(finished.errors)")
    #expect(FileManager.default.contents(atPath: output) == (try run.whole()))
  }

  @Test("a part that was changed after it was written is refused")
  func damagedParts() throws {
    for (statement, words) in [
      ("UPDATE projections SET data = '{}' WHERE key = 'overview'", "is not the digest of the rows in the file"),
      ("DELETE FROM event_sets", "lacks the event set of a user with events"),
      ("UPDATE event_sets SET digest = zeroblob(32)", "its event sets are not those it was written with"),
      ("DELETE FROM event_ids", "its event ids are not those it was written with"),
      (
        "UPDATE event_ids SET ids = CAST(substr(ids, 17) || substr(ids, 1, 16) AS BLOB)",
        "its event ids are not in order"
      ),
      ("UPDATE event_ids SET ids = substr(ids, 1, 5)", "a block of event ids is cut off"),
      ("UPDATE manifest SET value = '2/2' WHERE key = 'partition'", "its manifest has no partition I/N"),
    ] {
      let run = try MergeTests.run("demo")
      let parts = try run.parts(2)
      do {
        let database = try Database(path: parts[0])
        try database.execute(statement)
      }
      #expect(try run.refusal(parts).contains(words), "\(statement)")
    }
  }

  @Test("a part that calls itself another partition is refused")
  func mislabelled() throws {
    let run = try MergeTests.run("demo")
    let parts = try run.parts(2)
    for (part, label) in zip(parts, ["1/2", "0/2"]) {
      let database = try Database(path: part)
      try database.execute("UPDATE manifest SET value = '\(label)' WHERE key = 'partition'")
    }
    #expect(
      try run.refusal(parts) == "part-0-2.sqlite: holds a user that is not of partition 1/2; fold it again")
  }
}
