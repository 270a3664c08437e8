import EventModel

/// The event types some reducer reads; the raw value is the number an event carries.
package enum EventType: UInt8, CaseIterable, Sendable {
  case setLogged = 1
  case sessionLogged, setCorrected, externalActivityImported
  case eventRetracted, preferenceSet, profileUpdated
  case goalSet, objectiveSet, objectiveUpdated, objectiveArchived
  case advisoryOverrideRecorded
  case exerciseAliasCreated

  package var name: StaticString {
    switch self {
    case .setLogged: "set.logged"
    case .sessionLogged: "session.logged"
    case .setCorrected: "set.corrected"
    case .externalActivityImported: "external.activity_imported"
    case .eventRetracted: "event.retracted"
    case .preferenceSet: "preference.set"
    case .profileUpdated: "profile.updated"
    case .goalSet: "goal.set"
    case .objectiveSet: "objective.set"
    case .objectiveUpdated: "objective.updated"
    case .objectiveArchived: "objective.archived"
    case .advisoryOverrideRecorded: "advisory.override.recorded"
    case .exerciseAliasCreated: "exercise.alias_created"
    }
  }

  /// The four types that capability estimation is triggered by.
  package static let capability: [EventType] = [.setLogged, .sessionLogged, .setCorrected, .externalActivityImported]

  /// The nine types the objective runbook counts as signals.
  package static let objective: [EventType] = [
    .goalSet, .objectiveSet, .objectiveUpdated, .objectiveArchived, .advisoryOverrideRecorded, .profileUpdated,
    .setLogged, .sessionLogged, .externalActivityImported,
  ]

  package static let table: FieldTable = {
    // A number beyond would be of no type set, and its events would be dropped without a word.
    precondition(allCases.allSatisfy { $0.rawValue < EventTypeSet.limit }, "more event types than a set of types holds")
    return FieldTable(allCases.map(\.name))
  }()
}

extension Event {
  /// The event's type, if a reducer reads it.
  @inline(__always)
  package var eventType: EventType? { EventType(rawValue: type) }
}

/// The members of `data` and `metadata`, at top level, that some reducer reads. The raw value is the
/// number under which an event keeps them.
package enum Field: UInt8, CaseIterable, Sendable {
  // Training rows.
  case blockType = 1
  case exerciseID, exercise, workoutType, sport, capabilityTarget
  case contacts, distanceMeters, durationSeconds, restSeconds, weightKg, weight, reps, rir, rpe
  case relativeIntensity, powerWatt
  case equipmentProfile, implementsType, surface, timingMethod, deviceType, referenceType
  case jumpHeightCm, cmjHeightCm, verticalJumpCm, jumpHeightInches, verticalJumpInches
  // Temporal points and session keys.
  case sourceTimestampUTC, providerTimestampUTC, sourceTimestamp, providerTimestamp
  case occurredAt, startedAt, startTimeUTC, startTime
  case deviceTimestamp, deviceTime, deviceLocalTime, recordedAtLocal, timestamp
  case sourceTimezone, providerTimezone, deviceTimezone, timezone, timeZone
  case sessionID
  // Sessions, corrections, retractions.
  case blocks, sessionMeta, compatMode, legacyEventID, targetEventID, changedFields, retractedEventID
  // Preferences, profile, aliases.
  case key, value, trainingModality, alias
  // Objectives.
  case goalType, description, targetExercise, target1RMKg, timeframeWeeks
  case objectiveID, mode, primaryGoal, secondaryGoals, successMetrics, antiGoals, constraintMarkers
  case hypothesis, source, confidence
  case reason, scope, actor, expectedOutcome, reviewPoint

  package var name: StaticString {
    switch self {
    case .blockType: "block_type"
    case .exerciseID: "exercise_id"
    case .exercise: "exercise"
    case .workoutType: "workout_type"
    case .sport: "sport"
    case .capabilityTarget: "capability_target"
    case .contacts: "contacts"
    case .distanceMeters: "distance_meters"
    case .durationSeconds: "duration_seconds"
    case .restSeconds: "rest_seconds"
    case .weightKg: "weight_kg"
    case .weight: "weight"
    case .reps: "reps"
    case .rir: "rir"
    case .rpe: "rpe"
    case .relativeIntensity: "relative_intensity"
    case .powerWatt: "power_watt"
    case .equipmentProfile: "equipment_profile"
    case .implementsType: "implements_type"
    case .surface: "surface"
    case .timingMethod: "timing_method"
    case .deviceType: "device_type"
    case .referenceType: "reference_type"
    case .jumpHeightCm: "jump_height_cm"
    case .cmjHeightCm: "cmj_height_cm"
    case .verticalJumpCm: "vertical_jump_cm"
    case .jumpHeightInches: "jump_height_inches"
    case .verticalJumpInches: "vertical_jump_inches"
    case .sourceTimestampUTC: "source_timestamp_utc"
    case .providerTimestampUTC: "provider_timestamp_utc"
    case .sourceTimestamp: "source_timestamp"
    case .providerTimestamp: "provider_timestamp"
    case .occurredAt: "occurred_at"
    case .startedAt: "started_at"
    case .startTimeUTC: "start_time_utc"
    case .startTime: "start_time"
    case .deviceTimestamp: "device_timestamp"
    case .deviceTime: "device_time"
    case .deviceLocalTime: "device_local_time"
    case .recordedAtLocal: "recorded_at_local"
    case .timestamp: "timestamp"
    case .sourceTimezone: "source_timezone"
    case .providerTimezone: "provider_timezone"
    case .deviceTimezone: "device_timezone"
    case .timezone: "timezone"
    case .timeZone: "time_zone"
    case .sessionID: "session_id"
    case .blocks: "blocks"
    case .sessionMeta: "session_meta"
    case .compatMode: "compat_mode"
    case .legacyEventID: "legacy_event_id"
    case .targetEventID: "target_event_id"
    case .changedFields: "changed_fields"
    case .retractedEventID: "retracted_event_id"
    case .key: "key"
    case .value: "value"
    case .trainingModality: "training_modality"
    case .alias: "alias"
    case .goalType: "goal_type"
    case .description: "description"
    case .targetExercise: "target_exercise"
    case .target1RMKg: "target_1rm_kg"
    case .timeframeWeeks: "timeframe_weeks"
    case .objectiveID: "objective_id"
    case .mode: "mode"
    case .primaryGoal: "primary_goal"
    case .secondaryGoals: "secondary_goals"
    case .successMetrics: "success_metrics"
    case .antiGoals: "anti_goals"
    case .constraintMarkers: "constraint_markers"
    case .hypothesis: "hypothesis"
    case .source: "source"
    case .confidence: "confidence"
    case .reason: "reason"
    case .scope: "scope"
    case .actor: "actor"
    case .expectedOutcome: "expected_outcome"
    case .reviewPoint: "review_point"
    }
  }

  /// All of them may stand in `data`.
  package static let dataTable: FieldTable = {
    // A number beyond would be written past the slots.
    precondition(allCases.allSatisfy { $0.rawValue < FieldSlots.limit }, "more fields than an object has slots for")
    return FieldTable(allCases.map(\.name))
  }()

  /// Those that are also read from `metadata`, under the same numbers.
  package static let metadataTable = FieldTable(allCases.map { $0.isReadFromMetadata ? $0.name : "" })

  private var isReadFromMetadata: Bool {
    switch self {
    case .sessionID, .compatMode, .legacyEventID: true
    default: self >= .sourceTimestampUTC && self <= .timeZone
    }
  }
}

extension Field: Comparable {
  package static func < (a: Field, b: Field) -> Bool { a.rawValue < b.rawValue }
}
