import EventModel

/// Observes a fold: the reducers report to it what happened to each event and how their numbers were computed.
///
/// Ordinary runs have no observer. Each point of observation then costs only the test of a pointer, because the values
/// are built only for an observer. Observing changes nothing that a fold computes. One user at a time; not thread-safe.
package final class FoldObserver {
  /// Whether to record in detail how reducers process that event.
  package let wantsRow: (EventID) -> Bool
  /// Whether to record the steps of projections, which contain all observed values.
  package let wantsSteps: Bool
  private let look: (Event) -> Void
  private let take: (EventID, any EventFact) -> Void
  package private(set) var steps: [any ProjectionSteps] = []

  /// - Parameters:
  ///   - look: is called with each event that is looked at, in every pass.
  ///   - take: receives the facts in the order in which they are noted. An event can have any number of facts, or none.
  package init(
    wantsRow: @escaping (EventID) -> Bool = { _ in true }, wantsSteps: Bool = true,
    look: @escaping (Event) -> Void = { _ in },
    take: @escaping (EventID, any EventFact) -> Void
  ) {
    self.wantsRow = wantsRow
    self.wantsSteps = wantsSteps
    self.look = look
    self.take = take
  }

  /// Begins a user.
  func begin() { steps.removeAll() }

  package func note(_ fact: any EventFact, of event: EventID) { take(event, fact) }
  package func note(_ steps: any ProjectionSteps) { self.steps.append(steps) }
  package func looked(at event: Event) { look(event) }
}
