/// The runbooks' checks as views in the snapshot, so that a `sqlite3` shell can answer them.
///
/// Two more tables are for data that only the live system has; a rebuild leaves them empty. `live_projections` has the
/// columns of `projections`, and `background_jobs` has the columns of the live queue. Columns are in the order of a CSV
/// export, so that `.import --csv --skip 1 live-projections.csv live_projections` fills a table. The views then have a
/// row for the live side and one for the rebuilt side, with `side` before the runbooks' columns. NOW() is the
/// snapshot's as-of.
/// Averages are exact: sums of microseconds, rounded once, half away from zero.
enum SnapshotViews {
  /// Tables and views, in the order of creation.
  static func schema(_ backfills: [BackfillView]) -> String {
    ([liveTable, jobsTable, times] + backfills.flatMap { [$0.coverage, lag($0)] } + [queueProgress])
      .joined(separator: "\n")
  }

  private static let liveTable = """
    CREATE TABLE live_projections (
      id TEXT,
      user_id TEXT NOT NULL,
      projection_type TEXT NOT NULL,
      key TEXT NOT NULL,
      data TEXT,
      version INTEGER,
      last_event_id TEXT,
      created_at TEXT,
      updated_at TEXT
    ) STRICT;
    """

  /// The queue; `refold plan -o` writes a table with the same columns.
  static let jobsTable = """
    CREATE TABLE background_jobs (
      id INTEGER,
      user_id TEXT NOT NULL,
      job_type TEXT NOT NULL,
      payload TEXT NOT NULL,
      status TEXT NOT NULL,
      priority INTEGER,
      attempt INTEGER,
      max_retries INTEGER,
      error_message TEXT,
      created_at TEXT,
      started_at TEXT,
      completed_at TEXT,
      scheduled_for TEXT
    ) STRICT;
    """

  /// The rows of both sides that the runbooks use, with updated_at in microseconds.
  private static let times = """
    CREATE VIEW projection_times AS
    SELECT 'rebuilt' AS side, user_id, projection_type, key, \(microseconds("updated_at")) AS updated
    FROM projections
    UNION ALL
    SELECT 'live', user_id, projection_type, key, \(microseconds("updated_at"))
    FROM live_projections;
    CREATE VIEW projection_sides AS
    SELECT 'rebuilt' AS side
    UNION ALL
    SELECT 'live' WHERE EXISTS (SELECT 1 FROM live_projections);
    CREATE VIEW exported_users AS
    SELECT id AS user_id FROM users
    WHERE source <> 'events' OR (SELECT value FROM manifest WHERE key = 'users.exported') = 'no export';
    """

  /// The lag query of a backfill's runbook.
  private static func lag(_ backfill: BackfillView) -> String {
    """
    CREATE VIEW \(backfill.name)_lag AS
    WITH latest_signal AS (
      SELECT user_id, MAX(\(microseconds("last_timestamp"))) AS signal FROM signals
      WHERE event_type IN \(backfill.signals) GROUP BY user_id
    ),
    latest_projection AS (
      SELECT side, user_id, MAX(updated) AS updated FROM projection_times WHERE \(backfill.rows) GROUP BY side, user_id
    ),
    lag AS (
      SELECT s.side, p.updated, p.updated - l.signal AS ahead,
        (SELECT \(microseconds("value")) FROM manifest WHERE key = 'as_of') - p.updated AS age
      FROM projection_sides s CROSS JOIN latest_signal l
      LEFT JOIN latest_projection p ON p.side = s.side AND p.user_id = l.user_id
    ),
    sums (side, figure, n, minutes, rest) AS (
      SELECT side, 'ahead', COUNT(updated), SUM(ahead / 60000000), SUM(ahead % 60000000) FROM lag GROUP BY side
      UNION ALL
      SELECT side, 'age', COUNT(updated), SUM(age / 60000000), SUM(age % 60000000) FROM lag GROUP BY side
      UNION ALL
      SELECT side, 'oldest', 1, MAX(age) / 60000000, MAX(age) % 60000000 FROM lag GROUP BY side
    ),
    \(figures)
    SELECT s.side,
      (SELECT COUNT(*) FROM latest_signal) AS users_considered,
      (SELECT COUNT(*) FROM lag WHERE lag.side = s.side AND updated IS NULL) AS users_without_projection,
      (SELECT minutes FROM figures f WHERE f.side = s.side AND figure = 'ahead') AS avg_projection_minus_signal_minutes,
      (SELECT minutes FROM figures f WHERE f.side = s.side AND figure = 'age') AS avg_projection_age_minutes,
      (SELECT minutes FROM figures f WHERE f.side = s.side AND figure = 'oldest') AS max_projection_age_minutes
    FROM projection_sides s;
    """
  }

  /// `ROUND(x, 2)` of (minutes + microseconds of the rest) / n, in integers except for the last division; NULL if n is
  /// 0.
  ///
  /// With q the whole minutes of the quotient, rounded down, and x the remaining microseconds, 0 ≤ x < n · 60,000,000,
  /// the hundredths are 100 q + x / (600,000 n), rounded half away from zero.
  private static let figures = """
    carried AS (
      SELECT side, figure, n, minutes + (rest - \(modulo("rest", "60000000"))) / 60000000 AS minutes,
        \(modulo("rest", "60000000")) AS rest
      FROM sums
    ),
    divided AS (
      SELECT side, figure, n, (minutes - \(modulo("minutes", "n"))) / n AS q,
        \(modulo("minutes", "n")) * 60000000 + rest AS x
      FROM carried
    ),
    figures AS (
      SELECT side, figure, (100 * q + (2 * x + 600000 * n - (q < 0)) / (1200000 * n)) / 100.0 AS minutes FROM divided
    )
    """

  /// The remainder of a division rounded down.
  private static func modulo(_ a: String, _ b: String) -> String { "((\(a) % \(b) + \(b)) % \(b))" }

  static let queueProgress = """
    CREATE VIEW queue_progress AS
    SELECT job_type, json_extract(payload, '$.source') AS source, status, COUNT(*) AS jobs
    FROM background_jobs GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
    """

  /// Microseconds since 1970 of an instant's text, as refold or PostgreSQL writes it.
  private static func microseconds(_ column: String) -> String {
    // The text after the seconds and their fraction: the offset with its sign, or `Z`.
    let offset = "ltrim(substr(\(column), 20), '.0123456789')"
    let fraction = "substr(\(column), 21, length(\(column)) - 20 - length(\(offset)))"
    return """
      (CAST(strftime('%s', substr(\(column), 1, 19) \
      || CASE length(\(offset)) WHEN 3 THEN \(offset) || ':00' ELSE \(offset) END) AS INTEGER) * 1000000 \
      + CASE substr(\(column), 20, 1) WHEN '.' THEN CAST(substr(\(fraction) || '000000', 1, 6) AS INTEGER) ELSE 0 END)
      """
  }
}

/// The properties of a backfill that the views of its runbook's checks need.
package struct BackfillView: Sendable {
  package var name: String
  /// SQL that creates the view of the coverage query.
  package var coverage: String
  /// The event types of its signals, as an SQL list.
  package var signals: String
  /// The SQL condition for the rows that its runbook looks at.
  package var rows: String

  package init(name: String, coverage: String, signals: [String], rows: String) {
    self.name = name
    self.coverage = coverage
    self.signals = "(" + signals.map { "'\($0)'" }.joined(separator: ", ") + ")"
    self.rows = rows
  }
}
