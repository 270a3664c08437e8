/// What users say about themselves, and the event types that no reducer reads.
extension UserHistory {
  /// `preference.set`: usually the time zone, and usually the one in which the user lives.
  mutating func writePreference(into line: inout LineWriter) {
    let choice = random.below(100)
    if choice < 12 {
      line.string("key", "language")
      line.string("value", random.pick(Vocabulary.languages))
      return
    }
    line.string("key", choice < 90 ? "timezone" : "time_zone")
    let home = Vocabulary.zones[zone]
    line.string("value", choice < 75 ? home : choice < 97 ? random.pick(Vocabulary.zones) : "Not/AZone")
  }

  mutating func writeProfile(into line: inout LineWriter) {
    if random.chance(41) { line.integer("age", random.from(16, 70)) }
    if random.chance(41) { line.string("experience_level", random.pick(Vocabulary.levels)) }
    line.string("training_modality", usual(Vocabulary.modalities))
  }

  mutating func writeAlias(into line: inout LineWriter) {
    let lift = random.below(Vocabulary.lifts.count)
    line.string("alias", Vocabulary.lifts[lift])
    line.string("confidence", random.chance(80) ? "confirmed" : "inferred")
    line.string("exercise_id", Vocabulary.liftIDs[lift])
  }

  /// Meals, sleep, energy, body weight and custom events: no reducer reads them.
  mutating func writeDiary(_ kind: EventKind, into line: inout LineWriter) {
    line.string("note", random.pick(Vocabulary.notes))
    switch kind {
    case .sleep:
      line.tenths("hours", 5 * random.from(8, 20))
      line.integer("quality", random.from(1, 5))
    case .energy:
      line.integer("level", random.from(1, 10))
    case .meal:
      line.integer("calories", random.from(150, 1400))
      line.tenths("protein_g", random.from(30, 700))
    case .bodyweight:
      line.tenths("weight_kg", random.from(480, 1150))
    default:
      line.tenths("hours", 5 * random.from(1, 20))
      line.tenths("weight_kg", random.from(480, 1150))
    }
  }
}
