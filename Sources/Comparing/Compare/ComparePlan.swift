import EventLog
import EventModel
import Folding
import Platform
import Rebuilding
import Reconciliation

/// The options of `refold compare`.
package struct ComparePlan: Sendable {
  /// The reducers and the profile of one side.
  package struct Side: Sendable {
    package var catalogue: Catalogue
    package var profile: any DomainProfile

    package init(_ catalogue: Catalogue) {
      self.catalogue = catalogue
      profile = catalogue.profile
    }
  }

  package var before: Side
  package var after: Side
  /// The log and its users.
  package var input: IngestPlan
  package var filter = ProjectionFilter()
  /// `nil`: the newest created_at in the log.
  package var asOf: Instant?
  /// Whether to leave free text out of the changes.
  package var isRedacted = false
  /// How users and events are named then.
  package var pseudonyms = PseudonymScheme.unkeyed
  package var ndjson: String?
  package var rules = FieldRules()
  /// Causes that are accepted; see ``RowChange/Kind/cause``.
  package var allowed: Set<Cause> = []
  /// How many changes that are not accepted do not count.
  package var maxChanged = DiffReportPlan.MaxChanged.count(0)
  /// Whether accepted changes are reported in full, too.
  package var showsAccepted = false
  /// Knows the changes that are accepted one by one; `nil`: none is.
  package var register: DifferenceRegister?
  /// The file for malformed records; `nil`: the first malformed record stops the run.
  package var quarantine: QuarantinePlan?
  /// The permission bits of the files written; `nil`: those of replaced files, 0600 for new ones.
  package var mode: mode_t?
  /// Changes reported in full; `nil` for all.
  package var limit: Int? = 10

  package init(before: Side, after: Side) {
    self.before = before
    self.after = after
    // Both sides fold the same events.
    self.before.catalogue = before.catalogue.knowing(after.catalogue)
    self.after.catalogue = after.catalogue.knowing(before.catalogue)
    input = IngestPlan(self.before.catalogue.vocabulary)
  }
}
