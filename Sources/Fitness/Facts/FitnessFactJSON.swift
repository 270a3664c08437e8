import EventModel
import Folding
import Formatting
import JSONTape

extension FitnessFact {
  /// An object whose member `fact` names the kind.
  package var json: JSONTree {
    switch self {
    case .zonePreference(let verdict):
      switch verdict {
      case .chosen(let name):
        fact("time_zone", [.init("verdict", .string("chosen")), .init("time_zone", .string(name.raw))])
      case .invalid: fact("time_zone", [.init("verdict", .string("invalid"))])
      case .retracted: fact("time_zone", [.init("verdict", .string("retracted"))])
      case .refused: fact("time_zone", [.init("verdict", .string("refused"))])
      case .otherKey: fact("time_zone", [.init("verdict", .string("other_key"))])
      }
    case .represents(let set): fact("represents", [.init("event_id", .string(set.description))])
    case .isRepresented: fact("is_represented")
    case .correctionIgnored(let flaw): fact("correction_ignored", [.init("reason", .string(flaw.rawValue))])
    case .corrects(let set, let field, let order):
      fact(
        "corrects",
        [
          .init("event_id", .string(set.description)), .init("field", .string(field.raw)),
          .init("order", number(order)),
        ])
    case .correctsUnreadField(let set): fact("corrects_unread_field", [.init("event_id", .string(set.description))])
    case .corrected(let change):
      fact(
        "corrected",
        [
          .init("order", number(change.order)), .init("field", .string(change.field.raw)),
          .init("before", change.before.map(parsed) ?? .null), .init("was_present", .bool(change.before != nil)),
          .init("after", parsed(change.after)),
        ])
    case .noBlocks: fact("no_blocks")
    case .blockIsNoObject(let index): fact("block_is_no_object", [.init("block", number(index))])
    case .yieldsNoRow: fact("yields_no_row")
    case .row(let row): fact("row", row.members)
    case .lastActivity: fact("last_activity")
    case .profile(let modality):
      fact("profile", [.init("training_modality", modality.map(parsed) ?? .null)])
    case .objective(let objective):
      fact(
        "objective",
        [
          .init("change", .string(objective.change.rawValue)), .init("objective_id", .string(objective.id.raw)),
          .init("version", number(objective.version)), .init("mode", .string(objective.mode.raw)),
          .init("source", .string(objective.source.raw)), .init("confidence", real(objective.confidence)),
        ])
    case .override(let override):
      fact(
        "override",
        [
          .init("actor", .string(override.actor.raw)), .init("scope", .string(override.scope.raw)),
          .init("review_point", override.reviewPoint.map { .string($0.raw) } ?? .null),
          .init("review_due", .bool(override.isDue)), .init("listing", .string(override.listing.rawValue)),
        ])
    case .inferredModality(let modality): fact("inferred_modality", [.init("training_modality", .string(modality.raw))])
    case .failsUserProfile: fact("fails_user_profile")
    }
  }

  private func fact(_ kind: String, _ members: [JSONTree.Member] = []) -> JSONTree {
    .object([.init("fact", .string(kind))] + members)
  }

  private func parsed(_ json: Foreign) -> JSONTree {
    (try? JSONTree(parsing: Array(json.raw.utf8))) ?? .string(json.raw)
  }
}

extension RowFact {
  fileprivate var members: [JSONTree.Member] {
    [
      .init("block", block.map(number) ?? .null), .init("repeats", number(repeats)),
      .init("modality", modality.map(JSONTree.string) ?? .null), .init("rule", rule.map(\.json) ?? .null),
      .init("refused", refused.map { .string($0.rawValue) } ?? .null),
      .init("outcomes", .array(outcomes.map(\.json))),
    ]
  }
}

extension ModalityRule {
  fileprivate var json: JSONTree {
    var members: [JSONTree.Member] = [.init("number", number(number))]
    switch self {
    case .blockType(let type): members.append(.init("block_type", .string(type)))
    case .term(let field, let term):
      members += [.init("field", .string(field)), .init("term", .string(term))]
    case .hint(let field): members.append(.init("field", .string(field)))
    case .contacts, .distanceOrDuration, .loadOrReps, .otherwise: break
    }
    return .object(members)
  }

  private func number(_ value: Int) -> JSONTree { .integer(Int64(value)) }
}

extension CapabilityOutcome {
  fileprivate var json: JSONTree {
    var members: [JSONTree.Member] = [.init("capability", .string(capability))]
    switch result {
    case .observed(let value):
      members += [.init("result", .string("observed")), .init("value", real(value))]
      if let derivation { members.append(.init("derivation", derivation.json)) }
      if let group { members.append(.init("group", .string(group.raw))) }
      if let session { members.append(.init("session", session.json)) }
      if let referenceAge { members.append(.init("reference_age_days", real(referenceAge))) }
    case .skipped(let reason):
      members += [.init("result", .string("skipped")), .init("reason", .string(reason.rawValue))]
    case .refused(let code):
      members += [.init("result", .string("refused")), .init("code", .string(code.rawValue))]
    }
    return .object(members)
  }
}

extension Derivation {
  fileprivate var json: JSONTree {
    switch self {
    case .oneRep(let formula, let load, let reps, let reserve, let source):
      .object([
        .init("kind", .string(formula.name)), .init("load_kg", real(load)), .init("reps", real(reps)),
        .init("reserve", real(reserve)), .init("source", .string(source.rawValue)),
      ])
    case .speed(let distance, let duration):
      .object([
        .init("kind", .string("speed")), .init("distance_meters", real(distance)),
        .init("duration_seconds", real(duration)),
      ])
    case .relative(let reference, let percent):
      .object([
        .init("kind", .string("relative")), .init("reference_value", real(reference)),
        .init("value_pct", real(percent)),
      ])
    case .power: .object([.init("kind", .string("power"))])
    case .height(let field, let inches):
      .object([
        .init("kind", .string("height")), .init("field", .string(field)),
        .init("inches", inches.map(real) ?? .null),
      ])
    }
  }
}

extension SessionFact {
  fileprivate var json: JSONTree {
    var day: [UInt8] = []
    appendISO(localDate, to: &day)
    return .object([
      .init("key", .string(key.raw)), .init("origin", .string(origin.rawValue)), .init("time", instant(time)),
      .init("local_date", .string(String(decoding: day, as: UTF8.self))),
    ])
  }
}
