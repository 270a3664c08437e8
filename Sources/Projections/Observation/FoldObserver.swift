import EventModel
import JSONTape

/// Watches a fold: the reducers tell it what became of each event and how their numbers follow.
///
/// Without one (all ordinary runs) each point of observation costs the test of a pointer and nothing else: the values
/// told are built only behind it. Watching changes nothing a fold computes. One user at a time; not thread-safe.
package final class FoldObserver {
  private let wantsRow: (EventID) -> Bool
  let wantsSteps: Bool
  private let look: (Event) -> Void
  private let take: (EventID, EventFact) -> Void
  package private(set) var steps: [ProjectionSteps] = []

  private var row: (event: EventID, fact: RowFact)?
  private var derivation: Derivation?
  private var session: SessionFact?
  private var referenceAge: Double?
  /// Of the user's expanded blocks, in order, the index each has in its session's `data.blocks`.
  private var blockIndices: [Int] = []
  private var nextBlock = 0

  /// - Parameters:
  ///   - wantsRow: whether the rows of an event are recorded.
  ///   - wantsSteps: whether the steps of capabilities are, which hold all values.
  ///   - look: is called with each event that is looked at, pass by pass.
  ///   - take: gets the facts in the order told; an event has any number, none included.
  package init(
    wantsRow: @escaping (EventID) -> Bool = { _ in true }, wantsSteps: Bool = true,
    look: @escaping (Event) -> Void = { _ in },
    take: @escaping (EventID, EventFact) -> Void
  ) {
    self.wantsRow = wantsRow
    self.wantsSteps = wantsSteps
    self.look = look
    self.take = take
  }

  /// Begins a user.
  func begin() {
    steps.removeAll()
    row = nil
    blockIndices.removeAll()
    nextBlock = 0
    forgetRow()
  }

  func note(_ fact: EventFact, of event: EventID) { take(event, fact) }
  func note(_ steps: ProjectionSteps) { self.steps.append(steps) }
  func looked(at event: Event) { look(event) }

  // MARK: Rows

  /// Counts a block that was expanded.
  func expanded(block index: Int) { blockIndices.append(index) }

  /// Begins a row; ``endRows()`` ends the last. Returns what records it; `nil` where nothing does.
  func beginRow(of event: EventID, repeats: Int = 1, isBlock: Bool = false) -> FoldObserver? {
    endRows()
    if wantsRow(event) {
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

  /// Notes what the observation under way is computed of.
  func derived(_ derivation: Derivation) { self.derivation = derivation }
  func dated(referenceAge: Double?) { self.referenceAge = referenceAge }
  func joined(_ session: SessionFact) { self.session = session }

  /// Ends what one capability made of the row.
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
