import EventModel
import JSONTape
import Projections
import PythonValues

/// `jump_height`: centimetres; the best jump of each session.
enum Jump: Capability {
  static let key: StaticString = "jump_height"
  static let groupFields: ComparabilityGroups.Fields = (.deviceType, .surface)
  static let groupFallback: StaticString = "jump:unknown_protocol"
  static let degradedCode: StaticString = "device_surface_mismatch"
  static func texts(_ profile: Profile) -> Profile.CapabilityTexts { profile.texts.jump }

  struct Notes: CapabilityNotes {
    private let sessions = SessionKeys()
    private let best = PlainList<Double>()

    init() {}

    mutating func begin(_ context: CapabilityContext) {
      sessions.begin(in: context.zone)
      best.removeAll()
    }

    mutating func add(_ value: Double, _ row: TrainingRow, _ context: CapabilityContext) throws(Refusal) {
      // The repeats of a block share their key: the first one moved the state to it.
      let (index, isNew) = try sessions.session(of: row)
      if isNew { best.append(value) } else if value > best[index] { best[index] = value }
    }

    /// The best of each session, in order of first appearance.
    func summarised(_ observations: Observations, into values: Observations) -> Observations {
      for value in best.elements { values.append(value, count: 1) }
      return values
    }

    func writeDiagnostics(isSufficient: Bool, to json: inout CanonicalWriter) {
      json.beginObject()
      if isSufficient {
        json.key("session_trials")
        json.integer(best.count)
      }
      json.endObject()
    }
  }

  static func counts(_ row: TrainingRow, _ modality: Modality) -> Bool {
    modality == .plyometric || row.exerciseID.meaning.hints.contains(.jump)
  }

  private static let centimetres: [Field] = [.jumpHeightCm, .cmjHeightCm, .verticalJumpCm]
  private static let inches: [Field] = [.jumpHeightInches, .verticalJumpInches]

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
