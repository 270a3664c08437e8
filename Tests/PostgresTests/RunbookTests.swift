import Foundation
import JSONTape
import ProcessSupport
import Reporting
import Runbooks
import Testing

/// Compares the runbooks' SQL, run in a real PostgreSQL, with refold on its exports.
@Suite(.enabled(if: PrivateCluster.isWanted, "needs Debian's postgresql package"))
struct RunbookTests {
  @Test("the runbooks: refold verify on the exports gives the figures of their SQL, run as written")
  func figures() throws {
    let database = try RunbookDatabase()
    try database.execute(RunbookTests.queue)
    for damage in RunbookTests.damages {
      try database.execute(damage)
      let json = try database.refold(
        "verify events.csv --users users.csv --live projections.csv --now \(RunbookDatabase.now) --json "
          + "--jobs background_jobs.csv --source 'it'\\''s \"a\" source' --quiet")
      for (backfill, runbook) in [
        ("capability", "capability-estimation-backfill-runbook.md"),
        ("objective", "objective-foundation-backfill-runbook.md"),
      ] {
        let queries = try RunbookDatabase.queries(runbook)
          .map { $0.replacing("<your-source>", with: "it''s \"a\" source") }
        #expect(queries.count == 4)
        let progress = try #require(json["queue"]?["progress"])
        for (query, jobType) in [(queries[0], "inference.\(backfill)_backfill"), (queries[1], "projection.update")] {
          let expected = try database.rows(query).map { ($0["status"]?.string ?? "", $0["jobs"]?.number) }
          let found = try #require(progress[jobType]?.members).map { ($0.key, $0.value.number) }
          #expect(found.elementsEqual(expected, by: ==), "\(jobType)")
        }
        for (query, check) in [(queries[2], "coverage"), (queries[3], "lag")] {
          let expected = try #require(try database.rows(query).first?.members)
          let found = try #require(json["live"]?[backfill]?[check]?.members)
          #expect(found.map(\.key) == expected.map(\.key))
          for (mine, theirs) in zip(found, expected) {
            #expect(mine.value.number == theirs.value.number, "\(damage) \(backfill) \(mine.key)")
          }
        }
      }
    }
  }

  @Test("verify: averages and maxima of any intervals round as PostgreSQL's numeric does")
  func minutes() throws {
    let database = try RunbookDatabase()
    var seed: UInt64 = 20_260_222
    func random() -> UInt64 {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return seed >> 11
    }
    var lists: [[Int64]] = [
      [300_000], [-300_000], [100_000, 400_000, 400_000], [200_000, 200_000, 500_000], [1, 0], [-1], [0],
      [-20_000_000, 40_000_000], [-60_300_000, 0], [-60_600_000, 0],
      [315_537_897_599_999_999, 315_537_897_599_999_999],
    ]
    for _ in 0..<400 {
      // Values of every magnitude. Half of them are multiples of 0.005 minutes, so that ties in rounding occur.
      lists.append(
        (0...(random() % 7)).map { _ in
          var value = Int64(random() % 315_537_897_600_000_000)
          value /= Int64(pow(10, Double(random() % 18)))
          if random() % 2 == 0 { value = value / 300_000 * 300_000 }
          return random() % 2 == 0 ? value : -value
        })
    }
    let queries = lists.map { list in
      """
      select round(avg(m)::numeric, 2)::text as average, round(max(m)::numeric, 2)::text as maximum from (
        select extract(epoch from x::interval) / 60.0 as m
        from unnest(array[\(list.map { "'\($0) microseconds'" }.joined(separator: ","))]) as x) as list
      """
    }
    let rows = try database.rows(queries.joined(separator: "\nunion all\n"))
    #expect(rows.count == lists.count)
    for (list, row) in zip(lists, rows) {
      var sum = MinuteSum()
      for value in list { sum.add(microseconds: value) }
      #expect(sum.average?.description == row["average"]?.string, "\(list)")
      #expect(sum.maximum?.description == row["maximum"]?.string, "\(list)")
    }
  }

  @Test("backfill.md: refold plan gives the jobs of the fan-out, which is written in SQL here")
  func plan() throws {
    let database = try RunbookDatabase()
    try database.execute("create extension if not exists \"uuid-ossp\"")
    try database.execute(RunbookTests.queue)
    let source = "it's \"a\" source"
    _ = try database.refold(
      "plan all events.csv --users users.csv --source 'it'\\''s \"a\" source' --jobs background_jobs.csv "
        + "--ndjson jobs.ndjson --json --quiet")
    let planned = try lines(database.work, "jobs.ndjson").filter { $0["job_type"]?.string == "projection.update" }
    try database.execute(RunbookTests.fanOut)
    let literal = "'" + source.replacing("'", with: "''") + "'"
    var expected: Set<String> = []
    for (types, isObjective) in [(RunbookTests.capabilityTypes, false), (RunbookTests.objectiveTypes, true)] {
      for row in try database.rows("select job from fan_out(\(literal), \(types), null, \(isObjective)) as job") {
        expected.insert(try #require(row["job"]).text)
      }
    }
    #expect(planned.count > 100)
    #expect(Set(planned.map(\.text)) == expected)
  }

  @Test("repair: for any label, the script adds exactly the planned jobs, and only once")
  func repair() throws {
    let database = try RunbookDatabase()
    try database.execute("create extension if not exists \"uuid-ossp\"")
    try database.execute(RunbookTests.fanOut)
    let tables = "select (select count(*) from users) as users, (select count(*) from events) as events"
    let before = try database.rows(tables)
    let labels = [
      "repair", "it's", "'); DROP TABLE users; --", "\\", "\\'", "a\n\\! touch owned\n:source :'source' $$ $1", "\"}",
      "ünï 🏋 \u{202E}\u{7F}", "E'\\x27", "\\u0041\\", " leading",
    ]
    var total = 0
    for (index, label) in labels.enumerated() {
      try database.work.write("label", label.utf8)
      let command =
        "repair snapshot.sqlite projections.csv --log events.csv --batch 7 --quiet --source \"$label\""
      if index == 0 {
        _ = try database.refold(
          "rebuild events.csv --users users.csv --as-of 2026-02-22T00:00:00Z -o snapshot.sqlite --json")
      }
      let shell = "label=$(cat label; printf x); label=${label%x}\n"
      func script(_ options: String) throws -> FinishedProcess {
        try database.cluster.shell(shell + "$refold \(command) \(options)", in: database.work.path)
      }
      let report = try JSONTree(parsing: Array(try script("--json").output.utf8))
      let jobs = try #require(report["jobs"]?.array)
      #expect(jobs.count == 4)
      func count() throws -> Double? {
        try database.rows("select count(*) as jobs from background_jobs")[0]["jobs"]?.number
      }
      _ = try script("-o rollback.sql --force")
      _ = try script("-o commit.sql --commit --force")
      func psql(_ file: String) throws {
        let options = index % 2 == 0 ? "" : "-c standard_conforming_strings=off -c client_encoding=latin1"
        try database.cluster.shell("PGOPTIONS='\(options)' psql -X -q -f \(file)", in: database.work.path)
      }
      try psql("rollback.sql")
      #expect(try count() == Double(total))
      try psql("commit.sql")
      try psql("commit.sql")
      total += jobs.count
      #expect(try count() == Double(total), "\(label.debugDescription)")
      let added = try database.rows(
        "select user_id, job_type, payload, priority from background_jobs where status = 'pending' order by id")
      #expect(added.map(\.text) == jobs.map(\.text), "\(label.debugDescription)")
      // Jobs that are being processed are not added again either.
      try database.execute("update background_jobs set status = 'processing' where status = 'pending'")
      try psql("commit.sql")
      #expect(try count() == Double(total))
      // The estimate is the number of updates that the worker makes of the jobs.
      if index == 0 {
        let updates = try database.rows(
          """
          select fan_out(payload->>'source', array(select jsonb_array_elements_text(payload->'event_types')),
            array(select jsonb_array_elements_text(payload->'user_ids')::uuid), job_type like '%objective%')
          from background_jobs
          """)
        #expect(Double(updates.count) == report["estimate"]?["projection_updates"]?.number)
      }
      try database.execute("update background_jobs set status = 'completed'")
    }
    #expect(try database.rows(tables) == before)
    #expect(!database.work.names.contains("owned"))
  }

  private func lines(_ folder: ScratchFolder, _ name: String) throws -> [JSONTree] {
    try (folder.bytes(name) ?? Data()).split(separator: 0x0A).map { try JSONTree(parsing: Array($0)) }
  }
}

extension JSONTree {
  fileprivate var text: String { String(decoding: canonicalBytes, as: UTF8.self) }
}
