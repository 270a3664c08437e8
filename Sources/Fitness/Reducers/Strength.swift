import EventModel
import JSONTape
import Projections
import PythonValues

/// How a one-repetition maximum is estimated of a set.
///
/// A function of its own and not a generic parameter of the reducers: those would run unspecialised, because vtables of classes are
/// not specialised where a version is made of a formula that is handed in.
package struct OneRepFormula: Sendable {
  /// As `explain` tells it.
  package let told: EstimateFormula
  /// The estimate in the unit of the load, of the repetitions done and those left in reserve.
  package let estimate: @Sendable (_ load: Double, _ repetitions: Double) -> Double

  package init(told: EstimateFormula, estimate: @escaping @Sendable (_ load: Double, _ repetitions: Double) -> Double) {
    self.told = told
    self.estimate = estimate
  }

  /// Epley's formula: load × (1 + n/30).
  static let epley = OneRepFormula(told: .epley) { load, repetitions in load * (1 + repetitions / 30) }
}

/// `strength_1rm`: estimated one-repetition maximum in kg.
enum Strength: Capability {
  static let key: StaticString = "strength_1rm"
  static let groupFields: ComparabilityGroups.Fields = (.equipmentProfile, .implementsType)
  static let groupFallback: StaticString = "strength:unspecified"
  static let degradedCode: StaticString = "multiple_comparability_groups"
  static func texts(_ profile: Profile) -> Profile.CapabilityTexts { profile.texts.strength }

  struct Notes: CapabilityNotes {
    var explicit = 0
    var inferredFromRPE = 0
    var fallbackEpley = 0
    /// Where the row's effort came from; counted once the row turns out to be an observation.
    var pending = EffortSource.fallbackEpley

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

  /// By the formula, of the load and the repetitions, those in reserve included.
  static func observe(
    _ row: TrainingRow, _ notes: inout Notes, _ context: CapabilityContext
  ) throws(Refusal) -> Observation {
    guard let weight = try row.load?.number() else { return .none(.noLoad) }
    if weight <= 0 { return .none(.loadNotPositive) }
    guard let reps = try row.data.number(.reps) else { return .none(.noReps) }
    if reps <= 0 { return .none(.repsNotPositive) }
    var reserve = 0.0
    if let given = try row.data.number(.rir) {
      reserve = roundToEven(clamp(given, 0, 10), places: 2)
      notes.pending = .explicit
    } else if let exertion = try row.data.number(.rpe) {
      reserve = roundToEven(clamp(10 - exertion, 0, 10), places: 2)
      notes.pending = .inferredFromRPE
    } else {
      notes.pending = .fallbackEpley
    }
    let estimate = context.formula.estimate(weight, reps + reserve)
    row.observer?.derived(
      .oneRep(context.formula.told, load: weight, reps: reps, reserve: reserve, source: notes.pending))
    return estimate <= 0 ? .none(.estimateNotPositive) : .value(estimate)
  }
}
