import EventModel
import Folding
import JSONTape
import Reconciliation

extension Exhibit {
  /// The whole history with the live row as it is, and how that row differs; `nil` when it does not differ.
  ///
  /// The live row is split into what the rebuild computes and what live changes about it, so that it can be derived
  /// again when events are removed.
  static func whole(
    user: UserID, events: [WitnessEvent], asOf: Instant, live: LiveRowCopy?, hasRequiredRow: Bool, trial: WitnessTrial
  ) throws -> (exhibit: Exhibit, signature: Signature)? {
    let isClockless = trial.schema.clock == nil
    var exhibit = Exhibit(
      user: user, events: events, asOf: asOf, generatedAt: isClockless ? nil : live?.generatedAt,
      updatedAt: live?.updatedAt, live: .none, copies: live?.copies ?? 1, hasRequiredRow: hasRequiredRow)
    guard let live else {
      return trial.signature(of: exhibit).map { (exhibit, $0) }
    }
    guard let signature = trial.signature(of: exhibit, live: live.data) else { return nil }
    exhibit.version = trial.version(of: exhibit, live: live.data)
    exhibit.live = try model(of: live, signature, exhibit, trial)
    guard trial.signature(of: exhibit) == signature else { throw WitnessError.cannotModel(trial.name) }
    return (exhibit, signature)
  }

  private static func model(
    of live: LiveRowCopy, _ signature: Signature, _ exhibit: Exhibit, _ trial: WitnessTrial
  ) throws -> LiveModel {
    let causes = signature.causes
    if causes.contains(.failed) { return .unread }
    guard trial.row(of: exhibit, .asOf) != nil else { return .unread }
    let baseline: Baseline =
      if causes.contains(.behind) || causes.contains(.unseen) {
        .ownVisibility
      } else if causes.contains(.clock) {
        .ownInstant
      } else if causes.contains(.changed) {
        trial.baseline(of: exhibit, live: live.data) ?? .asOf
      } else {
        .asOf
      }
    if causes.contains(.unseen), let events = trial.unseen(of: exhibit, live: live.data) {
      var other = exhibit
      other.live = .foldedWithout(.events(events), baseline)
      if trial.isSame(other, as: live.data) { return other.live }
    }
    guard causes.contains(.changed) || causes.contains(.unseen) || causes.contains(.texts) else {
      return .folded(baseline, nil)
    }
    if causes.contains(.changed), let omission = omission(of: live, exhibit, trial) { return omission }
    guard let row = trial.row(of: exhibit, baseline) else { throw WitnessError.cannotModel(trial.name) }
    var other = try JSONTree(parsing: live.data)
    if causes.contains(.changed) || causes.contains(.unseen) {
      // Ignore what differs only because live reads the clock several times in one computation.
      for drift in trial.schema.drift
      where drift.key == trial.name.key && !signature.places.contains(where: { $0.field == drift.path }) {
        other = other.replacing(drift.path.split(separator: ".")[...], with: row)
      }
    } else {
      other = trial.schema.texts
        .reduce(row) { $0.replacing($1.path.split(separator: ".")[...], with: other) }
    }
    return .folded(baseline, RowPatch(row.without(trial.schema.clock), other.without(trial.schema.clock)))
  }

  /// Finds events without which the rebuild computes exactly live's row, so that nothing has to be guessed.
  private static func omission(of live: LiveRowCopy, _ exhibit: Exhibit, _ trial: WitnessTrial) -> LiveModel? {
    var names: Set<String> = []
    exhibit.events.walk { names.insert($0.type) }
    let types = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    var omissions = types.map(Omission.type)
    if exhibit.events.count <= eventLimit { omissions += exhibit.events.map { .events([$0.id]) } }
    let isClockless = trial.schema.clock == nil
    var baseline = exhibit.generatedAt == nil ? Baseline.asOf : .ownInstant
    if exhibit.updatedAt != nil, isClockless || exhibit.generatedAt != nil { baseline = .ownVisibility }
    for omission in omissions {
      var other = exhibit
      other.live = .foldedWithout(omission, baseline)
      if trial.isSame(other, as: live.data) { return other.live }
    }
    return nil
  }

  /// Longer histories are searched by event type only, not event by event.
  private static let eventLimit = 2000
}

extension JSONTree {
  /// The value with the value at a path taken from `other`, if both have that path. `*` matches every element.
  fileprivate func replacing(_ path: ArraySlice<Substring>, with other: JSONTree) -> JSONTree {
    guard let step = path.first else { return other }
    switch (self, other) {
    case (.object(let members), .object):
      return .object(
        members.map { member in
          guard member.key == step, let value = other[member.key] else { return member }
          return Member(member.key, member.value.replacing(path.dropFirst(), with: value))
        })
    case (.array(let elements), .array(let others)) where step == "*":
      return .array(
        elements.enumerated().map { index, element in
          index < others.count ? element.replacing(path.dropFirst(), with: others[index]) : element
        })
    default: return self
    }
  }

  fileprivate func without(_ clock: ConstantName?) -> JSONTree {
    guard let clock = clock?.description, case .object(let members) = self else { return self }
    return .object(members.filter { $0.key != clock })
  }
}
