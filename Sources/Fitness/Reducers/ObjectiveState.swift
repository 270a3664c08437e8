import EventModel
import Folding
import JSONTape
import PythonValues

// MARK: Names

/// The names and the schema of `objective_state`.
package enum ObjectiveStateProjection {
  package static let type = "objective_state"
  fileprivate static let version = "objective_state_model.v1"
  static let triggers = EventTypeSet(EventType.objective).subtracting(EventTypeSet(EventType.capability))

  static let v1 = Projection<Fitness>(schema) { ObjectiveState($0) }

  private static let schema = ProjectionSchema(
    type: type, version: version, keys: ["active"], triggers: triggers,
    sources: triggers.union(InferredProfile.sources).union([.eventRetracted]), inferredFrom: InferredProfile.sources,
    clock: nil, stamp: "model_version",
    requires: nil, words: Set(ObjectiveState.words),
    texts: [
      TextPlace("active_objective.primary_goal.description", .textWhere(Objective.isAssumed(in: "active_objective")))
    ], drift: [], observations: nil,
    quality: QualityPlaces(status: nil, statuses: [], confidence: "inferred_confidence"), isObserved: true)
}

/// Gives the advisory its objective.
protocol ActiveObjectiveSource {
  /// The active objective of the user folded last.
  func objective() throws(ReducerFailure) -> Objective
}

/// The reducer of `objective_state/active`: the objective for which the user trains.
final class ObjectiveState: ProjectionFold, ActiveObjectiveSource {
  /// The types of the events that the state consists of.
  private static let reads: EventTypeSet = [
    .goalSet, .objectiveSet, .objectiveUpdated, .objectiveArchived, .profileUpdated, .advisoryOverrideRecorded,
  ]

  private let profile: Profile
  private let slots = FieldSlots()
  private let scratch = Scratch()
  private let shared: FitnessHistory
  private let observer: FitnessObserver?

  init(_ setting: FoldSetting<Fitness>) {
    profile = setting.profile
    shared = setting.shared
    observer = setting.shared.observer
  }

  // MARK: State

  private var active = Objective.assumed(nil, Scratch())
  private let ids = TextIndex()
  /// The explicit objectives; the index of an objective is the number of its id.
  private var objectives: [Objective] = []
  private var legacy: Objective?
  /// A ring of the last entries.
  private var history: [HistoryEntry] = []
  /// The number of all entries, including the entries that the ring no longer has.
  private var historyCount = 0
  private var trainingModality: JSONValue?
  private var explicitEvents = 0
  private var legacyEvents = 0
  private var overrideEvents = 0
  private var lastEvent: EventID?

  private struct HistoryEntry {
    var type: EventType
    var objective: UnsafeRawBufferPointer
    var timestamp: Instant
    var source: UnsafeRawBufferPointer
    var mode: UnsafeRawBufferPointer?
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

  func objective() -> Objective { active }

  // MARK: Evolve

  func fold(_ user: EventHistory, asOf: Instant, into rows: RowBuffer) throws(ReducerFailure) {
    active = try fold(shared)
    try rows.row(0, lastEvent: lastEvent) { json throws(ReducerFailure) in try write(to: &json) }
  }

  /// Folds a user's history and returns the active objective.
  private func fold(_ history: FitnessHistory) throws(ReducerFailure) -> Objective {
    begin()
    try history.refuseTooLongData(of: ObjectiveState.reads)
    for event in history.others.elements {
      observer?.looked(at: event)
      guard ObjectiveState.reads.contains(event.type), let type = Vocabulary.fitness.eventType(event.type) else {
        continue
      }
      slots.load(event.data)
      lastEvent = event.id
      do throws(Refusal) { try evolve(type, event.timestamp) } catch {
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

  private func evolve(_ type: EventType, _ timestamp: Instant) throws(Refusal) {
    switch type {
    case .profileUpdated:
      if let modality = slots[.trainingModality] { trainingModality = modality }
      observe { .profile(trainingModality: slots[.trainingModality].map { Foreign(json($0)) }) }
    case .advisoryOverrideRecorded: overrideEvents += 1
    case .goalSet: setGoal(timestamp)
    case .objectiveSet, .objectiveUpdated: try setObjective(type, timestamp)
    case .objectiveArchived: archive(timestamp)
    default: preconditionFailure("the state does not consist of such events")
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
      HistoryEntry(type: .goalSet, objective: objective.id, timestamp: timestamp, source: objective.source, mode: nil)
    )
  }

  private func objectiveID() -> UnsafeRawBufferPointer {
    let id = slots.orNull(.objectiveID).trimmed(scratch)
    return id.isEmpty ? UnsafeRawBufferPointer("objective.default") : id
  }

  private func setObjective(_ type: EventType, _ timestamp: Instant) throws(Refusal) {
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
    // The contract: text(data.source or prev.source or "user_explicit").
    let given = slots.orNull(.source)
    let source = given.isTruthy ? given.trimmed(scratch) : PythonText.strip(next.source)
    next.source = source.isEmpty ? UnsafeRawBufferPointer("user_explicit") : source
    // The contract: prev.confidence or 0.65, so 0 counts as none.
    var fallback = 0.65
    if let previous, previous.confidence != 0 { fallback = previous.confidence }
    next.confidence = try confidence(slots.orNull(.confidence), fallback: fallback)
    next.isArchived = false
    next.version = previous.map { $0.version + 1 } ?? 1
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
        type: .objectiveArchived, objective: id, timestamp: timestamp, source: objective.source, mode: nil))
  }

  private func store(_ objective: Objective, _ index: Int, _ isNew: Bool) {
    if isNew { objectives.append(objective) } else { objectives[index] = objective }
  }

  /// Appends an entry to the ring.
  private func note(_ entry: HistoryEntry) {
    let limit = Int(profile.constants.historyEntries)
    if history.count < limit { history.append(entry) } else if limit > 0 { history[historyCount % limit] = entry }
    historyCount += 1
  }

  /// The unarchived explicit objective with the greatest updated_at, among several the one with the greatest id by code
  /// point.
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

  /// Passes the result of the current event to an observer.
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

  private enum Slot: RowSlot {
    case objective, history, constraints, confidence, explicitEvents, legacyEvents, overrideEvents, isInferred
  }

  private static let shape = RowShape<Slot>([
    "schema_version": "objective_state.v1",
    "active_objective": .slot(.objective, words: Objective.words),
    "objective_history": .slot(.history, words: entryShape.words),
    "active_constraints": .slot(.constraints),
    // Every objective has lists and a goal that is not empty, so no field is ever unresolved.
    "unresolved_fields": [],
    "inferred_confidence": .slot(.confidence),
    "source_summary": [
      "explicit_objective_events": .slot(.explicitEvents), "legacy_goal_events": .slot(.legacyEvents),
      "override_rationale_events": .slot(.overrideEvents), "default_inferred": .slot(.isInferred),
    ],
    "model_version": .text(ObjectiveStateProjection.version),
  ])

  private enum EntrySlot: RowSlot {
    case type, objective, timestamp, source, mode
  }

  private static let entryShape = RowShape<EntrySlot>([
    "event_type": .slot(.type, words: Vocabulary.fitness.names(of: entryTypes).sorted()),
    "objective_id": .slot(.objective, words: Objective.ids),
    "timestamp": .slot(.timestamp), "source": .slot(.source, words: Objective.sources),
    "mode": .optional(.mode, words: Objective.modes),
  ])

  /// The types of the events that have an entry in the history.
  private static let entryTypes: EventTypeSet = [.goalSet, .objectiveSet, .objectiveUpdated, .objectiveArchived]

  /// The keys and words of the row.
  fileprivate static var words: [String] { shape.words }

  private func write(to json: inout CanonicalWriter) throws(ReducerFailure) {
    ObjectiveState.shape.write(into: &json) { slot, json in
      switch slot {
      case .objective: active.write(to: &json, scratch, profile)
      case .history: json.list(0..<history.count) { write(entry($0), &$1) }
      case .constraints: active.constraintMarkers.write(to: &json, scratch)
      case .confidence: json.double(active.confidence)
      case .explicitEvents: json.integer(explicitEvents)
      case .legacyEvents: json.integer(legacyEvents)
      case .overrideEvents: json.integer(overrideEvents)
      case .isInferred: json.bool(active.source.equals("default_inferred"))
      }
    }
    if json.sawNotFinite {
      throw ReducerFailure(Refusal(.notFinite, "a number of the objective is not finite"), event: nil)
    }
  }

  /// The entry of the ring at that index; the oldest entry has index 0.
  private func entry(_ place: Int) -> HistoryEntry {
    history[(historyCount + place) % history.count]
  }

  private func write(_ entry: HistoryEntry, _ json: inout CanonicalWriter) {
    ObjectiveState.entryShape.write(into: &json) { slot, json in
      switch slot {
      case .type: json.string(entry.type.name.utf8)
      case .objective: json.string(entry.objective)
      case .timestamp: json.instant(entry.timestamp)
      case .source: json.string(entry.source)
      case .mode: if let mode = entry.mode { json.string(mode) }
      }
    }
  }
}

/// The contract's confidence(v, fallback): clamped to 0…1 and rounded to two places.
func confidence(_ value: JSONValue, fallback: Double) throws(Refusal) -> Double {
  confidence(try value.number() ?? fallback)
}

/// The contract's confidence() of a number.
func confidence(_ value: Double) -> Double { roundToEven(clamp(value, 0, 1), places: 2) }
