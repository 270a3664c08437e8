import EventModel
import Folding
import JSONTape
import Reconciliation

/// Determines why a live row differs from the rebuilt row. One per thread.
final class RowExplainer {
  let context: DiffContext
  private let catalogue: Catalogue
  private let reported: ReportedFields
  let folds: OwnFolds
  /// Whether the folds have the user's history.
  private(set) var isRefolded = false
  /// Whether some event of the user does not say when it was stored. In a log in which only some events say it, those
  /// without it have their timestamp there.
  private var lacksCreatedAt = false
  /// Finds events of the user's live rows that the log does not hold.
  private var shortLog = ShortLog([])
  /// Number of changed rows in the slice so far. Only the first ``olderSearchLimit`` of them are searched for an older
  /// event without which the row is equal. If a reducer computes something else everywhere, the first rows show what
  /// all would, and searching all rows would take many times as long as the diff.
  private var olderSearches = 0
  private static let olderSearchLimit = 64
  /// The user's live rows.
  private var live: [SideRow] = []
  /// Number of rows in the slice so far whose `updated_at` is not trusted because very many rows have it.
  private(set) var doubted = 0

  init(_ context: DiffContext) {
    self.context = context
    catalogue = context.catalogue
    reported = ReportedFields(context.redaction)
    folds = OwnFolds(context.catalogue, profile: context.plan.profile)
  }

  func beginSlice() {
    olderSearches = 0
    doubted = 0
  }

  /// Begins a user.
  ///
  /// - Parameters:
  ///   - live: the user's live rows.
  ///   - history: the user's events, which must stay valid until the next user is begun; `nil` if the user is not
  ///     folded again.
  func begin(live: [SideRow], history: [Event]?, of user: FoldedUser) {
    isRefolded = history != nil
    self.live = live
    shortLog = ShortLog(isRefolded ? live : [])
    lacksCreatedAt =
      switch context.storedInstants {
      case .all: false
      case .some: history?.contains { $0.createdAt == $0.timestamp } ?? false
      case .none: true
      }
    if let history { folds.begin(history, of: user) }
  }

  /// Returns why the rows differ, and the comparison that shows it best.
  ///
  /// - Parameter live: the data of `row`.
  /// - Throws: ``DiffError/logDiffers(snapshot:user:name:)``.
  func explain(
    _ user: UserID, _ number: Int, _ rebuilt: JSONValue, _ live: JSONValue, of row: SideRow
  ) throws -> (difference: RowDifference, comparison: RowComparison) {
    // Expected rows need not be what the reducers compute; where they are not, the log cannot tell.
    let isRefolded =
      context.isExpected
      ? try self.isRefolded && isOfLog(number, rebuilt) : self.isRefolded
    if isRefolded, !context.isExpected { try checkLog(user, number, rebuilt) }
    var pair = RowPair(
      number: number, rebuilt: rebuilt, live: live, updatedAt: row.bookkeeping.updatedAt, asOf: context.asOf,
      comparer: context.comparers[number])
    pair.isUpdateShared = isShared(pair)
    if pair.isUpdateShared { doubted += 1 }
    pair.lacksCreatedAt = lacksCreatedAt
    let versions = RowVersions(live, beside: rebuilt, number, catalogue)
    let search = isRefolded ? RowSearch(pair, versions, folds, catalogue, within: context.plan.unseenWithin) : nil
    var ahead: CauseDetail?
    let explanation = try pair.explain(
      folds: isRefolded ? folds : nil, hasLog: self.isRefolded || context.isSameLog || context.needsNoLog,
      versions: versions.tried,
      isAhead: {
        if isRefolded { ahead = shortLog.event(of: row, folds.events) }
        return ahead != nil
      }, search: search)
    var difference = RowDifference(
      user: user, name: catalogue.names[number], causes: explanation.causes, baseline: explanation.comparison.baseline,
      fields: reported.fields(explanation.comparison.found.prefix(ReportedFields.limit)),
      fieldCount: explanation.comparison.found.count,
      generatedAt: pair.generatedAt, updatedAt: pair.updatedAt)
    if !explanation.isExplained {
      var codes = codeSets(explanation.comparison.rebuilt, live)
      if let redaction = context.redaction {
        codes = CodeSets(
          onlyRebuilt: codes.onlyRebuilt.map { redaction.word($0.raw) },
          onlyLive: codes.onlyLive.map { redaction.word($0.raw) })
      }
      difference.codes = codes
    }
    if let detail = versionDetail(explanation, versions) { difference.details.append(detail) }
    if explanation.causes.contains(.behind) {
      guard let (until, evidence) = search?.cut.found.map({ ($0, .cut) }) ?? pair.sight else {
        preconditionFailure("something shows that a row is behind")
      }
      difference.details.append(behind(number, until, evidence))
    }
    if let ahead { difference.details.append(ahead) }
    if let unseen = search?.unseen.detail { difference.details.append(unseen) }
    if explanation.causes == [.unexplained], let tries = search?.cut.cutAfter {
      difference.details.append(.searchCut(tries: tries))
    }
    if let search, explanation.causes == [.changed] {
      olderSearches += 1
      difference.details += try search.unseen.changeNotes(
        newest: context.newestStored, searchesOlder: olderSearches <= RowExplainer.olderSearchLimit)
    }
    return (difference, explanation.comparison)
  }

  /// Whether very many rows have the row's `updated_at`, and neither the instant in the row nor that in another row of
  /// the user says that they were computed then.
  private func isShared(_ pair: RowPair) -> Bool {
    guard let shared = context.sharedUpdate?.instant, pair.updatedAt == shared else { return false }
    func isNear(_ instant: Instant?) -> Bool {
      instant.map { abs($0.microseconds - shared.microseconds) <= RowPair.tolerance } ?? false
    }
    if context.comparers[pair.number].clock != nil { return !isNear(pair.generatedAt) }
    return !live.contains { row in
      guard row.bookkeeping.updatedAt == shared, let number = row.number, let data = row.packed else { return false }
      return isNear(context.comparers[number].instant(of: data))
    }
  }

  /// Checks that the snapshot was made from this log: folding at the snapshot's as-of must give the snapshot's row.
  private func checkLog(_ user: UserID, _ number: Int, _ rebuilt: JSONValue) throws {
    guard try isOfLog(number, rebuilt) else {
      throw DiffError.logDiffers(
        snapshot: context.plan.snapshot, user: user, name: catalogue.names[number].description)
    }
  }

  func isOfLog(_ number: Int, _ rebuilt: JSONValue) throws(OutsideFault) -> Bool {
    guard let folded = try folds.row(number, asOf: context.asOf) else { return false }
    return context.comparers[number].isSame(folded, rebuilt)
  }

  /// The other version that explains the row or comes nearest to it, or an unknown version that the row names; `nil` if
  /// none.
  private func versionDetail(_ explanation: Explanation, _ versions: RowVersions) -> CauseDetail? {
    if let version = explanation.version { return .version(version, isStamped: versions.stamped != nil) }
    if let version = explanation.nearestVersion { return .nearestVersion(version, isStamped: versions.stamped != nil) }
    guard let stamp = versions.unknown, !explanation.isExplained else { return nil }
    return .unknownStamp(Foreign(context.redaction?.word(stamp) ?? stamp))
  }

  /// The events that the live row has not seen: those of the projection's direct sources if there are any, else those
  /// of all its sources, else all events.
  private func behind(_ number: Int, _ until: Instant, _ evidence: Evidence) -> CauseDetail {
    let schema = catalogue.schema(of: number)
    let unseen = folds.events.filter { !$0.createdAt.isVisible(at: until) }
    let sources = unseen.filter { schema.sources.contains($0.type) }
    let direct = sources.filter { schema.directSources.contains($0.type) }
    let counted = [direct, sources].first { !$0.isEmpty } ?? unseen
    let first = counted.min { a, b in a.createdAt == b.createdAt ? a.id < b.id : a.createdAt < b.createdAt }
    guard let first else { preconditionFailure("a row that is behind has not seen some event") }
    return .behind(
      events: counted.count, firstEvent: first.id, since: first.createdAt,
      microseconds: max(0, context.asOf.microseconds - first.createdAt.microseconds), evidence: evidence)
  }
}
