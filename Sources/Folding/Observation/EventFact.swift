import EventModel
import Formatting
import JSONTape

/// What happened to one event at one point of a fold. A domain defines its own facts and how they are displayed.
package protocol EventFact: Sendable {
  /// The fact for people.
  var lines: [String] { get }
  /// The fact for machines: an object whose member `fact` names the kind.
  var json: JSONTree { get }
  /// The part of the fact that concerns rows of that type and key (`nil`: any key); `nil` if no part does.
  func narrowed(to type: String, key: String?) -> (any EventFact)?
}

/// A fact that the engine itself records about an event that retracts others. It concerns every row that its target
/// could affect.
package enum RetractionFact: EventFact, Equatable {
  /// Makes the event with that id invisible, if the user has it.
  case retracts(EventID)
  /// Contains no id as the live system prints ids, and so retracts nothing.
  case retractsNothing(field: String)

  package var lines: [String] {
    switch self {
    case .retracts(let target): ["retracts \(target)"]
    case .retractsNothing(let field): ["retracts nothing: \(field) is no id in lower case"]
    }
  }

  package var json: JSONTree {
    switch self {
    case .retracts(let target):
      .object([.init("fact", .string("retracts")), .init("event_id", .string(target.description))])
    case .retractsNothing: .object([.init("fact", .string("retracts_nothing"))])
    }
  }

  package func narrowed(to type: String, key: String?) -> (any EventFact)? { self }
}

/// The computation of a projection's numbers from the observations: every intermediate value of the reducer.
package protocol ProjectionSteps: Sendable {
  func belong(to name: ProjectionName) -> Bool
  /// Whether the steps can follow from the event of that fact. They follow from the last such event.
  func follow(from fact: any EventFact) -> Bool
  /// Adds a table row for each step.
  ///
  /// - Parameter event: the last event that the steps follow from.
  func rows(_ table: inout TextTable, from event: (id: EventID, timestamp: Instant)?)
  var json: StreamedJSON { get }
}

/// Decides which events affect the rows, from the facts and steps of an observed fold. There is one judge per user.
package protocol FactJudge {
  /// Adds a fact about the event at that index of the history. Facts come in the order in which they were recorded.
  mutating func take(_ fact: any EventFact, of event: EventID, at place: Int)
  /// Call it after the last fact.
  ///
  /// - Parameter failed: the projection types that failed.
  mutating func finish(_ steps: [any ProjectionSteps], failed: Set<String>)
  /// Whether the live reducer raises on the event at that index.
  func isRefused(at place: Int) -> Bool
  /// The event that is folded instead of the one at that index; `nil` if there is none, `.some(nil)` if it is unknown.
  func representative(at place: Int) -> EventID??
  /// Whether some written row would be different without the event.
  func hasEffect(at place: Int) -> Bool
}

/// A domain whose reducers report what happens to each event.
package protocol ObservedDomain: Domain {
  func makeJudge(_ events: FoldedEvents) -> any FactJudge
}

/// The judge for a domain that is not observed: no event is refused, represented or known to have an effect.
struct NoJudge: FactJudge {
  mutating func take(_ fact: any EventFact, of event: EventID, at place: Int) {}
  mutating func finish(_ steps: [any ProjectionSteps], failed: Set<String>) {}
  func isRefused(at place: Int) -> Bool { false }
  func representative(at place: Int) -> EventID?? { nil }
  func hasEffect(at place: Int) -> Bool { false }
}
