import EventLog
import EventModel
import Folding
import Reconciliation

/// What every slice of a diff shares.
struct DiffContext: Sendable {
  var plan: DiffPlan
  /// The projections of the snapshot.
  var catalogue: Catalogue { plan.catalogue }
  var scope: DiffScope
  var live: LiveSide
  /// The as-of of the snapshot.
  var asOf: Instant
  var comparers: [RowComparer]
  /// Whether what nothing else explains is a change even without the log: two snapshots of one log at one as-of.
  var isSameLog = false
  /// Whether live can have wordings that the snapshot's profile has not, and it is known which those are.
  var mayHaveOtherWordings = false
  /// Whether to count which wordings live has.
  var takesVotes = false
  /// Whether the profile is the snapshot's.
  var knowsWording = true
  /// The log's sorted runs, of the users that need them.
  var log: LogPass?
  /// When the newest event of the whole log was stored, where the log was read.
  var newestStored: Instant?
  var bufferSize = 1 << 14
  /// Drops free text from what is reported.
  var redaction: Redaction?
  /// What counts what a report says of both sides; `nil`: nothing.
  var census: (any RowCensus.Type)?
}

package struct LogPass: Sendable {
  package var runs: [SortedRun]
  package var bufferSize: Int
  /// Ascending.
  package var users: [UserID]
}
