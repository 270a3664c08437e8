import EventModel
import JSONTape
import TimeZones

/// Folds training rows into one capability envelope; the contract's page on capability estimation.
final class CapabilityReducer<C: Capability> {
  private var observations = Observations()
  private var notes = C.Notes()
  private let groups = ComparabilityGroups(C.groupFields, fallback: C.groupFallback)
  private let texts: Profile.CapabilityTexts
  /// The first refusal of a user's rows.
  private(set) var failure: ReducerFailure?

  init(_ profile: Profile) { texts = C.texts(profile) }

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
    guard isSufficient(context.profile.constants) else { return }
    do throws(Refusal) {
      let values = notes.summarised(observations)
      summary = try Estimate(values, deviations: context.profile.constants.intervalDeviations)
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
  /// - Parameter timezone: `timezone_context`.
  func write(_ context: CapabilityContext, timezone: UnsafeRawBufferPointer, to writer: inout RowWriter) {
    let constants = context.profile.constants
    let required = constants.requiredObservations
    let count = observations.count
    let base = clamp(Double(count) / required, 0, 1)
    guard let summary else {
      let envelope = Envelope(
        status: "insufficient_data", estimate: nil, confidence: roundToEven(base, places: 4),
        reasons: ["insufficient_observation_count"], recommendations: texts.insufficient, caveats: .insufficient)
      context.observer?.note(steps(envelope, context, base: base, freshness: 1, degraded: 1))
      return writeEnvelope(envelope, context, timezone, &writer)
    }
    let isMismatched = groups.count > 1
    let stale = notes.staleReferences
    let freshness = notes.confidenceFactor(constants)
    let degraded = isMismatched || stale > 0 ? constants.degradedFactor : 1
    var reasons: [StaticString] = isMismatched ? [C.degradedCode] : []
    if let extra = notes.extraReason { reasons.append(extra) }
    let envelope = Envelope(
      status: isMismatched || stale > 0 ? "degraded_comparability" : "ok", estimate: summary,
      confidence: roundToEven(clamp(base * freshness * degraded, 0, 1), places: 4), reasons: reasons,
      recommendations: (isMismatched ? texts.degraded : [])
        + (stale > 0 ? [context.profile.texts.staleReference] : []),
      caveats: .degraded(isMismatched: isMismatched, stale: stale))
    context.observer?.note(steps(envelope, context, base: base, freshness: freshness, degraded: degraded))
    writeEnvelope(envelope, context, timezone, &writer)
  }

  /// For an observer: how the envelope's numbers follow.
  private func steps(
    _ envelope: Envelope, _ context: CapabilityContext, base: Double, freshness: Double, degraded: Double
  ) -> ProjectionSteps {
    .capability(
      CapabilitySteps(
        capability: C.key.description, observed: observations.count,
        required: context.profile.constants.requiredObservations,
        minimum: context.profile.constants.minimumObservations,
        groups: groups.sorted.map(string),
        estimate: envelope.estimate?.steps(of: summarised, context.profile.constants), base: base,
        freshnessFactor: freshness, degradedFactor: degraded, confidence: envelope.confidence,
        status: envelope.status.description, reasons: envelope.reasons.map(\.description), stale: notes.staleReferences)
    )
  }

  private struct Envelope {
    enum Caveats {
      case insufficient
      case degraded(isMismatched: Bool, stale: Int)
    }

    var status: StaticString
    var estimate: Estimate?
    var confidence: Double
    var reasons: [StaticString]
    var recommendations: [String]
    var caveats: Caveats
  }

  private func writeEnvelope(
    _ envelope: Envelope, _ context: CapabilityContext, _ timezone: UnsafeRawBufferPointer,
    _ writer: inout RowWriter
  ) {
    let required = Int(context.profile.constants.requiredObservations)
    writer.json.beginDocument()
    writer.json.beginObject()
    writer.json.key("capability")
    writer.json.literal(C.key)
    writer.json.key("caveats")
    write(envelope.caveats, required, &writer.json)
    writer.json.key("comparability")
    writeComparability(isSufficient: envelope.estimate != nil, &writer.json)
    writer.json.key("confidence")
    writer.json.double(envelope.confidence)
    writer.json.key("data_sufficiency")
    writer.json.beginObject()
    writer.json.key("observed_observations")
    writer.json.integer(observations.count)
    writer.json.key("recommended_next_observations")
    writer.strings(envelope.recommendations)
    writer.json.key("required_observations")
    writer.json.integer(required)
    writer.json.key("uncertainty_reason_codes")
    writer.literals(envelope.reasons)
    writer.json.endObject()
    writer.json.key("diagnostics")
    notes.writeDiagnostics(isSufficient: envelope.estimate != nil, to: &writer.json)
    writer.json.key("estimate")
    write(envelope.estimate, &writer.json)
    writer.json.key("generated_at")
    writer.json.instant(context.asOf)
    writer.json.key("model_version")
    writer.json.literal("capability_estimation.v1")
    writer.json.key("protocol_signature")
    writer.json.beginObject()
    writer.json.endObject()
    writer.json.key("recommended_next_observations")
    writer.strings(envelope.recommendations)
    writer.json.key("schema_version")
    writer.json.literal("capability_output.v1")
    writer.json.key("status")
    writer.json.literal(envelope.status)
    writer.json.key("timezone_context")
    writer.json.written(timezone)
    writer.json.endObject()
  }

  private func write(_ caveats: Envelope.Caveats, _ required: Int, _ json: inout CanonicalWriter) {
    func caveat(_ code: StaticString, _ severity: StaticString, _ details: [(StaticString, Int)]) {
      json.beginObject()
      json.key("code")
      json.literal(code)
      json.key("details")
      json.beginObject()
      for (name, value) in details {
        json.key(name)
        json.integer(value)
      }
      json.endObject()
      json.key("severity")
      json.literal(severity)
      json.endObject()
    }
    json.beginArray()
    switch caveats {
    case .insufficient:
      caveat(
        "insufficient_data", "high",
        [("observed_observations", observations.count), ("required_observations", required)])
    case .degraded(let isMismatched, let stale):
      if isMismatched { caveat(C.degradedCode, "medium", [("group_count", groups.count)]) }
      if stale > 0 { caveat("stale_reference", "medium", [("stale_reference_count", stale)]) }
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
    json.beginObject()
    json.key("interval")
    json.beginArray()
    if let estimate {
      json.double(estimate.low)
      json.double(estimate.high)
    } else {
      json.null()
      json.null()
    }
    json.endArray()
    json.key("mean")
    if let estimate { json.double(estimate.mean) } else { json.null() }
    json.endObject()
  }
}

/// Mean and interval of some values, rounded to four places, and what they were rounded from.
struct Estimate {
  var mean: Double
  var low: Double
  var high: Double
  /// Of the values, compensated.
  private var sum: Double
  /// Σ(v − mean)², compensated; `nil` with a single value.
  private var squares: Double?
  private var unroundedMean: Double
  private var deviation: Double

  /// - Parameter deviations: half-width of the interval in standard deviations.
  init(_ values: Observations, deviations: Double) throws(Refusal) {
    let count = Double(values.count)
    let sum = values.sum { $0 }
    let mean = sum / count
    self.sum = sum
    unroundedMean = mean
    if values.count == 1 {
      deviation = max(0.05 * mean.magnitude, 0.05)
    } else {
      var overflows = false
      let squares = values.sum { value in
        let distance = value - mean
        let square = squared(distance)
        if square.isInfinite, distance.isFinite { overflows = true }
        return square
      }
      if overflows { throw Refusal(.notFinite, "the square of a deviation overflows") }
      self.squares = squares
      let variance = squares / (count - 1)
      deviation = (variance > 1e-9 ? variance : 1e-9).squareRoot()
    }
    let width = deviations * (deviation > 1e-9 ? deviation : 1e-9)
    self.mean = roundToEven(mean, places: 4)
    low = roundToEven(mean - width, places: 4)
    high = roundToEven(mean + width, places: 4)
  }

  /// For an observer.
  func steps(of runs: [EstimateSteps.Run], _ constants: Profile.Constants) -> EstimateSteps {
    EstimateSteps(
      values: runs, count: runs.reduce(0) { $0 + $1.count }, least: runs.map(\.value).min() ?? .nan,
      greatest: runs.map(\.value).max() ?? .nan, sum: sum, mean: unroundedMean, squares: squares,
      deviation: deviation, width: constants.intervalDeviations, roundedMean: mean, low: low, high: high)
  }

  var isFinite: Bool { mean.isFinite && low.isFinite && high.isFinite }
}
