import EventModel
import JSONTape
import Reconciliation
import Reporting

/// Receives the differences of a diff one by one and keeps what a report shows of them beyond their counts. Bounded
/// memory.
final class ReportCollector {
  private let isAllowed: (Cause) -> Bool
  private let names: NameStyle
  private var changes: [FieldKey: ChangeSample] = [:]
  private var behind = BehindSum()
  private var worst: MostAffectedUsers

  private struct FieldKey: Hashable {
    var name: ProjectionName
    var field: Foreign
  }

  /// The maximum number of fields kept, over all projections.
  private static let fieldLimit = 2000

  /// - Parameter isAllowed: whether a cause is accepted by itself.
  init(names: NameStyle, isAllowed: @escaping (Cause) -> Bool, listing: MostAffectedUsers.Listing) {
    self.isAllowed = isAllowed
    self.names = names
    worst = MostAffectedUsers(listing) { difference in
      ReportCollector.row(difference, names, isAccepted: ReportCollector.isAccepted(difference, isAllowed))
    }
  }

  private static func isAccepted(_ difference: RowDifference, _ isAllowed: (Cause) -> Bool) -> Bool {
    difference.marks.acceptance != nil || difference.causes.allSatisfy(isAllowed)
  }

  /// Call it with differences in user order.
  func take(_ difference: RowDifference) {
    if !difference.causes.allSatisfy(\.isExplained) { noteChanges(difference) }
    behind.note(difference)
    worst.note(difference, isAccepted: ReportCollector.isAccepted(difference, isAllowed))
  }

  private func noteChanges(_ difference: RowDifference) {
    for field in difference.fields where field.status == .different {
      guard let rebuilt = field.rebuilt?.number, let live = field.live?.number,
        rebuilt.isFinite, live.isFinite
      else { continue }
      let key = FieldKey(name: difference.name, field: field.field)
      if changes[key] == nil, changes.count >= ReportCollector.fieldLimit { continue }
      changes[key, default: ChangeSample()].note(rebuilt: rebuilt, live: live, difference.user)
    }
  }

  /// Adds what was kept to the facts.
  func finish(into facts: inout ReportFacts) {
    worst.finish()
    let ranked = changes.sorted { a, b in
      if a.value.count != b.value.count { return a.value.count > b.value.count }
      return a.key.name == b.key.name
        ? a.key.field.raw.utf8.lexicographicallyPrecedes(b.key.field.raw.utf8) : a.key.name < b.key.name
    }
    facts.changes = ranked.prefix(ReportLimits.changes).enumerated().map { place, entry in
      entry.value.changes(
        projection: entry.key.name.foreign.cut(), field: entry.key.field.cut(),
        withPoints: place < ReportLimits.pictures)
    }
    if ranked.count > ReportLimits.changes {
      facts.cuts.append("\(plural(ranked.count - ReportLimits.changes, "more field")) whose numbers moved")
    }
    facts.behind = behind.facts
    facts.users = worst.users.map { user($0) }
    if worst.others > 0 {
      let kind = worst.listing.showsAccepted ? "" : " that are not accepted"
      facts.cuts.append("\(plural(worst.others, "more user")) with differences\(kind)")
    }
    if worst.hidden > 0 {
      facts.cuts.append("\(plural(worst.hidden, "accepted difference")): --show-accepted lists them")
    }
  }

  /// The ids of ``ReportFacts/users``, in their order; valid after ``finish(into:)``.
  var worstUsers: [UserID] { worst.users.map(\.id) }

  private func user(_ worst: MostAffectedUsers.User) -> ReportFacts.User {
    var user = ReportFacts.User(name: names.user(worst.id))
    user.unacceptable = worst.unacceptable
    user.accepted = worst.accepted
    user.rows = worst.rows
    user.cut = worst.cut
    return user
  }

  private static func row(_ difference: RowDifference, _ names: NameStyle, isAccepted: Bool) -> ReportFacts.Row {
    var row = ReportFacts.Row(projection: difference.name.foreign.cut(), causes: difference.causes)
    row.isAccepted = isAccepted
    row.details = difference.details.map { $0.words(names).cut(300) }
    row.baseline = difference.baseline == .asOf ? nil : difference.baseline.text
    row.fieldCount = difference.fieldCount
    row.fields = difference.fields.prefix(ReportLimits.fields).map { field in
      ReportFacts.Field(
        path: field.path.cut(),
        rebuilt: field.rebuilt.map { $0.cut() }, live: field.live.map { $0.cut() }, status: field.status)
    }
    return row
  }
}
