import EventModel

/// How a line of the log is printed.
enum LogStyle: String, CaseIterable {
  /// As `row_to_json` prints columns of type `jsonb`: members in jsonb's order, a space after each colon and comma.
  case postgres
  /// As an application writes: members in the order of ``ClientOrder``, no spaces.
  case compact
  /// Half of the events in one style, half in the other. The event's id decides, so the order of the lines does not
  /// change a line.
  case mixed

  func isCompact(_ id: EventID) -> Bool {
    switch self {
    case .postgres: false
    case .compact: true
    case .mixed: id.low & 1 == 1
    }
  }
}

/// The order in which a client writes the members of `data`, of `metadata` and of what is in them: what was done first,
/// then its figures, then when and under which circumstances. It is one list for all event types, so an object with the
/// same members has the same order everywhere.
enum ClientOrder {
  static let table = FieldTable(names)

  private static let names: [ConstantName] = [
    // What the event is about.
    "target_event_id", "changed_fields", "retracted_event_type", "retracted_event_id", "contract_version",
    "objective_id", "key", "alias", "name", "session_meta", "goal_type", "exercise", "exercise_id", "workout_type",
    "block_type", "set_type", "sport", "type", "metric", "target", "target_exercise", "timing_method",
    // Figures, of sets first.
    "duration_seconds", "distance_meters", "weight_kg", "weight", "reps", "rpe", "rir", "contacts", "power_watt",
    "jump_height_cm", "cmj_height_cm", "vertical_jump_cm", "jump_height_inches", "vertical_jump_inches", "new_field",
    "repeats", "work", "recovery", "dose", "load_kg", "resistance_kg", "external_load_kg", "metrics",
    "intensity_percent_max_speed", "intensity_percent_max", "intensity_pct", "percent_of_max", "reference_value",
    "reference_type", "value_pct", "reference_confidence", "reference_measured_at", "measurement_state", "value",
    "unit", "intensity_anchors", "relative_intensity", "capability_target", "blocks", "seconds", "meters", "hr",
    "hours", "quality", "level", "calories", "protein_g", "avg_heart_rate", "calories_kcal", "timeframe_weeks",
    "target_1rm_kg",
    // When, with what, and why.
    "started_at", "timestamp", "device_time", "source_timestamp", "surface", "equipment_profile", "implements_type",
    "device_type", "primary_goal", "secondary_goals", "success_metrics", "constraint_markers", "anti_goals",
    "hypothesis", "experience_level", "age", "training_modality", "scope", "expected_outcome", "review_point",
    "actor", "mode", "reason", "confidence", "description", "note", "workout", "session", "laps",
    "external_activity_id", "provider_user_id", "provider", "ingestion_method", "mapping_version", "mapped_at",
    "source_type", "provenance",
    // Metadata.
    "idempotency_key", "source", "session_id", "timezone", "device_timezone", "legacy_event_id", "compat_mode",
  ]
}
