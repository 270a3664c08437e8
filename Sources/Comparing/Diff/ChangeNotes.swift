import EventModel
import Folding
import JSONTape
import Reconciliation

extension UnseenSearch {
  /// What is known of a row that nothing explains: what speaks for a log that is short, and the event that it is equal without.
  ///
  /// - Parameters:
  ///   - newest: the `created_at` of the newest event of the whole log.
  ///   - searchesOlder: whether to look for that event.
  func changeNotes(newest: Instant?, searchesOlder: Bool) -> [CauseDetail] {
    var notes: [CauseDetail] = []
    if let newest, let computed = pair.updatedAt ?? pair.generatedAt, newest < computed {
      notes.append(.afterLog(newest: newest, computed: computed))
    }
    let asOf = pair.ownInstant ?? pair.asOf
    let until = pair.trustedUpdate ?? asOf
    if let observed = pair.comparer.observed(in: pair.live),
      let own = folds.row(pair.number, asOf: asOf, visibleAt: until, version: version),
      let known = pair.comparer.observed(in: own), known < observed
    {
      notes.append(
        .moreObserved(live: observed, rebuilt: known, events: folds.visibleCount(at: until), until: until))
    }
    if searchesOlder, let event = older(), let updatedAt = pair.updatedAt {
      notes.append(
        .equalWithout(event: event.id, microseconds: updatedAt.microseconds - event.createdAt.microseconds))
    }
    if let tries = cutAfter { notes.append(.searchCut(tries: tries)) }
    if !searchesOlder { notes.append(.notSearched) }
    return notes
  }

  /// The events that the row lacks, the first few by name.
  var detail: CauseDetail? {
    guard let found, let updatedAt = pair.updatedAt, let first = found.events.first else { return nil }
    return .unseen(
      events: found.events.prefix(UnseenSearch.named).map(\.id), count: found.events.count, isSuffix: found.isSuffix,
      microseconds: updatedAt.microseconds - first.createdAt.microseconds)
  }

  /// Events of a row that are named.
  private static let named = 10
}
