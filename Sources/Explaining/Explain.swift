import Comparing
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
  /// The live row at whose instant to explain; takes the place of ``asOf`` and ``storedBy``.
  package var live: LiveRowPlan?
  /// Whether to find what each event changed.
  package var tellsOverTime = false
  /// Whether to find what each projection would be without each event.
  package var tellsInfluence = false

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
  let live = try plan.live?.find(progress)
  // A projection without a clock is the same at every instant: the log's newest instant is used.
  let given = live.map(\.generatedAt) ?? plan.asOf
  var search = plan.search
  search.findsNewest = given == nil
  let found = try findRecords(of: [plan.user], search, progress: progress)
  guard let records = found.byUser[plan.user], !records.isUnknown else {
    let places = plan.search.users.isEmpty ? "the log" : "the log or the users export"
    throw RefoldError.usage("user \(plan.user) is not in \(places)")
  }
  guard let asOf = given ?? found.newest else { throw RefoldError.noEventToTakeAsOfFrom }
  let history = try ExplainedHistory(
    plan.catalogue, records, asOf: asOf,
    asOfSource: given == nil ? found.asOfSource : plan.live == nil ? .given : .liveRow,
    storedBy: live.map(\.storedBy) ?? plan.storedBy,
    profile: plan.profile, wanted: plan.wanted)
  progress.enter(.explaining)
  history.progress = progress
  if let live { history.overview.live = try history.standing(live) }
  if plan.tellsOverTime { history.overview.overTime = try history.overTime() }
  if plan.tellsInfluence { history.overview.influence = try history.influence() }
  return history
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
