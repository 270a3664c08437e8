import EventModel
import JSONTape
import Projections
import PythonValues

/// `endurance_threshold`: watts or metres per second.
enum Endurance: Capability {
  static let key: StaticString = "endurance_threshold"
  static let groupFields: ComparabilityGroups.Fields = (.referenceType, .surface)
  static let groupFallback: StaticString = "endurance:unknown_reference"
  static let degradedCode: StaticString = "reference_protocol_mismatch"
  static func texts(_ profile: Profile) -> Profile.CapabilityTexts { profile.texts.endurance }

  struct Notes: CapabilityNotes {
    /// Age in days of the reference each observation was taken from, where it has a dated one.
    private let freshness = Observations()
    private(set) var staleReferences = 0
    /// The pending row's reference age; noted once the row turns out to be an observation.
    var pending: Double?

    init() {}

    mutating func begin(_ context: CapabilityContext) {
      freshness.removeAll()
      staleReferences = 0
    }

    mutating func add(_ value: Double, _ row: TrainingRow, _ context: CapabilityContext) {
      guard let days = pending else { return }
      freshness.append(days, count: row.repeats)
      if days > context.constants.staleReferenceDays { staleReferences += row.repeats }
    }

    private var mean: Double? {
      freshness.count == 0 ? nil : freshness.sum { $0 } / Double(freshness.count)
    }

    func confidenceFactor(_ constants: Profile.Constants) -> Double {
      guard let mean else { return 1 }
      return 1 / (1 + mean / constants.freshnessScaleDays)
    }

    var extraReason: StaticString? { staleReferences > 0 ? "stale_reference" : nil }

    func writeDiagnostics(isSufficient: Bool, to json: inout CanonicalWriter) {
      json.beginObject()
      if isSufficient {
        json.key("average_reference_freshness_days")
        if let mean { json.double(mean) } else { json.null() }
      }
      json.endObject()
    }
  }

  static func counts(_ row: TrainingRow, _ modality: Modality) -> Bool { modality == .endurance }

  static func observe(
    _ row: TrainingRow, _ notes: inout Notes, _ context: CapabilityContext
  ) throws(Refusal) -> Observation {
    notes.pending = nil
    if let power = try row.data.number(.powerWatt), power > 0 {
      row.observer?.derived(.power)
      return .value(power)
    }
    if let speed = try row.distanceOverDuration() {
      return speed <= 0 ? .none(.valueNotPositive) : .value(speed)
    }
    guard let reference = try row.relativeReference() else { return .none(.noThreshold) }
    notes.pending = age(of: reference.measuredAt, asOf: context.asOf)
    row.observer?.dated(referenceAge: notes.pending)
    return reference.value <= 0 ? .none(.valueNotPositive) : .value(reference.value)
  }

  /// Days since a date with offset, at least 0; `nil` for everything else.
  private static func age(of measuredAt: JSONValue, asOf: Instant) -> Double? {
    guard measuredAt.isString, let measured = PythonDateTime.parse(measuredAt.text)?.utcMicroseconds else { return nil }
    let seconds = Double(asOf.microseconds - measured) / 1e6
    return max(0, seconds / 86_400)
  }
}
