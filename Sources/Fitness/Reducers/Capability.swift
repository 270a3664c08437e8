import EventModel
import JSONTape
import Projections
import PythonValues
import TimeZones

/// What tells one capability from another; everything else of an envelope is ``CapabilityReducer``'s.
protocol Capability {
  /// What observations leave behind beyond values and groups.
  associatedtype Notes: CapabilityNotes

  /// `projections.key`.
  static var key: StaticString { get }
  /// What tells its comparability groups apart.
  static var groupFields: ComparabilityGroups.Fields { get }
  static var groupFallback: StaticString { get }
  /// Reason and caveat code when more than one comparability group was seen.
  static var degradedCode: StaticString { get }
  static func texts(_ profile: Profile) -> Profile.CapabilityTexts

  /// Whether a row of that modality is this capability's.
  static func counts(_ row: TrainingRow, _ modality: Modality) -> Bool

  /// The row's observation in the capability's unit, or why it yields none; moves the notes.
  static func observe(
    _ row: TrainingRow, _ notes: inout Notes, _ context: CapabilityContext
  ) throws(Refusal) -> Observation
}

/// What a capability sees in a row.
enum Observation {
  case value(Double)
  case none(SkipReason)
}

/// What a capability keeps of its observations, and what it makes of it.
protocol CapabilityNotes {
  init()

  /// Begins a user.
  mutating func begin(_ context: CapabilityContext)

  /// Takes in an observation that `row.repeats` rows made.
  mutating func add(_ value: Double, _ row: TrainingRow, _ context: CapabilityContext) throws(Refusal)

  /// The values the estimate summarises, in order: the observations, or others, which are put into `values`.
  func summarised(_ observations: Observations, into values: Observations) -> Observations

  /// Whether a reference counts as stale.
  var staleReferences: Int { get }
  /// Factor of the confidence, 1 without one.
  func confidenceFactor(_ constants: Profile.Constants) -> Double
  /// Whether a reason code beyond the degraded one applies; written after it.
  var extraReason: StaticString? { get }
  /// Writes `diagnostics`.
  func writeDiagnostics(isSufficient: Bool, to json: inout CanonicalWriter)
}

extension CapabilityNotes {
  mutating func begin(_ context: CapabilityContext) { self = Self() }
  mutating func add(_ value: Double, _ row: TrainingRow, _ context: CapabilityContext) throws(Refusal) {}
  func summarised(_ observations: Observations, into values: Observations) -> Observations { observations }
  var staleReferences: Int { 0 }
  func confidenceFactor(_ constants: Profile.Constants) -> Double { 1 }
  var extraReason: StaticString? { nil }
  func writeDiagnostics(isSufficient: Bool, to json: inout CanonicalWriter) {
    json.beginObject()
    json.endObject()
  }
}

/// What observing needs beyond the row.
struct CapabilityContext {
  var asOf: Instant
  var zone: TimeZone
  var constants: Profile.Constants
  var formula: OneRepFormula
  /// Is told how the numbers follow; `nil` in ordinary runs.
  var observer: FitnessObserver?
}
