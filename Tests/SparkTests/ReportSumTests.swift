import Foundation
import JSONTape
import ProcessSupport
import TestSupport
import Testing

/// Partitions.md: what the sum of reports refuses, and what it gives for parts without rows.
@Suite("merge --reports")
struct ReportSumTests {
  private let folder: ScratchFolder
  private let log: String
  private let live: String

  init() throws {
    folder = try ScratchFolder()
    let fixtures = Fixtures.path("diff/live") + "/"
    log = fixtures + "events.ndjson.gz"
    live = fixtures + "live-projections.ndjson.gz"
    let rebuilt = try refold(
      ["rebuild", log, "--users", fixtures + "users.ndjson", "-o", "whole.sqlite", "--quiet"] + StreamTests.asOf)
    #expect(rebuilt.status == 0)
  }

  private func refold(_ arguments: [String]) throws -> FinishedProcess {
    try run(refoldBinary, arguments, directory: folder.path)
  }

  /// Diffs one of two partitions and returns the report.
  private func report(_ index: Int, _ live: String? = nil, _ options: [String] = []) throws -> JSONTree {
    let finished = try refold(
      ["diff", "whole.sqlite", live ?? self.live, "--partition", "\(index)/2", "--json", "--allow", "none"] + options)
    return try JSONTree(parsing: Array(finished.output.utf8))
  }

  private func sum(_ reports: [JSONTree]) throws -> FinishedProcess {
    let names = try reports.enumerated().map { index, report in
      try folder.write("report-\(index).json", Array(report.pretty.utf8))
      return "report-\(index).json"
    }
    return try refold(["merge", "--reports", "--json"] + names)
  }

  @Test("a partition without rows is marked and is not a failure; a sum of nothing is trouble")
  func emptyParts() throws {
    let rows = try Fixtures.lines(live).map { try JSONTree(parsing: $0) }
    let user = try #require(rows.first?["user_id"]?.string)
    var statuses: [Int32] = []
    var verdicts: [String] = []
    var reports: [JSONTree] = []
    for index in 0..<2 {
      let finished = try refold(
        ["diff", "whole.sqlite", "whole.sqlite", "--user", user, "--partition", "\(index)/2", "--json"])
      statuses.append(finished.status)
      reports.append(try JSONTree(parsing: Array(finished.output.utf8)))
      verdicts.append(reports[index]["verdict"]?.string ?? "")
    }
    #expect(statuses == [0, 0] && verdicts.sorted() == ["empty_part", "same"])
    #expect(try sum(reports).status == 0)
    let covered = try refold(
      [
        "diff", "whole.sqlite", "whole.sqlite", "--user", user, "--partition",
        "\(verdicts[0] == "same" ? 1 : 0)/2", "--min-coverage", "100%",
      ])
    #expect(covered.status == 0, "\(covered.errors)")
    let empty = try #require(verdicts.firstIndex(of: "empty_part"))
    let text = try refold(
      ["diff", "whole.sqlite", "whole.sqlite", "--user", user, "--partition", "\(empty)/2"]).output
    #expect(text.contains("nothing compared") && !text.contains("\nsame\n"))

    let nobody = "00000000-0000-4000-8000-00000000000f"
    let nothing = try (0..<2).map { try report($0, nil, ["--user", nobody]) }
    #expect(nothing.allSatisfy { $0["verdict"]?.string == "empty_part" })
    let total = try sum(nothing)
    #expect(total.status == 2 && total.errors.contains("nothing was compared"))
  }

  @Test("reports of other filters, rules, limits, snapshots or live rows are not added up")
  func otherDiffs() throws {
    let first = try report(0)
    #expect(try sum([first, try report(1)]).status == 1)
    var half = try Fixtures.lines(live)
    half.removeLast(half.count / 2)
    try folder.write("half.ndjson", half.joined(separator: [0x0A]))
    for (options, place) in [
      (["--only", "objective_state"], "inputs.projections"), (["--user", StreamTests.user], "inputs.users"),
      (["--ignore", "confidence"], "inputs.rules"), (["--tolerance", "confidence=0.1"], "inputs.rules"),
      (["--max-changed", "9"], "max_changed"), (["--log", log], "log.given"),
      (["--bookkeeping", "version"], "bookkeeping_asked"), (["--redact"], "redacted"),
      (["--accept", "/dev/null"], "accept"), (["--history", folder.file("runs.sqlite")], "since"),
    ] {
      let refused = try sum([first, try report(1, nil, options)])
      #expect(refused.status == 2 && refused.errors.contains("their \(place) differs"), "\(options) \(refused.errors)")
    }
    var other = first
    other = other.setting(["inputs", "snapshot", "digest"], .string("00"))
    #expect(try sum([other, try report(1)]).errors.contains("their inputs.snapshot.digest differs"))
    // Each report may have its own live export. If two share one, a third one must share it too.
    #expect(try sum([first, try report(1, "half.ndjson")]).status == 1)
    let thirds = try [("0/3", live), ("1/3", live), ("2/3", "half.ndjson")].map { partition, live in
      let arguments = ["diff", "whole.sqlite", live, "--partition", partition, "--json"]
      return try JSONTree(parsing: Array(try refold(arguments).output.utf8))
    }
    let mixed = try sum(thirds)
    #expect(mixed.status == 2 && mixed.errors.contains("are of one live export"))
  }

  @Test("a report with a missing member, or with contradictory figures, is damaged")
  func damage() throws {
    let (first, second) = (try report(0), try report(1))
    // Members that are not added up may be missing.
    let unread: Set = [
      "snapshot", "acceptable", "verdict", "result", "failed_checks", "unjudged", "unacceptable_columns", "patterns",
      "fields",
      "differences", "differences_cut", "trend",
    ]
    for member in try #require(second.members) where !unread.contains(member.key) {
      for damaged in [second.setting([member.key], nil), second.setting([member.key], .string("?"))] {
        let refused = try sum([first, damaged])
        #expect(refused.status == 2 && !refused.errors.isEmpty, "\(member.key)")
      }
    }
    for path in [
      ["rows", "equal"], ["projections", "objective_state/active", "causes", "changed"], ["users", "live_only"],
      ["bookkeeping_absent", "id"], ["inputs", "rules"], ["inputs", "live"],
    ] {
      #expect(try sum([first, second.setting(path, nil)]).status == 2, "\(path)")
    }
    #expect(try sum([first, second.setting(["rows", "equal"], .integer(7))]).status == 2)
    #expect(try sum([first, second.setting(["projections", "objective_state/active"], nil)]).status == 2)
    for (key, value) in [("unacceptable_rows", -1), ("unacceptable_rows", 0), ("excused_rows", 1_000_000)] {
      #expect(try sum([first, second.setting([key], .integer(Int64(value)))]).status == 2, "\(key) \(value)")
    }
  }
}

extension JSONTree {
  /// The object with another value at a path of keys; `nil` removes the member.
  fileprivate func setting(_ path: [String], _ value: JSONTree?) -> JSONTree {
    guard let key = path.first, let members else { return self }
    return .object(
      members.compactMap { member in
        if member.key != key { return member }
        let new = path.count == 1 ? value : member.value.setting(Array(path.dropFirst()), value)
        return new.map { Member(key, $0) }
      })
  }
}
