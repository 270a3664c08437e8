import EventModel
import JSONTape
import Projections
import PythonValues

/// `objective_state/active`: what the user is training for. The contract's page on objectives.
final class ObjectiveState: ActiveObjectiveFold {
  private let profile: Profile
  private let slots = FieldSlots()
  private let scratch = Scratch()

  // MARK: State

  private let ids = TextIndex()
  private var objectives: [Objective] = []
  private var legacy: Objective?
  private var history: [HistoryEntry] = []
  private var historyCount = 0
  private var trainingModality: JSONValue?
  private var explicitEvents = 0
  private var legacyEvents = 0
  private var overrideEvents = 0
  private var lastEvent: EventID?

  private let shared: FitnessHistory
  private let observer: FitnessObserver?

  init(_ setting: FoldSetting<Fitness>) {
    profile = setting.profile
    shared = setting.shared
    observer = setting.shared.observer
  }

  private struct HistoryEntry {
    var type: StaticString
    var objective: UnsafeRawBufferPointer
    var timestamp: Instant
    var source: UnsafeRawBufferPointer
    var mode: UnsafeRawBufferPointer?
  }

  // MARK: Evolve

  private(set) var active = Objective.assumed(nil, Scratch())

  func fold(_ user: EventHistory, asOf: Instant, into rows: RowBuffer) throws(ReducerFailure) {
    active = try fold(shared)
    try rows.row(0, lastEvent: lastEvent) { writer throws(ReducerFailure) in try write(to: &writer) }
  }

  /// Folds a user's history into the objective that is active.
  private func fold(_ history: FitnessHistory) throws(ReducerFailure) -> Objective {
    begin()
    try history.refuseTooLongData(of: ObjectiveStateProjection.triggers)
    for event in history.others.elements {
      observer?.looked(at: event)
      if !ObjectiveStateProjection.triggers.contains(event.type) { continue }
      slots.load(event.data)
      lastEvent = event.id
      do throws(Refusal) { try evolve(event.type, event.timestamp) } catch {
        throw ReducerFailure(error, event: event.id)
      }
    }
    if lastEvent == nil {
      trainingModality = InferredProfile(slots, scratch, observer).trainingModality(history)
    }
    var active = newestExplicit() ?? legacy ?? Objective.assumed(trainingModality, scratch)
    let stated = active.confidence
    active.confidence = confidence(active.confidence)
    if let observer { observer.note(.objectiveState(steps(active, stated: stated))) }
    return active
  }

  private func begin() {
    ids.removeAll()
    objectives.removeAll(keepingCapacity: true)
    legacy = nil
    history.removeAll(keepingCapacity: true)
    historyCount = 0
    trainingModality = nil
    explicitEvents = 0
    legacyEvents = 0
    overrideEvents = 0
    lastEvent = nil
    scratch.reset()
  }

  private func evolve(_ type: UInt8, _ timestamp: Instant) throws(Refusal) {
    switch type {
    case .profileUpdated:
      if let modality = slots[.trainingModality] { trainingModality = modality }
      observe { .profile(trainingModality: slots[.trainingModality].map { Foreign(json($0)) }) }
    case .advisoryOverrideRecorded: overrideEvents += 1
    case .goalSet: setGoal(timestamp)
    case .objectiveSet: try setObjective("objective.set", timestamp)
    case .objectiveUpdated: try setObjective("objective.updated", timestamp)
    case .objectiveArchived: archive(timestamp)
    default: preconditionFailure("a type of the triggers")
    }
  }

  private func setGoal(_ timestamp: Instant) {
    legacyEvents += 1
    var type = slots.orNull(.goalType).else(.text("health", scratch)).norm(scratch)
    if type.isEmpty { type = UnsafeRawBufferPointer("health") }
    var objective = Objective(id: UnsafeRawBufferPointer("legacy.goal.latest"))
    objective.goal = .legacy(
      Objective.LegacyGoal(
        type: type, description: slots.orNull(.description).trimmed(scratch),
        targetExercise: slots.norm(.targetExercise, scratch), target1RM: slots.orNull(.target1RMKg),
        timeframe: slots.orNull(.timeframeWeeks)))
    objective.source = UnsafeRawBufferPointer("legacy_goal_set")
    objective.confidence = 0.7
    objective.updatedAt = timestamp
    legacy = objective
    observe { .objective(objective.fact(.goal)) }
    note(
      HistoryEntry(type: "goal.set", objective: objective.id, timestamp: timestamp, source: objective.source, mode: nil)
    )
  }

  private func objectiveID() -> UnsafeRawBufferPointer {
    let id = slots.orNull(.objectiveID).trimmed(scratch)
    return id.isEmpty ? UnsafeRawBufferPointer("objective.default") : id
  }

  private func setObjective(_ type: StaticString, _ timestamp: Instant) throws(Refusal) {
    explicitEvents += 1
    let id = objectiveID()
    let (index, isNew) = ids.insert(id)
    let previous = isNew ? nil : objectives[index]
    var next = previous ?? Objective(id: id)

    let mode = slots.norm(.mode, scratch)
    if mode.equals("journal") || mode.equals("collaborate") || mode.equals("coach") { next.mode = mode }
    if let goal = slots[.primaryGoal], goal.kind == .object { next.goal = .given(goal) }
    if case .given(let goal) = next.goal, goal.entryCount == 0 { next.goal = .unspecified }
    if let goals = slots[.secondaryGoals] { next.secondaryGoals = .goals(goals) }
    if let metrics = slots[.successMetrics] { next.successMetrics = .goals(metrics) }
    if let goals = slots[.antiGoals] { next.antiGoals = .strings(goals) }
    if let markers = slots[.constraintMarkers] { next.constraintMarkers = .strings(markers) }
    if let hypothesis = slots[.hypothesis] { next.hypothesis = hypothesis }
    // text(data.source or prev.source or "user_explicit")
    let given = slots.orNull(.source)
    let source = given.isTruthy ? given.trimmed(scratch) : PythonText.strip(next.source)
    next.source = source.isEmpty ? UnsafeRawBufferPointer("user_explicit") : source
    let before = previous.map(\.confidence) ?? 0
    next.confidence = try confidence(slots.orNull(.confidence), fallback: before == 0 ? 0.65 : before)
    next.isArchived = false
    next.version = (previous?.version ?? 0) + 1
    next.updatedAt = timestamp
    store(next, index, isNew)
    observe { .objective(next.fact(.set)) }
    note(HistoryEntry(type: type, objective: id, timestamp: timestamp, source: next.source, mode: next.mode))
  }

  private func archive(_ timestamp: Instant) {
    let id = objectiveID()
    let (index, isNew) = ids.insert(id)
    var objective = isNew ? Objective(id: id) : objectives[index]
    if isNew { objective.confidence = 0.6 }
    objective.isArchived = true
    objective.updatedAt = timestamp
    store(objective, index, isNew)
    observe { .objective(objective.fact(.archived)) }
    note(
      HistoryEntry(
        type: "objective.archived", objective: id, timestamp: timestamp, source: objective.source, mode: nil))
  }

  private func store(_ objective: Objective, _ index: Int, _ isNew: Bool) {
    if isNew { objectives.append(objective) } else { objectives[index] = objective }
  }

  /// Keeps the last entries only: a ring as long as the projection's history.
  private func note(_ entry: HistoryEntry) {
    let limit = Int(profile.constants.historyEntries)
    if limit <= 0 { return }
    if history.count < limit { history.append(entry) } else { history[historyCount % limit] = entry }
    historyCount += 1
  }

  /// The unarchived explicit objective that is greatest by (updated_at, id by code point).
  private func newestExplicit() -> Objective? {
    var newest: Objective?
    for objective in objectives where !objective.isArchived {
      guard let best = newest else {
        newest = objective
        continue
      }
      let (a, b) = (objective.updatedAt!, best.updatedAt!)
      if a > b || (a == b && best.id.lexicographicallyPrecedes(objective.id)) { newest = objective }
    }
    return newest
  }

  // MARK: Observation

  /// Tells an observer what the event under way left.
  @inline(__always)
  private func observe(_ fact: () -> FitnessFact) {
    if let observer, let lastEvent { observer.note(fact(), of: lastEvent) }
  }

  private func steps(_ active: Objective, stated: Double) -> ObjectiveSteps {
    let isAssumed = active.updatedAt == nil
    let isLegacy = if case .legacy = active.goal { true } else { false }
    return ObjectiveSteps(
      origin: isAssumed ? .assumed : isLegacy ? .legacyGoal : .explicit, id: string(active.id),
      updatedAt: active.updatedAt,
      candidates: objectives.map {
        ObjectiveSteps.Candidate(id: string($0.id), updatedAt: $0.updatedAt!, isArchived: $0.isArchived)
      },
      trainingModality: isAssumed ? trainingModality.map { string($0.norm(scratch)) } : nil, statedConfidence: stated,
      confidence: active.confidence, explicitEvents: explicitEvents, legacyEvents: legacyEvents,
      overrideEvents: overrideEvents, historyTotal: historyCount, historyKept: history.count)
  }

  // MARK: Rows

  /// Appends the projection's data.
  private func write(to writer: inout RowWriter) throws(ReducerFailure) {
    writer.json.beginObject()
    writer.json.key("active_constraints")
    active.constraintMarkers.write(to: &writer.json, scratch)
    writer.json.key("active_objective")
    active.write(to: &writer.json, scratch, profile)
    writer.json.key("inferred_confidence")
    writer.json.double(active.confidence)
    writer.json.key("model_version")
    writer.json.literal("objective_state_model.v1")
    writer.json.key("objective_history")
    writeHistory(&writer.json)
    writer.json.key("schema_version")
    writer.json.literal("objective_state.v1")
    writer.json.key("source_summary")
    writer.json.beginObject()
    writer.json.key("default_inferred")
    writer.json.bool(active.source.equals("default_inferred"))
    writer.json.key("explicit_objective_events")
    writer.json.integer(explicitEvents)
    writer.json.key("legacy_goal_events")
    writer.json.integer(legacyEvents)
    writer.json.key("override_rationale_events")
    writer.json.integer(overrideEvents)
    writer.json.endObject()
    // Every objective has a non-empty goal and lists, so nothing is ever unresolved.
    writer.json.key("unresolved_fields")
    writer.json.beginArray()
    writer.json.endArray()
    writer.json.endObject()
    if writer.json.sawNotFinite {
      throw ReducerFailure(Refusal(.notFinite, "a number of the objective is not finite"), event: nil)
    }
  }

  private func writeHistory(_ json: inout CanonicalWriter) {
    json.beginArray()
    let start = history.isEmpty ? 0 : historyCount > history.count ? historyCount % history.count : 0
    for offset in 0..<history.count {
      let entry = history[(start + offset) % history.count]
      json.beginObject()
      json.key("event_type")
      json.literal(entry.type)
      if let mode = entry.mode {
        json.key("mode")
        json.string(mode)
      }
      json.key("objective_id")
      json.string(entry.objective)
      json.key("source")
      json.string(entry.source)
      json.key("timestamp")
      json.instant(entry.timestamp)
      json.endObject()
    }
    json.endArray()
  }
}

/// A fold that the advisory can read: it knows the objective that is active.
protocol ActiveObjectiveFold: ProjectionFold {
  /// Of the user folded last.
  var active: Objective { get }
}

/// confidence(v, fallback): within 0…1, to two places.
func confidence(_ value: JSONValue, fallback: Double) throws(Refusal) -> Double {
  confidence(try value.number() ?? fallback)
}

/// confidence() of a number.
func confidence(_ value: Double) -> Double { roundToEven(clamp(value, 0, 1), places: 2) }
