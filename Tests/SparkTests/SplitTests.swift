import EventModel
import Fitness
import Foundation
import JSONTape
import ProcessSupport
import Rebuilding
import Running
import TestSupport
import Testing

/// Packs.md, "Splitting": pieces of the parts of a log, folded by partition and merged, give the bytes of a single run.
@Suite("pack --split")
struct SplitTests {
  /// Splits some files and returns the folder of the pieces.
  private func split(
    _ run: FoldRun, _ name: String, logs: [String], users: [String] = [], among count: Int,
    _ change: (inout SplitPlan) -> Void = { _ in }
  ) throws -> String {
    var plan = SplitPlan(.fitness)
    plan.input.logs = logs
    plan.input.users = users
    plan.input.resources.temporaryDirectory = run.folder.path
    plan.part.split = count
    plan.output = run.folder.file(name)
    change(&plan)
    _ = try Rebuilding.split(plan, progress: ProgressMeter())
    return plan.output
  }

  /// Three parts of the log, with records of one part in the next too, and one of the users export.
  private func folders(
    _ run: FoldRun, among count: Int, _ change: (inout SplitPlan) -> Void = { _ in }
  ) throws -> [String] {
    let lines = try run.logs.flatMap { try Fixtures.lines($0) }
    var folders = try (0..<3).map { shard in
      let some = lines.indices.filter { $0 % 3 == shard || $0 % 7 == shard }.map { lines[$0] }
      let log = try run.folder.write("shard-\(count)-\(shard)", Array(some.joined(separator: [0x0A])))
      return try split(run, "pieces-\(count)-\(shard)", logs: [log], among: count, change)
    }
    if !run.users.isEmpty {
      let none = try run.folder.write("none-\(count)", [UInt8]())
      folders.append(
        try split(run, "pieces-\(count)-users", logs: [none], users: run.users, among: count) {
          $0.input.reading.form = .ndjson
          change(&$0)
        })
    }
    return folders
  }

  private func part(
    _ run: FoldRun, _ index: Int, of count: Int, from folders: [String],
    _ change: (inout FoldPlan) -> Void = { _ in }
  ) throws -> String {
    try run.part(index, of: count) {
      $0.rebuild.input.logs = folders.map { "\($0)/part-\(index).refold" }
      $0.rebuild.input.users = []
      change(&$0)
    }
  }

  @Test("any number of partitions: the same bytes as one run", arguments: MergeTests.logs)
  func sameBytes(name: String) throws {
    let run = try MergeTests.run(name)
    let whole = try run.whole()
    for count in [1, 2, 7, 40] {
      let folders = try folders(run, among: count)
      let parts = try (0..<count).map { try part(run, $0, of: count, from: folders.reversed()) }
      #expect(try run.merged(parts) == whole, "\(count) partitions")
    }
  }

  @Test("the pieces of one partition of one, folded to rows")
  func onePartition() throws {
    let folder = try ScratchFolder()
    let log = Fixtures.path("cases/realistic/events.ndjson.gz")
    let split = try run(
      refoldBinary, ["pack", log, "--split", "1", "-o", "pieces", "--quiet"], directory: folder.path)
    #expect(split.status == 0, "\(split.errors)")
    let rows = try run(
      refoldBinary, ["fold", "pieces/part-0.refold", "--quiet"] + StreamTests.asOf, directory: folder.path)
    #expect(rows.status == 0, "\(rows.errors)")
    let same = try run(refoldBinary, ["fold", log, "--quiet"] + StreamTests.asOf)
    #expect(!rows.output.isEmpty && rows.output == same.output)
  }

  /// A log of many users with a few events each.
  private func manyUsers(_ path: String) throws {
    var generator = SeededGenerator(seed: 7)
    func id() -> String {
      let high = generator.next()
      return UUID128(high: high, low: generator.next()).description
    }
    var lines = ""
    for _ in 0..<4000 {
      let user = id()
      for day in 1...8 {
        lines +=
          #"{"id":"\#(id())","user_id":"\#(user)","timestamp":"2026-01-0\#(day)T10:00:00Z","event_type":"set.logged","#
        lines += #""data":{"exercise_id":"bench_press","reps":5,"weight_kg":\#(generator.next() % 200)},"metadata":{}}"#
        lines += "\n"
      }
    }
    try Data(lines.utf8).write(to: URL(fileURLWithPath: path))
  }

  @Test("many partitions take a bounded amount of memory each: Packs.md")
  func manyPieces() throws {
    let folder = try ScratchFolder()
    try manyUsers(folder.file("log.ndjson"))
    let peaks = try [1, 1024].map { count in
      let split = try run(
        refoldBinary,
        [
          "pack", "log.ndjson", "--split", "\(count)", "-o", "pieces-\(count)", "--json", "--memory", "8M", "--threads",
          "1",
        ],
        directory: folder.path)
      #expect(split.status == 0, "\(split.errors)")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("pieces-\(count)"))
      #expect(names.count == count)
      return try #require(try JSONTree(parsing: Array(split.output.utf8))["peak_memory_bytes"]?.number)
    }
    #expect(peaks[1] < peaks[0] + 1024 * Double(80 << 10), "\(peaks)")
  }

  @Test("small blocks and little memory: users go on in the next block, and the same bytes come out")
  func smallBlocks() throws {
    let run = try MergeTests.run("cases/realistic")
    let folders = try folders(run, among: 2) { $0.input.resources.memory = 0 }
    let parts = try (0..<2).map { index in
      try part(run, index, of: 2, from: folders) { $0.rebuild.input.resources.memory = 0 }
    }
    #expect(try run.merged(parts) == run.whole())
  }

  @Test("exports and pieces in one fold")
  func mixed() throws {
    let run = try MergeTests.run("cases/storm")
    let folders = try folders(run, among: 3)
    let parts = try (0..<3).map { index in
      try part(run, index, of: 3, from: Array(folders.dropFirst())) {
        $0.rebuild.input.logs.append(contentsOf: run.logs)
      }
    }
    #expect(try run.merged(parts) == run.whole())
  }

  @Test("how the log was exported is judged by the merge, from the counts of all pieces")
  func judged() throws {
    let run = try FoldRun([], users: [])
    let texts = eventLine(1, data: "\"{}\"") + "\n"
    let marked = eventLine(3).dropLast() + ",\"_fivetran_deleted\":true}\n"
    let bare = eventLine(2).replacing("\"metadata\":{},", with: "") + "\n"
    for (number, (lines, words)) in [
      (texts, "is a JSON text that holds JSON"), (String(marked), "is marked as deleted"),
      (bare, "no record of the log has metadata"), ("", "the log holds no event"),
    ].enumerated() {
      let log = try run.folder.write("log-\(number)", lines)
      let folder = try split(run, "judged-\(number)", logs: [log], among: 2) { $0.input.reading.form = .ndjson }
      let parts = try (0..<2).map { try part(run, $0, of: 2, from: [folder]) }
      #expect(try run.refusal(parts).contains(words))
      // Other events of the same log: no longer all are like this.
      if number == 1 { continue }
      let more = try run.folder.write("more-\(number)", eventLine(9, user: StreamTests.foreign))
      let other = try split(run, "more-\(number)-pieces", logs: [more], among: 2)
      _ = try run.merged(try (0..<2).map { try part(run, $0, of: 2, from: [folder, other]) })
    }
  }

  @Test("an id with two contents is found, in one input and across two")
  func conflicts() throws {
    let run = try FoldRun([], users: [])
    let (one, other) = (
      try run.folder.write("one", eventLine(1) + "\n"), try run.folder.write("other", eventLine(1, data: "{\"a\":1}"))
    )
    let error = #expect(throws: RefoldError.self) { try split(run, "both", logs: [one, other], among: 1) }
    #expect("\(error, default: "")".contains("the id of another event with other content"))
    #expect(!run.folder.names.contains("both"))
    let folders = [
      try split(run, "a", logs: [one], among: 1), try split(run, "b", logs: [other], among: 1),
    ]
    let across = #expect(throws: RefoldError.self) { try part(run, 0, of: 1, from: folders) }
    #expect("\(across, default: "")".contains("the id of another event with other content"))
  }

  @Test("a piece that is damaged, of another partition or of other reducers is refused, and by all other commands")
  func refusals() throws {
    let folder = try ScratchFolder()
    let demo = Fixtures.path("demo")
    let asOf = StreamTests.asOf
    func refold(_ arguments: String...) throws -> FinishedProcess {
      try run(refoldBinary, arguments, directory: folder.path)
    }
    let packed = try refold("pack", demo + "/events.ndjson", "--split", "2", "-o", "pieces", "--json")
    #expect(packed.status == 0, "\(packed.errors)")
    #expect(packed.output.contains("\"pieces\": 2"))
    let again = try refold("pack", demo + "/events.ndjson", "--split", "2", "-o", "pieces")
    #expect(again.errors == "refold: pieces: the folder is not empty; pieces are written to a new one\n")
    #expect(again.status == 2)
    let piece = "pieces/part-1.refold"
    for command in [["rebuild", piece, "-o", "x.sqlite"], ["pack", piece, "-o", "x.refold"]] {
      let finished = try run(refoldBinary, command, directory: folder.path)
      #expect(finished.status == 2)
      #expect(
        finished.errors.hasSuffix(
          "\(piece): is a piece of a split log, with the users of partition 1/2; refold fold --partition 1/2 reads it, and "
            + "refold diff of the part\n"
        ))
    }
    func fold(_ partition: String, _ more: [String] = []) throws -> FinishedProcess {
      try run(
        refoldBinary, ["fold", piece, "--partition", partition, "--quiet"] + asOf + more, directory: folder.path)
    }
    #expect(try fold("1/2").status == 0)
    #expect(try fold("0/2").errors == "refold: \(piece): is a piece of partition 1/2, not 0/2\n")
    #expect(
      try fold("1/2", ["--reducers", Fixtures.path("reducers") + "/fitness.json"]).errors
        == "refold: \(piece): was packed for other reducers; split the log again for these\n")
    var bytes = try #require(folder.bytes(piece))
    bytes[bytes.count / 2] ^= 1
    try folder.write(piece, bytes)
    let damaged = try fold("1/2")
    #expect(damaged.status == 2 && damaged.errors.contains("is damaged"), "\(damaged.errors)")
    #expect(damaged.output == "")
    try folder.write(piece, bytes.dropLast(9))
    #expect(try fold("1/2").errors.contains("it was cut off"))
    let refused = try refold("pack", "x", "--split", "2", "-o", "y", "--deleted", "drop", "--unwrap-data")
    #expect(refused.errors.contains("--deleted drop, --unwrap-data: not with --split"), "\(refused.errors)")
  }
}
