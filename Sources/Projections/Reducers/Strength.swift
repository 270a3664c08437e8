import JSONTape

/// `strength_1rm`: estimated one-repetition maximum in kg.
enum Strength: Capability {
  static let key: StaticString = "strength_1rm"
  static let groupFields: [Field] = [.equipmentProfile, .implementsType]
  static let groupFallback: StaticString = "strength:unspecified"
  static let degradedCode: StaticString = "multiple_comparability_groups"
  static func texts(_ profile: Profile) -> Profile.CapabilityTexts { profile.texts.strength }

  struct Notes: CapabilityNotes {
    var explicit = 0
    var inferredFromRPE = 0
    var fallbackEpley = 0
    /// Where the row's effort came from; counted once the row turns out to be an observation.
    var pending = Source.fallbackEpley

    enum Source { case explicit, inferredFromRPE, fallbackEpley }

    mutating func add(_ value: Double, _ row: TrainingRow, _ context: CapabilityContext) {
      switch pending {
      case .explicit: explicit += row.repeats
      case .inferredFromRPE: inferredFromRPE += row.repeats
      case .fallbackEpley: fallbackEpley += row.repeats
      }
    }

    var extraReason: StaticString? { fallbackEpley > 0 ? "effort_context_missing" : nil }

    func writeDiagnostics(isSufficient: Bool, to json: inout CanonicalWriter) {
      json.beginObject()
      json.key("e1rm_source_counts")
      json.beginObject()
      json.key("explicit")
      json.integer(explicit)
      json.key("fallback_epley")
      json.integer(fallbackEpley)
      json.key("inferred_from_rpe")
      json.integer(inferredFromRPE)
      json.endObject()
      json.endObject()
    }
  }

  static func counts(_ row: TrainingRow, _ modality: Modality) -> Bool { modality == .strength }

  /// weight × (1 + n/30), n being repetitions plus those in reserve (Epley's formula).
  static func observe(
    _ row: TrainingRow, _ notes: inout Notes, _ context: CapabilityContext
  ) throws(Refusal) -> Double? {
    guard let weight = try row.load?.number(), !(weight <= 0) else { return nil }
    guard let reps = try row.data.number(.reps), !(reps <= 0) else { return nil }
    var total = reps
    if let reserve = try row.data.number(.rir) {
      total += roundToEven(clamp(reserve, 0, 10), places: 2)
      notes.pending = .explicit
    } else if let exertion = try row.data.number(.rpe) {
      total += roundToEven(clamp(10 - exertion, 0, 10), places: 2)
      notes.pending = .inferredFromRPE
    } else {
      notes.pending = .fallbackEpley
    }
    let estimate = weight * (1 + total / 30)
    return estimate <= 0 ? nil : estimate
  }
}
