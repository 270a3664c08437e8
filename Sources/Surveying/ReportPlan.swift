import Comparing
import EventLog
import EventModel
import Folding
import Reconciliation
import Running

/// The arguments of `refold report`.
package struct ReportPlan: Sendable {
  /// The projections, each in the version that is folded.
  package let catalogue: Catalogue
  package var snapshot = ""
  /// The snapshot's name in the report; `nil` for its path.
  package var snapshotName: String?
  /// Exports of the live projections, or one other snapshot; empty: the snapshot is reported alone.
  package var against: [String] = []
  /// A file from `refold diff --sqlite`, used instead of `against`.
  package var differences: String?
  package var logs: [String] = []
  /// How to read exports where the content is ambiguous.
  package var reading = ReadingOptions()
  package var profile: any DomainProfile
  /// The form of the live exports; `nil`: their content says it.
  package var liveForm: RecordForm?
  /// Report these projections only; all if empty.
  package var filter = ProjectionFilter()
  /// Report these users only; all if empty.
  package var onlyUsers: Set<UserID> = []
  package var rules = FieldRules()
  /// How long before a live row an event can be stored and still be invisible to it, in microseconds.
  package var unseenWithin: Int64
  /// When the comparison counts as a success.
  package var judging = DiffReportPlan()
  /// What is known of earlier diffs; `nil`: nothing was asked for.
  package var register: DifferenceRegister?
  /// Show ids and free text unchanged.
  package var isIdentified = false
  /// How users and events are named otherwise.
  package var pseudonyms = PseudonymScheme.unkeyed
  package var resources = Resources()

  package init(_ catalogue: Catalogue) {
    self.catalogue = catalogue
    profile = catalogue.profile
    unseenWithin = DiffPlan(catalogue).unseenWithin
  }
}
