import Folding
import SnapshotStore

extension Catalogue {
  /// The domain's backfills, for the views of a snapshot.
  package var backfillViews: [BackfillView] {
    backfills.map { backfill in
      let rows =
        backfill.countsAnyKey
        ? backfill.types.map { "projection_type = '\($0)'" }
        : backfill.rows.map { "(projection_type = '\($0.type)' AND key = '\($0.key)')" }
      return BackfillView(
        name: backfill.name, coverage: backfill.coverageView, signals: backfill.eventTypes.map(\.name.description),
        rows: rows.joined(separator: " OR "))
    }
  }
}
