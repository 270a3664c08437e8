import EventModel
import Folding

/// What the reducers did with one training row: a set, an import, or a block of a session.
package struct RowFact: Sendable, Equatable {
  /// The index of the block in `data.blocks`; `nil` if the event is not a session.
  package var block: Int?
  /// The number of equal rows that the block yields; 1 if the row is not a block.
  package var repeats: Int
  package var modality: String?
  /// The rule that gave the modality.
  package var rule: ModalityRule?
  /// Why the modality could not be determined. The user fails.
  package var refused: FailureCode?
  /// One for each capability that counts the row and has not failed at an earlier row.
  package var outcomes: [CapabilityOutcome] = []

  package init(block: Int?, repeats: Int) {
    self.block = block
    self.repeats = repeats
  }
}

/// The rule that gave a modality, of section 6 of the contract's page on training signals.
package enum ModalityRule: Sendable, Equatable {
  /// Rule 1: the block's type, by table.
  case blockType(String)
  /// Rule 2: the term of the field is the name of an exercise of that modality.
  case term(field: String, String)
  /// Rule 3: the term of the field contains a hint.
  case hint(field: String)
  /// Rule 4.
  case contacts
  /// Rule 5.
  case distanceOrDuration
  /// Rule 6.
  case loadOrReps
  /// Rule 7.
  case otherwise

  /// The number of the rule in the contract.
  package var number: Int {
    switch self {
    case .blockType: 1
    case .term: 2
    case .hint: 3
    case .contacts: 4
    case .distanceOrDuration: 5
    case .loadOrReps: 6
    case .otherwise: 7
    }
  }
}

/// What one capability did with a row.
package struct CapabilityOutcome: Sendable, Equatable {
  package enum Result: Sendable, Equatable {
    /// An observation in the unit of the capability. Each repeat of the row counts as one.
    case observed(Double)
    case skipped(SkipReason)
    /// The user fails.
    case refused(FailureCode)
  }

  /// `projections.key`.
  package var capability: String
  package var result: Result
  /// How the value was computed.
  package var derivation: Derivation?
  /// The comparability group.
  package var group: Foreign?
  /// The session of a jump.
  package var session: SessionFact?
  /// The age in days of the reference from which the value was computed.
  package var referenceAge: Double?

  package init(capability: String, result: Result) {
    self.capability = capability
    self.result = result
  }
}

/// Why a row that a capability counts yields no observation.
package enum SkipReason: String, Sendable, CaseIterable {
  case noLoad = "no_load"
  case loadNotPositive = "load_not_positive"
  case noReps = "no_reps"
  case repsNotPositive = "reps_not_positive"
  case estimateNotPositive = "estimate_not_positive"
  case noSpeed = "no_speed"
  case noHeight = "no_height"
  case noThreshold = "no_threshold"
  case valueNotPositive = "value_not_positive"
}

/// The numbers from which a value was computed.
package enum Derivation: Sendable, Equatable {
  /// The formula, applied to a load in kg and to n = reps + reserve.
  case oneRep(EstimateFormula, load: Double, reps: Double, reserve: Double, source: EffortSource)
  /// Metres over seconds.
  case speed(distance: Double, duration: Double)
  /// Reference × (percent / 100).
  case relative(reference: Double, percent: Double)
  case power
  /// The field that gave the height. `inches` is its value if it is in inches (× 2.54), `nil` if it is in centimetres.
  case height(field: String, inches: Double?)
}

/// A formula for the one-repetition maximum, as reports show it.
package struct EstimateFormula: Sendable, Equatable {
  package let name: String
  /// The text between the load and the repetitions; `suffix` is the text after the repetitions.
  package let infix: String
  package let suffix: String

  package init(name: String, infix: String, suffix: String) {
    self.name = name
    self.infix = infix
    self.suffix = suffix
  }

  package static let epley = EstimateFormula(name: "epley", infix: " kg × (1 + ", suffix: " / 30)")
}

/// The source of a set's repetitions in reserve.
package enum EffortSource: String, Sendable {
  case explicit
  case inferredFromRPE = "inferred_from_rpe"
  case fallbackEpley = "fallback_epley"
}

/// The session a jump belongs to.
package struct SessionFact: Sendable, Equatable {
  package enum Origin: String, Sendable {
    /// `metadata.session_id`.
    case named
    /// The local day of the jump.
    case day
    /// The local day on which the session began. The session continued past midnight, see ``SessionKeys``.
    case continued
  }

  package var key: Foreign
  package var origin: Origin
  /// When the jump happened, according to the provider, the device or the event.
  package var time: Instant
  package var localDate: CivilDate

  package init(key: String, origin: Origin, time: Instant, localDate: CivilDate) {
    self.key = Foreign(key)
    self.origin = origin
    self.time = time
    self.localDate = localDate
  }
}
