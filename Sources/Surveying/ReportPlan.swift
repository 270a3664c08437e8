import EventLog
import EventModel
import Folding
import Running

/// `refold report`: what was asked for.
package struct ReportPlan: Sendable {
  /// The projections, each in the version that is folded.
  package let catalogue: Catalogue
  package var snapshot = ""
  /// Exports of the live projections, or one other snapshot; none: the snapshot is reported alone.
  package var against: [String] = []
  /// What `refold diff --sqlite` wrote, instead.
  package var differences: String?
  package var logs: [String] = []
  /// How exports are read where their content does not tell.
  package var reading = ReadingOptions()
  package var profile: any DomainProfile
  package var allowed: Set<Cause> = [.clock, .texts]
  /// Show ids and free text as they stand.
  package var isIdentified = false
  package var resources = Resources()

  package init(_ catalogue: Catalogue) {
    self.catalogue = catalogue
    profile = catalogue.profile
  }
}
