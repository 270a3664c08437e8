import EventLog
import EventModel
import Folding
import Rebuilding
import Reconciliation
import Running

/// The options of `refold diff`.
package struct DiffPlan: Sendable {
  /// The projections to fold, and the reducer version of each.
  package internal(set) var catalogue: Catalogue
  /// The snapshot, which holds the expected rows.
  package var snapshot = ""
  /// Whether this run wrote the snapshot, so that its digests need no check.
  package var isOwnSnapshot = false
  /// The snapshot's name in reports; `nil` for its path.
  package var snapshotName: String?
  /// Exports of the live projections, or one other snapshot.
  package var live: [String] = []
  package var liveForm: RecordForm?
  /// How to read the live export where its content does not determine it. Options not set here are those with which the
  /// snapshot's log was read.
  package var liveReading = ReadingOptions()
  /// The log the snapshot was made from; none: causes that need it stay unexplained.
  package var log: IngestPlan
  package var profile: any DomainProfile
  package var filter = ProjectionFilter()
  /// Compare only these users; all if empty.
  package var onlyUsers: Set<UserID> = []
  /// Compare only the users of this partition; `nil` for all, or for those of a partial snapshot.
  package var partition: UserPartition?
  /// Whether the live export has rows of the partition only. Then another user's row is an error; otherwise it is skipped.
  package var isLivePartitioned = false
  package var rules = FieldRules()
  /// How long before a live row an event can be stored and still be invisible to it, in microseconds.
  package var unseenWithin = UnseenSearch.usual
  /// Whether the live side is a recording of the snapshot itself. Then `generated_at` is compared too, and
  /// `last_event_id` if it is recorded.
  package var isExact = false
  /// Whether it is allowed that the two sides have no row in common.
  package var mayBeEmpty = false
  /// Whether to compute the fingerprints of the differences.
  package var fingerprints = false
  /// Whether to leave free text out of the differences.
  package var isRedacted = false
  /// How reports of the diff name users and events where they do not name their ids.
  package var pseudonyms = PseudonymScheme.unkeyed
  /// What counts on the way what a report says of both sides; the log is counted then, too. `nil`: nothing.
  package var census: (any RowCensus.Type)?
  package var resources = Resources()

  package init(_ catalogue: Catalogue, snapshot: String = "") {
    self.catalogue = catalogue
    self.snapshot = snapshot
    profile = catalogue.profile
    log = IngestPlan(catalogue.vocabulary)
  }
}

/// An error that leaves a diff without a result.
package enum DiffError: Error, CustomStringConvertible {
  case nothingToCompare(String)
  case mixedLive
  case profileDiffers(snapshot: String)
  case logDiffers(snapshot: String, user: UserID, name: String)
  case rules(file: String, reason: String)
  case coverage(compared: Int, rows: Int, wanted: Double)

  package var description: String {
    switch self {
    case .nothingToCompare(let reason): "nothing was compared: \(reason)"
    case .mixedLive: "the live side must be one snapshot, or exports only"
    case .profileDiffers(let snapshot):
      "\(snapshot) was made with a different profile; name the one it was made with: --profile FILE"
    case .logDiffers(let snapshot, let user, let name):
      """
      \(snapshot) was not made from this log: \(name) of user \(user) folds to a different row; name all files of the \
      log it was made from, or rebuild it
      """
    case .rules(let file, let reason): "\(file): \(reason)"
    case .coverage(let compared, let rows, let wanted):
      """
      too little was compared: live has \(compared) of the snapshot's \(rows) rows, \
      \(percent(Double(compared) / Double(max(rows, 1)))), which is below --min-coverage \(percent(wanted))
      """
    }
  }
}

private func percent(_ share: Double) -> String {
  let tenths = Int((share * 1000).rounded(.down))
  return "\(tenths / 10).\(tenths % 10) %"
}
