import EventModel
import Folding

/// The two backfills of the platform's runbooks.
extension Backfill {
  package static let capability = Backfill(
    name: "capability", jobType: "inference.capability_backfill", eventTypes: EventType.capability,
    rows: [Strength.key, Sprint.key, Jump.key, Endurance.key].map {
      ProjectionName(type: CapabilityProjection.type, key: $0.description)
    },
    countsAnyKey: true, audience: .signals, synthetic: nil,
    // The types whose update also computes the advisory come first.
    repairTypes: [.setLogged, .sessionLogged, .externalActivityImported, .setCorrected],
    nobody: "no_capability_seed_user",
    coverage: [
      CoverageColumn("users_with_capability_events", .signals, .any),
      CoverageColumn("users_with_all_capability_keys", .all, .complete),
      CoverageColumn("users_missing_capability_projection", .signals, .none),
    ],
    coverageView: """
      CREATE VIEW capability_coverage AS
      WITH target_users AS (
        SELECT DISTINCT user_id FROM signals WHERE event_type IN \(types(EventType.capability))
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
      """)

  package static let objective = Backfill(
    name: "objective", jobType: "inference.objective_backfill", eventTypes: EventType.objective,
    rows: [
      ProjectionName(type: ObjectiveStateProjection.type, key: "active"),
      ProjectionName(type: ObjectiveAdvisoryProjection.type, key: "overview"),
    ],
    countsAnyKey: false, audience: .everyone,
    synthetic: SyntheticEvent(type: .profileUpdated, prefix: "kura"), repairTypes: [.profileUpdated],
    nobody: "no_users_found",
    coverage: [
      CoverageColumn("users_total", .listed, .any),
      CoverageColumn("users_with_objective_signals", .signals, .any),
      CoverageColumn("users_with_objective_state", .all, .row(0)),
      CoverageColumn("users_with_objective_advisory", .all, .row(1)),
      CoverageColumn("users_missing_objective_surfaces_all_users", .listed, .incomplete),
      CoverageColumn("users_missing_objective_surfaces_signal_users", .signals, .incomplete),
    ],
    coverageView: """
      CREATE VIEW objective_coverage AS
      WITH signal_users AS (
        SELECT DISTINCT user_id FROM signals WHERE event_type IN \(types(EventType.objective))
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
      """)

  /// The types as an SQL list.
  private static func types(_ types: [EventType]) -> String {
    "(" + types.map { "'\($0.name)'" }.joined(separator: ", ") + ")"
  }
}
