import EventModel

/// A user's aims: objectives, goals and overrides of advice.
extension UserHistory {
  /// `objective.set` and `objective.updated`; a user has up to three objectives.
  mutating func writeObjective(isSet: Bool, into line: inout LineWriter) {
    if random.chance(77) { line.string("mode", random.pick(Vocabulary.modes)) }
    if random.chance(49) { line.string("source", random.pick(Vocabulary.objectiveSources)) }
    if random.chance(37) { writeList("anti_goals", Vocabulary.antiGoals, into: &line) }
    if random.chance(60) { line.hundredths("confidence", random.from(20, 99)) }
    if random.chance(32) { writeHypothesis(into: &line) }
    writeObjectiveID(into: &line)
    if isSet || random.chance(36) {
      line.openObject("primary_goal")
      line.string("type", random.pick(Vocabulary.goalTypes))
      if random.chance(40) { line.string("unit", "seconds") }
      if random.chance(40) { line.tenths("value", random.from(600, 2000)) }
      if random.chance(50) { line.string("target", "run_800m_time") }
      line.closeObject()
    }
    if random.chance(39) {
      line.openArray("secondary_goals")
      line.openObject()
      line.string("type", "strength_support")
      line.closeObject()
      line.closeArray()
    }
    if random.chance(42) {
      line.openArray("success_metrics")
      for _ in 0..<random.from(0, 2) {
        line.openObject()
        line.string("metric", random.pick(Vocabulary.metrics))
        line.closeObject()
      }
      line.closeArray()
    }
    if random.chance(43) { writeList("constraint_markers", Vocabulary.constraints, into: &line) }
  }

  private mutating func writeList(_ name: StaticString, _ words: [StaticString], into line: inout LineWriter) {
    line.openArray(name)
    for _ in 0..<random.from(0, 3) { line.element(random.pick(words)) }
    line.closeArray()
  }

  private mutating func writeHypothesis(into line: inout LineWriter) {
    if random.chance(30) { return line.literal("hypothesis", "null") }
    line.string("hypothesis", "less volume, more speed")
  }

  private mutating func writeObjectiveID(into line: inout LineWriter) {
    line.key("objective_id")
    line.raw("\"obj_")
    line.number(min(random.below(4), random.below(3)))
    line.raw("\", ")
  }

  mutating func writeArchive(into line: inout LineWriter) {
    line.string("reason", random.chance(60) ? "done" : "no longer wanted")
    writeObjectiveID(into: &line)
  }

  mutating func writeGoal(into line: inout LineWriter) {
    line.string("goal_type", random.pick(Vocabulary.goalTypes))
    line.string("description", random.chance(50) ? "Squat 160" : "")
    if random.chance(60) {
      line.tenths("target_1rm_kg", 25 * random.from(20, 90))
    } else {
      line.literal("target_1rm_kg", "null")
    }
    line.string("target_exercise", random.chance(50) ? random.pick(Vocabulary.liftIDs) : "")
    if random.chance(70) { line.integer("timeframe_weeks", 4 * random.from(1, 8)) }
  }

  /// `advisory.override.recorded`; the review, if dated at all, is due one to thirty days later.
  mutating func writeOverride(into line: inout LineWriter) {
    line.string("actor", random.pick(Vocabulary.actors))
    line.string("scope", random.pick(Vocabulary.scopes))
    line.string("reason", random.pick(Vocabulary.reasons))
    switch random.below(5) {
    case 0: line.string("review_point", "after deload")
    case 1: line.literal("review_point", "null")
    default:
      let review = timeline.instant / 1_000_000 * 1_000_000 + Int64(random.from(1, 30)) * Instant.day
      line.instant("review_point", review, offset: "Z")
    }
    line.string("expected_outcome", random.chance(60) ? "peak" : "")
  }
}
