import EventModel
import JSONTape
import Reconciliation

/// Everything that a difference depends on: one user's events, the live row to compare with, and the clock. Shrinking
/// derives smaller exhibits from it. Nothing in it depends on the log that it was cut from.
struct Exhibit {
  var user: UserID
  /// Sorted by (timestamp, id).
  var events: [WitnessEvent]
  var asOf: Instant
  /// When the live row was computed; `nil` if the row does not say, or does not depend on the clock.
  var generatedAt: Instant?
  /// The instant up to which live saw events; `nil` if the export does not say.
  var updatedAt: Instant?
  var live: LiveModel
  /// How many times the export holds the live row.
  var copies = 1
  /// The reducer version that live's row is derived with; `nil`: the catalogue's own.
  var version: String?
  /// Whether live has a row of the type that the projection requires.
  var hasRequiredRow = true

  func with(_ events: [WitnessEvent]) -> Exhibit {
    var exhibit = self
    exhibit.events = events
    return exhibit
  }
}

/// How to derive the live row when events change: the live system is not available to compute it.
enum LiveModel: Equatable {
  /// There is no live row.
  case none
  /// There is a live row, but its data is ignored: the rebuild has no row to compare it with.
  case unread
  /// The rebuild's row on that baseline, patched with what live computes differently, if anything.
  case folded(Baseline, RowPatch?)
  /// The rebuild's row on that baseline, folded without some of the events.
  case foldedWithout(Omission, Baseline)
}

/// Stored events that live computed its row without.
enum Omission: Equatable {
  case type(String)
  case events([EventID])

  func includes(_ event: WitnessEvent) -> Bool {
    switch self {
    case .type(let type): event.type == type
    case .events(let ids): ids.contains(event.id)
    }
  }
}

/// Two differences are the same if these are equal: the causes, the places that differ (without positions in lists and
/// without keys that people chose), and further details such as a failure's code and reason or why a row is missing.
struct Signature: Equatable {
  struct Place: Hashable {
    var field: String
    var status: FieldDifference.Status
  }

  var causes: [Cause]
  var places: Set<Place> = []
  var note = ""
}
