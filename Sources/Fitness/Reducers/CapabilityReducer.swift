import EventModel
import JSONTape
import Projections
import PythonValues
import TimeZones

/// Folds training rows into one capability envelope; the contract's page on capability estimation.
final class CapabilityReducer<C: Capability> {
  private let observations = Observations()
  /// What is summarised where that is not the observations.
  private let values = Observations()
  private var notes = C.Notes()
  private let groups = ComparabilityGroups(C.groupFields, fallback: C.groupFallback)
  private let pieces: EnvelopePieces
  /// The first refusal of a user's rows.
  private(set) var failure: ReducerFailure?

  init(_ profile: Profile) {
    pieces = EnvelopePieces(C.key, C.texts(profile), stale: profile.texts.staleReference, profile.constants)
  }

  /// Begins a user.
  func begin(_ context: CapabilityContext) {
    observations.removeAll()
    notes.begin(context)
    groups.begin()
    failure = nil
  }

  // MARK: Evolve

  /// Takes in a row whose modality could be told.
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

  /// Takes in that a row's modality could not be told: no later row counts.
  func fail(_ refusal: Refusal, event: EventID) {
    if failure == nil { failure = ReducerFailure(refusal, event: event) }
  }

  // MARK: Rows

  private var summary: Estimate?
  /// What the estimate summarises, for an observer.
  private var summarised: [EstimateSteps.Run] = []

  private func isSufficient(_ constants: Profile.Constants) -> Bool {
    observations.count >= Int(constants.minimumObservations)
  }

  /// Computes the estimate; its refusal comes before those of later capabilities.
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

  /// Whether the estimate holds NaN or an infinity, which the database refuses.
  var isNotFinite: Bool {
    guard let summary else { return false }
    return observations.holdsNaN || !summary.isFinite
  }

  /// Appends the envelope.
  ///
  /// - Parameter common: what all envelopes of a user have.
  func write(_ context: CapabilityContext, _ common: CommonPieces, to writer: inout RowWriter) {
    let constants = context.constants
    let base = clamp(Double(observations.count) / constants.requiredObservations, 0, 1)
    guard let summary else {
      let envelope = Envelope(
        status: "insufficient_data", estimate: nil, confidence: roundToEven(base, places: 4),
        reason: "insufficient_observation_count", furtherReason: nil, recommendations: pieces.insufficient, stale: 0)
      context.observer?.note(steps(envelope, context, base: base, freshness: 1, degraded: 1))
      return writeEnvelope(envelope, common, &writer.json)
    }
    let isMismatched = groups.count > 1
    let stale = notes.staleReferences
    let freshness = notes.confidenceFactor(constants)
    let degraded = isMismatched || stale > 0 ? constants.degradedFactor : 1
    let envelope = Envelope(
      status: isMismatched || stale > 0 ? "degraded_comparability" : "ok", estimate: summary,
      confidence: roundToEven(clamp(base * freshness * degraded, 0, 1), places: 4),
      reason: isMismatched ? C.degradedCode : nil, furtherReason: notes.extraReason,
      recommendations: pieces.recommendations(isMismatched: isMismatched, isStale: stale > 0), stale: stale)
    context.observer?.note(steps(envelope, context, base: base, freshness: freshness, degraded: degraded))
    writeEnvelope(envelope, common, &writer.json)
  }

  /// For an observer: how the envelope's numbers follow.
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
        status: envelope.status.description,
        reasons: [envelope.reason, envelope.furtherReason].compactMap { $0?.description },
        stale: notes.staleReferences))
  }

  private struct Envelope {
    var status: StaticString
    /// `nil` where there is too little to estimate of.
    var estimate: Estimate?
    var confidence: Double
    var reason: StaticString?
    var furtherReason: StaticString?
    var recommendations: UnsafeRawBufferPointer
    /// Observations of stale references.
    var stale: Int
  }

  private func writeEnvelope(_ envelope: Envelope, _ common: CommonPieces, _ json: inout CanonicalWriter) {
    json.beginDocument()
    json.leading(pieces.head)
    writeCaveats(envelope, &json)
    json.key("comparability")
    writeComparability(isSufficient: envelope.estimate != nil, &json)
    json.key("confidence")
    json.double(envelope.confidence)
    json.leading(#","data_sufficiency":{"observed_observations":"#)
    json.integer(observations.count)
    json.key("recommended_next_observations")
    json.written(envelope.recommendations)
    json.leading(pieces.required)
    json.beginArray()
    if let reason = envelope.reason { json.literal(reason) }
    if let reason = envelope.furtherReason { json.literal(reason) }
    json.leading(#"]},"diagnostics":"#)
    notes.writeDiagnostics(isSufficient: envelope.estimate != nil, to: &json)
    json.key("estimate")
    write(envelope.estimate, &json)
    json.leading(common.generation)
    json.written(envelope.recommendations)
    json.leading(#","schema_version":"capability_output.v1","status":"#)
    json.literal(envelope.status)
    json.key("timezone_context")
    json.written(common.timezone)
    json.endObject()
  }

  private func writeCaveats(_ envelope: Envelope, _ json: inout CanonicalWriter) {
    json.beginArray()
    if envelope.estimate == nil {
      json.leading(#"{"code":"insufficient_data","details":{"observed_observations":"#)
      json.integer(observations.count)
      json.leading(pieces.insufficiency)
    } else {
      if envelope.reason != nil {
        json.beginObject()
        json.key("code")
        json.literal(C.degradedCode)
        json.leading(#","details":{"group_count":"#)
        json.integer(groups.count)
        json.leading(#"},"severity":"medium"}"#)
      }
      if envelope.stale > 0 {
        if envelope.reason != nil { json.leading(",") }
        json.leading(#"{"code":"stale_reference","details":{"stale_reference_count":"#)
        json.integer(envelope.stale)
        json.leading(#"},"severity":"medium"}"#)
      }
    }
    json.endArray()
  }

  private func writeComparability(isSufficient: Bool, _ json: inout CanonicalWriter) {
    json.beginObject()
    if isSufficient {
      json.key("groups")
      json.beginArray()
      for group in groups.sorted { json.string(group) }
      json.endArray()
      json.key("groups_total")
      json.integer(groups.count)
    }
    json.endObject()
  }

  private func write(_ estimate: Estimate?, _ json: inout CanonicalWriter) {
    guard let estimate else { return json.leading(#"{"interval":[null,null],"mean":null}"#) }
    json.leading(#"{"interval":["#)
    json.double(estimate.low)
    json.double(estimate.high)
    json.leading(#"],"mean":"#)
    json.double(estimate.mean)
    json.endObject()
  }
}
