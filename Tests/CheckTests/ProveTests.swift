import Cases
import EventModel
import Fitness
import Folding
import Foundation
import JSONTape
import ProcessSupport
import Rebuilding
import Reporting
import Running
import SQLiteSupport
import SnapshotStore
import TestSupport
import Testing

@Suite("check --prove")
struct ProveTests {
  private func plan(_ folder: TemporaryFolder) throws -> ProvePlan {
    var plan = ProvePlan(.fitness)
    plan.logs = [Fixtures.path("demo/events.ndjson")]
    plan.users = [Fixtures.path("demo/users.ndjson")]
    plan.asOf = try TimestampText.parse("2026-02-22T00:00:00Z")
    plan.resources.temporaryDirectory = folder.path
    plan.resources.threads = 2
    plan.executable = refoldBinary
    return plan
  }

  @Test("threads, memory, hash seeds, order, shards and repeats do not matter; nothing is left behind")
  func deterministic() throws {
    let folder = try TemporaryFolder()
    var plan = try plan(folder)
    // The least memory possible, so that each bucket of lines is split again.
    plan.resources.memory = 0
    plan.logs = [Fixtures.path("cases/storm/events.ndjson.gz")]
    plan.users = [Fixtures.path("cases/storm/users.ndjson")]
    let report = try prove(plan) { _ in }
    let digest = try #require(
      try RunLog(plan.logs, users: plan.users).manifest("digest.snapshot"))
    #expect(report.isDeterministic && report.runs.count == 8)
    #expect(report.runs.allSatisfy { $0.digest == digest && $0.divergence == nil })
    #expect(report.text.hasPrefix("deterministic: 8 rebuilds, one snapshot, digest \(digest)\n"))
    #expect(folder.names.isEmpty)
  }

  @Test("users of a dump and columns of CSV survive the shuffle", arguments: ["dump.sql.gz", "events.csv.gz"])
  func forms(file: String) throws {
    let folder = try TemporaryFolder()
    var plan = try plan(folder)
    plan.logs = [Fixtures.path("cases/formats/" + file)]
    plan.users = file.hasPrefix("dump") ? [] : [Fixtures.path("cases/formats/users.csv")]
    let report = try prove(plan) { _ in }
    #expect(report.runs.map(\.divergence) == [ProveReport.Divergence?](repeating: nil, count: 8))
  }

  @Test("a refold that depends on the number of threads is found, with row, path and both settings")
  func planted() throws {
    let folder = try TemporaryFolder()
    let profile = try folder.write("profile.json", #"{"constants":{"required_observations":9}}"#)
    // A refold that takes another profile when it has five threads.
    let script = folder.file("refold.sh")
    try writeScript(
      """
      #!/bin/sh
      case "$*" in *"--threads 5"*) exec '\(refoldBinary)' "$@" --profile '\(profile)';; esac
      exec '\(refoldBinary)' "$@"
      """, to: script)
    var plan = try plan(folder)
    plan.executable = script
    let report = try prove(plan) { _ in }
    #expect(!report.isDeterministic)
    #expect(report.runs.map { $0.divergence != nil } == [false, false, true, false, false, false, false, false])
    let found = try #require(report.runs[2].divergence)
    let rows = try RunLog(plan.logs, users: plan.users).rows.keys.sorted()
    #expect(found.user?.description == rows[0].user && found.place.raw == "capability_estimation/\(rows[0].key)")
    #expect(found.path == "data_sufficiency.required_observations" && found.first == "6" && found.second == "9")
    #expect(
      report.text.hasPrefix(
        "NOT DETERMINISTIC: \"1 thread\" and \"5 threads, 8 MiB of memory\" give different snapshots\n"))
  }

  @Test("a failing rebuild is trouble, with its error message")
  func failing() throws {
    let folder = try TemporaryFolder()
    var plan = try plan(folder)
    plan.logs = [try folder.write("bad.ndjson", "{\"id\":7}\n")]
    do {
      _ = try prove(plan) { _ in }
      Issue.record("proved")
    } catch RefoldError.usage(let text) {
      #expect(text.hasPrefix("rebuild with 1 thread: refold: \(plan.logs[0]):1 (byte 0): id: "), "\(text)")
    }
  }

  // MARK: Two snapshots

  private func divergence(_ change: (inout RebuildPlan) -> Void) throws -> Divergence? {
    let logs = [Fixtures.path("demo/events.ndjson")]
    let users = [Fixtures.path("demo/users.ndjson")]
    let one = try RunLog(logs, users: users)
    let other = try RunLog(logs, users: users, change)
    return try firstDivergence(one.snapshot, other.snapshot)
  }

  @Test("the first divergence of two snapshots: row, failure, user, signal, manifest, none")
  func divergences() throws {
    #expect(try divergence { $0.input.resources.threads = 3 } == nil)
    let clock = try divergence { $0.asOf = Instant(microseconds: ($0.asOf?.microseconds ?? 0) + 1) }
    #expect(clock?.path == "generated_at" || clock?.path?.contains("days") == true)
    let fewer = try divergence { $0.filter.wanted = [("objective_state", nil)] }
    #expect(fewer?.path == nil && fewer?.first == "\"a row\"" && fewer?.second == nil)
    #expect(fewer?.place == "capability_estimation/endurance_threshold")
    // Without the users export, a user without events has no rows.
    let unlisted = try divergence { $0.input.users = [] }
    #expect(unlisted?.place == "objective_advisory/overview" && unlisted?.second == nil)
    var profile = Profile()
    profile.name = "another"
    let newest = try divergence { $0.profile = profile }
    #expect(newest?.place == "manifest profile.digest" && newest?.user == nil)
  }

  @Test("the first changed row of a snapshot is found, with its path", arguments: [1, 2, 3] as [UInt64])
  func damaged(seed: UInt64) throws {
    let run = try RunLog([Fixtures.path("demo/events.ndjson")], users: [Fixtures.path("demo/users.ndjson")])
    var random = SeededGenerator(seed: seed)
    let rows = try run.rows.keys.sorted()
    let key = try #require(rows.randomElement(using: &random))
    let copy = run.folder.file("copy.sqlite")
    try FileManager.default.copyItem(atPath: run.snapshot, toPath: copy)
    let edit = """
      update projections set data = json_set(data, '$.schema_version', 'v\(seed)')
      where user_id >= '\(key.user)' and (user_id > '\(key.user)' or (projection_type, key) >= ('\(key.type)', '\(key.key)'))
      """
    try Database(path: copy).execute(edit)
    let found = try firstDivergence(run.snapshot, copy)
    #expect(found?.user?.description == key.user && found?.place == "\(key.type)/\(key.key)", "seed \(seed)")
    #expect(found?.path == "schema_version" && found?.second == "\"v\(seed)\"", "seed \(seed)")
  }
}
