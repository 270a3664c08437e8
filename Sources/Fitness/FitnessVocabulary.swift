import EventModel
import Folding
import JSONTape

/// The event types that some reducer of the fitness platform reads.
extension EventType {
  package static var setLogged: EventType { EventType(1, "set.logged") }
  package static var sessionLogged: EventType { EventType(2, "session.logged") }
  package static var setCorrected: EventType { EventType(3, "set.corrected") }
  package static var externalActivityImported: EventType { EventType(4, "external.activity_imported") }
  package static var eventRetracted: EventType { EventType(5, "event.retracted") }
  package static var preferenceSet: EventType { EventType(6, "preference.set") }
  package static var profileUpdated: EventType { EventType(7, "profile.updated") }
  package static var goalSet: EventType { EventType(8, "goal.set") }
  package static var objectiveSet: EventType { EventType(9, "objective.set") }
  package static var objectiveUpdated: EventType { EventType(10, "objective.updated") }
  package static var objectiveArchived: EventType { EventType(11, "objective.archived") }
  package static var advisoryOverrideRecorded: EventType { EventType(12, "advisory.override.recorded") }
  package static var exerciseAliasCreated: EventType { EventType(13, "exercise.alias_created") }

  /// The four types that trigger capability estimation.
  package static let capability: [EventType] = [.setLogged, .sessionLogged, .setCorrected, .externalActivityImported]

  /// The nine types that the objective runbook counts as signals.
  package static let objective: [EventType] = [
    .goalSet, .objectiveSet, .objectiveUpdated, .objectiveArchived, .advisoryOverrideRecorded, .profileUpdated,
    .setLogged, .sessionLogged, .externalActivityImported,
  ]
}

/// The top-level members of `data` and `metadata` that some reducer reads.
extension Field {
  // Training rows.
  package static var blockType: Field { Field(1, "block_type") }
  package static var exerciseID: Field { Field(2, "exercise_id") }
  package static var exercise: Field { Field(3, "exercise") }
  package static var workoutType: Field { Field(4, "workout_type") }
  package static var sport: Field { Field(5, "sport") }
  package static var capabilityTarget: Field { Field(6, "capability_target") }
  package static var contacts: Field { Field(7, "contacts") }
  package static var distanceMeters: Field { Field(8, "distance_meters") }
  package static var durationSeconds: Field { Field(9, "duration_seconds") }
  package static var restSeconds: Field { Field(10, "rest_seconds") }
  package static var weightKg: Field { Field(11, "weight_kg") }
  package static var weight: Field { Field(12, "weight") }
  package static var reps: Field { Field(13, "reps") }
  package static var rir: Field { Field(14, "rir") }
  package static var rpe: Field { Field(15, "rpe") }
  package static var relativeIntensity: Field { Field(16, "relative_intensity") }
  package static var powerWatt: Field { Field(17, "power_watt") }
  package static var equipmentProfile: Field { Field(18, "equipment_profile") }
  package static var implementsType: Field { Field(19, "implements_type") }
  package static var surface: Field { Field(20, "surface") }
  package static var timingMethod: Field { Field(21, "timing_method") }
  package static var deviceType: Field { Field(22, "device_type") }
  package static var referenceType: Field { Field(23, "reference_type") }
  package static var jumpHeightCm: Field { Field(24, "jump_height_cm") }
  package static var cmjHeightCm: Field { Field(25, "cmj_height_cm") }
  package static var verticalJumpCm: Field { Field(26, "vertical_jump_cm") }
  package static var jumpHeightInches: Field { Field(27, "jump_height_inches") }
  package static var verticalJumpInches: Field { Field(28, "vertical_jump_inches") }

  // Temporal points and session keys.
  package static var sourceTimestampUTC: Field { Field(29, "source_timestamp_utc") }
  package static var providerTimestampUTC: Field { Field(30, "provider_timestamp_utc") }
  package static var sourceTimestamp: Field { Field(31, "source_timestamp") }
  package static var providerTimestamp: Field { Field(32, "provider_timestamp") }
  package static var occurredAt: Field { Field(33, "occurred_at") }
  package static var startedAt: Field { Field(34, "started_at") }
  package static var startTimeUTC: Field { Field(35, "start_time_utc") }
  package static var startTime: Field { Field(36, "start_time") }
  package static var deviceTimestamp: Field { Field(37, "device_timestamp") }
  package static var deviceTime: Field { Field(38, "device_time") }
  package static var deviceLocalTime: Field { Field(39, "device_local_time") }
  package static var recordedAtLocal: Field { Field(40, "recorded_at_local") }
  package static var timestamp: Field { Field(41, "timestamp") }
  package static var sourceTimezone: Field { Field(42, "source_timezone") }
  package static var providerTimezone: Field { Field(43, "provider_timezone") }
  package static var deviceTimezone: Field { Field(44, "device_timezone") }
  package static var timezone: Field { Field(45, "timezone") }
  package static var timeZone: Field { Field(46, "time_zone") }
  package static var sessionID: Field { Field(47, "session_id") }

  // Sessions, corrections, retractions.
  package static var blocks: Field { Field(48, "blocks") }
  package static var sessionMeta: Field { Field(49, "session_meta") }
  package static var compatMode: Field { Field(50, "compat_mode") }
  package static var legacyEventID: Field { Field(51, "legacy_event_id") }
  package static var targetEventID: Field { Field(52, "target_event_id") }
  package static var changedFields: Field { Field(53, "changed_fields") }
  package static var retractedEventID: Field { Field(54, "retracted_event_id") }

  // Preferences, profile, aliases.
  package static var key: Field { Field(55, "key") }
  package static var value: Field { Field(56, "value") }
  package static var trainingModality: Field { Field(57, "training_modality") }
  package static var alias: Field { Field(58, "alias") }

  // Objectives.
  package static var goalType: Field { Field(59, "goal_type") }
  package static var description: Field { Field(60, "description") }
  package static var targetExercise: Field { Field(61, "target_exercise") }
  package static var target1RMKg: Field { Field(62, "target_1rm_kg") }
  package static var timeframeWeeks: Field { Field(63, "timeframe_weeks") }
  package static var objectiveID: Field { Field(64, "objective_id") }
  package static var mode: Field { Field(65, "mode") }
  package static var primaryGoal: Field { Field(66, "primary_goal") }
  package static var secondaryGoals: Field { Field(67, "secondary_goals") }
  package static var successMetrics: Field { Field(68, "success_metrics") }
  package static var antiGoals: Field { Field(69, "anti_goals") }
  package static var constraintMarkers: Field { Field(70, "constraint_markers") }
  package static var hypothesis: Field { Field(71, "hypothesis") }
  package static var source: Field { Field(72, "source") }
  package static var confidence: Field { Field(73, "confidence") }
  package static var reason: Field { Field(74, "reason") }
  package static var scope: Field { Field(75, "scope") }
  package static var actor: Field { Field(76, "actor") }
  package static var expectedOutcome: Field { Field(77, "expected_outcome") }
  package static var reviewPoint: Field { Field(78, "review_point") }
}

extension Vocabulary {
  package static let fitness = Vocabulary(
    eventTypes: [
      .setLogged, .sessionLogged, .setCorrected, .externalActivityImported, .eventRetracted, .preferenceSet,
      .profileUpdated, .goalSet, .objectiveSet, .objectiveUpdated, .objectiveArchived, .advisoryOverrideRecorded,
      .exerciseAliasCreated,
    ],
    fields: [
      .blockType, .exerciseID, .exercise, .workoutType, .sport, .capabilityTarget, .contacts, .distanceMeters,
      .durationSeconds, .restSeconds, .weightKg, .weight, .reps, .rir, .rpe, .relativeIntensity, .powerWatt,
      .equipmentProfile, .implementsType, .surface, .timingMethod, .deviceType, .referenceType, .jumpHeightCm,
      .cmjHeightCm, .verticalJumpCm, .jumpHeightInches, .verticalJumpInches, .sourceTimestampUTC, .providerTimestampUTC,
      .sourceTimestamp, .providerTimestamp, .occurredAt, .startedAt, .startTimeUTC, .startTime, .deviceTimestamp,
      .deviceTime, .deviceLocalTime, .recordedAtLocal, .timestamp, .sourceTimezone, .providerTimezone, .deviceTimezone,
      .timezone, .timeZone, .sessionID, .blocks, .sessionMeta, .compatMode, .legacyEventID, .targetEventID,
      .changedFields, .retractedEventID, .key, .value, .trainingModality, .alias, .goalType, .description,
      .targetExercise, .target1RMKg, .timeframeWeeks, .objectiveID, .mode, .primaryGoal, .secondaryGoals,
      .successMetrics, .antiGoals, .constraintMarkers, .hypothesis, .source, .confidence, .reason, .scope, .actor,
      .expectedOutcome, .reviewPoint,
    ],
    metadataFields: [
      .sessionID, .compatMode, .legacyEventID,
      .sourceTimestampUTC, .providerTimestampUTC, .sourceTimestamp, .providerTimestamp, .occurredAt, .startedAt,
      .startTimeUTC, .startTime, .deviceTimestamp, .deviceTime, .deviceLocalTime, .recordedAtLocal, .timestamp,
      .sourceTimezone, .providerTimezone, .deviceTimezone, .timezone, .timeZone,
    ],
    retraction: Retraction(type: .eventRetracted, target: .retractedEventID), payload: .fitness,
    memberNames: [
      // Sessions: blocks, their doses and measurements.
      "block_type", "dose", "metrics", "intensity_anchors", "capability_target", "relative_intensity",
      "reference_type", "reference_value", "relative_intensity_reference_type", "relative_intensity_reference_value",
      "intensity_percent_max", "intensity_percent_max_speed", "intensity_pct", "percent_of_max",
      "work", "recovery", "repeats", "reps", "contacts", "duration_seconds", "distance_meters",
      "weight_kg", "load_kg", "external_load_kg", "resistance_kg",
      "unit", "value", "measurement_state",
      "value_pct", "reference_measured_at", "reference_confidence",
      // Properties of sessions.
      "sport", "started_at", "session_id",
      // Objectives.
      "type", "metric", "target", "description",
      // Corrected fields.
      "rir", "rpe", "exercise_id", "exercise", "weight", "rest_seconds", "jump_height_cm",
    ])
}

extension PayloadWords {
  fileprivate static let fitness: PayloadWords = {
    var payload = PayloadWords()
    payload.words = ProjectionSchema.words(
      """
      dose work recovery repeats metrics load_kg external_load_kg resistance_kg measurement_state intensity_anchors \
      unit value_pct intensity_percent_max intensity_percent_max_speed intensity_pct percent_of_max \
      relative_intensity_reference_type relative_intensity_reference_value reference_value reference_measured_at \
      reference_confidence target target_metric idempotency_key custom true false none null \
      measured estimated inferred rpe lifting_rpe borg_cr10 borg_6_20 legacy_set_backfill health \
      strength_set explosive_power sprint_accel_maxv speed_endurance interval_endurance continuous_endurance \
      tempo_threshold plyometric_reactive circuit_hybrid technique_coordination recovery_session session_block \
      sprint_interval max_velocity_sprint broad_jump_triple triple_broad_jump approach_vertical_jump \
      countermovement_jump box_jump jump_squat strength bodybuilding running cycling rowing swimming endurance hybrid \
      objective.default legacy_inferred unknown event_id user_id
      """)
    payload.instants = [
      "source_timestamp_utc", "provider_timestamp_utc", "source_timestamp", "provider_timestamp", "occurred_at",
      "started_at", "start_time_utc", "start_time", "device_timestamp", "device_time", "device_local_time",
      "recorded_at_local", "timestamp",
    ]
    // Parts of exercise names that say what kind of training it is.
    payload.fragments = ["sprint", "maxv", "accel", "decel", "jump", "plyo", "bound", "hop"]
    // Names of no time zone.
    payload.refused = ["Europe", "/zone", "../zone", "zone.tab"]
    return payload
  }()
}
