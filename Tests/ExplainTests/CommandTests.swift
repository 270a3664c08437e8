import Fitness
import Folding
import JSONTape
import ProcessSupport
import TestSupport
import Testing

/// The command, run as a process.
@Suite("explain: the command")
struct CommandTests {
  private let history = """
    #1 preference.set 01-01T10:00 {"key": "timezone", "value": "Europe/Berlin"}
    2×#2 set.logged 01-05T10:00 {"weight_kg": 100, "reps": 5, "rir": 2}
    #3 set.logged 01-05T10:10 {"weight_kg": 80, "reps": 8, "rpe": 8.5, "equipment_profile": "Home\\u001b Rack"}
    #4 set.corrected 01-05T11:00 {"target_event_id": "@2", "changed_fields": {"reps": 4}}
    #5 session.logged 01-06T10:00 {"blocks": [{"block_type": "strength_set", "dose": {"repeats": 2, "work": {"reps": 3}}, "metrics": {"weight_kg": {"value": 110}}}]}
    #6 set.logged 01-07T10:00 {"weight_kg": 1, "reps": 1}
    #7 event.retracted 01-07T11:00 {"retracted_event_id": "@6"}
    #8 coffee.drunk 01-08T10:00 {}
    """

  private func log(_ folder: TemporaryFolder) throws -> String {
    try folder.write("events.ndjson", try FoldedHistory.records(history).map { $0 + "\n" }.joined())
  }

  @Test("--quarantine writes what a rebuild sets aside, and leaves the same records out; --max-bad limits them")
  func quarantine() throws {
    let folder = try TemporaryFolder()
    let records = try FoldedHistory.records(history)
    let other = "0b1c2d3e-0000-4000-8000-00000000000b"
    // Another user has an event with the id of a set; and a record of each user is no event.
    let conflict = records[3].replacing(FoldedHistory.user, with: other)
    let broken = [FoldedHistory.user, other].map { "{\"id\":1,\"user_id\":\"\($0)\"}" }
    let text = (records + [conflict] + broken).map { $0 + "\n" }.joined()
    _ = try folder.write("events.ndjson", text)
    func refold(_ arguments: String...) throws -> FinishedProcess {
      try run(refoldBinary, arguments, directory: folder.path)
    }
    let user = ["explain", "events.ndjson", "--user", FoldedHistory.user, "--json"]
    let plain = try run(refoldBinary, user, directory: folder.path)
    let left = try run(refoldBinary, user + ["--quarantine", "bad.ndjson", "--quiet"], directory: folder.path)
    #expect(plain.status == 0 && left.status == 0, "\(left.errors)")
    #expect(left.errors == "4 malformed records of the log left out\n")
    let rebuilt = try refold("rebuild", "events.ndjson", "-o", "s.sqlite", "--quarantine", "rebuilt.ndjson", "--quiet")
    #expect(rebuilt.status == 0)
    #expect(try Fixtures.bytes(folder.file("bad.ndjson")) == Fixtures.bytes(folder.file("rebuilt.ndjson")))

    /// The outcome of each record in the file.
    func outcomes(_ finished: FinishedProcess) throws -> [String: String] {
      let json = try JSONTree(parsing: Array(finished.output.utf8))
      let entries = (json["events"]?.array ?? []).map {
        ("\($0["position"]?["line"]?.number ?? 0)", $0["disposition"]?.string ?? "")
      }
      return Dictionary(entries) { first, _ in first }
    }
    let (before, after) = (try outcomes(plain), try outcomes(left))
    #expect(before["4.0"] == "folded" && after["4.0"] == "malformed", "\(before) \(after)")
    #expect(before.filter { $0.key != "4.0" } == after.filter { $0.key != "4.0" })
    #expect(after["11.0"] == "malformed")

    // Without the option, nothing is written; an existing file, an input and a pipe are refused.
    for (arguments, reason) in [
      (["--quarantine", "bad.ndjson"], "bad.ndjson"), (["--quarantine", "events.ndjson", "--force"], "is read"),
      (["--max-bad", "1"], "--max-bad goes with --quarantine"),
    ] {
      let refused = try run(refoldBinary, user + arguments, directory: folder.path)
      #expect(refused.status == 2 && refused.output == "" && refused.errors.contains(reason), "\(refused.errors)")
    }
    let piped = try run(
      "/bin/sh",
      ["-c", "\"$0\" explain - --user \(FoldedHistory.user) --quarantine p.ndjson < events.ndjson", refoldBinary],
      directory: folder.path)
    #expect(piped.status == 2 && piped.errors.contains("name a file instead"))
    let limited = try run(
      refoldBinary, user + ["--quarantine", "over.ndjson", "--max-bad", "3"], directory: folder.path)
    #expect(limited.status == 2 && limited.output == "" && limited.errors.contains("over.ndjson"))
    #expect(try Fixtures.bytes(folder.file("over.ndjson")) == Fixtures.bytes(folder.file("rebuilt.ndjson")))
    #expect(folder.names == ["bad.ndjson", "events.ndjson", "over.ndjson", "rebuilt.ndjson", "s.sqlite"])
  }

  @Test("the complete text for people")
  func text() throws {
    let folder = try TemporaryFolder()
    _ = try log(folder)
    let finished = try run(
      refoldBinary,
      [
        "explain", "events.ndjson", "--user", FoldedHistory.user, "--as-of", "2026-02-22T00:00:00Z",
        "--only", "capability_estimation/strength_1rm",
      ], directory: folder.path)
    #expect(finished.status == 0 && finished.errors == "")
    #expect(
      finished.output.replacing("00000000-0000-4000-8000-00000000000", with: "…") == #"""
        user                           0b1c2d3e-0000-4000-8000-00000000000a
        as of                          2026-02-22T00:00:00+00:00
        projection                     capability_estimation/strength_1rm
        records of the user            9
          folded                       6
          retracted                    1
          repeat another record        1
          no reducer reads their type  1
          not shown: not relevant      1

        EVENTS
        2026-01-01T10:00:00+00:00  preference.set   …1  events.ndjson:1  folded
            time zone: days are counted in Europe/Berlin
        2026-01-05T10:00:00+00:00  set.logged       …2  events.ndjson:2  folded
            reps: 5 → 4 by correction 1
            row: strength by rule 6, load or reps > 0
              strength_1rm: 100 kg × (1 + (4 + 2 explicit) / 30) = 120, group strength:unspecified
        2026-01-05T10:00:00+00:00  set.logged       …2  events.ndjson:3  repeats events.ndjson:2
        2026-01-05T10:10:00+00:00  set.logged       …3  events.ndjson:4  folded
            row: strength by rule 6, load or reps > 0
              strength_1rm: 80 kg × (1 + (8 + 1.5 inferred_from_rpe) / 30) = 105.33333333333333, group equipment_profile:home\u{1b} rack
        2026-01-05T11:00:00+00:00  set.corrected    …4  events.ndjson:5  folded
            correction 1: reps of …2
        2026-01-06T10:00:00+00:00  session.logged   …5  events.ndjson:6  folded
            block 0 × 2: strength by rule 1, block_type strength_set
              strength_1rm: 110 kg × (1 + (3 + 0 fallback_epley) / 30) = 121.00000000000001, group strength:unspecified
        2026-01-07T10:00:00+00:00  set.logged       …6  events.ndjson:7  retracted by …7
        2026-01-07T11:00:00+00:00  event.retracted  …7  events.ndjson:8  folded
            retracts …6

        capability_estimation/strength_1rm
          n             4 observations; 6 required, at least 3
          groups        2: equipment_profile:home\u{1b} rack, strength:unspecified
          values        k = 4, all: 120, 105.33333333333333, 121.00000000000001, 121.00000000000001
          mean          467.33333333333337 / 4 = 116.83333333333334 → 116.8333
          sd            sqrt(max(1e-9, 177.00000000000034 / 3)) = 7.681145747868616
          interval      mean ± 1.96 × sd → [101.7783, 131.8884]
          confidence    clamp(4 / 6, 0, 1) = 0.6666666666666666 × 0.65 degraded → 0.4333
          status        degraded_comparability: 2 comparability groups
          reason codes  multiple_comparability_groups, effort_context_missing

        """#)
  }

  @Test("JSON for machines: documented members, numbers equal to the row's")
  func json() throws {
    let folder = try TemporaryFolder()
    let path = try log(folder)
    let finished = try run(
      refoldBinary, ["explain", path, "--user", FoldedHistory.user.uppercased(), "--json"])
    #expect(finished.status == 0)
    let tree = try JSONTree(parsing: Array(finished.output.utf8))
    #expect(tree["schema_version"]?.string == "refold.explain.v1")
    #expect(tree["as_of"]?.string == "2026-01-08T10:00:00+00:00")
    #expect(tree["as_of_source"]?.string == "newest created_at")
    #expect(
      tree["events"]?.array?.compactMap { $0["disposition"]?.string } == [
        "folded", "folded", "repeated", "folded", "folded", "folded", "retracted", "folded", "unread",
      ])
    #expect(tree.at("records.total")?.text == "9" && tree.at("records.repeated")?.text == "1")
    let strength = tree["projections"]?.array?.first { $0["key"]?.string == "strength_1rm" }
    #expect(strength?.at("steps.estimate.rounded_mean") == strength?.at("data.estimate.mean"))
    #expect(strength?.at("steps.observed")?.text == "4" && strength?.at("data.estimate.mean") != nil)
  }

  @Test("a user unknown to the log is trouble; a user known only to the users export has rows without events")
  func unknownUser() throws {
    let folder = try TemporaryFolder()
    let path = try log(folder)
    let stranger = "aaaaaaaa-0000-4000-8000-000000000001"
    let arguments = ["explain", path, "--user", stranger]
    let unknown = try run(refoldBinary, arguments)
    #expect(unknown.status == 2 && unknown.output == "")
    #expect(unknown.errors == "refold: user \(stranger) is not in the log\n")
    let users = try folder.write("users.csv", "id\n\(stranger)\n")
    let seeded = try run(refoldBinary, arguments + ["--users", users, "--json"])
    #expect(seeded.status == 0)
    let tree = try JSONTree(parsing: Array(seeded.output.utf8))
    #expect(tree.at("records.total")?.text == "0" && tree["exported"] == .bool(true))
    #expect(
      tree["projections"]?.array?.compactMap { $0["outcome"]?.string } == [
        "no_row", "no_row", "no_row", "no_row", "row", "row",
      ])
    let missing = try run(refoldBinary, arguments + ["--users", path + ".not"])
    #expect(missing.status == 2)
  }
}
