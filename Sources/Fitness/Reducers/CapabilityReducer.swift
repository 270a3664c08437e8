import EventModel
import Folding
import JSONTape
import PythonValues
import TimeZones

/// Folds training rows into the envelope of one capability.
final class CapabilityReducer<C: Capability> {
  // MARK: Names

  private let shapes: EnvelopeShapes
  private let recommendations: Recommendations

  /// - Parameter version: the version of the projection.
  init(_ profile: Profile, version: String) {
    shapes = EnvelopeShapes(C.self, required: Int(profile.constants.requiredObservations), version: version)
    recommendations = Recommendations(C.texts(profile), stale: profile.texts.staleReference)
  }

  // MARK: State

  private let observations = Observations()
  private var notes = C.Notes()
  private let groups = ComparabilityGroups(C.groupFields, fallback: C.groupFallback)
  /// The first refusal of the user's rows.
  private(set) var failure: ReducerFailure?

  /// Begins a user.
  func begin(_ context: CapabilityContext) {
    observations.removeAll()
    notes.begin(context)
    groups.begin()
    failure = nil
  }

  // MARK: Evolve

  /// Adds a row whose modality is known.
  @inline(__always)
  func evolve(_ row: TrainingRow, _ modality: Modality, _ context: CapabilityContext) {
    if C.counts(row, modality) { take(row, context) }
  }

  private func take(_ row: TrainingRow, _ context: CapabilityContext) {
    if failure != nil { return }
    do throws(Refusal) {
      switch try C.observe(row, &notes, context) {
      case .none(let reason): row.observer?.ended(C.key, .skipped(reason))
      case .value(let value):
        observations.append(value, count: row.repeats)
        groups.insert(row)
        try notes.add(value, row, context)
        row.observer?.ended(C.key, .observed(value), group: groups.text(of: row))
      }
    } catch {
      row.observer?.ended(C.key, .refused(error.code))
      failure = ReducerFailure(error, event: row.event)
    }
  }

  /// Adds a row whose modality could not be determined. The reducer ignores all later rows of the user.
  func fail(_ refusal: Refusal, event: EventID) {
    if failure == nil { failure = ReducerFailure(refusal, event: event) }
  }

  // MARK: Rows

  private var summary: Estimate?
  /// The values that the estimate summarizes, if they are not the observations.
  private let values = Observations()
  /// The values that the estimate summarizes, for an observer.
  private var summarised: [EstimateSteps.Run] = []

  private func isSufficient(_ constants: Profile.Constants) -> Bool {
    observations.count >= Int(constants.minimumObservations)
  }

  /// Computes the estimate. Call it before the estimates of later capabilities: the first refusal is the user's.
  func estimate(_ context: CapabilityContext) throws(ReducerFailure) {
    summary = nil
    if let failure { throw failure }
    guard isSufficient(context.constants) else { return }
    do throws(Refusal) {
      values.removeAll()
      let values = notes.summarised(observations, into: values)
      summary = try Estimate(values, deviations: context.constants.intervalDeviations)
      if context.observer != nil { summarised = values.steps }
    } catch {
      throw ReducerFailure(error, event: nil)
    }
  }

  /// Whether the estimate contains NaN or an infinity, which the database rejects.
  var isNotFinite: Bool {
    guard let summary else { return false }
    return observations.holdsNaN || !summary.isFinite
  }

  /// Writes the envelope.
  func write(_ context: CapabilityContext, _ shared: SharedValues, to json: inout CanonicalWriter) {
    let constants = context.constants
    let base = clamp(Double(observations.count) / constants.requiredObservations, 0, 1)
    guard let summary else {
      let envelope = Envelope(
        status: .insufficient, estimate: nil, confidence: roundToEven(base, places: 4), reason: EnvelopeShapes.tooFew,
        extraReason: nil, recommendations: recommendations.insufficient.bytes, stale: 0)
      context.observer?.note(steps(envelope, context, base: base, freshness: 1, degraded: 1))
      return write(envelope, shared, &json)
    }
    let isMismatched = groups.count > 1
    let stale = notes.staleReferences
    let freshness = notes.confidenceFactor(constants)
    let degraded = isMismatched || stale > 0 ? constants.degradedFactor : 1
    let envelope = Envelope(
      status: isMismatched || stale > 0 ? .degraded : .ok, estimate: summary,
      confidence: roundToEven(clamp(base * freshness * degraded, 0, 1), places: 4),
      reason: isMismatched ? C.degradedCode : nil, extraReason: notes.hasExtraReason ? C.extraReason : nil,
      recommendations: recommendations.estimated(isMismatched: isMismatched, isStale: stale > 0).bytes, stale: stale)
    context.observer?.note(steps(envelope, context, base: base, freshness: freshness, degraded: degraded))
    write(envelope, shared, &json)
  }

  /// The steps that lead to the numbers of the envelope, for an observer.
  private func steps(
    _ envelope: Envelope, _ context: CapabilityContext, base: Double, freshness: Double, degraded: Double
  ) -> FitnessSteps {
    .capability(
      CapabilitySteps(
        capability: C.key.description, observed: observations.count,
        required: context.constants.requiredObservations, minimum: context.constants.minimumObservations,
        groups: groups.sorted.map(string), estimate: envelope.estimate?.steps(of: summarised, context.constants),
        base: base,
        freshnessFactor: freshness, degradedFactor: degraded, confidence: envelope.confidence,
        status: envelope.status.text.description,
        reasons: [envelope.reason, envelope.extraReason].compactMap { $0?.description },
        stale: notes.staleReferences))
  }

  private func write(_ envelope: Envelope, _ shared: SharedValues, _ json: inout CanonicalWriter) {
    shapes.envelope.write(into: &json) { slot, json in
      switch slot {
      case .status: json.word(envelope.status)
      case .mean: json.doubleOrNull(envelope.estimate?.mean)
      case .low: json.doubleOrNull(envelope.estimate?.low)
      case .high: json.doubleOrNull(envelope.estimate?.high)
      case .confidence: json.double(envelope.confidence)
      case .observed: json.integer(observations.count)
      case .reasons: writeReasons(envelope, &json)
      case .recommendations: json.written(envelope.recommendations)
      case .caveats: writeCaveats(envelope, &json)
      case .groups: if envelope.estimate != nil { json.list(groups.sorted) { $1.string($0) } }
      case .groupsTotal: if envelope.estimate != nil { json.integer(groups.count) }
      case .diagnostics: notes.writeDiagnostics(isSufficient: envelope.estimate != nil, to: &json)
      case .generatedAt: json.written(shared.generatedAt)
      case .timezone: json.written(shared.timezone)
      }
    }
  }

  private func writeReasons(_ envelope: Envelope, _ json: inout CanonicalWriter) {
    json.list { json in
      if let reason = envelope.reason { json.literal(reason) }
      if let reason = envelope.extraReason { json.literal(reason) }
    }
  }

  private func writeCaveats(_ envelope: Envelope, _ json: inout CanonicalWriter) {
    json.list { json in
      if envelope.estimate == nil {
        shapes.insufficiency.write(into: &json) { $1.integer(observations.count) }
      } else {
        if envelope.reason != nil { shapes.mismatch.write(into: &json) { $1.integer(groups.count) } }
        if envelope.stale > 0 { shapes.staleness.write(into: &json) { $1.integer(envelope.stale) } }
      }
    }
  }
}
