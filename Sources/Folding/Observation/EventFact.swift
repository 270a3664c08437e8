import EventModel
import Formatting
import JSONTape

/// What became of one event in one place of a fold: values of the domain, which says how they read.
package protocol EventFact: Sendable {
  /// For people.
  var lines: [String] { get }
  /// For machines: an object whose `fact` names the kind.
  var json: JSONTree { get }
  /// What of the fact concerns rows of that type and key (`nil`: any key); `nil` where nothing does.
  func narrowed(to type: String, key: String?) -> (any EventFact)?
}

/// What the engine itself says of an event that retracts others. It concerns whatever is made of its target.
package enum RetractionFact: EventFact, Equatable {
  /// Makes the event of that id invisible, if the user has it.
  case retracts(EventID)
  /// Names no id as the live system prints ids, and so retracts nothing.
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

/// How a projection's numbers follow from what was observed: every intermediate value that the reducer had.
package protocol ProjectionSteps: Sendable {
  func belong(to name: ProjectionName) -> Bool
  /// Whether the event of that fact left the projection as these steps have it.
  func follow(from fact: any EventFact) -> Bool
  /// A row for each step.
  ///
  /// - Parameter event: the last event that the steps follow from.
  func rows(_ table: inout TextTable, from event: (id: EventID, timestamp: Instant)?)
  var json: StreamedJSON { get }
}

/// Decides which events have a part in the rows, from the facts and steps of an observed fold. One for each user.
package protocol FactJudge {
  /// Takes a fact of the event at that place of the history, in the order told.
  mutating func take(_ fact: any EventFact, of event: EventID, at place: Int)
  /// Ends the facts.
  ///
  /// - Parameter failed: the projection types that failed.
  mutating func finish(_ steps: [any ProjectionSteps], failed: Set<String>)
  /// Whether the live reducer raises at the event at that place.
  func isRefused(at place: Int) -> Bool
  /// The event that is folded in place of this one; `.some(nil)` where it is not known which.
  func representative(at place: Int) -> EventID??
  /// Whether something of a row that is written would be another without the event.
  func hasEffect(at place: Int) -> Bool
}

/// A domain whose reducers tell what becomes of each event.
package protocol ObservedDomain: Domain {
  func makeJudge(_ events: FoldedEvents) -> any FactJudge
}

/// Of facts of no domain: nothing.
struct NoJudge: FactJudge {
  mutating func take(_ fact: any EventFact, of event: EventID, at place: Int) {}
  mutating func finish(_ steps: [any ProjectionSteps], failed: Set<String>) {}
  func isRefused(at place: Int) -> Bool { false }
  func representative(at place: Int) -> EventID?? { nil }
  func hasEffect(at place: Int) -> Bool { false }
}
