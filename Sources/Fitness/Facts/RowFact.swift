import EventModel
import Folding

/// What became of one training row: a set, an import, or a block of a session.
package struct RowFact: Sendable, Equatable {
  /// Index in `data.blocks`; `nil` for what is no session.
  package var block: Int?
  /// How many equal rows a block stands for.
  package var repeats: Int
  package var modality: String?
  /// The rule that gave the modality.
  package var rule: ModalityRule?
  /// Why the modality could not be told: the user fails.
  package var refused: FailureCode?
  /// For each capability that the row's modality belongs to.
  package var outcomes: [CapabilityOutcome] = []

  package init(block: Int?, repeats: Int) {
    self.block = block
    self.repeats = repeats
  }
}

/// Which rule of the contract's section 6 on training signals gave a modality.
package enum ModalityRule: Sendable, Equatable {
  /// Rule 1: the block's type, by table.
  case blockType(String)
  /// Rule 2: the field's term is the name of an exercise of that modality.
  case term(field: String, String)
  /// Rule 3: a term of the field holds a hint.
  case hint(field: String)
  /// Rule 4.
  case contacts
  /// Rule 5.
  case distanceOrDuration
  /// Rule 6.
  case loadOrReps
  /// Rule 7.
  case otherwise

  /// Its number in the contract.
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

/// What one capability made of a row.
package struct CapabilityOutcome: Sendable, Equatable {
  package enum Result: Sendable, Equatable {
    /// An observation, in the capability's unit, made by each of the row's repeats.
    case observed(Double)
    case skipped(SkipReason)
    /// The user fails.
    case refused(FailureCode)
  }

  /// `projections.key`.
  package var capability: String
  package var result: Result
  /// How the value came about.
  package var derivation: Derivation?
  /// Comparability group.
  package var group: Foreign?
  /// Of a jump.
  package var session: SessionFact?
  /// Age in days of the reference the value was taken from.
  package var referenceAge: Double?

  package init(capability: String, result: Result) {
    self.capability = capability
    self.result = result
  }
}

/// Why a row of a capability's modality yields no observation.
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

/// The numbers a value was computed of.
package enum Derivation: Sendable, Equatable {
  /// Of kg and n = reps + reserve.
  case oneRep(EstimateFormula, load: Double, reps: Double, reserve: Double, source: EffortSource)
  /// Metres over seconds.
  case speed(distance: Double, duration: Double)
  /// Reference × (percent / 100).
  case relative(reference: Double, percent: Double)
  case power
  /// The field, in centimetres or inches (× 2.54).
  case height(field: String, inches: Double?)
}

/// A formula for the one-repetition maximum, as reports name it.
package struct EstimateFormula: Sendable, Equatable {
  package let name: String
  /// What a sentence has between load and repetitions, and after them.
  package let infix: String
  package let suffix: String

  package init(name: String, infix: String, suffix: String) {
    self.name = name
    self.infix = infix
    self.suffix = suffix
  }

  package static let epley = EstimateFormula(name: "epley", infix: " kg × (1 + ", suffix: " / 30)")
}

/// Where the repetitions in reserve of a set came from.
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
    /// A day begun before, within three hours of the last jump and eight of the first.
    case continued
  }

  package var key: Foreign
  package var origin: Origin
  /// When the jump happened, as provider, device or event say.
  package var time: Instant
  package var localDate: CivilDate

  package init(key: String, origin: Origin, time: Instant, localDate: CivilDate) {
    self.key = Foreign(key)
    self.origin = origin
    self.time = time
    self.localDate = localDate
  }
}
