import EventModel
import Rebuilding
import Reporting

/// Figures of the rows that are behind: since when, and how far.
struct BehindSum {
  private var rows = 0
  private var users = 0
  private var events = 0
  private var lastUser: UserID?
  private var since = DayCounts()
  private var types: [String] = []
  private var duration = [Int](repeating: 0, count: BehindSum.durations.count)
  private var unseen = [Int](repeating: 0, count: BehindSum.counts.count)

  /// Names and upper limits; the last bin has no limit.
  private static let durations: [(name: String, hours: Int64)] = [
    ("< 1 h", 1), ("< 6 h", 6), ("< 1 d", 24), ("< 7 d", 168), ("< 30 d", 720), ("< 90 d", 2160), ("< 1 y", 8766),
    ("≥ 1 y", .max),
  ]
  private static let counts: [(name: String, most: Int)] = [
    ("1", 1), ("2–3", 3), ("4–10", 10), ("11–30", 30), ("31–100", 100), ("101–1k", 1000), ("> 1k", .max),
  ]

  mutating func note(_ difference: RowDifference) {
    for case .behind(let events, _, let since, let microseconds, _) in difference.details {
      rows += 1
      self.events += events
      if lastUser != difference.user {
        users += 1
        lastUser = difference.user
      }
      let known = types.firstIndex(of: difference.name.type)
      if known == nil { types.append(difference.name.type) }
      self.since.note(since, known ?? types.count - 1)
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
