import EventModel
import JSONTape
import Projections
import Reconciliation

/// A rebuilt row and the live row of the same key, not equal; borrowed.
struct RowPair {
  /// Place in the catalogue.
  var number: Int
  var rebuilt: JSONValue
  var live: JSONValue
  var updatedAt: Instant?
  /// Of the rebuilt row.
  var asOf: Instant
  var comparer: RowComparer

  /// When the live row says it was computed.
  var generatedAt: Instant? { live.generatedAt }

  /// Why they differ.
  ///
  /// - Parameters:
  ///   - folds: begun with the user's events; `nil` without the log.
  ///   - hasLog: whether what nothing else explains is a change.
  func explain(folds: OwnFolds?, hasLog: Bool) -> Explanation {
    let isClockless = ProjectionCatalog.names[number].type == ProjectionCatalog.clocklessType
    let generatedAt = self.generatedAt
    let ownInstant = isClockless ? asOf : generatedAt
    let drift = ClockDrift(live)
    return Explanation(
      asOf: comparer.compare(rebuilt, live, .asOf, drift: nil), hasLog: hasLog,
      ownInstant: {
        guard let folds, let generatedAt, !isClockless, let own = folds.row(number, asOf: generatedAt) else {
          return nil
        }
        return comparer.compare(own, live, .ownInstant, drift: drift)
      },
      ownVisibility: {
        guard let folds, let ownInstant, let updatedAt, folds.visibleCount(at: updatedAt) < folds.events.count,
          let own = folds.row(number, asOf: ownInstant, visibleAt: updatedAt)
        else { return nil }
        return comparer.compare(own, live, .ownVisibility, drift: drift)
      })
  }
}

extension JSONValue {
  /// The instant at `generated_at`, if one is there.
  var generatedAt: Instant? { member("generated_at")?.instant }
}
