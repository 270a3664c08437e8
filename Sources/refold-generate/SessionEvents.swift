import EventModel

/// `session.logged`: a whole training of up to six blocks.
extension UserHistory {
  mutating func writeSession(into line: inout LineWriter) {
    line.openArray("blocks")
    // A few sessions have no blocks, most have one to three.
    let weights = [2, 39, 29, 16, 9, 3, 2]
    for _ in 0..<random.weighted(weights, total: 100) { writeBlock(into: &line) }
    line.closeArray()
    line.openObject("provenance")
    line.string("source_type", "manual")
    line.closeObject()
    line.openObject("session_meta")
    line.string("sport", usual(Vocabulary.sports))
    if random.chance(42) {
      line.key("session_id")
      line.raw("\"s-")
      line.number(random.below(10_000))
      line.raw("\", ")
    }
    line.instant("started_at", timeline.instant / 1_000_000 * 1_000_000, offset: "+00:00")
    line.closeObject()
    line.string("contract_version", "session.logged.v1")
  }

  private mutating func writeBlock(into line: inout LineWriter) {
    line.openObject()
    writeDose(into: &line)
    if random.chance(52) {
      line.openObject("metrics")
      line.openObject(random.pick(Vocabulary.loadMetrics))
      line.string("unit", "kg")
      line.tenths("value", 25 * random.below(60))
      line.string("measurement_state", random.pick(Vocabulary.measurementStates))
      line.closeObject()
      line.closeObject()
    }
    line.string("block_type", blockType())
    // Intensity is an object of its own, a percentage beside a reference, or missing.
    let intensity = random.below(100)
    let percent = 25 * random.from(24, 42)
    if intensity < 3 { line.tenths("intensity_pct", percent) }
    if intensity >= 3 && intensity < 6 { line.tenths("percent_of_max", percent) }
    if intensity < 6 { line.string("reference_type", random.pick(Vocabulary.sprintReferences)) }
    if intensity < 6 { line.hundredths("reference_value", random.from(300, 30_000)) }
    if random.chance(14) { line.string("capability_target", random.pick(Vocabulary.capabilityTargets)) }
    writeAnchors(into: &line)
    if intensity >= 10 && intensity < 26 {
      writeIntensity(Vocabulary.enduranceReferences, value: random.from(300, 30_000), into: &line)
    }
    if intensity >= 6 && intensity < 8 { line.tenths("intensity_percent_max", percent) }
    if intensity >= 8 && intensity < 10 { line.tenths("intensity_percent_max_speed", percent) }
    line.closeObject()
  }

  private mutating func blockType() -> StaticString {
    let other = random.below(100)
    if other < 3 { return "" }
    if other < 6 { return "something_new" }
    return random.pick(Vocabulary.blockTypes)
  }

  /// The work, the number of repeats, and the rest between them.
  private mutating func writeDose(into line: inout LineWriter) {
    line.openObject("dose")
    line.openObject("work")
    if random.chance(50) { line.tenths("reps", random.chance(97) ? 10 * random.from(1, 12) : 25) }
    if random.chance(30) { line.integer("contacts", random.below(20)) }
    if random.chance(50) { line.integer("distance_meters", 10 * random.from(1, 500)) }
    if random.chance(49) { line.tenths("duration_seconds", random.chance(90) ? 100 * random.from(1, 180) : 305) }
    line.closeObject()
    if random.chance(60) { line.tenths("repeats", random.chance(95) ? 10 * random.from(1, 8) : 35) }
    if random.chance(51) {
      line.openObject("recovery")
      line.integer("duration_seconds", 30 * random.from(1, 8))
      line.closeObject()
    }
    line.closeObject()
  }

  /// Up to three statements of effort.
  private mutating func writeAnchors(into line: inout LineWriter) {
    let count = random.weighted([45, 27, 18, 10], total: 100)
    guard count > 0 else { return }
    line.openArray("intensity_anchors")
    for _ in 0..<count {
      line.openObject()
      switch random.below(5) {
      case 0:
        line.string("unit", "borg_6_20")
        line.integer("value", random.from(8, 18))
      case 1:
        line.string("unit", "watt")
        line.integer("value", random.from(90, 340))
      case 2:
        line.string("unit", "borg_cr10")
        line.tenths("value", 5 * random.from(4, 20))
      default:
        line.string("unit", random.chance(80) ? "rpe" : "RPE ")
        line.tenths("value", 5 * random.from(10, 20))
      }
      line.string("measurement_state", random.pick(Vocabulary.measurementStates))
      line.closeObject()
    }
    line.closeArray()
  }
}
