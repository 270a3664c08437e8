import Foundation
import Rebuilding
import TestSupport
import Testing

/// The recordings of the live system, through packs. RebuildingTests and CheckTests compare the same snapshots with the
/// recorded rows.
@Suite("recorded cases through packs")
struct PackConformanceTests {
  private static let cases = [
    "blank-exercise-id", "days", "edges", "formats", "hostile", "ids", "limits", "loads", "number-too-long",
    "realistic",
    "storm", "sums", "text", "ties",
  ]

  @Test(
    "three deltas that overlap are the file of packing at once, and give the log's snapshot, byte for byte",
    arguments: cases, Kept.allCases)
  func chained(name: String, kept: Kept) throws {
    let recorded = try RecordedCase(name)
    let lab = try PackLab()
    var random = SeededGenerator(seed: UInt64(name.utf8.count) &* 31 &+ (kept.all ? 1 : 0))
    let lines = try Fixtures.lines(recorded.events[0]).shuffled(using: &random)
    let users = recorded.users
    let whole = try lab.pack([recorded.events[0]], users: [users[0]], all: kept.all, threads: 2)
    let third = max(1, lines.count / 3)
    let overlap = max(1, lines.count / 20)
    let deltas = [
      lines[..<third], lines[max(0, third - overlap)..<min(lines.count, 2 * third)],
      lines[max(0, 2 * third - overlap)...],
    ]
    var chain: String?
    for (number, delta) in deltas.enumerated() {
      let logs = try [chain].compactMap { $0 } + [lab.log(Array(delta))]
      // The users export comes with the second delta, and stays.
      chain = try lab.pack(logs, users: number == 1 ? users : [], all: kept.all, threads: 1 + number % 2).path
    }
    let packed = try #require(chain)
    #expect(PackLab.bytes(packed) == PackLab.bytes(whole.path))

    let fromLog = try RunLog([recorded.events[0]], users: [users[0]], threads: 2)
    let fromPack = try RunLog([packed], threads: 2)
    #expect(try fromPack.fileHash == fromLog.fileHash)
    #expect(fromPack.summary.digests.map(\.value) == fromLog.summary.digests.map(\.value))
    for (key, value) in [
      ("events.digest", whole.report.eventsDigest), ("events.content", whole.report.eventsContent),
    ] where value != nil {
      #expect(try fromLog.manifest(key) == value)
    }
    #expect(whole.report.events == fromLog.summary.folded + fromLog.summary.unread)
    // The log on top of the pack changes nothing.
    #expect(try RunLog([packed, recorded.events[0]], users: [users[0]]).fileHash == fromLog.fileHash)
  }

  @Test("NDJSON, CSV, COPY text and pg_dump of one database give one pack", arguments: Kept.allCases)
  func forms(kept: Kept) throws {
    let lab = try PackLab()
    func path(_ name: String) -> String { Fixtures.path("cases/formats/" + name) }
    let expected = try lab.bytes([path("events.ndjson.gz")], users: [path("users.ndjson")], all: kept.all)
    for (log, users) in [("events.csv.gz", ["users.csv"]), ("events.tsv.gz", ["users.ndjson"]), ("dump.sql.gz", [])] {
      #expect(try lab.bytes([path(log)], users: users.map(path), all: kept.all, threads: 2) == expected, "\(log)")
    }
    let mixed = ["events.csv.gz", "events.ndjson.gz", "dump.sql.gz"].map(path)
    #expect(try lab.bytes(mixed, users: [path("users.csv")], all: kept.all, threads: 3) == expected)
    let read = try lab.pack(mixed, users: [path("users.csv")])
    let all = try lab.pack([path("dump.sql.gz")], all: true)
    // What is read of a pack of all fields is what is read of the log.
    #expect(try lab.bytes([all.path]) == PackLab.bytes(read.path))
  }

  @Test("logs of other layouts of JSON, repeated header lines and separators", arguments: Kept.allCases)
  func exports(kept: Kept) throws {
    let lab = try PackLab()
    func path(_ name: String) -> String { Fixtures.path("exports/" + name) }
    let expected = try lab.bytes([path("control.ndjson")], all: kept.all)
    let names = [
      "json-layouts/agg.json", "json-layouts/array.json", "json-layouts/lines.json", "json-layouts/pretty.json",
      "json-layouts/printed.json", "json-layouts/tabs.json",
    ]
    for name in names { #expect(try lab.bytes([path(name)], all: kept.all) == expected, "\(name)") }
    for name in ["data.ndjson", "metadata.ndjson", "both.csv"] {
      let unwrapped = try lab.pack([path("json-in-text/" + name)], all: kept.all) {
        $0.input.reading.unwrapsData = true
      }
      let run = try RunLog([path("json-in-text/" + name)]) { $0.input.reading.unwrapsData = true }
      let packed = try RunLog([unwrapped.path])
      #expect(try packed.rows == run.rows && packed.failures == run.failures, "\(name)")
      // The snapshot says how the log was read, wherever it comes from.
      #expect(try packed.manifest("reading.unwrap_data") == run.manifest("reading.unwrap_data"), "\(name)")
      #expect(try packed.manifest("reading.unwrapped") == run.manifest("reading.unwrapped"), "\(name)")
      #expect(try packed.rows == RunLog([path("control.ndjson")]).rows, "\(name)")
    }
  }

  @Test("order of lines, shards, threads and little memory do not matter", arguments: Kept.allCases)
  func settings(kept: Kept) throws {
    let lab = try PackLab()
    let (log, users) = (
      Fixtures.path("cases/realistic/events.ndjson.gz"), Fixtures.path("cases/realistic/users.ndjson")
    )
    let expected = try lab.bytes([log], users: [users], all: kept.all)
    var random = SeededGenerator(seed: 3)
    let lines = try Fixtures.lines(log).shuffled(using: &random)
    let shards = try [lab.log(Array(lines[..<900])), lab.log(Array(lines[900...] + lines[..<40]))]
    #expect(
      try lab.bytes(shards, users: [users], all: kept.all, threads: 3) {
        $0.input.resources.memory = 0
        $0.input.resources.temporaryDirectory = lab.folder.path
      } == expected)
    let packs = try shards.map { try lab.pack([$0], users: [users], all: kept.all).path }
    #expect(try lab.bytes(packs.reversed(), all: kept.all, threads: 2) { $0.input.resources.memory = 0 } == expected)
  }
}
