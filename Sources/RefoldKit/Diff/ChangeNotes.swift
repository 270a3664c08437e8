import EventModel
import JSONTape
import Projections
import Reconciliation

extension RowPair {
  /// What is known of a row that nothing explains: what speaks for a log that is short, and the event that it is equal without.
  ///
  /// - Parameters:
  ///   - newest: the `created_at` of the newest event of the whole log.
  ///   - searchesOlder: whether to look for that event.
  func changeNotes(
    _ folds: OwnFolds, _ search: UnseenSearch, newest: Instant?, searchesOlder: Bool
  ) -> [CauseDetail] {
    var notes: [CauseDetail] = []
    if let newest, let computed = updatedAt ?? generatedAt, newest < computed {
      notes.append(.afterLog(newest: newest, computed: computed))
    }
    let until = trustedUpdate ?? ownInstant ?? asOf
    if let observed = comparer.observed(in: live),
      let own = folds.row(number, asOf: ownInstant ?? asOf, visibleAt: until, version: search.version),
      let known = comparer.observed(in: own), known < observed
    {
      notes.append(
        .moreObserved(live: observed, rebuilt: known, events: folds.visibleCount(at: until), until: until))
    }
    if searchesOlder, let event = search.older(), let updatedAt {
      notes.append(
        .equalWithout(event: event.id, microseconds: updatedAt.microseconds - event.createdAt.microseconds))
    }
    if let tries = search.cutAfter { notes.append(.searchCut(tries: tries)) }
    if !searchesOlder { notes.append(.notSearched) }
    return notes
  }
}

extension UnseenSearch {
  /// The events that the row lacks, the first few by name.
  func detail(_ updatedAt: Instant) -> CauseDetail? {
    guard let found, let first = found.events.first else { return nil }
    return .unseen(
      events: found.events.prefix(UnseenSearch.named).map(\.id), count: found.events.count, isSuffix: found.isSuffix,
      microseconds: updatedAt.microseconds - first.createdAt.microseconds)
  }

  /// Events of a row that are named.
  private static let named = 10
}
