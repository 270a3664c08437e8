import Comparing
import EventLog
import EventModel
import Folding
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
  package var allowed: Set<Cause> = [.clock, .texts]
  /// What is known of earlier diffs; `nil`: nothing was asked for.
  package var register: DifferenceRegister?
  /// Show ids and free text unchanged.
  package var isIdentified = false
  package var resources = Resources()

  package init(_ catalogue: Catalogue) {
    self.catalogue = catalogue
    profile = catalogue.profile
  }
}
