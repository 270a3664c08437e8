import EventModel
import Folding
import JSONTape
import PythonValues

/// `jump_height`: centimetres; the best jump of each session.
enum Jump: Capability {
  // MARK: Names

  static let key: StaticString = "jump_height"
  static let groupFields: ComparabilityGroups.Fields = (.deviceType, .surface)
  static let groupFallback: StaticString = "jump:unknown_protocol"
  static let degradedCode: StaticString = "device_surface_mismatch"
  static var diagnosticWords: [String] { Notes.diagnostics.words }
  static func texts(_ profile: Profile) -> Profile.CapabilityTexts { profile.texts.jump }

  private static let centimetres: [Field] = [.jumpHeightCm, .cmjHeightCm, .verticalJumpCm]
  private static let inches: [Field] = [.jumpHeightInches, .verticalJumpInches]

  // MARK: State

  struct Notes: CapabilityNotes {
    private let sessions = SessionKeys()
    /// The best jump of each session, in the order in which the sessions first appear.
    private let best = PlainList<Double>()

    init() {}

    mutating func begin(_ context: CapabilityContext) {
      sessions.begin(in: context.zone)
      best.removeAll()
    }
  }

  // MARK: Evolve

  static func counts(_ row: TrainingRow, _ modality: Modality) -> Bool {
    modality == .plyometric || row.exerciseID.meaning.hints.contains(.jump)
  }

  /// Takes the first field with a height greater than 0.
  static func observe(
    _ row: TrainingRow, _ notes: inout Notes, _ context: CapabilityContext
  ) throws(Refusal) -> Observation {
    for field in centimetres {
      if let height = try row.data.number(field), height > 0 {
        row.observer?.derived(.height(field: field.name.description, inches: nil))
        return .value(height)
      }
    }
    for field in inches {
      if let height = try row.data.number(field), height > 0 {
        row.observer?.derived(.height(field: field.name.description, inches: height))
        return .value(height * 2.54)
      }
    }
    return .none(.noHeight)
  }
}

extension Jump.Notes {
  mutating func add(_ value: Double, _ row: TrainingRow, _ context: CapabilityContext) throws(Refusal) {
    // One call is enough for all repeats of a block: they have the same session key.
    let (index, isNew) = try sessions.session(of: row)
    if isNew { best.append(value) } else if value > best[index] { best[index] = value }
  }

  // MARK: Rows

  /// Returns the best jump of each session.
  func summarised(_ observations: Observations, into values: Observations) -> Observations {
    for value in best.elements { values.append(value, count: 1) }
    return values
  }

  enum Slot: RowSlot {
    case sessions
  }

  static let diagnostics = RowShape<Slot>(["session_trials": .optional(.sessions)])

  func writeDiagnostics(isSufficient: Bool, to json: inout CanonicalWriter) {
    Self.diagnostics.write(into: &json) { slot, json in
      switch slot {
      case .sessions: if isSufficient { json.integer(best.count) }
      }
    }
  }
}
