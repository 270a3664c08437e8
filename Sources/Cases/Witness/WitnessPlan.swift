import EventLog
import EventModel
import Folding
import Platform
import Programs
import Running
import SnapshotStore

/// The arguments of `refold witness`.
package struct WitnessPlan: Sendable {
  /// The projections, each in the version that is folded.
  package let catalogue: Catalogue
  /// Files, directories, `-`: the shards of one log.
  package var logs: [String] = []
  /// How to read the log where the content is ambiguous.
  package var reading = ReadingOptions()
  /// Exports of the live projections, or a snapshot.
  package var live: [String] = []
  package var liveForm: RecordForm?
  /// Users whose differences are wanted; all when empty.
  package var users: [UserID] = []
  /// Users exports, for the rebuild that finds users whose rows differ.
  package var usersExports: [String] = []
  /// Which projections; all when empty.
  package var filter = ProjectionFilter()
  /// Whether one projection of one user was named. The output folder itself then becomes the case.
  package var isOneRow: Bool { users.count == 1 && filter.wanted.count == 1 && filter.wanted[0].key != nil }
  /// Which causes; all when empty.
  package var causes: Set<Cause> = []
  /// The maximum number of witnesses; at most ``mostWitnesses``.
  package var limit = 10
  /// The maximum number of unfinished folders at a time: all folders of a run are renamed together.
  package static let mostWitnesses = 1000
  /// `nil`: the newest created_at in the log.
  package var asOf: Instant?
  package var profile: any DomainProfile
  package var output = ""
  package var force = false
  /// The permission bits of the files; `nil`: 0600.
  package var mode: mode_t?
  /// Whether malformed records are left out, as by a rebuild with a quarantine.
  package var leavesOutMalformed = false
  /// Ids that name more than one event. All records with such an id are left out.
  package var ambiguousIDs: Set<EventID> = []
  /// Whether free text that the difference depends on may stay.
  package var keepsTexts = false
  /// The maximum number of folds for a witness.
  package var tries = 50_000
  /// Runs the catalogue's programs; `nil` if it has none.
  package var programs: ProgramLauncher?
  package var resources = Resources()

  package init(_ catalogue: Catalogue) {
    self.catalogue = catalogue
    profile = catalogue.profile
  }
}

/// Why no witness can be written.
package enum WitnessError: Error, CustomStringConvertible, Equatable {
  case unknownUser(UserID)
  case noEvents(UserID)
  case noAsOf
  case conflictingEvents(EventID)
  case cannotModel(ProjectionName)
  case changedByPseudonyms(ProjectionName)
  case doesNotReproduce(String)
  case textNeeded(ProjectionName, places: [String])
  case leak(file: String, what: String)
  case output(SnapshotError)

  package var description: String {
    switch self {
    case .unknownUser(let user): "neither the log nor the live export names user \(user)"
    case .noEvents(let user): "the log has no event of user \(user): there is nothing to shrink"
    case .noAsOf: "the log holds no event to take the as-of from; give one with --as-of INSTANT"
    case .conflictingEvents(let id): "event \(id) is in the log twice with differing content"
    case .cannotModel(let name):
      "\(name): how the live row follows from the rebuilt one is unknown, so none can be made for fewer events"
    case .changedByPseudonyms(let name): "\(name): replacing the ids changes the difference"
    case .doesNotReproduce(let reason):
      "the case does not show the difference that it was made for (\(reason)), which is a bug in refold; nothing is written"
    case .textNeeded(let name, let places):
      """
      \(name): the difference depends on free text that cannot be replaced (\(places.joined(separator: ", "))); nothing is \
      written; --keep-texts writes it as it is
      """
    case .leak(let file, let what):
      "\(file) would hold \(what) of the user, which is a bug in refold; nothing is written"
    case .output(let error): error.description
    }
  }
}
