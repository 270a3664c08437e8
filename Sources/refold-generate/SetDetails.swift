import EventModel

/// The field in which a client puts its own clock, in 4 of 100 sets; jumps are grouped into sessions by it.
enum Clock: Int {
  case timestamp
  case startedAt
  case deviceTime
  case sourceTimestamp

  var name: StaticString {
    switch self {
    case .timestamp: "timestamp"
    case .startedAt: "started_at"
    case .deviceTime: "device_time"
    case .sourceTimestamp: "source_timestamp"
    }
  }
}

extension UserHistory {
  mutating func drawClock() -> Clock? { random.chance(4) ? Clock(rawValue: random.below(4)) : nil }

  /// Writes the client's clock if this is the place of its key in `jsonb` order: as an ISO date with or without offset,
  /// or as milliseconds since 1970.
  mutating func write(_ clock: Clock, if drawn: Clock?, into line: inout LineWriter) {
    guard clock == drawn else { return }
    let instant = timeline.instant / 1_000_000 * 1_000_000
    switch random.below(4) {
    case 0: line.integer(clock.name, Int(instant / 1000))
    case 1: line.instant(clock.name, instant, offset: "")
    case 2: line.instant(clock.name, instant, offset: "Z")
    default: line.instant(clock.name, instant, offset: "+00:00")
    }
  }

  /// `relative_intensity`: percent of a reference value, which was measured some weeks before.
  ///
  /// - Parameter value: the reference value, in hundredths.
  mutating func writeIntensity(_ references: [StaticString], value: Int, into line: inout LineWriter) {
    line.openObject("relative_intensity")
    line.tenths("value_pct", 25 * random.from(24, 42))
    line.string("reference_type", usual(references))
    if random.chance(79) { line.hundredths("reference_value", value) }
    if random.chance(30) { line.hundredths("reference_confidence", random.from(20, 99)) }
    if random.chance(69) {
      let measured = timeline.instant - Int64(random.below(50 * 86_400)) * 1_000_000
      if random.chance(20) {
        line.key("reference_measured_at")
        line.byte(0x22)
        line.date(measured)
        line.raw("\", ")
      } else {
        line.instant("reference_measured_at", measured, offset: random.chance(50) ? "Z" : "+02:00")
      }
    }
    line.closeObject()
  }

  /// `set.corrected`: one field of an earlier set, as a value or as an object with a `value`.
  mutating func writeCorrection(into line: inout LineWriter) {
    guard let (target, kind) = sets.pick(&random) else { return }
    line.string("reason", random.chance(70) ? "typo" : "wrong unit")
    line.openObject("changed_fields")
    let wrapped = random.chance(34)
    let choice = random.below(4)
    switch (kind, choice) {
    case (_, 0): changeField("new_field", tenths: random.from(10, 90), wrapped, into: &line)
    case (.strength, 1): changeField("rir", tenths: 10 * random.below(5), wrapped, into: &line)
    case (.strength, 2): changeField("weight_kg", tenths: 25 * random.from(8, 60), wrapped, into: &line)
    case (.strength, _): changeField("reps", tenths: 10 * random.from(1, 12), wrapped, into: &line)
    case (.jump, _): changeField("jump_height_cm", tenths: random.from(220, 520), wrapped, into: &line)
    case (.sprint, _): changeField("distance_meters", tenths: 100 * random.from(1, 6), wrapped, into: &line)
    case (.endurance, 1): line.string("exercise_id", random.pick(Vocabulary.runs))
    case (.endurance, _): changeField("duration_seconds", tenths: 10 * random.from(600, 7200), wrapped, into: &line)
    }
    line.closeObject()
    line.uuid("target_event_id", target)
  }

  private mutating func changeField(
    _ name: StaticString, tenths value: Int, _ wrapped: Bool, into line: inout LineWriter
  ) {
    guard wrapped else { return line.tenths(name, value) }
    line.openObject(name)
    line.tenths("value", value)
    line.closeObject()
  }

  /// `event.retracted`: an earlier event of the user becomes invisible.
  mutating func writeRetraction(into line: inout LineWriter) {
    guard let (target, kind) = events.pick(&random) else { return }
    line.uuid("retracted_event_id", target)
    if random.chance(56) { line.string("retracted_event_type", kind.name) }
  }
}
