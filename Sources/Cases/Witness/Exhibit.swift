import EventModel
import JSONTape
import Reconciliation

/// What a difference needs to show: one user's events, the live row held against them and the clock. Shrinking makes
/// smaller ones of it; nothing in it depends on the log it was cut from.
struct Exhibit {
  var user: UserID
  /// By (timestamp, id).
  var events: [WitnessEvent]
  var asOf: Instant
  /// When the live row was computed; `nil` where it does not say, or does not depend on the clock.
  var generatedAt: Instant?
  /// Until when live saw events; `nil` where the export does not say.
  var updatedAt: Instant?
  var live: LiveModel
  /// How often the export holds the live row.
  var copies = 1
  /// The version of the reducer that live's row is folded by; `nil`: the catalogue's own.
  var version: String?
  /// Whether live has a row of the type that the projection requires.
  var hasRequiredRow = true

  func with(_ events: [WitnessEvent]) -> Exhibit {
    var exhibit = self
    exhibit.events = events
    return exhibit
  }
}

/// Where the live row comes from when events change: the live system is not at hand to compute it.
enum LiveModel: Equatable {
  /// There is none.
  case none
  /// There is one whose data takes no part: the rebuild has no row to hold it against.
  case unread
  /// The rebuild's own row of that baseline, with what live makes of it besides.
  case folded(Baseline, RowPatch?)
  /// The rebuild's own row of that baseline, had some of the events not been there.
  case foldedWithout(Omission, Baseline)
}

/// Events that live computed as if it had not seen them, though they were stored.
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

/// What makes two differences the same: the causes, the places that differ without the positions in lists and the keys that
/// people chose, and what is known beyond (a failure's code and reason, why a row is missing).
struct Signature: Equatable {
  struct Place: Hashable {
    var field: String
    var status: FieldDifference.Status
  }

  var causes: [Cause]
  var places: Set<Place> = []
  var note = ""
}
