import EventModel
import Folding
import Formatting

extension FitnessFact {
  /// The fact in words, one string per line.
  package var lines: [String] {
    switch self {
    case .zonePreference(let verdict): ["time zone: " + verdict.sentence]
    case .represents(let set): ["stands for the set \(set)"]
    case .isRepresented: []
    case .correctionIgnored(let flaw): ["corrects nothing: " + flaw.sentence]
    case .corrects(let set, let field, let order): ["correction \(order + 1): \(field.text) of \(set)"]
    case .correctsUnreadField(let set): ["corrects a field of \(set) that no reducer reads"]
    case .corrected(let change):
      [
        "\(change.field.text): \(change.before.map(\.text) ?? "absent") → \(change.after.text)"
          + " by correction \(change.order + 1)"
      ]
    case .noBlocks: ["no row: data.blocks is not an array with entries"]
    case .blockIsNoObject(let index): ["block \(index): no row, not an object"]
    case .yieldsNoRow: ["no row: data is not an object"]
    case .row(let row): row.lines
    case .lastActivity: ["the newest training event: the advisory's last activity"]
    case .profile(let modality):
      ["profile: " + (modality.map { "training_modality \($0.text)" } ?? "no training_modality")]
    case .objective(let fact): [fact.sentence]
    case .override(let fact): [fact.sentence]
    case .inferredModality(let modality): ["gives the training modality \(modality.text) to a user without a profile"]
    case .failsUserProfile: ["the live user_profile raises here: no training modality is inferred"]
    }
  }
}

extension ZoneVerdict {
  fileprivate var sentence: String {
    switch self {
    case .chosen(let name): "days are counted in \(name.text)"
    case .invalid: "not a valid zone name, ignored"
    case .retracted: "retracted, ignored"
    case .refused: "the live look-up raises on it"
    case .otherKey: "a preference for something else"
    }
  }
}

extension CorrectionFlaw {
  fileprivate var sentence: String {
    switch self {
    case .targetIsNoID: "target_event_id is not an id in lower case"
    case .changedFieldsNotObject: "changed_fields is not an object"
    case .noFields: "changed_fields is empty"
    }
  }
}

extension ObjectiveFact {
  fileprivate var sentence: String {
    switch change {
    case .goal: "legacy goal \(id.text), confidence \(exact(confidence))"
    case .set:
      "objective \(id.text): version \(version), mode \(mode.text), source \(source.text), "
        + "confidence \(exact(confidence))"
    case .archived: "archives objective \(id.text) at version \(version)"
    }
  }
}

extension OverrideFact {
  fileprivate var sentence: String {
    let listed =
      switch listing {
      case .listed: "listed"
      case .tooOld: "too old to be listed"
      case .listFull: "the list is full"
      }
    let review =
      reviewPoint.map { "review point \($0.text)" + (isDue ? " is past" : " is to come") } ?? "no review point"
    return "override by \(actor.text), scope \(scope.text), \(listed), \(review)"
  }
}

extension RowFact {
  fileprivate var lines: [String] {
    let name = block.map { "block \($0)" + (repeats == 1 ? "" : " × \(grouped(repeats))") } ?? "row"
    if let refused { return ["\(name): refused, \(refused.rawValue)"] }
    guard let modality, let rule else { return [name] }
    let head = "\(name): \(modality) by rule \(rule.number), \(rule.sentence)"
    if outcomes.isEmpty { return [head + "; no observation"] }
    return [head] + outcomes.map { "  " + $0.sentence }
  }
}

extension ModalityRule {
  fileprivate var sentence: String {
    switch self {
    case .blockType(let type): "block_type \(type)"
    case .term(let field, let term): "\(field) is \(term)"
    case .hint(let field): "\(field) holds a hint"
    case .contacts: "contacts > 0"
    case .distanceOrDuration: "distance_meters or duration_seconds > 0"
    case .loadOrReps: "load or reps > 0"
    case .otherwise: "none of the others"
    }
  }
}

extension CapabilityOutcome {
  fileprivate var sentence: String {
    switch result {
    case .refused(let code): return "\(capability): refused, \(code.rawValue)"
    case .skipped(let reason): return "\(capability): no observation, \(reason.sentence)"
    case .observed(let value):
      var text = "\(capability): " + (derivation.map { $0.sentence + " = " } ?? "") + exact(value)
      if let group { text += ", group \(group.text)" }
      if let session {
        text += ", session \(session.key.text) (\(session.origin.rawValue), day \(date(session.localDate)))"
      }
      if let referenceAge { text += ", reference \(exact(referenceAge)) days old" }
      return text
    }
  }

  private func date(_ date: CivilDate) -> String {
    var bytes: [UInt8] = []
    appendISO(date, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension Derivation {
  fileprivate var sentence: String {
    switch self {
    case .oneRep(let formula, let load, let reps, let reserve, let source):
      "\(exact(load))\(formula.infix)(\(exact(reps)) + \(exact(reserve)) \(source.rawValue))\(formula.suffix)"
    case .speed(let distance, let duration): "\(exact(distance)) m / \(exact(duration)) s"
    case .relative(let reference, let percent): "\(exact(reference)) × \(exact(percent)) %"
    case .power: "power_watt"
    case .height(let field, let inches): inches.map { "\(field) \(exact($0)) in × 2.54" } ?? field
    }
  }
}

extension SkipReason {
  fileprivate var sentence: String {
    switch self {
    case .noLoad: "neither weight_kg nor weight gives a number"
    case .loadNotPositive: "the load is not above 0"
    case .noReps: "reps gives no number"
    case .repsNotPositive: "reps is not above 0"
    case .estimateNotPositive: "the estimate is not above 0"
    case .noSpeed: "no distance over duration and no relative intensity with a reference"
    case .noHeight: "no jump height above 0"
    case .noThreshold: "no power, no distance over duration, no relative intensity with a reference"
    case .valueNotPositive: "the value is not above 0"
    }
  }
}
