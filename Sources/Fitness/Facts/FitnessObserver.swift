import EventModel
import Folding
import JSONTape

/// Collects what the fitness reducers report about a training row, and passes facts on to the engine's observer.
final class FitnessObserver {
  let base: FoldObserver
  private var row: (event: EventID, fact: RowFact)?
  private var derivation: Derivation?
  private var session: SessionFact?
  private var referenceAge: Double?
  /// For each expanded block of the user, in order, its index in its session's `data.blocks`.
  private var blockIndices: [Int] = []
  private var nextBlock = 0

  init(_ base: FoldObserver) { self.base = base }

  var wantsSteps: Bool { base.wantsSteps }

  /// Begins a user.
  func begin() {
    row = nil
    blockIndices.removeAll()
    nextBlock = 0
    forgetRow()
  }

  func note(_ fact: FitnessFact, of event: EventID) { base.note(fact, of: event) }
  func note(_ steps: FitnessSteps) { base.note(steps) }
  func looked(at event: Event) { base.looked(at: event) }

  // MARK: Rows

  /// Adds a block that was expanded.
  func expanded(block index: Int) { blockIndices.append(index) }

  /// Begins a row; ``endRows()`` ends the last one. Returns the observer that records the row; `nil` if none does.
  func beginRow(of event: EventID, repeats: Int = 1, isBlock: Bool = false) -> FitnessObserver? {
    endRows()
    if base.wantsRow(event) {
      row = (event, RowFact(block: isBlock ? blockIndices[nextBlock] : nil, repeats: repeats))
    }
    if isBlock { nextBlock += 1 }
    return row == nil ? nil : self
  }

  func endRows() {
    if let row { note(.row(row.fact), of: row.event) }
    row = nil
    forgetRow()
  }

  func classified(_ modality: Modality, _ rule: ModalityRule) {
    row?.fact.modality = modality.name
    row?.fact.rule = rule
  }

  func unclassified(_ refusal: Refusal) { row?.fact.refused = refusal.code }

  /// Notes the values from which the current observation is computed.
  func derived(_ derivation: Derivation) { self.derivation = derivation }
  func dated(referenceAge: Double?) { self.referenceAge = referenceAge }
  func joined(_ session: SessionFact) { self.session = session }

  /// Notes the outcome of one capability for the row.
  func ended(_ capability: StaticString, _ result: CapabilityOutcome.Result, group: UnsafeRawBufferPointer? = nil) {
    var outcome = CapabilityOutcome(capability: capability.description, result: result)
    outcome.derivation = derivation
    outcome.group = group.map { Foreign(string($0)) }
    outcome.session = session
    outcome.referenceAge = referenceAge
    row?.fact.outcomes.append(outcome)
    forgetRow()
  }

  private func forgetRow() {
    derivation = nil
    session = nil
    referenceAge = nil
  }
}

/// UTF-8 as a string.
func string(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }

/// `YYYY-MM-DD`.
func string(_ date: CivilDate) -> String {
  var bytes: [UInt8] = []
  appendISO(date, to: &bytes)
  return String(decoding: bytes, as: UTF8.self)
}

/// A value as canonical JSON.
func json(_ value: JSONValue) -> String {
  let output = ByteArena()
  var writer = CanonicalWriter(output: output)
  writer.value(value)
  return withExtendedLifetime(output) { string(output.bytes) }
}

extension Modality {
  var name: String {
    switch self {
    case .strength: "strength"
    case .sprint: "sprint"
    case .endurance: "endurance"
    case .plyometric: "plyometric"
    case .mixed: "mixed"
    }
  }
}
