import EventModel
import Formatting
import Reporting

/// Counts by day for several series. Memory: at most ``dayLimit`` days; counts of further days are added up in
/// `beyond`.
package struct DayCounts: Sendable {
  /// By the number of days since 1970-01-01.
  private var days: [Int32: [Int]] = [:]
  private var beyond = 0
  private static let dayLimit = 40_000
  private static let dayLength: Int64 = 86_400_000_000

  package init() {}

  /// O(1).
  package mutating func note(_ instant: Instant, _ series: Int) {
    let day = Int32(
      (instant.microseconds - (instant.microseconds < 0 ? DayCounts.dayLength - 1 : 0)) / DayCounts.dayLength)
    add(day, series, 1)
  }

  private mutating func add(_ day: Int32, _ series: Int, _ count: Int) {
    if days[day] == nil, days.count >= DayCounts.dayLimit {
      beyond += count
      return
    }
    days[day, default: []].add(count, at: series)
  }

  mutating func add(_ other: DayCounts) {
    for (day, counts) in other.days.sorted(by: { $0.key < $1.key }) {
      for (series, count) in counts.enumerated() where count > 0 { add(day, series, count) }
    }
    beyond += other.beyond
  }

  /// The sum of each series.
  package var totals: [Int] {
    days.values.reduce(into: []) { totals, counts in
      for (series, count) in counts.enumerated() { totals.add(count, at: series) }
    }
  }

  /// The counts in at most `limit` bins of days, weeks, months, quarters, years or decades.
  ///
  /// - Parameter groups: the series that are drawn as one, and its name.
  package func series(_ groups: [(name: String, series: [Int])], bins limit: Int) -> ReportFacts.TimeSeries {
    var result = ReportFacts.TimeSeries()
    result.names = groups.map { Foreign($0.name) }
    result.outside = beyond
    let sums = days.mapValues { counts in
      groups.map { $0.series.reduce(0) { $0 + ($1 < counts.count ? counts[$1] : 0) } }
    }.filter { $0.value.contains { $0 > 0 } }
    guard let window = DayCounts.window(sums.mapValues { $0.reduce(0, +) }) else { return result }
    let unit =
      Unit.allCases.first { $0.number(of: window.upperBound) - $0.number(of: window.lowerBound) < limit } ?? .decade
    result.unit = unit.rawValue
    let first = unit.number(of: window.lowerBound)
    result.bins = (first...unit.number(of: window.upperBound)).prefix(limit).map {
      ReportFacts.Bin(label: unit.label($0), counts: [Int](repeating: 0, count: groups.count))
    }
    for (day, counts) in sums {
      let bin = unit.number(of: day) - first
      if window.contains(day), result.bins.indices.contains(bin) {
        for (place, count) in counts.enumerated() { result.bins[bin].counts[place] += count }
      } else {
        result.outside += counts.reduce(0, +)
      }
    }
    return result
  }

  /// The days to draw: all, unless a few days are so far away that the others could not be told apart.
  private static func window(_ counts: [Int32: Int]) -> ClosedRange<Int32>? {
    let days = counts.keys.sorted()
    guard let first = days.first, let last = days.last else { return nil }
    let total = counts.values.reduce(0, +)
    var seen = 0
    var (low, high) = (first, last)
    for day in days {
      let before = seen
      seen += counts[day] ?? 0
      if before * 100 <= total, seen * 100 > total { low = day }
      if before * 100 < total * 99, seen * 100 >= total * 99 { high = day }
    }
    let core = max(30, high - low)
    return (low - first > core ? low : first)...(last - high > core ? high : last)
  }

  private enum Unit: String, CaseIterable {
    case day, week, month, quarter, year, decade

    /// The number of days, weeks, … since a fixed origin.
    func number(of day: Int32) -> Int {
      let date = CivilDate(daysSinceEpoch: Int(day))
      let months = date.year * 12 + date.month - 1
      switch self {
      case .day: return Int(day)
      // 1970-01-05 was a Monday.
      case .week: return Int(((Double(day) - 4) / 7).rounded(.down))
      case .month: return months
      case .quarter: return months / 3
      case .year: return date.year
      case .decade: return date.year / 10
      }
    }

    /// The first day, month or year of the unit.
    func label(_ number: Int) -> String {
      let date: CivilDate
      switch self {
      case .day: date = CivilDate(daysSinceEpoch: number)
      case .week: date = CivilDate(daysSinceEpoch: number * 7 + 4)
      case .month: return DayCounts.text(number / 12, 4) + "-" + DayCounts.text(number % 12 + 1, 2)
      case .quarter: return DayCounts.text(number / 4, 4) + "-" + DayCounts.text(number % 4 * 3 + 1, 2)
      case .year: return DayCounts.text(number, 4)
      case .decade: return DayCounts.text(number * 10, 4)
      }
      return [DayCounts.text(date.year, 4), DayCounts.text(date.month, 2), DayCounts.text(date.day, 2)].joined(
        separator: "-")
    }
  }

  private static func text(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

extension [Int] {
  /// Adds at an index that may be beyond the end.
  fileprivate mutating func add(_ count: Int, at place: Int) {
    while self.count <= place { append(0) }
    self[place] += count
  }
}
