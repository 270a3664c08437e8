import EventModel
import Fitness
import Platform
import Rebuilding
import Running
import TestSupport
import Testing

/// The snapshot file depends only on the set of events and users, the as-of, the profile and the version.
@Suite("one set of events, one file, for any names, order, shards, repeats, threads, memory and form")
struct SameBytesTests {
  static let users = ["realistic", "storm"].map { Fixtures.path("cases/\($0)/users.ndjson") }
  static let logs = ["realistic", "storm"].map { Fixtures.path("cases/\($0)/events.ndjson.gz") }
  static let expected = Result { try RunLog(logs, users: users).fileHash }

  private func lines() throws -> [[UInt8]] { try SameBytesTests.logs.flatMap { try Fixtures.lines($0) } }

  @Test("lines shuffled", arguments: [1, 20_260_222] as [UInt64])
  func shuffled(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let folder = try TemporaryFolder()
    let log = try folder.write("shuffled", lines: try lines().shuffled(using: &random))
    var usersLines = try SameBytesTests.users.flatMap { try Fixtures.lines($0) }
    usersLines += usersLines.prefix(40)
    let users = try folder.write("u", lines: usersLines.shuffled(using: &random))
    #expect(try RunLog([log], users: [users], threads: 2).fileHash == SameBytesTests.expected.get(), "seed \(seed)")
  }

  @Test("three shards, cut at random, and a directory of them", arguments: [3] as [UInt64])
  func shards(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let folder = try TemporaryFolder()
    var shards: [[[UInt8]]] = [[], [], []]
    for line in try lines() { shards[Int.random(in: 0..<3, using: &random)].append(line) }
    let paths = try shards.enumerated().map { try folder.write("shard-\($0.offset).ndjson", lines: $0.element) }
    let expected = try SameBytesTests.expected.get()
    #expect(
      try RunLog([paths[2], paths[0], paths[1]], users: SameBytesTests.users).fileHash == expected, "seed \(seed)")
    #expect(try RunLog([folder.path], users: SameBytesTests.users).fileHash == expected, "seed \(seed)")
  }

  @Test("each line doubled", arguments: [1, 3])
  func doubled(threads: Int) throws {
    let folder = try TemporaryFolder()
    let log = try folder.write("doubled", lines: try lines().flatMap { [$0, $0] })
    let run = try RunLog([log], users: SameBytesTests.users, threads: threads)
    #expect(run.summary.duplicates * 2 == run.summary.records)
    #expect(try run.fileHash == SameBytesTests.expected.get())
  }

  @Test("threads", arguments: [2, 3, 5])
  func threads(threads: Int) throws {
    #expect(
      try RunLog(SameBytesTests.logs, users: SameBytesTests.users, threads: threads).fileHash
        == SameBytesTests.expected.get())
  }

  @Test("little memory: events and ledger go to disk", arguments: [1, 3])
  func spilled(threads: Int) throws {
    let folder = try TemporaryFolder()
    var random = SeededGenerator(seed: 9)
    let all = try lines()
    let log = try folder.write("twice", lines: (all + all).shuffled(using: &random))
    let run = try RunLog([log], users: SameBytesTests.users, threads: threads) { plan in
      plan.input.resources.memory = 0
      plan.input.resources.temporaryDirectory = folder.path
    }
    #expect(run.summary.spilledBytes > 1 << 18)
    #expect(try run.fileHash == SameBytesTests.expected.get())
    #expect(folder.names == ["twice"])
  }

  @Test("the least memory that can be asked for")
  func leastMemory() throws {
    let run = try RunLog(SameBytesTests.logs, users: SameBytesTests.users, threads: 2) { plan in
      plan.input.resources.memory = Resources.minimumMemory
    }
    #expect(try run.fileHash == SameBytesTests.expected.get())
  }

  @Test("NDJSON, CSV, COPY text and pg_dump of one database")
  func forms() throws {
    let folder = "cases/formats/"
    func hash(_ log: String, _ users: [String]) throws -> String {
      try RunLog([Fixtures.path(folder + log)], users: users.map { Fixtures.path(folder + $0) }).fileHash
    }
    let expected = try hash("events.ndjson.gz", ["users.ndjson"])
    #expect(try hash("events.csv.gz", ["users.csv"]) == expected)
    #expect(try hash("events.tsv.gz", ["users.ndjson"]) == expected)
    #expect(try hash("dump.sql.gz", []) == expected)
    #expect(try hash("dump.sql.gz", ["users.csv"]) == expected)
    let mixed = try RunLog(
      ["events.csv.gz", "events.ndjson.gz", "dump.sql.gz"].map { Fixtures.path(folder + $0) },
      users: [Fixtures.path(folder + "users.csv")], threads: 3)
    #expect(try mixed.fileHash == expected)
  }

  @Test("spelling of a line: order of keys, white space, escapes, extra columns, case of ids, exponents, offsets")
  func spelling() throws {
    let folder = try TemporaryFolder()
    let one = try folder.write(
      "one", eventLine(1, data: #"{"reps":5,"sport":"box","weight_kg":100}"#, metadata: #"{"é":1.5}"#) + "\n")
    let id = FoldedHistory.id(1).uppercased()
    let other = try folder.write(
      "other",
      #"""
      { "created_at" : "2026-01-05 12:00:00+02" , "extra":[1e400], "metadata":{"\u00e9":1.50},"data":{"weight_kg":1e2,"reps":4,"sport":"b\u006fx","reps":5}, "event_type":"set.logged","timestamp":"2026-01-05T10:00:00.000000Z","user_id":"\#(FoldedHistory.user.uppercased())","id":"\#(id)"}
      """#)
    #expect(try RunLog([one]).fileHash == RunLog([other]).fileHash)
    #expect(try RunLog([one, other]).summary.duplicates == 1)
  }

  @Test("what the bytes do depend on")
  func dependencies() throws {
    let log = Fixtures.path("demo/events.ndjson")
    let users = Fixtures.path("demo/users.ndjson")
    let expected = try RunLog([log], users: [users]).fileHash
    #expect(try RunLog([log]).fileHash != expected)
    #expect(try RunLog([log], users: [users]) { $0.asOf = nil }.fileHash != expected)
    var profile = Profile()
    profile.texts.staleReference = "?"
    #expect(try RunLog([log], users: [users]) { $0.profile = profile }.fileHash != expected)
    let folder = try TemporaryFolder()
    // An event that no reducer reads belongs to the set too.
    let less = try Fixtures.lines(log).filter { !String(decoding: $0, as: UTF8.self).contains("sleep.logged") }
    #expect(try RunLog([folder.write("less", lines: less)], users: [users]).fileHash != expected)
  }
}
