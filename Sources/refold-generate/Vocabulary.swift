/// The words of ordinary logs, as clients spell them.
enum Vocabulary {
  /// The names in strength sets: `exercise` is the spoken form, `exercise_id` the key; most are the same exercise in
  /// two spellings.
  static let lifts: [StaticString] = [
    "barbell back squat", "barbell bench press", "conventional deadlift", "overhead press", "barbell row",
    "romanian deadlift", "Front Squat", "leg press", "lateral raise", "pull up", "dip", "kb_swing",
  ]
  static let liftIDs: [StaticString] = [
    "barbell_back_squat", "barbell_bench_press", "conventional_deadlift", "overhead_press", "barbell_row",
    "romanian_deadlift", "Front Squat", "leg_press", "lateral_raise", "pull_up", "dip", "kb_swing",
  ]
  /// A usual working weight of each lift, in units of 2.5 kg.
  static let liftWeights: [Int] = [44, 34, 56, 20, 28, 40, 34, 64, 5, 8, 9, 9]

  static let sprints: [StaticString] = [
    "sprint", "accel_10m", "fly_sprint_20", "sprint_interval", "max_velocity_sprint", "Hill Sprint",
  ]
  /// In metres.
  static let sprintDistances: [Int] = [10, 20, 30, 40, 60, 100]

  static let jumps: [StaticString] = [
    "countermovement_jump", "box_jump", "jump_squat", "approach_vertical_jump", "drop jump", "Broad_Jump_Triple",
  ]
  static let runs: [StaticString] = ["run", "easy_run", "cycling", "rowing_erg", "swim"]
  /// Usual speed of each of ``runs`` in cm/s.
  static let runSpeeds: [Int] = [330, 280, 850, 410, 110]

  static let trackSurfaces: [StaticString] = ["track", "turf", "grass", "Track"]
  static let floorSurfaces: [StaticString] = ["rubber", "turf"]
  static let roadSurfaces: [StaticString] = ["road", "trail"]
  static let timing: [StaticString] = ["hand", "gate", "laser"]
  static let jumpDevices: [StaticString] = ["jump_mat", "force_plate", "app"]
  static let equipment: [StaticString] = ["barbell", "smith_machine", "Barbell "]
  static let implements: [StaticString] = ["free_weight", "machine"]
  static let setTypes: [StaticString] = ["working", "warmup"]
  static let enduranceReferences: [StaticString] = ["ftp", "lt2", "critical_speed", "hrmax"]
  static let sprintReferences: [StaticString] = ["mss", "critical_speed", "custom"]

  static let blockTypes: [StaticString] = [
    "strength_set", "explosive_power", "sprint_accel_maxv", "speed_endurance", "interval_endurance",
    "continuous_endurance", "tempo_threshold", "plyometric_reactive", "circuit_hybrid", "technique_coordination",
    "recovery_session",
  ]
  static let capabilityTargets: [StaticString] = ["max_strength", "max_velocity", "vo2max", "jump_power", "sprint"]
  static let sports: [StaticString] = ["strength", "running", "athletics", "hybrid"]
  static let loadMetrics: [StaticString] = ["load_kg", "weight_kg", "resistance_kg", "external_load_kg"]
  static let measurementStates: [StaticString] = ["measured", "measured", "measured", "estimated", "not_measured"]

  static let sources: [StaticString] = ["api", "mcp", "cli"]
  static let zones: [StaticString] = [
    "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Asia/Tokyo", "Asia/Kathmandu", "UTC",
    "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Kiritimati", "utc",
  ]
  static let languages: [StaticString] = ["en", "de", "pt-BR", "ja"]
  static let modalities: [StaticString] = [
    "strength", "bodybuilding", "running", "rowing", "Cycling ", "hybrid", "",
  ]
  static let levels: [StaticString] = ["beginner", "intermediate", "advanced"]

  static let modes: [StaticString] = ["journal", "collaborate", "coach", "Coach "]
  static let goalTypes: [StaticString] = ["strength", "endurance", "health", "weight_loss", "performance"]
  static let metrics: [StaticString] = ["tt_400m", "cmj", "e1rm_squat", "consistency_score"]
  static let objectiveSources: [StaticString] = ["user_explicit", "user_explicit", "coach", "legacy_inferred"]
  static let antiGoals: [StaticString] = ["knee_pain_spike", "weight_gain", " adherence "]
  static let constraints: [StaticString] = ["max_sessions_per_week:6", "no_jump", "home_gym_only"]
  static let reasons: [StaticString] = [
    "felt recovered", "race week", " travelling ", "", "coach asked for a lighter day", "Knie zwickt, lieber schieben",
  ]
  static let scopes: [StaticString] = ["plan", "session", "load", ""]
  static let actors: [StaticString] = ["user", "agent", "Coach "]

  /// Notes of event types that no reducer reads: escapes and characters beyond ASCII as PostgreSQL prints them.
  static let notes: [StaticString] = [
    "ok", "ok", "good", "", "tired after work", "schlecht geschlafen, müde", "Haferflocken \\\"groß\\\" + 2 Eier",
    "調子が良い", "café con leche\\nand toast", "💪",
  ]
  static let programs: [StaticString] = ["5/3/1", "GZCLP", "Couch to 5k", "Base \\\\ Build \\\\ Peak"]
}
