import EventModel
import Fitness
import Foundation
import JSONTape
import Rebuilding
import Reporting
import Runbooks
import Running
import SQLiteSupport
import TestSupport
import Testing

@Suite("the checks as views in the snapshot")
struct ViewTests {
  @Test("views: a SQLite shell gets the figures of refold verify, for both sides")
  func sameFigures() throws {
    let folder = try TemporaryFolder()
    var plan = VerifyPlan(.fitness)
    plan.input.paths = [try Live.snapshot(in: folder)]
    plan.live = [Live.path("projections.csv.gz")]
    let report = try verify(plan, progress: ProgressMeter())
    let db = try Database(path: plan.input.paths[0])
    let empty = try db.rows("SELECT * FROM capability_lag")
    #expect(empty.map { $0["side"] as String } == ["rebuilt"])
    for line in try LiveRows.read() {
      try db.execute(
        "INSERT INTO live_projections (user_id, projection_type, key, updated_at) VALUES (?, ?, ?, ?)",
        [line.user, line.type, line.key, line.updatedAt])
    }
    let json = report.json
    for (view, backfill, check) in [
      ("capability_coverage", "capability", "coverage"), ("capability_lag", "capability", "lag"),
      ("objective_coverage", "objective", "coverage"), ("objective_lag", "objective", "lag"),
    ] {
      let rows = try db.rows("SELECT * FROM \(view)")
      #expect(rows.map { $0["side"] as String } == ["rebuilt", "live"])
      for row in rows {
        let figures = try #require(json[row["side"] as String]?[backfill]?[check]?.members)
        #expect(Array(row.columns.dropFirst()) == figures.map(\.key))
        for figure in figures { #expect((row[figure.key] as Double?) == figure.value.number, "\(view) \(figure.key)") }
      }
    }
  }

  @Test("views: without rows the averages are NULL; instants of any offset are understood")
  func forms() throws {
    let folder = try TemporaryFolder()
    let db = try Database(path: try Live.snapshot(in: folder))
    try db.execute("DELETE FROM projections")
    #expect(try db.row("SELECT * FROM objective_lag")?["avg_projection_age_minutes"] as Double? == nil)
    let texts = [
      "2026-01-05T17:30:00.123456+00:00", "2026-01-05 17:30:00.123456+00", "2026-01-05 23:00:00.123456+05:30",
      "2026-01-05 14:30:00.123456-03", "2026-01-05T17:30:00.123456Z",
    ]
    for text in texts {
      try db.execute(
        "INSERT INTO live_projections (user_id, projection_type, key, updated_at) VALUES ('u', 't', 'k', ?)", [text])
    }
    #expect(try db.column("SELECT DISTINCT updated FROM projection_times") == [1_767_634_200_123_456])
    try db.execute("DELETE FROM live_projections")
    for (text, microseconds) in [("2026-01-05 17:30:00+00", 0), ("2026-01-05 17:30:00.1+00", 100_000)] {
      try db.execute(
        "INSERT INTO live_projections (user_id, projection_type, key, updated_at) VALUES ('u', 't', ?, ?)",
        [text, text])
      let found: Int? = try db.value("SELECT updated FROM projection_times WHERE key = ?", [text])
      #expect(found == 1_767_634_200_000_000 + microseconds)
    }
  }
}

/// Columns of the live fixture, split at commas: its ids, types, keys and instants need no quoting.
private struct LiveRows {
  var user: String
  var type: String
  var key: String
  var updatedAt: String

  static func read() throws -> [LiveRows] {
    try Fixtures.lines(Live.path("projections.csv.gz")).dropFirst().map { line in
      let fields = String(decoding: line, as: UTF8.self).split(separator: ",", omittingEmptySubsequences: false)
      return LiveRows(
        user: String(fields[1]), type: String(fields[2]), key: String(fields[3]),
        updatedAt: String(fields[fields.count - 1]))
    }
  }
}
