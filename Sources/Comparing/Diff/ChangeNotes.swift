import EventModel
import Folding
import JSONTape
import Reconciliation

extension UnseenSearch {
  /// Notes on a row that nothing explains: signs that the log is incomplete, and an older event without which the row
  /// is equal.
  ///
  /// - Parameters:
  ///   - newest: the `created_at` of the newest event of the whole log.
  ///   - searchesOlder: whether to search for that older event.
  func changeNotes(newest: Instant?, searchesOlder: Bool) throws(OutsideFault) -> [CauseDetail] {
    var notes: [CauseDetail] = []
    if let newest, let computed = pair.trustedUpdate ?? pair.generatedAt, newest < computed {
      notes.append(.afterLog(newest: newest, computed: computed))
    }
    let asOf = pair.ownInstant ?? pair.asOf
    let until = pair.trustedUpdate ?? asOf
    if let observed = pair.comparer.observed(in: pair.live),
      let own = try folds.row(pair.number, asOf: asOf, visibleAt: until, version: version),
      let known = pair.comparer.observed(in: own), known < observed
    {
      notes.append(
        .moreObserved(live: observed, rebuilt: known, events: folds.visibleCount(at: until), until: until))
    }
    if searchesOlder, let event = try older(), let updatedAt = pair.updatedAt {
      notes.append(
        .equalWithout(event: event.id, microseconds: updatedAt.microseconds - event.createdAt.microseconds))
    }
    if let tries = cutAfter { notes.append(.searchCut(tries: tries)) }
    if !searchesOlder { notes.append(.notSearched) }
    return notes
  }

  /// The events that the row was computed without. Only the first few are named.
  var detail: CauseDetail? {
    guard let found, let updatedAt = pair.updatedAt, let first = found.events.first else { return nil }
    return .unseen(
      events: found.events.prefix(UnseenSearch.named).map(\.id), count: found.events.count, isSuffix: found.isSuffix,
      microseconds: updatedAt.microseconds - first.createdAt.microseconds)
  }

  /// Maximum number of events that are named for a row.
  private static let named = 10
}
