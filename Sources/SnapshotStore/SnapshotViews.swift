/// The runbooks' checks as views in the snapshot, so that a `sqlite3` shell answers them.
///
/// Two tables stand beside the rebuilt rows for what only the live system knows; a rebuild leaves them empty:
/// `live_projections` has the columns of `projections`, `background_jobs` those of the live queue, in the order of a CSV
/// export, so that `.import --csv --skip 1 live-projections.csv live_projections` fills one. The views then give a row
/// for the live side besides the one for the rebuilt side, with `side` in front of the runbooks' columns. NOW() is the
/// snapshot's as-of. Averages are exact: sums of microseconds, rounded once, half away from zero.
enum SnapshotViews {
  /// Tables and views, in the order of creation.
  static let schema = [
    liveTable, jobsTable, times, capabilityCoverage, capabilityLag, objectiveCoverage, objectiveLag, queueProgress,
  ].joined(separator: "\n")

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

  /// The queue; `refold plan -o` writes one with the same columns.
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

  /// The rows that the runbooks look at, of both sides, with updated_at in microseconds.
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

  private static let capabilityTypes =
    "('set.logged', 'session.logged', 'set.corrected', 'external.activity_imported')"

  private static let objectiveTypes = """
    ('goal.set', 'objective.set', 'objective.updated', 'objective.archived', 'advisory.override.recorded', \
    'profile.updated', 'set.logged', 'session.logged', 'external.activity_imported')
    """

  private static let capabilityCoverage = """
    CREATE VIEW capability_coverage AS
    WITH target_users AS (
      SELECT DISTINCT user_id FROM signals WHERE event_type IN \(capabilityTypes)
    ),
    capability_projection AS (
      SELECT side, user_id,
        COUNT(DISTINCT key) FILTER (
          WHERE key IN ('strength_1rm', 'sprint_max_speed', 'jump_height', 'endurance_threshold')
        ) AS capability_key_count
      FROM projection_times WHERE projection_type = 'capability_estimation' GROUP BY side, user_id
    )
    SELECT s.side,
      (SELECT COUNT(*) FROM target_users) AS users_with_capability_events,
      (SELECT COUNT(*) FROM capability_projection c WHERE c.side = s.side AND capability_key_count = 4)
        AS users_with_all_capability_keys,
      (SELECT COUNT(*) FROM target_users t
       WHERE NOT EXISTS (SELECT 1 FROM capability_projection c WHERE c.side = s.side AND c.user_id = t.user_id))
        AS users_missing_capability_projection
    FROM projection_sides s;
    """

  private static let objectiveCoverage = """
    CREATE VIEW objective_coverage AS
    WITH signal_users AS (
      SELECT DISTINCT user_id FROM signals WHERE event_type IN \(objectiveTypes)
    ),
    state AS (
      SELECT DISTINCT side, user_id FROM projection_times
      WHERE projection_type = 'objective_state' AND key = 'active'
    ),
    advisory AS (
      SELECT DISTINCT side, user_id FROM projection_times
      WHERE projection_type = 'objective_advisory' AND key = 'overview'
    ),
    complete AS (
      SELECT side, user_id FROM state INTERSECT SELECT side, user_id FROM advisory
    )
    SELECT s.side,
      (SELECT COUNT(*) FROM exported_users) AS users_total,
      (SELECT COUNT(*) FROM signal_users) AS users_with_objective_signals,
      (SELECT COUNT(*) FROM state x WHERE x.side = s.side) AS users_with_objective_state,
      (SELECT COUNT(*) FROM advisory x WHERE x.side = s.side) AS users_with_objective_advisory,
      (SELECT COUNT(*) FROM exported_users t
       WHERE NOT EXISTS (SELECT 1 FROM complete c WHERE c.side = s.side AND c.user_id = t.user_id))
        AS users_missing_objective_surfaces_all_users,
      (SELECT COUNT(*) FROM signal_users t
       WHERE NOT EXISTS (SELECT 1 FROM complete c WHERE c.side = s.side AND c.user_id = t.user_id))
        AS users_missing_objective_surfaces_signal_users
    FROM projection_sides s;
    """

  private static let capabilityLag = lag(
    "capability_lag", signals: capabilityTypes, rows: "projection_type = 'capability_estimation'")

  private static let objectiveLag = lag(
    "objective_lag", signals: objectiveTypes,
    rows: """
      (projection_type = 'objective_state' AND key = 'active') \
      OR (projection_type = 'objective_advisory' AND key = 'overview')
      """)

  private static func lag(_ name: String, signals: String, rows: String) -> String {
    """
    CREATE VIEW \(name) AS
    WITH latest_signal AS (
      SELECT user_id, MAX(\(microseconds("last_timestamp"))) AS signal FROM signals
      WHERE event_type IN \(signals) GROUP BY user_id
    ),
    latest_projection AS (
      SELECT side, user_id, MAX(updated) AS updated FROM projection_times WHERE \(rows) GROUP BY side, user_id
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

  /// `ROUND(x, 2)` of (minutes + microseconds of the rest) / n, in integers but for the last division; NULL where n is 0.
  ///
  /// With q the whole minutes of the quotient, rounded down, and x the microseconds that are left over,
  /// 0 ≤ x < n · 60,000,000, the hundredths are 100 q + x / (600,000 n), rounded half away from zero.
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

  /// An instant's text, as refold or PostgreSQL writes it, as microseconds since 1970.
  private static func microseconds(_ column: String) -> String {
    // What follows the seconds without digits and point: the offset's sign on, or `Z`.
    let offset = "ltrim(substr(\(column), 20), '.0123456789')"
    let fraction = "substr(\(column), 21, length(\(column)) - 20 - length(\(offset)))"
    return """
      (CAST(strftime('%s', substr(\(column), 1, 19) \
      || CASE length(\(offset)) WHEN 3 THEN \(offset) || ':00' ELSE \(offset) END) AS INTEGER) * 1000000 \
      + CASE substr(\(column), 20, 1) WHEN '.' THEN CAST(substr(\(fraction) || '000000', 1, 6) AS INTEGER) ELSE 0 END)
      """
  }
}
