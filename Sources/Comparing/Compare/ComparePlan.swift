import EventLog
import EventModel
import Folding
import Platform
import Rebuilding

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
  package var ndjson: String?
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
