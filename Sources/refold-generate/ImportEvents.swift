import EventModel

/// `external.activity_imported`: the record of a training from a watch or an app, bulky and mostly nested where the
/// reducers do not read.
extension UserHistory {
  mutating func writeImport(into line: inout LineWriter) {
    let duration = random.from(900, 7200)
    let distance = duration * Vocabulary.runSpeeds[habit % Vocabulary.runSpeeds.count] / 100
    let start = timeline.instant / 1_000_000 * 1_000_000
    // Some importers copy the main figures to the top level, where reducers read them.
    let flat = random.chance(20)
    writeSource(into: &line)
    line.openObject("session")
    writeLaps(duration: duration, distance: distance, start: start, into: &line)
    line.instant("started_at", start, offset: "+00:00")
    line.closeObject()
    line.openObject("workout")
    line.string("workout_type", usual(Vocabulary.runs))
    if random.chance(40) { line.integer("calories_kcal", duration / 6) }
    if random.chance(40) { line.integer("avg_heart_rate", random.from(110, 175)) }
    line.integer("distance_meters", distance)
    line.integer("duration_seconds", duration)
    line.closeObject()
    line.openObject("provenance")
    line.instant("mapped_at", start + Int64(duration) * 1_000_000, offset: "+00:00")
    line.string("mapping_version", "v1")
    line.closeObject()
    if flat {
      line.string("exercise_id", usual(Vocabulary.runs))
      line.integer("distance_meters", distance)
    }
    line.string("contract_version", "external_activity.v1")
    if flat { line.integer("duration_seconds", duration) }
  }

  private mutating func writeSource(into line: inout LineWriter) {
    line.openObject("source")
    line.string("provider", usual(["garmin", "strava", "polar"]))
    line.string("ingestion_method", random.chance(60) ? "file_import" : "api_sync")
    line.key("provider_user_id")
    line.raw("\"u")
    line.number(habit)
    line.raw("\", ")
    line.uuid("external_activity_id", randomID())
    line.closeObject()
  }

  /// Laps, as often as watches record them.
  private mutating func writeLaps(
    duration: Int, distance: Int, start: Int64, into line: inout LineWriter
  ) {
    let laps = random.weighted([60, 0, 14, 10, 6, 4, 3, 2, 1], total: 100)
    guard laps > 0 else { return }
    line.openArray("laps")
    for _ in 0..<laps {
      line.openObject()
      line.integer("hr", random.from(105, 185))
      line.tenths("meters", distance * 10 / laps + random.from(-90, 90))
      line.tenths("seconds", duration * 10 / laps + random.from(-90, 90))
      line.closeObject()
    }
    line.closeArray()
  }
}
