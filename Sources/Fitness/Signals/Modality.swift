import EventModel
import Folding
import JSONTape
import PythonValues

/// The kind of training of a row. Capabilities select their rows by it; jump height also selects by the exercise.
enum Modality: UInt8, Sendable, BitwiseCopyable {
  case strength, sprint, endurance, plyometric, mixed
}

extension TrainingRow {
  /// Applies the rules of section 6 of the contract's page on training signals. The first rule that matches decides.
  func modality() throws(Refusal) -> Modality {
    let blockType = term(.blockType)
    if let modality = blockType.meaning.blockType {
      observer?.classified(modality, .blockType(string(blockType.text)))
      return modality
    }
    if let modality = modalityOfTerms() { return modality }
    let modality = try modalityOfLoads()
    observer?.classified(modality, loadRule(modality))
    return modality
  }

  /// Rules 4 to 7.
  @inline(__always)
  private func modalityOfLoads() throws(Refusal) -> Modality {
    // All five loads are coerced before the first is compared.
    let contacts = try amount(data[.contacts])
    let distance = try amount(data[.distanceMeters])
    let duration = try amount(data[.durationSeconds])
    let weight = try amount(load)
    let reps = try amount(data[.reps])
    if contacts > 0 { return .plyometric }
    if distance > 0 || duration > 0 { return .endurance }
    if weight > 0 || reps > 0 { return .strength }
    return .mixed
  }

  /// load(v): number(v); 0 if there is no number or if it is negative. NaN stays NaN.
  @inline(__always)
  private func amount(_ value: JSONValue?) throws(Refusal) -> Double {
    guard let number = try value?.number(), !(number < 0) else { return 0 }
    return number
  }

  /// Rules 2 and 3. No hint contains a space, so searching each term is the same as searching the terms joined by a
  /// space.
  @inline(__always)
  private func modalityOfTerms() -> Modality? {
    var named: Modality?
    var hints: Hints = []
    func take(_ meaning: TermMeaning) {
      if named == nil { named = meaning.override }
      hints.formUnion(meaning.hints)
    }
    take(exerciseID.meaning)
    if named == nil {
      take(term(.exercise).meaning)
      if !data.present.isDisjoint(with: TrainingRow.rareTerms) {
        take(term(.workoutType).meaning)
        take(term(.sport).meaning)
        take(term(.capabilityTarget).meaning)
      }
    }
    if let named {
      observer?.classified(named, termRule { $0.meaning.override != nil } ?? .otherwise)
      return named
    }
    if hints.isDisjoint(with: [.sprint, .plyometric]) { return nil }
    let isSprint = hints.contains(.sprint)
    let found: Modality = isSprint ? .sprint : .plyometric
    observer?.classified(
      found, hintRule { $0.meaning.hints.contains(isSprint ? .sprint : .plyometric) } ?? .otherwise)
    return found
  }

  /// For an observer: the rule, of 4 to 7, that gives the modality. Each of them gives a different modality.
  private func loadRule(_ modality: Modality) -> ModalityRule {
    switch modality {
    case .plyometric: .contacts
    case .endurance: .distanceOrDuration
    case .strength: .loadOrReps
    case .sprint, .mixed: .otherwise
    }
  }

  @inline(__always)
  private static var rareTerms: FieldSet { FieldSet(.workoutType ... .capabilityTarget) }

  private static let terms: [Field] = [.exerciseID, .exercise, .workoutType, .sport, .capabilityTarget]

  /// For an observer: rule 2 with the field whose term decided.
  private func termRule(_ decides: (Term) -> Bool) -> ModalityRule? {
    guard let field = TrainingRow.terms.first(where: { decides(term($0)) }) else { return nil }
    return .term(field: field.name.description, string(term(field).text))
  }

  private func hintRule(_ decides: (Term) -> Bool) -> ModalityRule? {
    TrainingRow.terms.first { decides(term($0)) }.map { .hint(field: $0.name.description) }
  }
}

extension Modality {
  /// The modality of a block type by the table of rule 1; `nil` for a type that is not in the table.
  init?(blockType: UnsafeRawBufferPointer) {
    switch blockType.count {
    case 12 where blockType.equals("strength_set"): self = .strength
    case 15 where blockType.equals("explosive_power"): self = .strength
    case 17 where blockType.equals("sprint_accel_maxv"): self = .sprint
    case 15 where blockType.equals("speed_endurance"): self = .sprint
    case 18 where blockType.equals("interval_endurance"): self = .endurance
    case 20 where blockType.equals("continuous_endurance"): self = .endurance
    case 15 where blockType.equals("tempo_threshold"): self = .endurance
    case 19 where blockType.equals("plyometric_reactive"): self = .plyometric
    case 14 where blockType.equals("circuit_hybrid"): self = .mixed
    case 22 where blockType.equals("technique_coordination"): self = .mixed
    case 16 where blockType.equals("recovery_session"): self = .mixed
    default: return nil
    }
  }

  /// The modality of a term that equals an override of rule 2; `nil` for other terms.
  init?(override term: UnsafeRawBufferPointer) {
    switch term.count {
    case 6 where term.equals("sprint"): self = .sprint
    case 15 where term.equals("sprint_interval"): self = .sprint
    case 19 where term.equals("max_velocity_sprint"): self = .sprint
    case 17 where term.equals("broad_jump_triple"): self = .plyometric
    case 17 where term.equals("triple_broad_jump"): self = .plyometric
    case 22 where term.equals("approach_vertical_jump"): self = .plyometric
    case 20 where term.equals("countermovement_jump"): self = .plyometric
    case 8 where term.equals("box_jump"): self = .plyometric
    case 10 where term.equals("jump_squat"): self = .plyometric
    default: return nil
    }
  }
}
