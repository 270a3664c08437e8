import EventModel
import Folding
import JSONTape
import PythonValues
import TimeZones

/// The part of an envelope that depends on the capability. ``CapabilityReducer`` does the rest.
protocol Capability {
  // MARK: Names

  /// `projections.key`.
  static var key: StaticString { get }
  /// The fields that distinguish comparability groups.
  static var groupFields: ComparabilityGroups.Fields { get }
  /// The group of an observation that has none of these fields.
  static var groupFallback: StaticString { get }
  /// The reason code and caveat code if the observations belong to more than one comparability group.
  static var degradedCode: StaticString { get }
  /// The reason code that ``CapabilityNotes/hasExtraReason`` adds.
  static var extraReason: StaticString? { get }
  /// The keys and words of `diagnostics`.
  static var diagnosticWords: [String] { get }
  /// The texts of the deployment.
  static func texts(_ profile: Profile) -> Profile.CapabilityTexts

  // MARK: State

  /// The data that the capability stores about observations, besides values and groups.
  associatedtype Notes: CapabilityNotes

  // MARK: Evolve

  /// Whether a row of that modality belongs to the capability.
  static func counts(_ row: TrainingRow, _ modality: Modality) -> Bool

  /// Computes the row's observation in the unit of the capability, or the reason why the row has none. Updates the
  /// notes.
  static func observe(
    _ row: TrainingRow, _ notes: inout Notes, _ context: CapabilityContext
  ) throws(Refusal) -> Observation
}

extension Capability {
  static var extraReason: StaticString? { nil }
  static var diagnosticWords: [String] { [] }
}

/// The observation of a row.
enum Observation {
  case value(Double)
  case none(SkipReason)
}

/// The data that a capability stores about its observations, and the results that depend on it.
protocol CapabilityNotes {
  init()

  // MARK: Evolve

  /// Begins a user.
  mutating func begin(_ context: CapabilityContext)

  /// Adds an observation. It counts `row.repeats` times.
  mutating func add(_ value: Double, _ row: TrainingRow, _ context: CapabilityContext) throws(Refusal)

  // MARK: Rows

  /// Returns the values that the estimate summarizes, in order: the observations, or other values, which the method
  /// appends to `values`.
  func summarised(_ observations: Observations, into values: Observations) -> Observations

  /// The number of observations whose reference is stale.
  var staleReferences: Int { get }
  /// A factor of the confidence; 1 has no effect.
  func confidenceFactor(_ constants: Profile.Constants) -> Double
  /// Whether ``Capability/extraReason`` applies.
  var hasExtraReason: Bool { get }
  /// Writes `diagnostics`, an object.
  func writeDiagnostics(isSufficient: Bool, to json: inout CanonicalWriter)
}

extension CapabilityNotes {
  mutating func begin(_ context: CapabilityContext) { self = Self() }
  mutating func add(_ value: Double, _ row: TrainingRow, _ context: CapabilityContext) throws(Refusal) {}
  func summarised(_ observations: Observations, into values: Observations) -> Observations { observations }
  var staleReferences: Int { 0 }
  func confidenceFactor(_ constants: Profile.Constants) -> Double { 1 }
  var hasExtraReason: Bool { false }
  func writeDiagnostics(isSufficient: Bool, to json: inout CanonicalWriter) {
    noDiagnostics.write(into: &json)
  }
}

private let noDiagnostics = RowShape<NoSlot>([:])

/// The data besides the row that an observation depends on.
struct CapabilityContext {
  var asOf: Instant
  var zone: TimeZone
  var constants: Profile.Constants
  var formula: OneRepFormula
  /// Receives the steps of the computation; `nil` in ordinary runs.
  var observer: FitnessObserver?
}
