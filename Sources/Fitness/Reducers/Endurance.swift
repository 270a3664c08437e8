import EventModel
import Folding
import JSONTape
import PythonValues

/// `endurance_threshold`: watts or metres per second.
enum Endurance: Capability {
  // MARK: Names

  static let key: StaticString = "endurance_threshold"
  static let groupFields: ComparabilityGroups.Fields = (.referenceType, .surface)
  static let groupFallback: StaticString = "endurance:unknown_reference"
  static let degradedCode: StaticString = "reference_protocol_mismatch"
  static let extraReason: StaticString? = "stale_reference"
  static var diagnosticWords: [String] { Notes.diagnostics.words }
  static func texts(_ profile: Profile) -> Profile.CapabilityTexts { profile.texts.endurance }

  // MARK: State

  struct Notes: CapabilityNotes {
    /// The age in days of the reference of each observation that has a dated reference.
    private let freshness = Observations()
    private(set) var staleReferences = 0
    /// The age of the current row's reference. ``add(_:_:_:)`` stores it if the row yields an observation.
    var pending: Double?

    init() {}

    mutating func begin(_ context: CapabilityContext) {
      freshness.removeAll()
      staleReferences = 0
    }
  }

  // MARK: Evolve

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

  /// Returns the days since a date with an offset, at least 0; `nil` for any other value.
  private static func age(of measuredAt: JSONValue, asOf: Instant) -> Double? {
    guard measuredAt.isString, let measured = PythonDateTime.parse(measuredAt.text)?.utcMicroseconds else { return nil }
    let seconds = Double(asOf.microseconds - measured) / 1e6
    return max(0, seconds / 86_400)
  }
}

extension Endurance.Notes {
  mutating func add(_ value: Double, _ row: TrainingRow, _ context: CapabilityContext) {
    guard let days = pending else { return }
    freshness.append(days, count: row.repeats)
    if days > context.constants.staleReferenceDays { staleReferences += row.repeats }
  }

  // MARK: Rows

  private var mean: Double? {
    freshness.count == 0 ? nil : freshness.sum { $0 } / Double(freshness.count)
  }

  func confidenceFactor(_ constants: Profile.Constants) -> Double {
    guard let mean else { return 1 }
    return 1 / (1 + mean / constants.freshnessScaleDays)
  }

  var hasExtraReason: Bool { staleReferences > 0 }

  enum Slot: RowSlot {
    case freshness
  }

  static let diagnostics = RowShape<Slot>(["average_reference_freshness_days": .optional(.freshness)])

  func writeDiagnostics(isSufficient: Bool, to json: inout CanonicalWriter) {
    Self.diagnostics.write(into: &json) { slot, json in
      switch slot {
      case .freshness: if isSufficient { json.doubleOrNull(mean) }
      }
    }
  }
}
