import EventModel
import Folding
import JSONTape
import PythonValues

/// A formula that estimates a one-repetition maximum from a set.
///
/// The formula is a value and not a generic parameter of the reducers. With a generic parameter the reducers ran
/// unspecialised: the compiler does not specialise the vtable of a class for a type that another module passes in.
package struct OneRepFormula: Sendable {
  /// The formula as `explain` shows it.
  package let told: EstimateFormula
  /// Computes the estimate in the unit of the load. `repetitions` includes those in reserve.
  package let estimate: @Sendable (_ load: Double, _ repetitions: Double) -> Double

  package init(told: EstimateFormula, estimate: @escaping @Sendable (_ load: Double, _ repetitions: Double) -> Double) {
    self.told = told
    self.estimate = estimate
  }

  /// Epley's formula: load × (1 + n/30).
  static let epley = OneRepFormula(told: .epley) { load, repetitions in load * (1 + repetitions / 30) }
}

/// `strength_1rm`: the estimated one-repetition maximum in kg.
enum Strength: Capability {
  // MARK: Names

  static let key: StaticString = "strength_1rm"
  static let groupFields: ComparabilityGroups.Fields = (.equipmentProfile, .implementsType)
  static let groupFallback: StaticString = "strength:unspecified"
  static let degradedCode: StaticString = "multiple_comparability_groups"
  static let extraReason: StaticString? = "effort_context_missing"
  static var diagnosticWords: [String] { Notes.diagnostics.words }
  static func texts(_ profile: Profile) -> Profile.CapabilityTexts { profile.texts.strength }

  // MARK: State

  struct Notes: CapabilityNotes {
    var explicit = 0
    var inferredFromRPE = 0
    var fallbackEpley = 0
    /// The source of the effort of the current row. ``add(_:_:_:)`` counts it if the row yields an observation.
    var pending = EffortSource.fallbackEpley
  }

  // MARK: Evolve

  static func counts(_ row: TrainingRow, _ modality: Modality) -> Bool { modality == .strength }

  /// Applies the formula to the load and to the repetitions, including those in reserve.
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

extension Strength.Notes {
  mutating func add(_ value: Double, _ row: TrainingRow, _ context: CapabilityContext) {
    switch pending {
    case .explicit: explicit += row.repeats
    case .inferredFromRPE: inferredFromRPE += row.repeats
    case .fallbackEpley: fallbackEpley += row.repeats
    }
  }

  // MARK: Rows

  var hasExtraReason: Bool { fallbackEpley > 0 }

  enum Slot: RowSlot {
    case explicit, inferredFromRPE, fallbackEpley
  }

  static let diagnostics = RowShape<Slot>([
    "e1rm_source_counts": [
      "explicit": .slot(.explicit), "inferred_from_rpe": .slot(.inferredFromRPE),
      "fallback_epley": .slot(.fallbackEpley),
    ]
  ])

  func writeDiagnostics(isSufficient: Bool, to json: inout CanonicalWriter) {
    Self.diagnostics.write(into: &json) { slot, json in
      switch slot {
      case .explicit: json.integer(explicit)
      case .inferredFromRPE: json.integer(inferredFromRPE)
      case .fallbackEpley: json.integer(fallbackEpley)
      }
    }
  }
}
