import Foundation
import JSONTape
import ProcessSupport
import Testing

/// Versions, from the log to a case. The live rows of the recording were written by v1; the example folds v2.
@Suite("versions: diff, witness and cases")
struct VersionTests {
  private static let log = Program.fixture("diff/live/events.ndjson.gz")
  private static let live = Program.fixture("diff/live/live-projections.ndjson.gz")
  private static let asOf = ["--as-of", "2026-02-22T00:00:00Z"]

  private func witness(_ arguments: [String], to folder: String) throws -> FinishedProcess {
    try Program.run(
      "refold-example",
      ["witness", VersionTests.log, "--live", VersionTests.live, "--limit", "2", "-o", folder]
        + VersionTests.asOf + arguments)
  }

  @Test("a row that the previous version wrote is witnessed with that cause, and its case is green")
  func witnessOfVersion() throws {
    let folder = try ScratchFolder()
    let made = try witness(
      ["--cause", "version", "--only", "capability_estimation/strength_1rm"], to: folder.file("cases"))
    #expect(made.status == 0, "\(made.errors)")
    let run = try Program.run("refold-example", ["check", folder.file("cases")])
    #expect(run.status == 0 && run.output.contains("2 cases: 2 ok"), "\(run.output)")
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.file("cases")) {
      let json = try JSONTree(parsing: Array(try #require(folder.bytes("cases/\(name)/case.json"))))
      #expect(json["expected"]?["differences"]?.array?.first?["causes"] == .array([.string("version")]))
      #expect(json["reducers"] == nil)
      let why = String(decoding: try #require(folder.bytes("cases/\(name)/why.md")), as: UTF8.self)
      #expect(why.contains("by `capability_estimation.v1`") && why.contains("Nothing is guessed."))
    }
  }

  @Test("a witness of an older version names the version in the case and in its commands")
  func caseOfVersion() throws {
    let folder = try ScratchFolder()
    let made = try witness(
      ["--cause", "changed", "--only", "capability_estimation", "--reducers", "capability_estimation=v1"],
      to: folder.file("cases"))
    #expect(made.status == 0, "\(made.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("cases"))
    #expect(names.count == 2)
    for name in names {
      let json = try JSONTree(parsing: Array(try #require(folder.bytes("cases/\(name)/case.json"))))
      #expect(json["reducers"] == .object([.init("capability_estimation", .string("capability_estimation.v1"))]))
      let why = String(decoding: try #require(folder.bytes("cases/\(name)/why.md")), as: UTF8.self)
      #expect(why.contains("refold rebuild events.ndjson --reducers capability_estimation=capability_estimation.v1 "))
    }
    #expect(try Program.run("refold-example", ["check", folder.file("cases")]).status == 0)
    // refold itself has only that version.
    #expect(try Program.run("refold", ["check", folder.file("cases")]).status == 0)
  }

  @Test("changed rows are compared with the version of the reducer that wrote them")
  func nearestVersion() throws {
    let folder = try ScratchFolder()
    let rebuilt = try Program.run(
      "refold-example", ["rebuild", VersionTests.log, "-o", folder.file("s"), "--quiet"] + VersionTests.asOf)
    #expect(rebuilt.status == 0, "\(rebuilt.errors)")
    let diff = try Program.run(
      "refold-example",
      ["diff", folder.file("s"), VersionTests.live, "--log", VersionTests.log, "--ndjson", folder.file("d"), "--quiet"])
    #expect(diff.status == 1, "\(diff.errors)")
    var causes: [String: Int] = [:]
    for line in try #require(folder.bytes("d")).split(separator: 0x0A) {
      let record = try JSONTree(parsing: Array(line))
      guard record["projection_type"]?.string == "capability_estimation" else { continue }
      for cause in try #require(record["causes"]?.array) { causes[try #require(cause.string), default: 0] += 1 }
      let paths = try #require(record["paths"]?.array).compactMap(\.string)
      if record["causes"] == .array([.string("changed")]) {
        #expect(record["version"]?["nearest_to"]?.string == "capability_estimation.v1")
        #expect(!paths.contains("model_version"))
      }
      if record["version"]?["equal_under"] != nil {
        #expect(record["version"]?["stamped"] == .bool(true) && paths.contains("model_version"))
      }
    }
    #expect(causes["version", default: 0] > 100 && causes["changed", default: 0] > 0)
    #expect(causes["unexplained"] == nil)
  }
}
