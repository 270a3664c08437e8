import EventModel

/// Watches a fold: the reducers tell it what became of each event and how their numbers follow.
///
/// Ordinary runs have none. Then each point of observation costs the test of a pointer and nothing else, because the values
/// are built only for an observer. Watching changes nothing that a fold computes. One user at a time; not thread-safe.
package final class FoldObserver {
  /// Whether what a reducer makes of that event in detail is recorded.
  package let wantsRow: (EventID) -> Bool
  /// Whether the steps of projections are recorded, which hold all values.
  package let wantsSteps: Bool
  private let look: (Event) -> Void
  private let take: (EventID, any EventFact) -> Void
  package private(set) var steps: [any ProjectionSteps] = []

  /// - Parameters:
  ///   - look: is called with each event that is looked at, pass by pass.
  ///   - take: gets the facts in the order told; an event has any number, none included.
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
