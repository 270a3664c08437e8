import EventModel
import JSONTape

/// What kind of training a row is; decides which capability counts it.
enum Modality: Sendable {
  case strength, sprint, endurance, plyometric, mixed
}

extension TrainingRow {
  /// The first rule that applies, of the contract's page on training signals, section 6.
  func modality() throws(Refusal) -> Modality {
    let blockType = data.norm(.blockType, scratch)
    if !blockType.isEmpty, let modality = Modality(blockType: blockType) {
      observer?.classified(modality, .blockType(string(blockType)))
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

  /// load(v): number(v), 0 when none or negative; NaN stays.
  @inline(__always)
  private func amount(_ value: JSONValue?) throws(Refusal) -> Double {
    guard let number = try value?.number(), !(number < 0) else { return 0 }
    return number
  }

  private func modalityOfTerms() -> Modality? {
    let terms = (
      data.norm(.exerciseID, scratch), data.norm(.exercise, scratch), data.norm(.workoutType, scratch),
      data.norm(.sport, scratch), data.norm(.capabilityTarget, scratch)
    )
    if let found = Modality(override: terms.0) ?? Modality(override: terms.1) ?? Modality(override: terms.2)
      ?? Modality(override: terms.3) ?? Modality(override: terms.4)
    {
      observer?.classified(found, termRule { Modality(override: $0) != nil } ?? .otherwise)
      return found
    }
    // The hints hold no space, so looking into each term is looking into the terms joined by one.
    let hints =
      Hints(in: terms.0).union(Hints(in: terms.1)).union(Hints(in: terms.2)).union(Hints(in: terms.3))
      .union(Hints(in: terms.4))
    if hints.isEmpty { return nil }
    let found: Modality = hints.contains(.sprint) ? .sprint : .plyometric
    observer?.classified(
      found, hintRule { Hints(in: $0).contains(found == .sprint ? .sprint : .plyometric) } ?? .otherwise)
    return found
  }

  /// For an observer: the rule among 4 to 7 that gives the modality; no two give the same.
  private func loadRule(_ modality: Modality) -> ModalityRule {
    switch modality {
    case .plyometric: .contacts
    case .endurance: .distanceOrDuration
    case .strength: .loadOrReps
    case .sprint, .mixed: .otherwise
    }
  }

  private static let terms: [Field] = [.exerciseID, .exercise, .workoutType, .sport, .capabilityTarget]

  /// For an observer: which field's term it was.
  private func termRule(_ decides: (UnsafeRawBufferPointer) -> Bool) -> ModalityRule? {
    guard let field = TrainingRow.terms.first(where: { decides(data.norm($0, scratch)) }) else { return nil }
    return .term(field: field.name.description, string(data.norm(field, scratch)))
  }

  private func hintRule(_ decides: (UnsafeRawBufferPointer) -> Bool) -> ModalityRule? {
    TrainingRow.terms.first { decides(data.norm($0, scratch)) }.map { .hint(field: $0.name.description) }
  }
}

extension Modality {
  /// By the type of a session's block.
  fileprivate init?(blockType: UnsafeRawBufferPointer) {
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

  /// By a term that names the exercise outright.
  @inline(__always)
  fileprivate init?(override term: UnsafeRawBufferPointer) {
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

/// Which hints a term contains.
private struct Hints: OptionSet {
  let rawValue: UInt8
  static let sprint = Hints(rawValue: 1)
  static let plyometric = Hints(rawValue: 2)

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// One pass: each first letter of a hint is followed up where it stands.
  init(in term: UnsafeRawBufferPointer) {
    var found: Hints = []
    for (at, byte) in term.enumerated() {
      let rest = UnsafeRawBufferPointer(rebasing: term[at...])
      switch byte {
      case UInt8(ascii: "s") where rest.starts("sprint"): found.insert(.sprint)
      case UInt8(ascii: "m") where rest.starts("maxv"): found.insert(.sprint)
      case UInt8(ascii: "a") where rest.starts("accel"): found.insert(.sprint)
      case UInt8(ascii: "d") where rest.starts("decel"): found.insert(.sprint)
      case UInt8(ascii: "j") where rest.starts("jump"): found.insert(.plyometric)
      case UInt8(ascii: "p") where rest.starts("plyo"): found.insert(.plyometric)
      case UInt8(ascii: "b") where rest.starts("bound"): found.insert(.plyometric)
      case UInt8(ascii: "h") where rest.starts("hop"): found.insert(.plyometric)
      default: continue
      }
    }
    self = found
  }
}

extension UnsafeRawBufferPointer {
  @inline(__always)
  func starts(_ literal: StaticString) -> Bool {
    count >= literal.utf8CodeUnitCount
      && UnsafeRawBufferPointer(rebasing: self[0..<literal.utf8CodeUnitCount]).equals(literal)
  }

  /// Whether the literal's bytes stand anywhere in these. O(n·m).
  func contains(_ literal: StaticString) -> Bool {
    guard count >= literal.utf8CodeUnitCount else { return false }
    for at in 0...(count - literal.utf8CodeUnitCount)
    where UnsafeRawBufferPointer(rebasing: self[at...]).starts(literal) {
      return true
    }
    return false
  }
}
