import EventLog
import EventModel
import Folding
import Reconciliation

/// The state that all slices of a diff share.
struct DiffContext: Sendable {
  var plan: DiffPlan
  /// The projections of the snapshot.
  var catalogue: Catalogue { plan.catalogue }
  var scope: DiffScope
  var live: LiveSide
  /// The as-of of the snapshot.
  var asOf: Instant
  var comparers: [RowComparer]
  /// Whether both sides are snapshots of the same log at the same as-of. A difference that nothing explains is then a
  /// change, even without the log.
  var isSameLog = false
  var isSnapshotPair: Bool { if case .snapshot = live { true } else { false } }
  /// Whether the snapshot holds expected rows, which something else than refold computed.
  var isExpected = false
  /// Whether a difference that nothing explains is a change even without the log: nobody can look for more causes.
  var needsNoLog: Bool { isExpected && plan.log.logs.isEmpty }
  /// Whether the snapshot's profile is known, and live may have wordings that are not of that profile.
  var mayHaveOtherWordings = false
  /// The `updated_at` that very many live rows have; `nil` if there is none, or no log.
  var sharedUpdate: SharedUpdate?
  /// Whether to look for it.
  var countsUpdates = false
  /// Which events of the log say when they were stored.
  var storedInstants = StoredInstants.all
  /// Whether to count live's wordings as votes.
  var takesVotes = false
  /// Whether the plan's profile is the snapshot's.
  var knowsWording = true
  /// The log's sorted runs, with the events of the users that need them.
  var log: LogPass?
  /// When the newest event of the whole log was stored, if the log was read.
  var newestStored: Instant?
  var bufferSize = 1 << 14
  /// Removes free text from reported differences; `nil`: nothing is removed.
  var redaction: Redaction?
  /// Whether the differences get fingerprints.
  var fingerprints = false
  /// What counts what a report says of both sides; `nil`: nothing.
  var census: (any RowCensus.Type)?
}

package struct LogPass: Sendable {
  package var runs: [SortedRun]
  package var bufferSize: Int
  /// Ascending.
  package var users: [UserID]
}
