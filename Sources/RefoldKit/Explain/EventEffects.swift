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
  }

  let events: FoldedEvents
  private let catalogue: Catalogue
  private let relevance: Relevance
  private var marks: [Marks]
  private var failures: [String: ReducerFailure] = [:]
  /// By target, the visible or invisible `event.retracted` events.
  private var retractions: [EventID: [EventID]] = [:]
  private var representatives: [EventID: EventID] = [:]
  /// Of each set, by field, the last correction, by ``FieldChange/order``; and which event is which correction.
  private var lastCorrections: [Int32: [Foreign: Int]] = [:]
  private var corrections: [(order: Int, event: Int32)] = []
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
      retractions[target, default: []].append(event)
      if events.type(of: target) != nil { marks[place].insert(.retractsEvent) }
    case .zonePreference(let verdict):
      if case .chosen = verdict { marks[place].insert(.choosesZone) }
      if case .refused = verdict { marks[place].insert(.refused) }
    case .represents(let set):
      representatives[set] = representatives[set] ?? event
      if events.type(of: set) == .setLogged { marks[place].insert(.representsSet) }
    case .corrects(_, _, let order): corrections.append((order, Int32(place)))
    case .corrected(let change):
      if events[place].eventType == .setLogged {
        lastCorrections[Int32(place), default: [:]][change.field] = change.order
      }
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
    // Corrected fields that no later correction of the set wrote over.
    let lasting = Set(lastCorrections.values.lazy.flatMap(\.values))
    for correction in corrections where lasting.contains(correction.order) {
      marks[Int(correction.event)].insert(.correctsLastingly)
    }
    (lastCorrections, corrections) = ([:], [])
  }

  /// Whether the event at that place has a fact of the projections that are shown.
  func hasShownFact(_ place: Int) -> Bool { marks[place].contains(.shown) }

  func disposition(_ place: Int) -> Provenance.Disposition {
    let event = events[place]
    let id = event.id
    guard let type = event.eventType else { return .unread }
    if marks[place].contains(.refused) || failures.values.contains(where: { $0.event == id }) { return .refused }
    if let by = retractions[id] { return .retracted(by: by) }
    if type == .setLogged, let session = representatives[id] { return .represented(by: session) }
    if hasEffect(marks[place], id) || hasUnobservedEffect(type) { return .folded }
    let failed = catalogue.schemas.contains { failures[$0.type] != nil && $0.sources.contains(type) }
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
