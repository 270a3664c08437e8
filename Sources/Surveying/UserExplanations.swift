import Comparing
import EventLog
import EventModel
import Explaining
import Folding
import Reporting

/// Explains how the rows of a few users came about, from the histories that a diff has already read from its log.
struct UserExplanations {
  let catalogue: Catalogue
  let log: LogPass
  let asOf: Instant
  let profile: any DomainProfile
  /// A chart needs no more, and a page has up to ten users of several rows each.
  private static let limit = FoldLimit(events: 500_000, folds: 40)

  /// Adds an explanation to each of the user's rows. A user whose differences did not need the log has no history here.
  func add(to user: inout ReportFacts.User, _ id: UserID) throws {
    guard log.users.sortedContains(id), let next = id.next else { return }
    let merger = try UserMerger(log.runs, slice: UserSlice(lower: id, upper: next), bufferSize: log.bufferSize)
    guard try merger.next(), merger.history.user == id else { return }
    let records = UserRecords(
      user: id,
      history: merger.history.events.map {
        ($0, catalogue.vocabulary.eventType($0.type)?.name.description ?? "a type no reducer reads")
      })
    for index in user.rows.indices.prefix(ReportLimits.rows) {
      let parts = user.rows[index].projection.raw.split(separator: "/", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { continue }
      let history = try ExplainedHistory(
        catalogue, records, asOf: asOf, asOfSource: .given, storedBy: nil, profile: profile,
        wanted: (parts[0], parts[1])
      )
      var text = ""
      history.overview.write(TextStyle(isColoured: false), history.shown, history.forEachRecord) { part in
        // The limit counts Unicode scalars of at most four bytes each, so later parts would be cut off.
        if text.utf8.count <= 4 * ReportLimits.explanation { text += part }
      }
      if let fault = history.fault { throw fault }
      user.rows[index].explanation = text.cut(ReportLimits.explanation)
      user.rows[index].course = try history.overTime([.stored], limit: UserExplanations.limit).first
        .flatMap { NumberCourse($0, live: user.rows[index].fields) }
    }
    withExtendedLifetime(merger) {}
  }
}
