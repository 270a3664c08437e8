import Foundation
import ProcessSupport
import Testing

/// `fixtures/reducers/fitness.json` computes two of the built-in projections: what refold writes must be the same.
@Suite("the fitness reducers as a program")
struct FitnessProgramTests {
  private static let program = repository + "/fixtures/reducers/fitness.json"
  private static let asOf = "2026-02-22T00:00:00Z"
  private static let cases = repository + "/fixtures/cases/"

  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  /// What `refold digest` prints of a rebuild.
  private func digests(_ log: String, _ options: [String]) throws -> String {
    let snapshot = folder.file(UUID().uuidString + ".sqlite")
    let rebuilt = try refold(
      ["rebuild", log, "--as-of", FitnessProgramTests.asOf, "-o", snapshot, "--quiet"] + options)
    #expect(rebuilt.status == 0, "\(log) \(options): \(rebuilt.errors)")
    let printed = try refold(["digest", snapshot])
    #expect(printed.status == 0 && !printed.output.isEmpty, "\(printed.errors)")
    return printed.output
  }

  private func refold(_ arguments: [String]) throws -> FinishedProcess {
    try run(refoldBinary, arguments, directory: folder.path, environment: ProgramLab.environment)
  }

  private static let program1 = ["--reducers", program, "--threads", "1"]

  private static func users(_ name: String) -> [String] { ["--users", cases + name + "/users.ndjson"] }

  @Test(
    "every recorded case has the same rows, failures and last events",
    arguments: [
      "blank-exercise-id", "days", "edges", "formats", "hostile", "ids", "limits", "loads", "number-too-long",
      "realistic", "storm", "sums", "text", "ties",
    ])
  func recorded(name: String) throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: FitnessProgramTests.cases + name)
    let log = try #require(files.first { $0.hasPrefix("events.ndjson") })
    let path = FitnessProgramTests.cases + name + "/" + log
    let users = FitnessProgramTests.users(name)
    let own = try digests(path, users)
    for part in ["digest.projections.objective_state", "digest.failures", "digest.last_event_ids"] {
      #expect(own.contains(part))
    }
    #expect(try digests(path, users + FitnessProgramTests.program1) == own)
    #expect(try digests(path, users + ["--reducers", FitnessProgramTests.program, "--threads", "3"]) == own)
  }

  @Test(
    "every form of a log, any number of threads, little memory and any order of the lines", .serialized,
    arguments: [
      ["events.ndjson.gz", "--threads", "2"], ["events.csv.gz", "--threads", "3"],
      ["events.tsv.gz", "--threads", "2", "--memory", "8M"], ["dump.sql.gz"],
      ["shuffled.ndjson", "--threads", "3", "--memory", "8M"],
      ["reversed.ndjson", "--threads", "1"],
    ])
  func forms(arguments: [String]) throws {
    let formats = FitnessProgramTests.cases + "formats/"
    var log = formats + arguments[0]
    let users = FitnessProgramTests.users("formats")
    if arguments[0].hasSuffix("d.ndjson") {
      let text = try run("/usr/bin/env", ["gzip", "-dc", formats + "events.ndjson.gz"]).output
      var lines = text.split(separator: "\n")
      if arguments[0] == "shuffled.ndjson" { lines.shuffle() } else { lines.reverse() }
      try folder.write(arguments[0], lines.joined(separator: "\n").utf8)
      log = folder.file(arguments[0])
    }
    let own = try digests(formats + "events.ndjson.gz", users)
    #expect(try digests(log, users + ["--reducers", FitnessProgramTests.program] + arguments.dropFirst()) == own)
  }

  @Test("diff --log names the same causes for each recorded live row, in the same bytes")
  func causes() throws {
    let live = repository + "/fixtures/diff/live/"
    var written: [Data] = []
    for (name, options) in [("own", []), ("program", ["--reducers", FitnessProgramTests.program])] {
      let rebuilt = try refold(
        [
          "rebuild", live + "events.ndjson.gz", "--users", live + "users.ndjson", "--as-of", FitnessProgramTests.asOf,
          "-o", name + ".sqlite", "--quiet",
        ] + options)
      #expect(rebuilt.status == 0, "\(rebuilt.errors)")
      let compared = try refold(
        [
          "diff", name + ".sqlite", live + "live-projections.ndjson.gz", "--log", live + "events.ndjson.gz", "--ndjson",
          name + ".ndjson", "--quiet",
        ] + options)
      #expect(compared.status == 1, "\(compared.errors)")
      written.append(try #require(folder.bytes(name + ".ndjson")))
    }
    #expect(written[0].count > 10_000)
    #expect(written[0] == written[1])
  }

  /// The checked-in README promises this of the examples.
  @Test("the smallest programs, in Python and Perl, write the same rows")
  func smallest() throws {
    let demo = repository + "/fixtures/demo/"
    var rows: [[Substring]] = []
    for language in ["python", "perl"] {
      let folded = try refold([
        "fold", demo + "events.ndjson", "--users", demo + "users.ndjson", "--as-of", FitnessProgramTests.asOf,
        "--quiet",
        "--threads", "2", "--reducers", "\(repository)/fixtures/reducers/minimal/minimal-\(language).json",
      ])
      #expect(folded.status == 0, "\(folded.errors)")
      rows.append(
        folded.output.split(separator: "\n").filter { $0.contains(#""projection_type":"event_count""#) }.sorted())
    }
    #expect(rows[0].count > 3)
    #expect(rows[0] == rows[1])
  }
}
