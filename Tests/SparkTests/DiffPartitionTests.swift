import Foundation
import JSONTape
import ProcessSupport
import TestSupport
import Testing

/// Partitions.md: differences of partitions add up to those of one diff.
@Suite("diff --partition")
struct DiffPartitionTests {
  /// The members of a report that add up, and without times.
  static func counts(of report: JSONTree) -> [JSONTree.Member]? {
    let apart: Set = [
      "snapshot", "live", "partition", "patterns", "fields", "performance", "inputs", "differences", "differences_cut",
    ]
    return report.members?.filter { !apart.contains($0.key) }
  }

  func counts(_ text: String) throws -> [JSONTree.Member] {
    try #require(DiffPartitionTests.counts(of: try JSONTree(parsing: Array(text.utf8))))
  }

  @Test("the reports of all partitions add up to the single run's, from whole and from partial snapshots")
  func addUp() throws {
    let folder = try ScratchFolder()
    let live = Fixtures.path("diff/live") + "/"
    let (log, users, export) = (live + "events.ndjson.gz", live + "users.ndjson", folder.file("live.ndjson"))
    // Rows of other types, and lines with failures, are counted only once too.
    var lines = try Fixtures.lines(live + "live-projections.ndjson.gz")
    for (number, user) in ["721fe3fa-9d4e-45a5-9be2-9385933bc7c9", StreamTests.user, StreamTests.foreign].enumerated() {
      lines.append(Array(#"{"user_id":"\#(user)","projection_type":"other","key":"k","data":{}}"#.utf8))
      lines.append(Array(#"{"user_id":"\#(user)","projection_type":"objective_state","failure":{"code":"x"}}"#.utf8))
      if number == 0 { lines.append(Array(#"{"failure":{"code":"x"}}"#.utf8)) }
    }
    try folder.write("live.ndjson", lines.joined(separator: [0x0A]))
    func refold(_ arguments: [String], status: Int32) throws -> String {
      let finished = try run(refoldBinary, arguments, directory: folder.path)
      #expect(finished.status == status, "\(arguments): \(finished.errors)")
      return finished.output
    }
    let asOf = StreamTests.asOf + ["--quiet"]
    _ = try refold(["rebuild", log, "--users", users, "-o", "whole.sqlite"] + asOf, status: 0)
    let single = try counts(try refold(["diff", "whole.sqlite", export, "--log", log, "--json"], status: 1))
    for count in [1, 3] {
      _ = try refold(
        ["pack", log, "--users", users, "--split", "\(count)", "-o", "pieces-\(count)", "--quiet"], status: 0)
      for (isPart, isSplit) in [(false, false), (true, false), (true, true), (false, true)] {
        var reports: [String] = []
        for index in 0..<count {
          var snapshot = ["whole.sqlite", "--partition", "\(index)/\(count)"]
          let log = isSplit ? "pieces-\(count)/part-\(index).refold" : log
          if isPart {
            snapshot = ["part-\(index)-\(count).sqlite"]
            _ = try refold(
              ["fold", log, "--users", users, "--partition", "\(index)/\(count)", "-o", snapshot[0], "--force"] + asOf,
              status: 0)
          }
          let report = try refold(["diff", export, "--log", log, "--json"].inserting(snapshot, at: 1), status: 1)
          try folder.write("report-\(index).json", report.utf8)
          reports.append("report-\(index).json")
        }
        let sum = try refold(["merge", "--reports", "--json"] + reports, status: 1)
        #expect(try counts(sum) == single, "\(count) partitions, partial: \(isPart), log in pieces: \(isSplit)")
        let peak = try JSONTree(parsing: Array(sum.utf8))["performance"]?["peak_memory_bytes"]?.number
        #expect(try #require(peak) > 1_048_576)
      }
    }
    let lacking = try run(
      refoldBinary, ["merge", "--reports", "report-0.json", "report-2.json"], directory: folder.path)
    #expect(lacking.status == 2)
    #expect(lacking.errors == "refold: partition 1/3 is missing\n")
    let other = try run(
      refoldBinary, ["diff", "part-1-3.sqlite", export, "--partition", "0/3"], directory: folder.path)
    #expect(other.status == 2)
    #expect(other.errors == "refold: part-1-3.sqlite is partition 1/3, not 0/3\n")
    // A live export that was split by another hash.
    let foreign = try run(
      refoldBinary, ["diff", "part-1-3.sqlite", export, "--partitioned-live"], directory: folder.path)
    #expect(foreign.status == 2)
    #expect(
      foreign.errors.hasSuffix("live.ndjson:1 (byte 0): user_id: a user that is not of partition 1/3\n"),
      "\(foreign.errors)")
    for (arguments, error) in [
      (["whole.sqlite", export, "--partitioned-live"], "--partitioned-live needs a partial snapshot, or --partition"),
      (["part-1-3.sqlite", export, "--log", "pieces-3/part-2.refold"], "is a piece of partition 2/3, not 1/3"),
      (
        ["whole.sqlite", export, "--log", "pieces-3"],
        "refold fold --partition 0/3 reads it, and refold diff of the part"
      ),
    ] {
      let refused = try run(refoldBinary, ["diff"] + arguments, directory: folder.path)
      #expect(refused.status == 2 && refused.errors.contains(error), "\(refused.errors)")
    }
    // A part cannot give figures about all users.
    #expect(try run(refoldBinary, ["verify", "part-1-3.sqlite"], directory: folder.path).status == 2)
  }
}

extension [String] {
  fileprivate func inserting(_ words: [String], at index: Int) -> [String] {
    Array(self[..<index]) + words + Array(self[index...])
  }
}
