import Fitness
import JSONTape
import ProcessSupport
import TestSupport
import Testing

/// `--over-time`, `--influence` and `--live`, run as a process.
@Suite("explain: moves, the command")
struct MovesCommandTests {
  private let projection = "capability_estimation/strength_1rm"

  private func log(_ folder: TemporaryFolder) throws -> String {
    try folder.write(
      "events.ndjson", try FoldedHistory.records(MovesTests.history).map { $0 + "\n" }.joined())
  }

  /// Live rows as they were at an instant, in NDJSON.
  private func live(at instant: String, change: (String) -> String = { $0 }) throws -> String {
    let row = try #require(try explained(MovesTests.history, asOf: instant, storedBy: instant).row("strength_1rm"))
    let data = change(String(decoding: row.canonicalBytes, as: UTF8.self))
    return """
      {"user_id":"\(FoldedHistory.user)","projection_type":"capability_estimation","key":"strength_1rm",\
      "updated_at":"\(instant)","data":\(data)}

      """
  }

  private func explain(_ log: String, _ arguments: [String]) throws -> FinishedProcess {
    try run(refoldBinary, ["explain", log, "--user", FoldedHistory.user] + arguments)
  }

  @Test("the text names the largest moves and counts what changed nothing")
  func text() throws {
    let folder = try TemporaryFolder()
    let finished = try explain(
      try log(folder), ["--only", projection, "--over-time", "--as-of", "2026-02-22T00:00:00Z"])
    #expect(finished.status == 0 && finished.errors == "")
    let output = finished.output
    #expect(output.contains("  5 events changed it, 1 changed nothing; it does not depend on 1 more event\n"))
    #expect(output.contains("  largest moves of estimate.mean\n    116.8333 → 93.6733  (-23.16)  2026-01-07T10:00:00"))
    #expect(output.contains("← largest move\n      estimate.mean  116.8333 → 93.6733  (-23.16)\n"))
    #expect(output.contains("      no row → row\n") && !output.contains("EVENTS\n"))
    #expect(!output.contains("generated_at"))
    let influence = try explain(
      try log(folder), ["--only", projection, "--influence", "--as-of", "2026-02-22T00:00:00Z"]
    ).output
    #expect(influence.contains("  5 events matter, 1 changes nothing; it does not depend on 1 more event\n"))
    #expect(influence.contains("      estimate.mean  116.8333 → 117.6667  (+0.8334)\n"))
  }

  @Test("JSON has the documented members, beside those that were there before")
  func json() throws {
    let folder = try TemporaryFolder()
    let log = try log(folder)
    let tree = try JSONTree(
      parsing: Array(try explain(log, ["--only", projection, "--over-time", "--influence", "--json"]).output.utf8))
    #expect(tree["events"]?.array?.count == 6 && tree["projections"]?.array?.count == 1 && tree["live"] == nil)
    let time = try #require(tree["over_time"]?.array?.first)
    #expect(
      time.members?.map(\.key) == [
        "projection_type", "key", "as_of", "number", "other_events", "stored_order", "own_time",
      ])
    #expect(
      time["stored_order"]?.members?.map(\.key) == [
        "events", "unchanged", "grouped", "cancelled", "folds", "complete", "largest", "steps", "finally",
      ])
    let steps = try #require(time.at("stored_order.steps")?.array)
    let largest = try #require(time.at("stored_order.largest")?.array?.first?.number)
    let step = steps[Int(largest)]
    #expect(step.at("event.id")?.string == FoldedHistory.id(6) && step["events"]?.number == 1)
    let value = try #require(step.at("by_events.values")?.array?.first { $0["path"]?.string == "estimate.mean" })
    #expect(value["before"]?.number == 116.8333 && value["after"]?.number == 93.6733)
    #expect(value["difference"]?.number == 93.6733 - 116.8333)
    #expect(steps.first?.at("by_events.row.before")?.string == "no_row")
    let influence = try #require(tree["influence"]?.array?.first)
    #expect(
      influence.members?.map(\.key) == [
        "projection_type", "key", "number", "events", "tried", "other_events", "moving",
      ])
    #expect(influence["moving"]?.array?.first?.at("event.id")?.string == FoldedHistory.id(5))
    let plain = try JSONTree(parsing: Array(try explain(log, ["--only", projection, "--json"]).output.utf8))
    #expect(plain["over_time"] == nil && plain["influence"] == nil)
  }

  @Test("at the live row's instant, with the events it saw, the computed row equals it")
  func liveInstant() throws {
    let folder = try TemporaryFolder()
    let log = try log(folder)
    let export = try folder.write("live.ndjson", try live(at: "2026-01-07T10:30:00+00:00"))
    let finished = try explain(log, ["--only", projection, "--live", export])
    #expect(finished.status == 0 && finished.errors == "")
    #expect(finished.output.contains("2026-01-07T10:30:00+00:00  (the instant in the live row)\n"))
    #expect(finished.output.contains("2026-01-07T10:30:00+00:00  (the live row's updated_at)\n"))
    #expect(finished.output.contains("  equal to the row computed at its instant\n"))
    // The retraction was stored later.
    #expect(finished.output.contains("stored later, at 2026-01-07T11:00:00+00:00"))
    let tree = try JSONTree(
      parsing: Array(try explain(log, ["--only", projection, "--live", export, "--over-time", "--json"]).output.utf8))
    #expect(tree["as_of_source"]?.string == "live row" && tree["stored_by"]?.string == "2026-01-07T10:30:00+00:00")
    #expect(tree.at("live.equal") == .bool(true) && tree.at("live.updated_at_counts") == .bool(true))
    #expect(tree["over_time"]?.array?.first?.at("stored_order.events")?.number == 5)
  }

  @Test("a live row that differs is shown beside the computed one")
  func liveDiffers() throws {
    let folder = try TemporaryFolder()
    let log = try log(folder)
    let export = try folder.write(
      "live.ndjson", try live(at: "2026-01-07T10:30:00+00:00") { $0.replacing("93.6733", with: "94.5") })
    let finished = try explain(log, ["--only", projection, "--live", export])
    #expect(finished.status == 0)
    #expect(finished.output.contains("  differs from the row computed at its instant in 1 field (computed → live)\n"))
    #expect(finished.output.contains("    estimate.mean: 93.6733 → 94.5\n"))
    // An updated_at long after the instant says nothing about the events that the row saw.
    let later = try folder.write(
      "later.ndjson",
      try live(at: "2026-01-07T10:30:00+00:00").replacing(
        #""updated_at":"2026-01-07T10:30:00+00:00""#, with: #""updated_at":"2026-01-09T10:30:00+00:00""#))
    let output = try explain(log, ["--only", projection, "--live", later]).output
    #expect(
      output.contains(
        "is over a minute later than the instant in it: the events stored by the instant in it take part\n"))
    // As in diff, the row saw the events stored by its own instant.
    #expect(output.contains("  equal to the row computed at its instant\n"))
  }

  @Test("no such live row, two of them, and wrong usage are trouble")
  func trouble() throws {
    let folder = try TemporaryFolder()
    let log = try log(folder)
    let row = try live(at: "2026-01-07T10:30:00+00:00")
    let export = try folder.write("live.ndjson", row)
    let twice = try folder.write("twice.ndjson", row + row)
    let empty = try folder.write("other.ndjson", row.replacing("0b1c2d3e", with: "0b1c2d3f"))
    let cases: [(arguments: [String], message: String)] = [
      (["--only", projection, "--live", twice], "is there 2 times"),
      (["--only", projection, "--live", empty], "holds no row of user"),
      (["--only", "objective_state/active", "--live", export], "holds no row objective_state/active of user"),
      (["--only", "capability_estimation", "--live", export], "--live needs one projection"),
      (["--live", export], "--live needs the projection whose live row it is: --only TYPE/KEY"),
      (
        ["--only", projection, "--live", export, "--as-of", "2026-01-01T00:00:00Z"], "leave out --as-of and --stored-by"
      ),
      (
        ["--only", projection, "--live", export, "--stored-by", "2026-01-01T00:00:00Z"],
        "leave out --as-of and --stored-by"
      ),
      (["--only", projection, "--live", folder.path + "/missing"], "missing"),
    ]
    for (arguments, message) in cases {
      let finished = try explain(log, arguments)
      #expect(finished.status == 2 && finished.output == "", "\(arguments)")
      #expect(finished.errors.contains(message), "\(arguments): \(finished.errors)")
    }
  }
}
