import EventModel

/// `set.logged`: a set of a lift, a sprint, jumps or endurance training.
extension UserHistory {
  mutating func writeSet(into line: inout LineWriter) {
    if timeline.startsVisit || random.chance(25) { changeExercise() }
    switch current {
    case .strength: writeLift(into: &line)
    case .sprint: writeSprint(into: &line)
    case .jump: writeJump(into: &line)
    case .endurance: writeEndurance(into: &line)
    }
  }

  /// Four of five sets are of the user's own discipline, the others of any.
  private mutating func changeExercise() {
    current = discipline
    if random.chance(20) { current = Discipline(rawValue: random.weighted(Discipline.weights, total: 1000)) ?? current }
    switch current {
    case .strength: exercise = random.below(Vocabulary.lifts.count)
    case .sprint: exercise = random.below(Vocabulary.sprints.count)
    case .jump: exercise = random.below(Vocabulary.jumps.count)
    case .endurance: exercise = random.below(Vocabulary.runs.count)
    }
  }

  private mutating func writeLift(into line: inout LineWriter) {
    let clock = drawClock()
    // In units of 2.5 kg, which are 25 tenths of a kilogram.
    let weight = max(2, Vocabulary.liftWeights[exercise] * (strength + random.from(-12, 12)) / 100) * 25
    let weightKey = random.chance(90)
    let effort = random.below(100)
    if effort >= 40 && effort < 70 { line.integer("rir", random.below(5)) }
    if effort < 50 { line.tenths("rpe", 5 * random.from(12, 20)) }
    line.integer("reps", random.from(1, 12))
    if !weightKey { line.tenths("weight", weight) }
    line.string("exercise", Vocabulary.lifts[exercise])
    if random.chance(18) { line.string("set_type", random.pick(Vocabulary.setTypes)) }
    write(.timestamp, if: clock, into: &line)
    if weightKey { line.tenths("weight_kg", weight) }
    if random.chance(8) { line.string("block_type", random.chance(85) ? "strength_set" : usualBlock) }
    write(.startedAt, if: clock, into: &line)
    write(.deviceTime, if: clock, into: &line)
    line.string("exercise_id", Vocabulary.liftIDs[exercise])
    if random.chance(12) { line.string("implements_type", usual(Vocabulary.implements)) }
    write(.sourceTimestamp, if: clock, into: &line)
    if random.chance(12) { line.string("equipment_profile", usual(Vocabulary.equipment)) }
  }

  private mutating func writeSprint(into line: inout LineWriter) {
    let clock = drawClock()
    let distance = Vocabulary.sprintDistances[random.below(Vocabulary.sprintDistances.count)]
    let timed = random.chance(81)
    // 5 to 10 m/s, in cm/s.
    let speed = 650 * (strength + 100) / 200 + random.from(-80, 80)
    if random.chance(50) { line.string("surface", usual(Vocabulary.trackSurfaces)) }
    write(.timestamp, if: clock, into: &line)
    write(.startedAt, if: clock, into: &line)
    write(.deviceTime, if: clock, into: &line)
    line.string("exercise_id", Vocabulary.sprints[exercise])
    if random.chance(60) { line.string("timing_method", usual(Vocabulary.timing)) }
    line.integer("distance_meters", distance)
    if timed { line.hundredths("duration_seconds", distance * 10_000 / speed) }
    write(.sourceTimestamp, if: clock, into: &line)
    if !timed { writeIntensity(Vocabulary.sprintReferences, value: speed, into: &line) }
  }

  private mutating func writeJump(into line: inout LineWriter) {
    let clock = drawClock()
    // In hundredths of a centimetre.
    let height = 3400 * strength / 100 + random.from(-450, 450)
    let form = random.below(100)
    line.integer("reps", random.from(1, 5))
    if random.chance(40) { line.string("surface", usual(Vocabulary.floorSurfaces)) }
    if random.chance(98) { line.integer("contacts", random.from(1, 6)) } else { line.string("contacts", "6") }
    write(.timestamp, if: clock, into: &line)
    write(.startedAt, if: clock, into: &line)
    write(.deviceTime, if: clock, into: &line)
    if random.chance(40) { line.string("device_type", usual(Vocabulary.jumpDevices)) }
    line.string("exercise_id", Vocabulary.jumps[exercise])
    if form < 17 { line.tenths("cmj_height_cm", height / 10) }
    if form >= 17 && form < 48 { line.tenths("jump_height_cm", height / 10) }
    write(.sourceTimestamp, if: clock, into: &line)
    if form >= 48 && form < 66 { line.tenths("vertical_jump_cm", height / 10) }
    if form >= 66 && form < 83 { line.hundredths("jump_height_inches", height * 100 / 254) }
    if form >= 83 { line.hundredths("vertical_jump_inches", height * 100 / 254) }
  }

  private mutating func writeEndurance(into line: inout LineWriter) {
    let clock = drawClock()
    let duration = random.from(600, 7200)
    let speed = Vocabulary.runSpeeds[exercise] * (strength + 200) / 300 * random.from(85, 110) / 100
    if random.chance(29) { line.string("surface", usual(Vocabulary.roadSurfaces)) }
    write(.timestamp, if: clock, into: &line)
    if random.chance(19) { line.integer("power_watt", 210 * strength / 100 + random.from(-40, 40)) }
    write(.startedAt, if: clock, into: &line)
    write(.deviceTime, if: clock, into: &line)
    if random.chance(84) { line.string("exercise_id", Vocabulary.runs[exercise]) }
    if random.chance(20) { line.string("reference_type", usual(Vocabulary.enduranceReferences)) }
    if random.chance(60) { line.integer("distance_meters", duration * speed / 100) }
    line.integer("duration_seconds", duration)
    write(.sourceTimestamp, if: clock, into: &line)
    if random.chance(19) { writeIntensity(Vocabulary.enduranceReferences, value: speed, into: &line) }
  }

  /// One of some words: three times out of four the user's usual one.
  mutating func usual(_ words: [StaticString]) -> StaticString {
    words[random.chance(75) ? habit % words.count : random.below(words.count)]
  }

  private var usualBlock: StaticString { Vocabulary.blockTypes[habit % Vocabulary.blockTypes.count] }
}
