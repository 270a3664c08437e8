import EventModel
import Projections
import Reporting

/// What the facts of an observed fold make of each event: some bits an event, however many facts it has.
struct EventEffects {
  private struct Marks: OptionSet, BitwiseCopyable {
    let rawValue: UInt16
    static let refused = Marks(rawValue: 1)
    static let retractsEvent = Marks(rawValue: 2)
    static let choosesZone = Marks(rawValue: 4)
    static let representsSet = Marks(rawValue: 8)
    static let correctsLastingly = Marks(rawValue: 16)
    static let isObserved = Marks(rawValue: 32)
    static let isLastActivity = Marks(rawValue: 64)
    static let ofObjectives = Marks(rawValue: 128)
    static let profile = Marks(rawValue: 256)
    static let infersModality = Marks(rawValue: 512)
    static let failsUserProfile = Marks(rawValue: 1024)
    /// Has a fact of the projections that are shown.
    static let shown = Marks(rawValue: 2048)
    static let isRetracted = Marks(rawValue: 4096)
    static let isRepresented = Marks(rawValue: 8192)
  }

  let events: FoldedEvents
  private let catalogue: Catalogue
  private let relevance: Relevance
  private var marks: [Marks]
  private var failures: [String: ReducerFailure] = [:]
  /// The visible or invisible `event.retracted` events of each target, and the sessions that stand for sets.
  private var retractions = EventLinks()
  private var representatives = EventLinks()
  /// Of the set that was corrected last, by field, the last correction, by ``FieldChange/order``.
  private var lastCorrections: (set: Int, orders: [Foreign: Int]) = (-1, [:])
  /// Corrected fields that no later correction of the set wrote over.
  private var lasting: [Int] = []
  /// Which event is which correction.
  private var corrections: [Int32] = []
  private var objective: ObjectiveSteps?
  /// Events the objective_state is folded of, and the last of them that gave a training modality.
  private var objectiveEvents = 0
  private var lastModality: EventID?

  init(_ catalogue: Catalogue, _ events: FoldedEvents, _ relevance: Relevance) {
    self.catalogue = catalogue
    self.events = events
    self.relevance = relevance
    marks = [Marks](repeating: [], count: events.count)
  }

  /// Takes a fact of the event at that place, in the order told.
  mutating func take(_ fact: EventFact, of event: EventID, at place: Int) {
    if relevance.narrowed(fact) != nil { marks[place].insert(.shown) }
    switch fact {
    case .retracts(let target):
      retractions.add(event, to: target)
      guard let retracted = events.place(of: target) else { break }
      marks[retracted].insert(.isRetracted)
      if events[retracted].eventType != nil { marks[place].insert(.retractsEvent) }
    case .zonePreference(let verdict):
      if case .chosen = verdict { marks[place].insert(.choosesZone) }
      if case .refused = verdict { marks[place].insert(.refused) }
    case .represents(let set):
      representatives.add(event, to: set)
      guard let represented = events.place(of: set) else { break }
      marks[represented].insert(.isRepresented)
      if events[represented].eventType == .setLogged { marks[place].insert(.representsSet) }
    case .corrects(_, _, let order):
      precondition(order == corrections.count, "corrections are counted as they come")
      corrections.append(Int32(place))
    case .corrected(let change):
      guard events[place].eventType == .setLogged else { break }
      if place != lastCorrections.set {
        lasting += lastCorrections.orders.values
        lastCorrections = (place, [:])
      }
      lastCorrections.orders[change.field] = change.order
    case .row(let row):
      if row.refused != nil { marks[place].insert(.refused) }
      for outcome in row.outcomes {
        switch outcome.result {
        case .refused: marks[place].insert(.refused)
        case .observed: marks[place].insert(.isObserved)
        case .skipped: break
        }
      }
    case .lastActivity: marks[place].insert(.isLastActivity)
    case .objective, .override:
      objectiveEvents += 1
      marks[place].insert(.ofObjectives)
    case .profile(let modality):
      objectiveEvents += 1
      if modality != nil { lastModality = event }
      marks[place].insert(.profile)
    case .inferredModality: marks[place].insert(.infersModality)
    case .failsUserProfile: marks[place].insert(.failsUserProfile)
    case .retractsNothing, .isRepresented, .correctionIgnored, .correctsUnreadField, .noBlocks, .blockIsNoObject,
      .yieldsNoRow:
      break
    }
  }

  /// Call when the fold has ended.
  mutating func finish(_ steps: [ProjectionSteps], failures: [String: ReducerFailure]) {
    self.failures = failures
    objective = steps.lazy.compactMap { if case .objectiveState(let steps) = $0 { steps } else { nil } }.first
    retractions.sort()
    representatives.sort()
    for order in lasting + lastCorrections.orders.values {
      marks[Int(corrections[order])].insert(.correctsLastingly)
    }
    (lastCorrections, lasting, corrections) = ((-1, [:]), [], [])
  }

  /// Whether the event at that place has a fact of the projections that are shown.
  func hasShownFact(_ place: Int) -> Bool { marks[place].contains(.shown) }

  func disposition(_ place: Int) -> Provenance.Disposition {
    let event = events[place]
    let id = event.id
    guard let type = event.eventType else { return .unread }
    if marks[place].contains(.refused) || failures.values.contains(where: { $0.event == id }) { return .refused }
    if marks[place].contains(.isRetracted) { return .retracted(by: retractions[id]) }
    if type == .setLogged, marks[place].contains(.isRepresented) {
      return .represented(by: representatives[id].first)
    }
    if hasEffect(marks[place], id) || hasUnobservedEffect(type) { return .folded }
    let failed = catalogue.schemas.contains { failures[$0.type] != nil && $0.directSources.contains(type) }
    return failed ? .projectionFailed : .withoutEffect
  }

  /// Whether a row is made of such events by a reducer that does not tell what becomes of each.
  private func hasUnobservedEffect(_ type: EventType) -> Bool {
    catalogue.schemas.contains {
      !$0.isObserved && relevance.includes(type: $0.type) && $0.sources.contains(type) && failures[$0.type] == nil
    }
  }

  /// Whether something of a row that is written would be another without the event.
  private func hasEffect(_ marks: Marks, _ event: EventID) -> Bool {
    if marks.contains(.retractsEvent) { return true }
    let ofCapabilities: Marks = [.choosesZone, .representsSet, .correctsLastingly, .isObserved]
    if !marks.isDisjoint(with: ofCapabilities), failures[CapabilityProjection.type] == nil { return true }
    if marks.contains(.isLastActivity), failures[ObjectiveAdvisoryProjection.type] == nil { return true }
    if marks.contains(.ofObjectives), failures[ObjectiveStateProjection.type] == nil { return true }
    if marks.contains(.infersModality), objective?.trainingModality != nil { return true }
    guard objective?.origin == .assumed else { return false }
    // A profile gives the assumed objective's modality, or is all that keeps it from being inferred from sessions.
    if marks.contains(.profile), lastModality == event || lastModality == nil && objectiveEvents == 1 { return true }
    return marks.contains(.failsUserProfile)
  }
}

/// Events that act on others, by these. Memory: 32 bytes each.
private struct EventLinks {
  private var links: [(target: EventID, event: EventID)] = []

  mutating func add(_ event: EventID, to target: EventID) { links.append((target, event)) }

  /// Call before they are looked for. Those of one target stay as they came.
  mutating func sort() {
    let order = links.indices.sorted { a, b in
      links[a].target == links[b].target ? a < b : links[a].target < links[b].target
    }
    links = order.map { links[$0] }
  }

  subscript(target: EventID) -> [EventID] {
    var (low, high) = (0, links.count)
    while low < high {
      let middle = (low + high) / 2
      if links[middle].target < target { low = middle + 1 } else { high = middle }
    }
    return links[low...].prefix { $0.target == target }.map(\.event)
  }
}
