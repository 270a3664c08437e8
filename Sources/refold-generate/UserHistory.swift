import EventModel

/// One user's events, one after another, in bounded memory regardless of their number.
struct UserHistory {
  let id: UserID
  var random: RandomSource
  var timeline: UserTimeline
  /// Events not yet written.
  private(set) var remaining: Int
  /// The id and the time of storing of the latest event: lines are ordered by these.
  private(set) var eventID = EventID(high: 0, low: 0)
  private(set) var created: Int64 = 0

  let discipline: Discipline
  /// The user's current discipline, and the current exercise (an index into the discipline's list).
  var current: Discipline
  var exercise = 0
  /// How strong and how fast the user is, in percent of the usual.
  let strength: Int
  /// Selects what this user usually trains with; taken modulo the length of each list.
  let habit: Int
  /// The user's zone, an index into ``Vocabulary/zones``.
  let zone: Int

  /// Some earlier sets that may be corrected, and some earlier events that may be retracted.
  var sets = Recent<(EventID, Discipline)>()
  var events = Recent<(EventID, EventKind)>()

  init(_ plan: UserPlan) {
    id = plan.id
    random = plan.random
    remaining = plan.events
    timeline = UserTimeline(first: plan.first, last: plan.last, events: plan.events)
    discipline = plan.discipline
    current = plan.discipline
    strength = random.from(55, 135)
    habit = random.below(1 << 16)
    zone = random.below(Vocabulary.zones.count)
  }

  /// Writes the next event as one line, including its line feed.
  mutating func writeNext(into line: inout LineWriter) {
    remaining -= 1
    timeline.advance(&random)
    eventID = randomID()
    var kind = EventKind.table[random.below(EventKind.table.count)]
    if kind == .correction && sets.isEmpty || kind == .retraction && events.isEmpty { kind = .set }

    line.clear()
    line.raw("{\"id\":\"")
    line.uuid(eventID)
    line.raw("\",\"user_id\":\"")
    line.uuid(id)
    line.raw("\",\"timestamp\":\"")
    line.instant(timeline.instant)
    line.raw("+00:00\",\"event_type\":\"")
    line.raw(kind.name)
    line.raw("\",\"data\":{")
    writeData(of: kind, into: &line)
    line.dropSeparator()
    line.raw("},\"metadata\":{")
    writeMetadata(of: kind, into: &line)
    line.dropSeparator()
    line.raw("},\"created_at\":\"")
    created = timeline.instant + delay()
    line.instant(created)
    line.raw("+00:00\"}\n")

    if kind == .set { sets.remember((eventID, current), &random) }
    if kind != .retraction { events.remember((eventID, kind), &random) }
  }

  private mutating func writeData(of kind: EventKind, into line: inout LineWriter) {
    switch kind {
    case .set: writeSet(into: &line)
    case .session: writeSession(into: &line)
    case .imported: writeImport(into: &line)
    case .correction: writeCorrection(into: &line)
    case .retraction: writeRetraction(into: &line)
    case .objectiveSet, .objectiveUpdated: writeObjective(isSet: kind == .objectiveSet, into: &line)
    case .objectiveArchived: writeArchive(into: &line)
    case .goal: writeGoal(into: &line)
    case .override: writeOverride(into: &line)
    case .preference: writePreference(into: &line)
    case .profile: writeProfile(into: &line)
    case .alias: writeAlias(into: &line)
    case .custom, .energy, .meal, .bodyweight, .sleep: writeDiary(kind, into: &line)
    case .program: line.string("name", random.pick(Vocabulary.programs))
    }
  }

  private mutating func writeMetadata(of kind: EventKind, into line: inout LineWriter) {
    line.string("source", random.pick(Vocabulary.sources))
    let zoned = random.chance(4)
    let device = zoned && random.chance(50)
    if zoned && !device { line.string("timezone", Vocabulary.zones[zone]) }
    if timeline.hasSessionID {
      line.key("session_id")
      line.byte(0x22)
      line.date(timeline.instant)
      line.byte(0x2D)
      line.byte(timeline.letter)
      line.raw("\", ")
    }
    let legacy = kind == .session && random.chance(9) ? sets.pick(&random) : nil
    if legacy != nil { line.string("compat_mode", "legacy_set_backfill") }
    if device { line.string("device_timezone", Vocabulary.zones[zone]) }
    line.uuid("idempotency_key", randomID())
    if let legacy { line.uuid("legacy_event_id", legacy.0) }
  }

  /// Microseconds from an event until it is stored: up to two hours, for one in eight up to ten days.
  private mutating func delay() -> Int64 {
    let days = random.chance(12)
    return Int64(random.below(days ? 864_000 : 7_200)) * 1_000_000 + Int64(random.below(1_000_000))
  }

  /// A UUIDv4.
  mutating func randomID() -> UUID128 {
    UUID128(
      high: random.word() & ~0xF000 | 0x4000, low: random.word() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
  }
}

/// A few of the elements seen so far: at first all of them, then each new one replaces a random earlier one, so that
/// old ones stay available for a while. Bounded memory.
struct Recent<Element> {
  private var elements: [Element] = []
  private static var capacity: Int { 24 }

  var isEmpty: Bool { elements.isEmpty }

  mutating func remember(_ element: Element, _ random: inout RandomSource) {
    if elements.count < Recent.capacity {
      elements.append(element)
    } else {
      elements[random.below(Recent.capacity)] = element
    }
  }

  /// A random element.
  func pick(_ random: inout RandomSource) -> Element? {
    elements.isEmpty ? nil : elements[random.below(elements.count)]
  }
}
