import EventModel
import Folding
import Reporting

/// What the facts of an observed fold make of each event.
struct EventEffects {
  private struct Marks: OptionSet, BitwiseCopyable {
    let rawValue: UInt8
    /// Retracts an event that some reducer reads.
    static let retractsEvent = Marks(rawValue: 1)
    static let isRetracted = Marks(rawValue: 2)
    /// Has a fact of the projections that are shown.
    static let shown = Marks(rawValue: 4)
  }

  let events: FoldedEvents
  private let catalogue: Catalogue
  private let relevance: Relevance
  private var marks: [Marks]
  private var judge: any FactJudge
  private var failures: [String: ReducerFailure] = [:]
  /// The events that retract each target, visible or not.
  private var retractions = EventLinks()

  init(_ catalogue: Catalogue, _ events: FoldedEvents, _ relevance: Relevance) {
    self.catalogue = catalogue
    self.events = events
    self.relevance = relevance
    judge = catalogue.makeJudge(events)
    marks = [Marks](repeating: [], count: events.count)
  }

  /// Takes a fact of the event at that place, in the order told.
  mutating func take(_ fact: any EventFact, of event: EventID, at place: Int) {
    if relevance.narrowed(fact) != nil { marks[place].insert(.shown) }
    guard let retraction = fact as? RetractionFact else { return judge.take(fact, of: event, at: place) }
    guard case .retracts(let target) = retraction else { return }
    retractions.add(event, to: target)
    guard let retracted = events.place(of: target) else { return }
    marks[retracted].insert(.isRetracted)
    if events[retracted].type != 0 { marks[place].insert(.retractsEvent) }
  }

  /// Call when the fold has ended.
  mutating func finish(_ steps: [any ProjectionSteps], failures: [String: ReducerFailure]) {
    self.failures = failures
    judge.finish(steps, failed: Set(failures.keys))
    retractions.sort()
  }

  /// Whether the event at that place has a fact of the projections that are shown.
  func hasShownFact(_ place: Int) -> Bool { marks[place].contains(.shown) }

  func disposition(_ place: Int) -> Provenance.Disposition {
    let (id, type) = (events[place].id, events[place].type)
    if type == 0 { return .unread }
    if judge.isRefused(at: place) || failures.values.contains(where: { $0.event == id }) { return .refused }
    if marks[place].contains(.isRetracted) { return .retracted(by: retractions[id]) }
    if let representative = judge.representative(at: place) { return .represented(by: representative) }
    if marks[place].contains(.retractsEvent) || judge.hasEffect(at: place) || hasUnobservedEffect(type) {
      return .folded
    }
    let failed = catalogue.schemas.contains { failures[$0.type] != nil && $0.directSources.contains(type) }
    return failed ? .projectionFailed : .withoutEffect
  }

  /// Whether a row is made of such events by a reducer that does not tell what becomes of each.
  private func hasUnobservedEffect(_ type: UInt8) -> Bool {
    catalogue.schemas.contains {
      !$0.isObserved && relevance.includes(type: $0.type) && $0.sources.contains(type) && failures[$0.type] == nil
    }
  }
}
