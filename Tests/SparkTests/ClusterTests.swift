import Foundation
import JSONTape
import ProcessSupport
import SQLiteSupport
import TestSupport
import Testing

/// The Spark that `.ci/setup tests` installs.
enum TestSpark {
  static let python = repository + "/.build/python/bin/python"

  static let isThere: Bool = {
    let probe = try? run(
      python, ["-c", "import pyspark, subprocess; subprocess.run(['java', '-version'], check=True)"])
    return probe?.status == 0
  }()
}

/// Spark.md: a single run, a loop of folds, Spark, and Spark with a killed worker give one hash.
@Suite(.enabled(if: TestSpark.isThere, "needs Java 17 and PySpark: .ci/setup tests"))
struct ClusterTests {
  struct Case {
    var name: String
    var log: String
    var users: String
  }

  /// Recorded cases, and a generated log of 5 MB.
  static func cases(_ folder: ScratchFolder) throws -> [Case] {
    let (log, users) = (folder.file("generated.ndjson"), folder.file("users.ndjson"))
    let generate = (refoldBinary as NSString).deletingLastPathComponent + "/refold-generate"
    let made = try run(
      generate, ["--users", "60", "--seed", "3", "--order", "shuffled", "--users-file", users, "-o", log])
    try #require(made.status == 0, "\(made.errors)")
    // Blank lines, which are no records, and a line end before a line feed.
    let spaced = try Fixtures.lines(log).enumerated().flatMap { (number, line) in
      line + Array((number % 50 == 0 ? "\r\n\n \t\r\n" : "\n").utf8)
    }
    try folder.write("spaced.ndjson", spaced)
    let recorded = ["storm", "realistic", "hostile"].map { name in
      let path = Fixtures.path("cases/\(name)")
      return Case(name: name, log: path + "/events.ndjson.gz", users: path + "/users.ndjson")
    }
    let formats = Fixtures.path("cases/formats")
    try folder.write("events.csv", try Fixtures.bytes(formats + "/events.csv.gz"))
    let live = Fixtures.path("diff/live")
    return recorded + [
      Case(name: "generated", log: log, users: users),
      Case(name: "spaced", log: folder.file("spaced.ndjson"), users: users),
      Case(name: "packed-csv", log: formats + "/events.csv.gz", users: formats + "/users.csv"),
      Case(name: "live", log: live + "/events.ndjson.gz", users: live + "/users.ndjson"),
      // The last one: its single run stays in one.sqlite.
      Case(name: "csv", log: folder.file("events.csv"), users: formats + "/users.csv"),
    ]
  }

  static func hash(_ path: String) throws -> String {
    String(try run("/usr/bin/sha256sum", [path]).output.prefix(64))
  }

  @Test("one hash from a single run, seven folds in a shell, and Spark, even with a killed worker; or a failed job")
  func cluster() throws {
    let folder = try ScratchFolder()
    let cases = try ClusterTests.cases(folder)
    var expected: [String: String] = [:]
    for log in cases {
      let single = try run(
        refoldBinary, ["rebuild", log.log, "--users", log.users, "-o", "one.sqlite", "--force"] + StreamTests.asOf,
        directory: folder.path)
      try #require(single.status == 0, "\(single.errors)")
      expected[log.name] = try ClusterTests.hash(folder.file("one.sqlite"))
      let loop = try run(
        "/bin/bash", ["-c", ClusterTests.loop, "loop", refoldBinary, log.log, log.users], directory: folder.path)
      #expect(loop.status == 0, "\(loop.errors)")
      #expect(try ClusterTests.hash(folder.file("merged.sqlite")) == expected[log.name], "\(log.name), in a shell")
    }
    expected["parquet"] = expected["csv"]
    #expect(expected["packed-csv"] == expected["csv"])
    expected["lines"] = expected["storm"]

    try FileManager.default.createDirectory(atPath: folder.file("work"), withIntermediateDirectories: false)
    let program = Fixtures.path("reducers/minimal/minimal-python.json")
    let script = Fixtures.directory.deletingLastPathComponent().path + "/Tests/SparkTests/cluster.py"
    let finished = try run(
      TestSpark.python,
      [script, refoldBinary, folder.file("work"), program, try ClusterTests.liveRows(folder)]
        + cases.map { "\($0.name)=\($0.log),\($0.users)" })
    try #require(finished.status == 0, "\(finished.errors)")
    let result = try JSONTree(parsing: Array(finished.output.utf8))
    for (name, hash) in expected { #expect(result["hashes"]?[name]?.string == hash, "\(name), on Spark") }
    #expect(result["hashes"]?.members?.count == expected.count)

    // The executor was killed once, and partition 1 was started at least twice.
    #expect(result["killed"]?.string == expected["storm"])
    #expect((result["killed_attempts"]?.number ?? 0) >= 2)
    #expect(
      result["failing"]?.string == "failed: partition 2/7: refold fold exited with status 2: refold: no room left")
    #expect(result["failing_left"] == .array([]))
    #expect(
      result["part_names"] == .array((0..<7).map { .string("part-0000\($0)-of-00007.sqlite") }))
    #expect(result["modes"] == .array([.string("0o600"), .string("0o700")]))
    #expect(result["attempts"]?["errors"] == .array([.string("the attempt was cut short")]))
    #expect(result["attempts"]?["always_whole"] == .bool(true))
    #expect(result["attempts"]?["left"] == .array([]))

    // Pieces: lost, doubled, cut off, of another run, damaged.
    #expect(
      result["pieces"]?.members?.compactMap(\.value.string) == [
        "", "partition 3/7: the piece of input split 1 is missing; there must be 2 pieces",
        "partition 3/7: the piece of input split 0 came twice",
        "partition 3/7: the piece of input split 1 is not whole",
        "partition 3/7: a piece that is not of this run came, of partition 3 and split 2",
        "partition 3/7: a piece that is not of this run came, of partition 4 and split 0",
      ])
    #expect(result["no_arrow"]?.string?.hasPrefix("pyarrow or pandas is not on the workers: pip install ") == true)
    #expect(result["damaged"]?.string?.hasPrefix("failed: partition ") == true)
    #expect(result["damaged"]?.string?.contains("is damaged") == true, "\(result["damaged"]?.string ?? "")")
    #expect(
      result["cut_off"]?.string?.contains("refold pack exited with status 2: refold: the input was cut off") == true)
    #expect(
      result["short"]?.string?.contains("refold pack exited with status 2: refold: log/0/short.ndjson.gz: ") == true,
      "\(result["short"]?.string ?? "")")
    #expect(
      result["live_pieces"]
        == .array([
          .string(""), .string("partition 3/7: the piece of input split 2 is missing; there must be 4 pieces"),
        ]))

    // A program that was sent, with the bytes of one that was not.
    let alone = try run(
      refoldBinary,
      [
        "rebuild", folder.file("events.csv"), "--users", Fixtures.path("cases/formats/users.csv"), "-o",
        "program.sqlite",
      ]
        + ["--reducers", program, "--quiet"] + StreamTests.asOf, directory: folder.path)
    #expect(alone.status == 0, "\(alone.errors)")
    #expect(result["program"]?.string == (try ClusterTests.hash(folder.file("program.sqlite"))))
    #expect(result["program_sent"] == .bool(true))
    #expect(
      result["program_outside"]?.string?.hasSuffix(
        "../count.py is not below the folder of the file, so it cannot be sent; put it on the workers at the same place as "
          + "here and say --reducers-on-workers") == true)
    try checkDiffs(result["diffs"], folder)
    let work = folder.file("work")
    #expect(
      result["malformed"]?.string
        == "failed: file://\(work)/short.csv: a record is malformed: it has not as many columns as the header, or a quote is "
        + "not closed; a refold rebuild of this file alone names the line")
    #expect(
      result["bare"]?.string
        == "no record of the log has metadata: it was not exported; export it too, or say --no-metadata")
    let taken = "is, or is below or above, what is read: an input is never an output"
    #expect(
      result["refused"]?.array?.map(\.string) == [
        "failed: \(work)/differences-parquet: already exists; --force replaces it",
        "failed: \(folder.file("live"))/live.csv \(taken)", "failed: \(folder.file("live")) \(taken)",
        "failed: \(work)/rows/projections: already exists; --force replaces it", "failed: --allow goes with --diff",
        "failed: /nowhere.json: no such file; --reducers takes TYPE=VERSION or the file of a reducer program",
        "failed: the live export has no column user_id (columns: 1); if it is a CSV, does it have a header?",
      ])

    // As Parquet: the rows of the snapshot, `data` byte for byte.
    #expect(result["rows"]?["projections"]?.number == 60)
    #expect(result["rows"]?["users"]?.number == 14)
    let rows: [String] = try Database(path: folder.file("one.sqlite"))
      .column("SELECT data FROM projections ORDER BY user_id, projection_type, key")
    try folder.write("data", rows.joined(separator: "\n").utf8)
    #expect(result["data"]?.string == (try ClusterTests.hash(folder.file("data"))))
  }

  /// The live rows of `diff/live` as NDJSON and as CSV, with texts that need quotes.
  static func liveRows(_ folder: ScratchFolder) throws -> String {
    for (name, rules) in [("one", #"{"ignore":["confidence"]}"#), ("two", #"{"allow":["behind","clock"]}"#)] {
      let place = folder.file("live/\(name)")
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      try folder.write("live/\(name)/rules.json", rules.utf8)
    }
    let lines = try Fixtures.lines(Fixtures.path("diff/live/live-projections.ndjson.gz"))
    try folder.write("live/live.ndjson", lines.joined(separator: [0x0A]))
    let columns = ["id", "user_id", "projection_type", "key", "data", "version", "last_event_id", "updated_at"]
    var csv = columns.joined(separator: ",") + "\n"
    for line in lines {
      let row = try JSONTree(parsing: line)
      let fields = columns.map { name in
        switch row[name] {
        case nil, .null: ""
        case .string(let text): "\"" + text.replacing("\"", with: "\"\"") + "\""
        case let value?:
          "\"" + String(decoding: value.canonicalBytes, as: UTF8.self).replacing("\"", with: "\"\"") + "\""
        }
      }
      csv += fields.joined(separator: ",") + "\n"
    }
    try folder.write("live/live.csv", csv.utf8)
    return folder.file("live")
  }

  /// Spark's diffs, of each form of the live rows, against one diff of everything.
  func checkDiffs(_ diffs: JSONTree?, _ folder: ScratchFolder) throws {
    let live = Fixtures.path("diff/live") + "/"
    let rebuilt = try run(
      refoldBinary,
      ["rebuild", live + "events.ndjson.gz", "--users", live + "users.ndjson", "-o", "live.sqlite", "--quiet"]
        + StreamTests.asOf, directory: folder.path)
    #expect(rebuilt.status == 0, "\(rebuilt.errors)")
    for form in ["ndjson", "parquet"] {
      // Parquet was written from the CSV.
      let single = try run(
        refoldBinary,
        ["diff", "live.sqlite", "live/live.\(form == "ndjson" ? form : "csv")", "--log", live + "events.ndjson.gz"]
          + ["--json", "--ndjson", "single.ndjson"]
          + (form == "parquet" ? ["one", "two"].flatMap { ["--rules", "live/\($0)/rules.json"] } : []),
        directory: folder.path)
      #expect(single.status == 1, "\(single.errors)")
      let diff = try #require(diffs?[form])
      #expect(diff["status"]?.number == 1)
      #expect(diff["agree"] == .bool(true))
      let summed = try #require(diff["report"])
      #expect(
        DiffPartitionTests.counts(of: summed)
          == DiffPartitionTests.counts(of: try JSONTree(parsing: Array(single.output.utf8))), "\(form)")
      // The digest is that of the snapshot, or of the part.
      func bare(_ line: String) throws -> String {
        let tree = try JSONTree(parsing: Array(line.utf8))
        return try #require(tree.members).filter { $0.key != "snapshot_digest" }.map { "\($0)" }.joined()
      }
      let alone = try Fixtures.lines(folder.file("single.ndjson")).map { try bare(String(decoding: $0, as: UTF8.self)) }
      let found = try #require(diff["differences"]?.array).map { try bare(try #require($0.string)) }
      #expect(!found.isEmpty && found == alone, "\(form)")
    }
  }

  static let loop = """
    for i in 0 1 2 3 4 5 6; do
      "$1" fold "$2" --users "$3" --as-of 2026-02-22T00:00:00Z --partition $i/7 -o part-$i.sqlite --force --quiet || exit
    done
    "$1" merge part-?.sqlite -o merged.sqlite --force --quiet
    """

  @Test("refold rebuild --engine spark: the same bytes; refuses an input as output, and an output that exists")
  func engine() throws {
    let folder = try ScratchFolder()
    let demo = Fixtures.path("demo")
    // With a reducer program, which the worker has at the same place.
    let program = Fixtures.path("reducers") + "/fitness.json"
    let rebuild =
      ["rebuild", demo + "/events.ndjson", "--users", demo + "/users.ndjson", "--quiet", "--reducers", program]
      + StreamTests.asOf
    let spark = ["--engine", "spark", "--master", "local[1]", "--partitions", "2"]
    func refold(_ more: [String], _ environment: [String: String] = [:]) throws -> FinishedProcess {
      try run(refoldBinary, rebuild + more, directory: folder.path, environment: environment)
    }
    let here = ["REFOLD_PYTHON": TestSpark.python]
    #expect(try refold(["-o", "one.sqlite"]).status == 0)
    let finished = try refold(
      [
        "-o", "spark.sqlite", "--conf", "spark.ui.enabled=false", "--conf", "spark.driver.host=127.0.0.1", "--conf",
        "spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1",
      ] + spark, here)
    #expect(finished.status == 0, "\(finished.errors)")
    #expect(folder.bytes("spark.sqlite") == folder.bytes("one.sqlite"))
    // A driver without pyarrow shuffles records as text.
    try folder.write("sitecustomize.py", "import sys; sys.modules['pyarrow'] = None".utf8)
    let without = here.merging(["PYTHONPATH": folder.path]) { $1 }
    let lines = try refold(["-o", "lines.sqlite", "--conf", "spark.driver.host=127.0.0.1"] + spark, without)
    #expect(lines.status == 0, "\(lines.errors)")
    #expect(folder.bytes("lines.sqlite") == folder.bytes("one.sqlite"))
    // Workers without pyarrow: the message says what to do.
    try folder.write(
      "sitecustomize.py",
      "import sys\nif 'pyspark.daemon' in sys.orig_argv: sys.modules['pyarrow'] = None\n".utf8)
    let lame = try refold(["-o", "lame.sqlite", "--conf", "spark.driver.host=127.0.0.1"] + spark, without)
    #expect(lame.status == 2)
    #expect(lame.errors.contains("refold: pyarrow or pandas is not on the workers: pip install "), "\(lame.errors)")
    let input = try run(
      refoldBinary,
      ["rebuild", "spark.sqlite", "-o", "spark.sqlite", "--force", "--format", "csv"] + StreamTests.asOf + spark,
      directory: folder.path, environment: here)
    #expect(input.status == 2 && input.errors.contains("an input is never an output"), "\(input.errors)")
    // The output exists: refused before Spark starts.
    let again = try refold(["-o", "spark.sqlite"] + spark, here)
    #expect(again.status == 2)
    #expect(again.errors.hasSuffix("refold: spark.sqlite: already exists; --force replaces it\n"), "\(again.errors)")
  }
}

/// Error messages of `--engine spark` where Spark cannot run. These tests do not need Spark.
@Suite("refold rebuild --engine spark without Spark")
struct NoSparkTests {
  private func refold(_ arguments: [String], _ environment: [String: String]) throws -> FinishedProcess {
    let folder = try ScratchFolder()
    let finished = try run(
      refoldBinary,
      ["rebuild", Fixtures.path("demo/events.ndjson"), "-o", "s.sqlite", "--engine", "spark"] + arguments,
      directory: folder.path, environment: environment)
    #expect(finished.status == 2)
    #expect(folder.names == [])
    return finished
  }

  @Test("no Python, no PySpark, no Java: each is named, with what to do")
  func missing() throws {
    #expect(
      try refold(StreamTests.asOf, ["REFOLD_PYTHON": "/nowhere/python3"]).errors
        == "refold: cannot start /nowhere/python3: no such file or directory; --engine spark needs Python 3.10 or newer "
        + "with pyspark: name it with REFOLD_PYTHON\n")
    let empty = try refold(StreamTests.asOf, ["REFOLD_PYTHON": "/usr/bin/python3", "PYTHONNOUSERSITE": "1"]).errors
    #expect(
      empty
        == "refold: Spark is not there (No module named 'pyspark'): /usr/bin/python3 -m pip install 'pyspark>=4.1', or name "
        + "a Python that has it: REFOLD_PYTHON=…\n")
    if TestSpark.isThere {
      #expect(
        try refold(StreamTests.asOf, ["REFOLD_PYTHON": TestSpark.python, "JAVA_HOME": "/nowhere"]).errors
          == "refold: Java is not there (not in JAVA_HOME=/nowhere): install a Java 17 runtime, on Debian "
          + "openjdk-17-jre-headless\n")
    }
  }

  @Test("options that a run on Spark cannot honour are refused")
  func options() throws {
    #expect(try refold([], [:]).errors.hasPrefix("Error: --engine spark needs --as-of: "))
    #expect(
      try refold(StreamTests.asOf + ["--json", "--quarantine", "q"], [:]).errors.hasPrefix(
        "Error: --quarantine, --json: not with --engine spark\n"))
    let local = try run(
      refoldBinary, ["rebuild", "x", "-o", "y", "--master", "local[2]"] + StreamTests.asOf)
    #expect(local.errors.hasPrefix("Error: --master, --partitions and --conf go with --engine spark\n"))
  }
}
