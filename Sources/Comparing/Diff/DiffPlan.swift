import EventLog
import EventModel
import Folding
import Rebuilding
import Reconciliation
import Running

/// `refold diff`: what was asked for.
package struct DiffPlan: Sendable {
  /// The projections, each in the version that is folded.
  package internal(set) var catalogue: Catalogue
  /// The snapshot: what the rows should be.
  package var snapshot = ""
  /// What reports call it; `nil` for its path.
  package var snapshotName: String?
  /// Exports of the live projections, or one other snapshot.
  package var live: [String] = []
  package var liveForm: RecordForm?
  /// How the live export is read where its content does not tell; what it leaves open is as the snapshot's log was read.
  package var liveReading = ReadingOptions()
  /// The log the snapshot was made from; none: causes that need it stay unexplained.
  package var log: IngestPlan
  package var profile: any DomainProfile
  package var filter = ProjectionFilter()
  /// Compare these users only; all when empty.
  package var onlyUsers: Set<UserID> = []
  /// Compare the users of this partition only; `nil` for all, or for those of a partial snapshot.
  package var partition: UserPartition?
  package var rules = FieldRules()
  /// The longest before a row that an event can have been stored and be out of the row's sight, microseconds.
  package var unseenWithin = UnseenSearch.usual
  /// The live side is a recording of the snapshot itself: `generated_at` counts too, and `last_event_id` where it is recorded.
  package var isExact = false
  /// Whether sides without a row in common are compared all the same.
  package var mayBeEmpty = false
  /// Leave free text out of the differences.
  package var isRedacted = false
  /// What counts on the way what a report says of both sides; the log is counted then, too. `nil`: nothing.
  package var census: (any RowCensus.Type)?
  package var resources = Resources()

  package init(_ catalogue: Catalogue) {
    self.catalogue = catalogue
    profile = catalogue.profile
    log = IngestPlan(catalogue.vocabulary)
  }
}

/// Trouble that keeps a diff from saying anything.
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
    case .mixedLive: "a snapshot as the live side stands alone; name one, or exports only"
    case .profileDiffers(let snapshot):
      "\(snapshot) was made with another profile than this; name the one it was made with: --profile FILE"
    case .logDiffers(let snapshot, let user, let name):
      """
      \(snapshot) does not follow from this log: \(name) of user \(user) folds to another row; name all files of the \
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
