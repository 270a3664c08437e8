import EventModel
import JSONTape
import Reconciliation
import Reporting

/// Takes the differences of a diff one by one and keeps what a report says of them beyond their counts. Memory: bounded.
final class ReportCollector {
  private let isAllowed: (Cause) -> Bool
  private let names: NameStyle
  private var changes: [FieldKey: ChangeSample] = [:]
  private var behind = BehindSum()
  private var worst = WorstUsers()

  private struct FieldKey: Hashable {
    var name: ProjectionName
    var field: String
  }

  /// Fields kept at most, of all projections together.
  private static let fieldLimit = 2000

  init(names: NameStyle, allowed: Set<Cause>) {
    isAllowed = { $0 == .tolerated || allowed.contains($0) }
    self.names = names
  }

  /// Differences come in user order.
  func take(_ difference: RowDifference) {
    if !difference.causes.allSatisfy(\.isExplained) { noteChanges(difference) }
    behind.note(difference)
    worst.note(difference, isAllowed: difference.causes.allSatisfy(isAllowed))
  }

  private func noteChanges(_ difference: RowDifference) {
    for field in difference.fields where field.status == .different {
      guard let rebuilt = field.rebuilt.flatMap(Double.init), let live = field.live.flatMap(Double.init),
        rebuilt.isFinite, live.isFinite
      else { continue }
      let key = FieldKey(name: difference.name, field: field.field)
      if changes[key] == nil, changes.count >= ReportCollector.fieldLimit { continue }
      changes[key, default: ChangeSample()].note(rebuilt: rebuilt, live: live, difference.user)
    }
  }

  /// Puts what was kept into the facts.
  func finish(into facts: inout ReportFacts) {
    worst.finish()
    let ranked = changes.sorted { a, b in
      if a.value.count != b.value.count { return a.value.count > b.value.count }
      return a.key.name == b.key.name
        ? a.key.field.utf8.lexicographicallyPrecedes(b.key.field.utf8) : a.key.name < b.key.name
    }
    facts.changes = ranked.prefix(ReportLimits.changes).enumerated().map { place, entry in
      entry.value.changes(
        projection: entry.key.name.description.cut(), field: entry.key.field.cut(), withPoints: place < ReportLimits.pictures)
    }
    if ranked.count > ReportLimits.changes {
      facts.cuts.append("\(plural(ranked.count - ReportLimits.changes, "more field")) whose numbers moved")
    }
    facts.behind = behind.facts
    facts.users = worst.users.map { user($0) }
    if worst.others > 0 { facts.cuts.append("\(plural(worst.others, "more user")) with differences that are not accepted") }
  }

  /// Whose ``ReportFacts/users`` are, in order; valid once finished.
  var worstUsers: [UserID] { worst.users.map(\.id) }

  private func user(_ worst: WorstUsers.User) -> ReportFacts.User {
    var user = ReportFacts.User(name: names.user(worst.id))
    user.unacceptable = worst.unacceptable
    user.rows = worst.rows.prefix(ReportLimits.rows).map { difference in
      var row = ReportFacts.Row(projection: difference.name.description.cut(), causes: difference.causes)
      row.details = difference.details.map { $0.text(names).cut(300) }
      row.baseline = difference.baseline == .asOf ? nil : difference.baseline.text
      row.fieldCount = difference.fieldCount
      row.fields = difference.fields.prefix(ReportLimits.fields).map { field in
        ReportFacts.Field(
          path: field.path.cut(),
          rebuilt: field.rebuilt.map { $0.cut() }, live: field.live.map { $0.cut() }, status: field.status)
      }
      return row
    }
    return user
  }
}

/// The numbers of one field in changed rows: a sample by user id, the same whatever the order.
private struct ChangeSample {
  private(set) var count = 0
  private var least = Double.infinity
  private var most = -Double.infinity
  /// Only users whose mixed id has so many leading zeros are sampled.
  private var depth = 0
  private var sample: [(hash: UInt64, point: ReportFacts.FieldChanges.Point)] = []
  private static let limit = 1024

  mutating func note(rebuilt: Double, live: Double, _ user: UserID) {
    count += 1
    least = min(least, live - rebuilt)
    most = max(most, live - rebuilt)
    let hash = (user.high ^ user.low) &* 0x9FB2_1C65_1E98_DF25
    if hash.leadingZeroBitCount < depth { return }
    sample.append((hash, ReportFacts.FieldChanges.Point(rebuilt: rebuilt, live: live)))
    while sample.count > ChangeSample.limit, depth < 64 {
      depth += 1
      let depth = depth
      sample.removeAll { $0.hash.leadingZeroBitCount < depth }
    }
  }

  func changes(projection: String, field: String, withPoints: Bool) -> ReportFacts.FieldChanges {
    func precedes(_ a: ReportFacts.FieldChanges.Point, _ b: ReportFacts.FieldChanges.Point) -> Bool {
      a.rebuilt == b.rebuilt ? a.live < b.live : a.rebuilt < b.rebuilt
    }
    let distances = sample.map { $0.point.live - $0.point.rebuilt }.sorted()
    let points = sample.sorted { a, b in a.hash == b.hash ? precedes(a.point, b.point) : a.hash < b.hash }
      .prefix(ReportLimits.points).map(\.point).sorted(by: precedes)
    return ReportFacts.FieldChanges(
      projection: projection, field: field, count: count, least: least, median: distances[distances.count / 2],
      most: most, points: withPoints ? points : [])
  }
}

/// Rows that are behind, by when and how far.
private struct BehindSum {
  private var rows = 0
  private var users = 0
  private var events = 0
  private var lastUser: UserID?
  private var since = DayCounts()
  private var types: [String] = []
  private var duration = [Int](repeating: 0, count: BehindSum.durations.count)
  private var unseen = [Int](repeating: 0, count: BehindSum.counts.count)

  /// Names and upper limits; the last has none.
  private static let durations: [(name: String, hours: Int64)] = [
    ("< 1 h", 1), ("< 6 h", 6), ("< 1 d", 24), ("< 7 d", 168), ("< 30 d", 720), ("< 90 d", 2160), ("< 1 y", 8766),
    ("≥ 1 y", .max),
  ]
  private static let counts: [(name: String, most: Int)] = [
    ("1", 1), ("2–3", 3), ("4–10", 10), ("11–30", 30), ("31–100", 100), ("101–1k", 1000), ("> 1k", .max),
  ]

  mutating func note(_ difference: RowDifference) {
    for case .behind(let events, _, let since, let microseconds) in difference.details {
      rows += 1
      self.events += events
      if lastUser != difference.user {
        users += 1
        lastUser = difference.user
      }
      if !types.contains(difference.name.type) { types.append(difference.name.type) }
      self.since.note(since, types.firstIndex(of: difference.name.type) ?? 0)
      let hours = microseconds / 3_600_000_000
      duration[BehindSum.durations.firstIndex { hours < $0.hours } ?? duration.count - 1] += 1
      unseen[BehindSum.counts.firstIndex { events <= $0.most } ?? unseen.count - 1] += 1
    }
  }

  var facts: ReportFacts.Behind {
    var facts = ReportFacts.Behind()
    facts.rows = rows
    facts.users = users
    facts.events = events
    let groups = types.enumerated().sorted { $0.element < $1.element }.map { (name: $0.element, series: [$0.offset]) }
    facts.since = since.series(groups, bins: ReportLimits.bins)
    facts.duration = zip(BehindSum.durations, duration).map { ReportFacts.Bin(label: $0.name, counts: [$1]) }
    facts.unseen = zip(BehindSum.counts, unseen).map { ReportFacts.Bin(label: $0.name, counts: [$1]) }
    return facts
  }
}

/// The users with the most rows that are not accepted, with those rows. Memory: ``ReportLimits/users`` users.
private struct WorstUsers {
  struct User {
    var id: UserID
    var rows: [RowDifference] = []
    var rowCount = 0
    var unacceptable = 0
  }

  private(set) var users: [User] = []
  /// Users that would come behind them.
  private(set) var others = 0
  private var current: User?

  mutating func note(_ difference: RowDifference, isAllowed: Bool) {
    if current?.id != difference.user {
      finish()
      current = User(id: difference.user)
    }
    current?.rowCount += 1
    if !isAllowed { current?.unacceptable += 1 }
    if current?.rows.count ?? 0 < ReportLimits.rows {
      var kept = difference
      kept.fields = Array(kept.fields.prefix(ReportLimits.fields))
      current?.rows.append(kept)
    }
  }

  mutating func finish() {
    guard let user = current else { return }
    current = nil
    if user.unacceptable == 0 { return }
    if users.count == ReportLimits.users {
      others += 1
      if let last = users.last, !WorstUsers.precedes(user, last) { return }
      users.removeLast()
    }
    users.insert(user, at: users.firstIndex { WorstUsers.precedes(user, $0) } ?? users.count)
  }

  private static func precedes(_ a: User, _ b: User) -> Bool {
    if a.unacceptable != b.unacceptable { return a.unacceptable > b.unacceptable }
    return a.rowCount == b.rowCount ? a.id < b.id : a.rowCount > b.rowCount
  }
}
