import Fitness
import EventModel
import Projections

/// What the runbooks' checks need to know of a user: when the newest signals were, and which rows there are.
package struct UserFacts: Sendable {
  package var user: UserID
  /// Whether the user is in the users table.
  package var isListed: Bool
  /// `MAX(timestamp)` of the events of each runbook's types.
  package var capabilitySignal: Instant?
  package var objectiveSignal: Instant?
  var rebuilt = SideFacts()
  var live = SideFacts()

  package init(user: UserID, isListed: Bool, live: SideFacts = SideFacts()) {
    self.user = user
    self.isListed = isListed
    self.live = live
  }

  mutating func note(_ signal: SignalSummary) {
    if Names.capability.contains(signal.eventType) { capabilitySignal = later(capabilitySignal, signal.last) }
    if Names.objective.contains(signal.eventType) { objectiveSignal = later(objectiveSignal, signal.last) }
  }

  /// The same, from a newest timestamp and whether the type is one of each runbook's.
  package mutating func note(_ last: Instant, capability: Bool, objective: Bool) {
    if capability { capabilitySignal = later(capabilitySignal, last) }
    if objective { objectiveSignal = later(objectiveSignal, last) }
  }

  private enum Names {
    static let capability = Set(EventType.capability.map(\.name.description))
    static let objective = Set(EventType.objective.map(\.name.description))
  }
}

/// The projection rows of one user on one side, rebuilt or live.
package struct SideFacts: Sendable, Equatable {
  /// A bit for each of ``Backfill/capabilityKeys``.
  private var keys: UInt8 = 0
  private(set) var hasCapability = false
  private(set) var hasState = false
  private(set) var hasAdvisory = false
  /// `MAX(updated_at)` of the rows each runbook looks at.
  package private(set) var capabilityUpdated: Instant?
  package private(set) var objectiveUpdated: Instant?

  package init() {}

  var hasAllKeys: Bool { keys == 15 }
  var hasObjectives: Bool { hasState && hasAdvisory }
  var missingKeys: [String] {
    Backfill.capabilityKeys.enumerated().filter { keys & 1 << UInt8($0.offset) == 0 }.map(\.element)
  }

  package mutating func note(_ name: ProjectionName, updatedAt: Instant?) { note(Role(name), updatedAt: updatedAt) }

  package mutating func note(_ role: Role, updatedAt: Instant?) {
    switch role {
    case .capability(let key):
      hasCapability = true
      keys |= key
      capabilityUpdated = later(capabilityUpdated, updatedAt)
    case .state:
      hasState = true
      objectiveUpdated = later(objectiveUpdated, updatedAt)
    case .advisory:
      hasAdvisory = true
      objectiveUpdated = later(objectiveUpdated, updatedAt)
    case .unnamed: break
    }
  }

  /// What a row is to the runbooks.
  package enum Role {
    /// With the key's bit; no bit for a key they do not name.
    case capability(UInt8)
    case state, advisory
    /// No runbook names it.
    case unnamed

    package init(_ name: ProjectionName) {
      if name.type == Surface.capability {
        let place = Backfill.capabilityKeys.firstIndex(of: name.key)
        self = .capability(place.map { 1 << UInt8($0) } ?? 0)
      } else if name == Surface.state {
        self = .state
      } else if name == Surface.advisory {
        self = .advisory
      } else {
        self = .unnamed
      }
    }
  }
}

/// The later of two instants, of those that there are.
private func later(_ a: Instant?, _ b: Instant?) -> Instant? {
  guard let a, let b else { return a ?? b }
  return max(a, b)
}

/// The projections the runbooks look at, as the live table names them. Of any other no backfill is known.
enum Surface {
  static let capability = "capability_estimation"
  static let state = ProjectionName(type: "objective_state", key: "active")
  static let advisory = ProjectionName(type: "objective_advisory", key: "overview")

  /// The types that no runbook names: no figure of theirs is about these, and no backfill computes them.
  static func unnamed(_ types: [String]) -> [String] {
    types.filter { ![capability, state.type, advisory.type].contains($0) }
  }
}
