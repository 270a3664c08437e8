import EventModel
import Folding
import Reconciliation

/// Searches for the events that live computed a row from, where the row and its bookkeeping do not say it: events that
/// it was computed without though they were stored, or, where nobody knows what it could see, the newest cut.
package struct RowSearch {
  package let unseen: UnseenSearch
  package let cut: CutSearch

  package init(_ pair: RowPair, _ versions: RowVersions, _ folds: OwnFolds, _ catalogue: Catalogue, within: Int64) {
    unseen = UnseenSearch(pair, versions, folds, catalogue, within: within)
    cut = CutSearch(pair, versions, folds, catalogue, within: within)
  }

  func find() throws -> SearchOutcome {
    if cut.isNeeded { return try cut.find() }
    return try unseen.find().map { .found(.unseen, version: unseen.version, $0) } ?? .nothing
  }
}
