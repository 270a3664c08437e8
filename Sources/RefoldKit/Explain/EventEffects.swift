import EventModel
import Projections
import Reporting

/// What the facts of an observed fold make of each event.
struct EventEffects {
  private let facts: [EventID: [EventFact]]
  private let types: [EventID: EventType]
  private let failures: [String: ReducerFailure]
  /// By target, the visible or invisible `event.retracted` events.
  private var retractions: [EventID: [EventID]] = [:]
  private var representatives: [EventID: EventID] = [:]
  /// Corrected fields that no later correction of the set wrote over, by ``FieldChange/order``.
  private var lastingCorrections: Set<Int> = []
  private let objective: ObjectiveSteps?
  /// Events the objective_state is folded of, and the last of them that gave a training modality.
  private var objectiveEvents = 0
  private var lastModality: EventID?

  init(_ events: [RecordSorting.Kept], _ observer: FoldObserver, failures: [String: ReducerFailure]) {
    self.failures = failures
    var types: [EventID: EventType] = [:]
    for kept in events { types[kept.head.id] = kept.event.eventType }
    self.types = types
    facts = Dictionary(grouping: observer.facts, by: \.event).mapValues { $0.map(\.fact) }
    objective = observer.steps.lazy.compactMap { if case .objectiveState(let steps) = $0 { steps } else { nil } }.first
    for (event, fact) in observer.facts { take(fact, of: event) }
    for (id, facts) in facts where types[id] == .setLogged { noteLastingCorrections(facts) }
  }

  private mutating func take(_ fact: EventFact, of event: EventID) {
    switch fact {
    case .retracts(let target): retractions[target, default: []].append(event)
    case .represents(let set): representatives[set] = representatives[set] ?? event
    case .objective, .override: objectiveEvents += 1
    case .profile(let modality):
      objectiveEvents += 1
      if modality != nil { lastModality = event }
    default: break
    }
  }

  private mutating func noteLastingCorrections(_ facts: [EventFact]) {
    var last: [String: Int] = [:]
    for case .corrected(let change) in facts { last[change.field] = change.order }
    lastingCorrections.formUnion(last.values)
  }

  func facts(of event: EventID) -> [EventFact] { facts[event] ?? [] }
  func type(of event: EventID) -> EventType? { types[event] }

  func disposition(of kept: RecordSorting.Kept) -> Provenance.Disposition {
    let id = kept.head.id
    guard let type = kept.event.eventType else { return .unread }
    let facts = facts(of: id)
    if failures.values.contains(where: { $0.event == id }) || facts.contains(where: refuses) { return .refused }
    if let by = retractions[id] { return .retracted(by: by) }
    if type == .setLogged, let session = representatives[id] { return .represented(by: session) }
    if facts.contains(where: { hasEffect($0, of: id) }) { return .folded }
    let failed = failures.keys.contains { ProjectionCatalog.sources(of: $0).contains(type) }
    return failed ? .projectionFailed : .withoutEffect
  }

  private func refuses(_ fact: EventFact) -> Bool {
    switch fact {
    case .zonePreference(.refused): true
    case .row(let row):
      row.refused != nil || row.outcomes.contains { if case .refused = $0.result { true } else { false } }
    default: false
    }
  }

  /// Whether something of a row that is written would be another without it.
  private func hasEffect(_ fact: EventFact, of event: EventID) -> Bool {
    let hasCapabilities = failures[ProjectionCatalog.capabilityType] == nil
    switch fact {
    case .retracts(let target): return types.keys.contains(target)
    case .zonePreference(let verdict):
      if case .chosen = verdict { return hasCapabilities }
      return false
    case .represents(let set): return hasCapabilities && types[set] == .setLogged
    case .corrects(_, _, let order): return hasCapabilities && lastingCorrections.contains(order)
    case .row(let row):
      return hasCapabilities && row.outcomes.contains { if case .observed = $0.result { true } else { false } }
    case .lastActivity: return failures[ProjectionCatalog.advisoryType] == nil
    case .objective, .override: return failures[ProjectionCatalog.clocklessType] == nil
    case .profile:
      // It gives the assumed objective's modality, or is all that keeps it from being inferred from sessions.
      guard objective?.origin == .assumed else { return false }
      return lastModality == event || lastModality == nil && objectiveEvents == 1
    case .inferredModality: return objective?.trainingModality != nil
    case .failsUserProfile: return objective?.origin == .assumed
    case .retractsNothing, .isRepresented, .correctionIgnored, .correctsUnreadField, .corrected, .noBlocks,
      .blockIsNoObject, .yieldsNoRow:
      return false
    }
  }
}
