import EventModel
import Folding
import JSONTape
import PythonValues

// MARK: Names

/// The names and the schema of `objective_advisory`.
package enum ObjectiveAdvisoryProjection {
  package static let type = "objective_advisory"
  fileprivate static let version = "objective_advisory.v1"
  private static let triggers = EventTypeSet(EventType.objective)

  static let v1 = Projection<Fitness>(schema) { ObjectiveAdvisory($0) }

  private static let schema = ProjectionSchema(
    type: type, version: version, keys: ["overview"], triggers: triggers,
    sources: triggers.union(InferredProfile.sources).union([.eventRetracted]),
    inferredFrom: InferredProfile.sources.subtracting(triggers), clock: "generated_at",
    stamp: "schema_version",
    requires: ObjectiveStateProjection.type, words: Set(ObjectiveAdvisory.words),
    texts: [
      TextPlace("warnings.*.message", .text),
      TextPlace(
        "objective_snapshot.primary_goal.description", .textWhere(Objective.isAssumed(in: "objective_snapshot"))),
    ],
    drift: [], observations: nil, quality: nil, isObserved: true)
}

/// The reducer of `objective_advisory/overview`: warnings about the active objective, and the overrides of advice.
final class ObjectiveAdvisory: ProjectionFold {
  /// The types of the events that the reducer reads.
  private static let reads: EventTypeSet = [
    .advisoryOverrideRecorded, .setLogged, .sessionLogged, .externalActivityImported,
  ]

  private enum Status: RowWord {
    case tracked, gap

    var text: StaticString {
      switch self {
      case .tracked: "tracked"
      case .gap: "gap"
      }
    }
  }

  private let profile: Profile
  private let slots = FieldSlots()
  private let scratch = Scratch()
  private let shared: FitnessHistory
  private let observer: FitnessObserver?
  /// What has the active objective.
  private let state: any ActiveObjectiveSource

  init(_ setting: FoldSetting<Fitness>) {
    profile = setting.profile
    shared = setting.shared
    observer = setting.shared.observer
    switch setting.required {
    case let fold as any ActiveObjectiveSource: state = fold
    case let rows as GivenRows: state = GivenObjective(rows)
    default: preconditionFailure("objective_advisory needs something that has the active objective")
    }
  }

  // MARK: State

  private let actors = TextIndex()
  /// The number of overrides of each actor, by the number of the actor.
  private var actorCounts: [Int] = []
  private let scopes = TextIndex()
  private var scopeCounts: [Int] = []
  /// The overrides that the row lists.
  private var recent: [Override] = []
  private var total = 0
  private var reviewDue = 0
  private var lastActivity: Instant?

  private struct Override {
    var timestamp: Instant
    var reason: UnsafeRawBufferPointer
    var scope: UnsafeRawBufferPointer
    var actor: UnsafeRawBufferPointer
    var expectedOutcome: UnsafeRawBufferPointer
    var reviewPoint: PythonDateTime?
  }

  private func begin() {
    actors.removeAll()
    actorCounts.removeAll(keepingCapacity: true)
    scopes.removeAll()
    scopeCounts.removeAll(keepingCapacity: true)
    recent.removeAll(keepingCapacity: true)
    total = 0
    reviewDue = 0
    lastActivity = nil
    scratch.reset()
  }

  // MARK: Evolve

  /// Folds the overrides, newest first, and finds the newest activity.
  func fold(_ user: EventHistory, asOf: Instant, into rows: RowBuffer) throws(ReducerFailure) {
    let history = shared
    begin()
    try history.refuseTooLongData(of: ObjectiveAdvisory.reads)
    if let newest = history.training.elements.last(where: { !history.isRetracted($0) }) {
      lastActivity = newest.timestamp
      observer?.note(.lastActivity, of: newest.id)
    }
    if history.types.contains(.advisoryOverrideRecorded) {
      for event in history.others.elements.reversed() {
        observer?.looked(at: event)
        if !event.isOf(.advisoryOverrideRecorded) { continue }
        slots.load(event.data)
        evolve(event, asOf)
      }
    }
    let active = try state.objective()
    try rows.row(0, lastEvent: ObjectiveAdvisory.newest(history)) { json throws(ReducerFailure) in
      try write(active, asOf, &json)
    }
  }

  private func evolve(_ event: Event, _ asOf: Instant) {
    total += 1
    let actor = party(.actor)
    let scope = party(.scope)
    count(actor, actors, &actorCounts)
    count(scope, scopes, &scopeCounts)
    let reviewPoint = self.reviewPoint()
    let isDue = reviewPoint.map { $0.utcMicroseconds! < asOf.microseconds } ?? false
    if isDue { reviewDue += 1 }
    let days = Int64(profile.constants.recentOverrideDays)
    let isFull = recent.count >= Int(profile.constants.listedOverrides)
    let isOld = event.timestamp.microseconds < asOf.microseconds - days * Instant.day
    if let observer {
      var point: [UInt8] = []
      reviewPoint?.appendISOFormat(to: &point)
      let fact = OverrideFact(
        actor: string(actor), scope: string(scope),
        reviewPoint: reviewPoint == nil ? nil : String(decoding: point, as: UTF8.self), isDue: isDue,
        listing: isOld ? .tooOld : isFull ? .listFull : .listed)
      observer.note(.override(fact), of: event.id)
    }
    if isFull || isOld { return }
    recent.append(
      Override(
        timestamp: event.timestamp, reason: slots.orNull(.reason).trimmed(scratch), scope: scope, actor: actor,
        expectedOutcome: slots.orNull(.expectedOutcome).trimmed(scratch), reviewPoint: reviewPoint))
  }

  /// The contract's norm(v or "unknown") or `unknown`.
  private func party(_ field: Field) -> UnsafeRawBufferPointer {
    let name = slots.norm(field, scratch)
    return name.isEmpty ? UnsafeRawBufferPointer("unknown") : name
  }

  private func count(_ name: UnsafeRawBufferPointer, _ index: TextIndex, _ counts: inout [Int]) {
    let (position, isNew) = index.insert(name)
    if isNew { counts.append(1) } else { counts[position] += 1 }
  }

  /// The review point if it is a string that, trimmed, is a date. A date without an offset is in UTC.
  private func reviewPoint() -> PythonDateTime? {
    guard let value = slots[.reviewPoint], value.isString,
      var date = PythonDateTime.parse(PythonText.strip(value.text))
    else { return nil }
    if date.offsetMicroseconds == nil { date.offsetMicroseconds = 0 }
    return date
  }

  /// The last event of the row: the newest event of the last type that the user has. A completed backfill runs one job
  /// for each event type, in this order from the last.
  private static func newest(_ history: FitnessHistory) -> EventID? {
    history.newest(.externalActivityImported) ?? history.newest(.sessionLogged) ?? history.newest(.setLogged)
      ?? history.newest(.profileUpdated)
      ?? history.others.elements.last { $0.isOf(.advisoryOverrideRecorded) }?.id
  }

  // MARK: Rows

  private enum Slot: RowSlot {
    case objectiveID, mode, source, confidence, goal, secondaryGoals, antiGoals
    case status, gaps, metrics, hasTarget, lastActivity
    case warnings, warningCount
    case overrides, recentDays, recentCount, reviewsDue, byActor, byScope, recent
    case generatedAt
  }

  private static let shape = RowShape<Slot>([
    "schema_version": .text(ObjectiveAdvisoryProjection.version),
    "policy_role": "advisory_only",
    "objective_snapshot": [
      "objective_id": .slot(.objectiveID, words: Objective.ids), "mode": .slot(.mode, words: Objective.modes),
      "source": .slot(.source, words: Objective.sources), "confidence": .slot(.confidence),
      "primary_goal": .slot(.goal, words: Objective.Goal.words), "secondary_goals_count": .slot(.secondaryGoals),
      "anti_goals_count": .slot(.antiGoals),
    ],
    "trackability": [
      "status": .slot(.status, words: Status.words), "gaps": .slot(.gaps, words: AdvisoryFindings.Gap.words),
      "success_metrics_count": .slot(.metrics), "has_primary_goal_target": .slot(.hasTarget),
      "last_activity_at": .slot(.lastActivity),
    ],
    "warnings": .slot(.warnings, words: AdvisoryFindings.warningWords),
    "warning_count": .slot(.warningCount),
    "override_summary": [
      "total_count": .slot(.overrides), "recent_days": .slot(.recentDays), "recent_count": .slot(.recentCount),
      "review_due_count": .slot(.reviewsDue), "by_actor": .slot(.byActor),
      "by_scope": .slot(.byScope), "recent": .slot(.recent, words: overrideShape.words),
    ],
    "safety_invariants_non_overridable": ["consent_write_gate", "approval_required_high_impact_write"],
    "generated_at": .slot(.generatedAt),
  ])

  private enum OverrideSlot: RowSlot {
    case timestamp, reason, scope, actor, expectedOutcome, reviewPoint
  }

  private static let overrideShape = RowShape<OverrideSlot>([
    "timestamp": .slot(.timestamp), "reason": .slot(.reason), "scope": .slot(.scope), "actor": .slot(.actor),
    "expected_outcome": .slot(.expectedOutcome), "review_point": .slot(.reviewPoint),
  ])

  /// The keys and words of the row.
  fileprivate static var words: [String] { shape.words }

  private func write(
    _ objective: Objective, _ asOf: Instant, _ json: inout CanonicalWriter
  ) throws(ReducerFailure) {
    let findings = AdvisoryFindings(
      objective, scratch, lastActivity: lastActivity, reviewsDue: reviewDue, asOf: asOf, profile.constants)
    if let observer {
      observer.note(.objectiveAdvisory(findings.steps(overrides: total, listedOverrides: recent.count)))
    }
    ObjectiveAdvisory.shape.write(into: &json) { slot, json in
      switch slot {
      case .objectiveID: json.string(objective.id)
      case .mode: json.string(objective.mode)
      case .source: json.string(objective.source)
      case .confidence: json.double(objective.confidence)
      case .goal: objective.goal.write(to: &json, profile)
      case .secondaryGoals: json.integer(objective.secondaryGoals.count(scratch))
      case .antiGoals: json.integer(objective.antiGoals.count(scratch))
      case .status: json.word(findings.gaps.isEmpty ? Status.tracked : .gap)
      case .gaps: json.list(findings.gaps) { $1.word($0) }
      case .metrics: json.integer(findings.metrics)
      case .hasTarget: json.bool(findings.hasTarget)
      case .lastActivity: json.instantOrNull(lastActivity)
      case .warnings: json.list(findings.warnings) { findings.write($0, profile.texts, to: &$1) }
      case .warningCount: json.integer(findings.warnings.count)
      case .overrides: json.integer(total)
      case .recentDays: json.integer(Int(profile.constants.recentOverrideDays))
      case .recentCount: json.integer(recent.count)
      case .reviewsDue: json.integer(reviewDue)
      case .byActor: json.object(keys: actors.texts) { $1.integer(actorCounts[$0]) }
      case .byScope: json.object(keys: scopes.texts) { $1.integer(scopeCounts[$0]) }
      case .recent: json.list(recent) { write($0, &$1) }
      case .generatedAt: json.instant(asOf)
      }
    }
    if json.sawNotFinite {
      throw ReducerFailure(Refusal(.notFinite, "a number of the objective is not finite"), event: nil)
    }
  }

  private func write(_ override: Override, _ json: inout CanonicalWriter) {
    ObjectiveAdvisory.overrideShape.write(into: &json) { slot, json in
      switch slot {
      case .timestamp: json.instant(override.timestamp)
      case .reason: json.string(override.reason)
      case .scope: json.string(override.scope)
      case .actor: json.string(override.actor)
      case .expectedOutcome:
        if override.expectedOutcome.isEmpty { json.null() } else { json.string(override.expectedOutcome) }
      case .reviewPoint:
        if let point = override.reviewPoint {
          var bytes: [UInt8] = []
          point.appendISOFormat(to: &bytes)
          bytes.withUnsafeBytes { json.string($0) }
        } else {
          json.null()
        }
      }
    }
  }
}
