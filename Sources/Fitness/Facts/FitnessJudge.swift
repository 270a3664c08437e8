import EventModel
import Folding

/// Decides from the facts of an observed fold which effect each event has. Stores a few bits per event, however many
/// facts it has.
struct FitnessJudge: FactJudge {
  private struct Marks: OptionSet, BitwiseCopyable {
    let rawValue: UInt16
    static let refused = Marks(rawValue: 1)
    static let choosesZone = Marks(rawValue: 2)
    static let representsSet = Marks(rawValue: 4)
    static let isRepresented = Marks(rawValue: 8)
    static let correctsLastingly = Marks(rawValue: 16)
    static let isObserved = Marks(rawValue: 32)
    static let isLastActivity = Marks(rawValue: 64)
    static let ofObjectives = Marks(rawValue: 128)
    static let profile = Marks(rawValue: 256)
    static let infersModality = Marks(rawValue: 512)
    static let failsUserProfile = Marks(rawValue: 1024)
  }

  private let events: FoldedEvents
  private var marks: [Marks]
  private var failed: Set<String> = []
  /// The sessions that represent sets, by set.
  private var representatives = EventLinks()
  /// The place of the set that was corrected last, and for each of its fields the ``FieldChange/order`` of the last
  /// correction.
  private var lastCorrections: (set: Int, orders: [Foreign: Int]) = (-1, [:])
  /// The orders of the corrections that no later correction of the same set and field overwrote. Those in
  /// `lastCorrections` are not yet included.
  private var lasting: [Int] = []
  /// The place of the correcting event, for each order of a correction.
  private var corrections: [Int32] = []
  private var objective: ObjectiveSteps?
  /// The number of events that objective_state folds, and the last of them that gave a training modality.
  private var objectiveEvents = 0
  private var lastModality: EventID?

  init(_ events: FoldedEvents) {
    self.events = events
    marks = [Marks](repeating: [], count: events.count)
  }

  mutating func take(_ fact: any EventFact, of event: EventID, at place: Int) {
    guard let fact = fact as? FitnessFact else { return }
    switch fact {
    case .zonePreference(let verdict):
      if case .chosen = verdict { marks[place].insert(.choosesZone) }
      if case .refused = verdict { marks[place].insert(.refused) }
    case .represents(let set):
      representatives.add(event, to: set)
      guard let represented = events.place(of: set) else { break }
      marks[represented].insert(.isRepresented)
      if events[represented].isOf(.setLogged) { marks[place].insert(.representsSet) }
    case .corrects(_, _, let order):
      precondition(order == corrections.count, "corrections are counted as they come")
      corrections.append(Int32(place))
    case .corrected(let change):
      guard events[place].isOf(.setLogged) else { break }
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
    case .isRepresented, .correctionIgnored, .correctsUnreadField, .noBlocks, .blockIsNoObject, .yieldsNoRow: break
    }
  }

  mutating func finish(_ steps: [any ProjectionSteps], failed: Set<String>) {
    self.failed = failed
    for case .objectiveState(let steps) as FitnessSteps in steps {
      objective = steps
      break
    }
    representatives.sort()
    for order in lasting + lastCorrections.orders.values {
      marks[Int(corrections[order])].insert(.correctsLastingly)
    }
    (lastCorrections, lasting, corrections) = ((-1, [:]), [], [])
  }

  func isRefused(at place: Int) -> Bool { marks[place].contains(.refused) }

  /// The session that represents the set at that place.
  func representative(at place: Int) -> EventID?? {
    guard events[place].isOf(.setLogged), marks[place].contains(.isRepresented) else { return nil }
    return .some(representatives[events[place].id].first)
  }

  func hasEffect(at place: Int) -> Bool {
    let marks = marks[place]
    let ofCapabilities: Marks = [.choosesZone, .representsSet, .correctsLastingly, .isObserved]
    if !marks.isDisjoint(with: ofCapabilities), !failed.contains(CapabilityProjection.type) { return true }
    if marks.contains(.isLastActivity), !failed.contains(ObjectiveAdvisoryProjection.type) { return true }
    if marks.contains(.ofObjectives), !failed.contains(ObjectiveStateProjection.type) { return true }
    if marks.contains(.infersModality), objective?.trainingModality != nil { return true }
    guard objective?.origin == .assumed else { return false }
    // A profile gives the modality of the assumed objective, or as the only event it prevents the inference from
    // sessions.
    if marks.contains(.profile), lastModality == events[place].id || lastModality == nil && objectiveEvents == 1 {
      return true
    }
    return marks.contains(.failsUserProfile)
  }
}

extension Fitness: ObservedDomain {
  package func makeJudge(_ events: FoldedEvents) -> any FactJudge { FitnessJudge(events) }
}
