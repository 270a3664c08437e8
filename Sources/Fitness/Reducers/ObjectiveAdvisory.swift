import EventModel
import JSONTape
import Projections
import PythonValues

/// `objective_advisory/overview`: what stands against the active objective. The contract's page on objectives.
final class ObjectiveAdvisory: ProjectionFold {
  private let profile: Profile
  private let slots = FieldSlots()
  private let scratch = Scratch()

  // MARK: State

  private let actors = TextIndex()
  private var actorCounts: [Int] = []
  private let scopes = TextIndex()
  private var scopeCounts: [Int] = []
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

  private let shared: FitnessHistory
  private let observer: FitnessObserver?

  private let state: any ActiveObjectiveFold

  init(_ setting: FoldSetting<Fitness>) {
    profile = setting.profile
    shared = setting.shared
    observer = setting.shared.observer
    guard let state = setting.required as? any ActiveObjectiveFold else {
      preconditionFailure("objective_advisory reads the objective of the objective_state beside it")
    }
    self.state = state
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

  /// Folds the overrides and activities, newest first.
  func fold(_ user: EventHistory, asOf: Instant, into rows: RowBuffer) throws(ReducerFailure) {
    let history = shared
    begin()
    try history.refuseTooLongData(of: ObjectiveAdvisory.read)
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
    try rows.row(0, lastEvent: ObjectiveAdvisory.newest(history)) { writer throws(ReducerFailure) in
      try write(state.active, asOf, &writer)
    }
  }

  /// Of several types a row's last event is one of the type whose job a completed backfill runs last.
  private static func newest(_ history: FitnessHistory) -> EventID? {
    history.newest(.externalActivityImported) ?? history.newest(.sessionLogged) ?? history.newest(.setLogged)
      ?? history.newest(.profileUpdated)
      ?? history.others.elements.last { $0.isOf(.advisoryOverrideRecorded) }?.id
  }

  private static let read: EventTypeSet = [
    .advisoryOverrideRecorded, .setLogged, .sessionLogged, .externalActivityImported,
  ]

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

  /// norm(v or "unknown") or `unknown`.
  private func party(_ field: Field) -> UnsafeRawBufferPointer {
    let name = slots.norm(field, scratch)
    return name.isEmpty ? UnsafeRawBufferPointer("unknown") : name
  }

  private func count(_ name: UnsafeRawBufferPointer, _ index: TextIndex, _ counts: inout [Int]) {
    let (position, isNew) = index.insert(name)
    if isNew { counts.append(1) } else { counts[position] += 1 }
  }

  /// A string that is a date, trimmed; without an offset UTC.
  private func reviewPoint() -> PythonDateTime? {
    guard let value = slots[.reviewPoint], value.isString,
      var date = PythonDateTime.parse(PythonText.strip(value.text))
    else { return nil }
    if date.offsetMicroseconds == nil { date.offsetMicroseconds = 0 }
    return date
  }

  // MARK: Rows

  private func write(_ active: Objective, _ asOf: Instant, _ writer: inout RowWriter) throws(ReducerFailure) {
    let objective = active
    let metrics = objective.successMetrics.count(scratch)
    let hasTarget = objective.goal.hasTarget
    var gaps: [StaticString] = []
    if metrics == 0 { gaps.append("missing_success_metrics") }
    if !hasTarget { gaps.append("missing_primary_goal_target") }
    let trackability = Trackability(gaps: gaps, metrics: metrics, hasTarget: hasTarget, lastActivity: lastActivity)

    writer.json.beginObject()
    writer.json.key("generated_at")
    writer.json.instant(asOf)
    writer.json.key("objective_snapshot")
    writeSnapshot(objective, &writer.json)
    writer.json.key("override_summary")
    writeOverrides(&writer)
    writer.json.key("policy_role")
    writer.json.literal("advisory_only")
    writer.json.key("safety_invariants_non_overridable")
    writer.literals(["consent_write_gate", "approval_required_high_impact_write"])
    writer.json.key("schema_version")
    writer.json.literal("objective_advisory.v1")
    writer.json.key("trackability")
    trackability.write(to: &writer)
    let warnings = warnings(objective, trackability, asOf)
    if let observer { observer.note(.objectiveAdvisory(steps(objective, trackability, warnings, asOf))) }
    writer.json.key("warning_count")
    writer.json.integer(warnings.count)
    writer.json.key("warnings")
    writer.json.beginArray()
    for warning in warnings { write(warning, objective, trackability, &writer) }
    writer.json.endArray()
    writer.json.endObject()
    if writer.json.sawNotFinite {
      throw ReducerFailure(Refusal(.notFinite, "a number of the objective is not finite"), event: nil)
    }
  }

  private struct Trackability {
    var gaps: [StaticString]
    var metrics: Int
    var hasTarget: Bool
    var lastActivity: Instant?

    func write(to writer: inout RowWriter) {
      writer.json.beginObject()
      writer.json.key("gaps")
      writer.literals(gaps)
      writer.json.key("has_primary_goal_target")
      writer.json.bool(hasTarget)
      writer.json.key("last_activity_at")
      if let lastActivity { writer.json.instant(lastActivity) } else { writer.json.null() }
      writer.json.key("status")
      writer.json.literal(gaps.isEmpty ? "tracked" : "gap")
      writer.json.key("success_metrics_count")
      writer.json.integer(metrics)
      writer.json.endObject()
    }
  }

  private enum Warning {
    case trackabilityGap
    case defaultInferred(source: UnsafeRawBufferPointer)
    case metricStaleness
    case overrideReviewDue

    var code: StaticString {
      switch self {
      case .trackabilityGap: "objective_trackability_gap"
      case .defaultInferred: "objective_default_inferred"
      case .metricStaleness: "objective_metric_staleness"
      case .overrideReviewDue: "objective_override_review_due"
      }
    }
  }

  /// For an observer: what the rules saw, and which of them fired.
  private func steps(
    _ objective: Objective, _ trackability: Trackability, _ warnings: [Warning], _ asOf: Instant
  ) -> AdvisorySteps {
    let days = Int64(profile.constants.metricStalenessDays)
    let source = string(JSONValue.norm(of: objective.source, scratch))
    return AdvisorySteps(
      successMetrics: trackability.metrics, hasTarget: trackability.hasTarget,
      gaps: trackability.gaps.map(\.description), source: source.isEmpty ? "unknown" : source,
      confidence: objective.confidence, confidentFrom: profile.constants.confidentObjective,
      lastActivity: lastActivity, staleBefore: Instant(microseconds: asOf.microseconds - days * Instant.day),
      overrides: total, listedOverrides: recent.count, reviewsDue: reviewDue,
      warnings: warnings.map { $0.code.description })
  }

  private func warnings(_ objective: Objective, _ trackability: Trackability, _ asOf: Instant) -> [Warning] {
    var warnings: [Warning] = []
    if !trackability.gaps.isEmpty { warnings.append(.trackabilityGap) }
    var source = JSONValue.norm(of: objective.source, scratch)
    let isInferred = source.equals("default_inferred") || source.equals("legacy_inferred")
    if source.isEmpty { source = UnsafeRawBufferPointer("unknown") }
    if isInferred || objective.confidence < profile.constants.confidentObjective {
      warnings.append(.defaultInferred(source: source))
    }
    let days = Int64(profile.constants.metricStalenessDays)
    if lastActivity.map({ $0.microseconds < asOf.microseconds - days * Instant.day }) ?? true {
      warnings.append(.metricStaleness)
    }
    if reviewDue > 0 { warnings.append(.overrideReviewDue) }
    return warnings
  }

  private func write(
    _ warning: Warning, _ objective: Objective, _ trackability: Trackability, _ writer: inout RowWriter
  ) {
    func body(
      _ confidence: Double, _ message: String, _ severity: StaticString,
      _ evidence: (inout RowWriter) -> Void
    ) {
      writer.json.beginObject()
      writer.json.key("code")
      writer.json.literal(warning.code)
      writer.json.key("confidence")
      writer.json.double(confidence)
      writer.json.key("evidence")
      writer.json.beginObject()
      evidence(&writer)
      writer.json.endObject()
      writer.json.key("message")
      writer.json.string(message)
      writer.json.key("overridable")
      writer.json.bool(true)
      writer.json.key("severity")
      writer.json.literal(severity)
      writer.json.endObject()
    }
    switch warning {
    case .trackabilityGap:
      body(0.84, profile.texts.trackabilityGap, "warning") { writer in
        writer.json.key("gaps")
        writer.literals(trackability.gaps)
        writer.json.key("has_primary_goal_target")
        writer.json.bool(trackability.hasTarget)
        writer.json.key("success_metrics_count")
        writer.json.integer(trackability.metrics)
      }
    case .defaultInferred(let source):
      body(0.7, profile.texts.defaultInferred, "info") { writer in
        writer.json.key("objective_confidence")
        writer.json.double(objective.confidence)
        writer.json.key("source")
        writer.json.string(source)
      }
    case .metricStaleness:
      body(0.76, profile.texts.metricStaleness, "warning") { writer in
        writer.json.key("last_activity_at")
        if let lastActivity = trackability.lastActivity {
          writer.json.instant(lastActivity)
        } else {
          writer.json.null()
        }
        writer.json.key("staleness_days_threshold")
        writer.json.integer(Int(profile.constants.metricStalenessDays))
      }
    case .overrideReviewDue:
      body(0.78, profile.texts.overrideReviewDue, "info") { writer in
        writer.json.key("review_due_count")
        writer.json.integer(reviewDue)
      }
    }
  }

  private func writeSnapshot(_ objective: Objective, _ json: inout CanonicalWriter) {
    json.beginObject()
    json.key("anti_goals_count")
    json.integer(objective.antiGoals.count(scratch))
    json.key("confidence")
    json.double(objective.confidence)
    json.key("mode")
    json.string(objective.mode)
    json.key("objective_id")
    json.string(objective.id)
    json.key("primary_goal")
    objective.goal.write(to: &json, profile)
    json.key("secondary_goals_count")
    json.integer(objective.secondaryGoals.count(scratch))
    json.key("source")
    json.string(objective.source)
    json.endObject()
  }

  private func writeOverrides(_ writer: inout RowWriter) {
    writer.json.beginObject()
    writer.json.key("by_actor")
    writeCounts(actors, actorCounts, &writer.json)
    writer.json.key("by_scope")
    writeCounts(scopes, scopeCounts, &writer.json)
    writer.json.key("recent")
    writer.json.beginArray()
    for override in recent { write(override, &writer.json) }
    writer.json.endArray()
    writer.json.key("recent_count")
    writer.json.integer(recent.count)
    writer.json.key("recent_days")
    writer.json.integer(Int(profile.constants.recentOverrideDays))
    writer.json.key("review_due_count")
    writer.json.integer(reviewDue)
    writer.json.key("total_count")
    writer.json.integer(total)
    writer.json.endObject()
  }

  private func writeCounts(_ index: TextIndex, _ counts: [Int], _ json: inout CanonicalWriter) {
    json.beginObject()
    for position in index.texts.indices.sorted(by: { precedesInUTF16(index.texts[$0], index.texts[$1]) }) {
      json.key(index.texts[position])
      json.integer(counts[position])
    }
    json.endObject()
  }

  private func write(_ override: Override, _ json: inout CanonicalWriter) {
    json.beginObject()
    json.key("actor")
    json.string(override.actor)
    json.key("expected_outcome")
    if override.expectedOutcome.isEmpty { json.null() } else { json.string(override.expectedOutcome) }
    json.key("reason")
    json.string(override.reason)
    json.key("review_point")
    if let point = override.reviewPoint {
      var bytes: [UInt8] = []
      point.appendISOFormat(to: &bytes)
      bytes.withUnsafeBytes { json.string($0) }
    } else {
      json.null()
    }
    json.key("scope")
    json.string(override.scope)
    json.key("timestamp")
    json.instant(override.timestamp)
    json.endObject()
  }
}
