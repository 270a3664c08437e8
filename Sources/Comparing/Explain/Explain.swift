import EventModel
import Folding
import Reporting
import Running

/// The options of `refold explain`.
package struct ExplainPlan: Sendable {
  /// The projections to fold, and the reducer version of each.
  package let catalogue: Catalogue
  package var search: RecordSearch
  package var user: UserID
  package var profile: any DomainProfile
  /// `nil`: the newest created_at in the log.
  package var asOf: Instant?
  /// Leave out events stored later than this, to see what a live row computed at that time could see. `nil`: all
  /// events.
  package var storedBy: Instant?
  /// Explain only this projection, or all projections of a type; `nil`: everything.
  package var wanted: (type: String, key: String?)?

  package init(_ catalogue: Catalogue, user: UserID) {
    self.catalogue = catalogue
    profile = catalogue.profile
    search = RecordSearch(catalogue.vocabulary)
    self.user = user
  }
}

/// Explains where a user's projections come from.
///
/// log → the user's records → events → an observed fold → facts and steps → what became of each record. The numbers are
/// those that the reducers used, taken by observation. Nothing is computed a second time.
package func explain(_ plan: ExplainPlan, progress: ProgressMeter = ProgressMeter()) throws -> Provenance {
  try explainedHistory(plan, progress: progress).provenance()
}

/// The same, with records that can be visited one at a time.
package func explainedHistory(_ plan: ExplainPlan, progress: ProgressMeter) throws -> ExplainedHistory {
  var search = plan.search
  search.findsNewest = plan.asOf == nil
  let found = try findRecords(of: [plan.user], search, progress: progress)
  guard let records = found.byUser[plan.user], !records.isUnknown else {
    let places = plan.search.users.isEmpty ? "the log" : "the log or the users export"
    throw RefoldError.usage("user \(plan.user) is not in \(places)")
  }
  guard let asOf = plan.asOf ?? found.newest else { throw RefoldError.noEventToTakeAsOfFrom }
  return try ExplainedHistory(
    plan.catalogue, records, asOf: asOf, asOfSource: plan.asOf == nil ? found.asOfSource : .given,
    storedBy: plan.storedBy, profile: plan.profile,
    wanted: plan.wanted)
}

/// The same for records that are given. They come from ``findRecords(of:_:progress:)``, for many users in one pass, or
/// from ``UserRecords/init(user:history:isExported:)``, for a history that is already loaded.
package func explain(
  _ catalogue: Catalogue, _ records: UserRecords, asOf: Instant, storedBy: Instant? = nil,
  profile: (any DomainProfile)? = nil,
  wanted: (type: String, key: String?)? = nil
) throws(OutsideFault) -> Provenance {
  try ExplainedHistory(
    catalogue, records, asOf: asOf, asOfSource: .given, storedBy: storedBy, profile: profile ?? catalogue.profile,
    wanted: wanted
  )
  .provenance()
}
