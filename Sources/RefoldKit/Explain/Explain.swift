import EventModel
import Projections
import Reporting

/// `refold explain`: what was asked for.
package struct ExplainPlan: Sendable {
  package var search = RecordSearch()
  package var user: UserID
  package var profile = Profile()
  /// `nil`: the newest created_at in the log.
  package var asOf: Instant?
  /// Leave out events stored later: what a live row computed then could see. `nil`: all events.
  package var storedBy: Instant?
  /// Narrow to this projection, or all of a type; `nil`: everything.
  package var wanted: (type: String, key: String?)?

  package init(user: UserID) { self.user = user }
}

/// Where a user's projections come from.
///
/// log → the user's records → events → an observed fold → facts and steps → what became of each record.
/// The numbers are those the reducers had in hand, by observation; nothing is computed a second time.
package func explain(_ plan: ExplainPlan, progress: ProgressMeter = ProgressMeter()) throws -> Provenance {
  var search = plan.search
  search.findsNewest = plan.asOf == nil
  let found = try findRecords(of: [plan.user], search, progress: progress)
  guard let records = found.byUser[plan.user], !records.isUnknown else {
    let places = plan.search.users.isEmpty ? "the log" : "the log or the users export"
    throw RefoldError.usage("user \(plan.user) is not in \(places)")
  }
  guard let asOf = plan.asOf ?? found.newest else { throw RefoldError.noEventToTakeAsOfFrom }
  var explanation = explain(
    records, asOf: asOf, storedBy: plan.storedBy, profile: plan.profile, wanted: plan.wanted)
  explanation.asOfIsGiven = plan.asOf != nil
  return explanation
}

/// The same for records at hand: see ``findRecords(of:_:progress:)`` for many users in one pass, or
/// ``UserRecords/init(user:history:isExported:)`` for a history that is already loaded.
package func explain(
  _ records: UserRecords, asOf: Instant, storedBy: Instant? = nil, profile: Profile = Profile(),
  wanted: (type: String, key: String?)? = nil
) -> Provenance {
  let sorting = RecordSorting(records, storedBy: storedBy)
  let observer = FoldObserver()
  var rows = ExplainedRows()
  UserFold(profile: profile, observer: observer).fold(sorting.kept.map(\.event), asOf: asOf, into: &rows)
  let effects = EventEffects(sorting.kept, observer, failures: rows.failures)
  let all = sorting.items.map { item in
    switch item {
    case .other(let record): record
    case .kept(let kept):
      Provenance.Record(
        position: kept.position, event: kept.head, disposition: effects.disposition(of: kept),
        facts: effects.facts(of: kept.head.id), sameKey: kept.sameKey)
    }
  }
  var counts = [Int](repeating: 0, count: Provenance.Disposition.names.count)
  for record in all { counts[record.disposition.number] += 1 }
  let relevance = Relevance(wanted, effects)
  return withExtendedLifetime(records) {
    Provenance(
      user: records.user, asOf: asOf, asOfIsGiven: true, storedBy: storedBy, isExported: records.isExported,
      wanted: wanted.map { $0.type + ($0.key.map { "/" + $0 } ?? "") },
      records: all.compactMap(relevance.narrowed), counts: counts,
      projections: rows.projections(observer.steps).filter { relevance.includes($0.name) })
  }
}
