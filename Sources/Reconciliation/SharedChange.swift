/// Finds what the numeric changes of many rows have in common.
///
/// Projections round to four decimal places, so the factor between two rounded values is only known to lie in an
/// interval. The factor that lies in most of the intervals is the shared one. O(n log n) for n changes.
package struct SharedChange {
  /// Half a unit of the last decimal place that projections keep.
  private static let rounding = 0.5e-4
  /// Maximum number of changes that are kept; more would not tell more.
  private static let limit = 20_000
  private var changes: [(rebuilt: Double, live: Double)] = []
  /// Number of numeric changes noted, including those beyond the limit.
  package private(set) var count = 0

  package init() {}

  package mutating func note(rebuilt: Double, live: Double) {
    count += 1
    if changes.count < SharedChange.limit { changes.append((rebuilt, live)) }
  }

  /// The factor that most changes share, and the number of these changes.
  package var factor: (value: Double, rows: Int)? {
    let half = SharedChange.rounding
    return SharedChange.densest(
      changes.compactMap { change in
        let (a, b) = (change.rebuilt.magnitude, change.live.magnitude)
        guard change.rebuilt.sign == change.live.sign, a > 4 * half, b > 4 * half else { return nil }
        return ((b - half) / (a + half), (b + half) / (a - half))
      }, neutral: 1)
  }

  /// The difference that most changes share, and the number of these changes.
  package var offset: (value: Double, rows: Int)? {
    SharedChange.densest(
      changes.map { change in
        let distance = change.live - change.rebuilt
        let slack = 2 * SharedChange.rounding + (change.live.magnitude + change.rebuilt.magnitude) * 0x1p-52
        return (distance - slack, distance + slack)
      }, neutral: 0)
  }

  /// The live value that most changes share, and the number of these changes.
  package var value: (value: Double, rows: Int)? {
    var counts: [Double: Int] = [:]
    for change in changes { counts[change.live, default: 0] += 1 }
    return counts.max { a, b in a.value == b.value ? a.key > b.key : a.value < b.value }.map { ($0.key, $0.value) }
  }

  /// The number that lies in most of the intervals, with as few digits as possible; `nil` if it is the neutral number.
  private static func densest(
    _ intervals: [(low: Double, high: Double)], neutral: Double
  ) -> (value: Double, rows: Int)? {
    var edges: [(at: Double, opens: Bool)] = []
    for interval in intervals { edges += [(interval.low, true), (interval.high, false)] }
    edges.sort { a, b in a.at == b.at ? a.opens && !b.opens : a.at < b.at }
    var open = 0
    var best = (rows: 0, low: 0.0, high: 0.0)
    for (position, edge) in edges.enumerated() {
      open += edge.opens ? 1 : -1
      if edge.opens, open > best.rows { best = (open, edge.at, edges[position + 1].at) }
    }
    guard best.rows > 0, !(best.low <= neutral && neutral <= best.high) else { return nil }
    return (shortest(between: best.low, best.high), best.rows)
  }

  private static func shortest(between low: Double, _ high: Double) -> Double {
    let middle = low + (high - low) / 2
    var scale = 1.0
    for _ in 0..<15 {
      let candidate = (middle * scale).rounded() / scale
      if candidate >= low, candidate <= high { return candidate }
      scale *= 10
    }
    return middle
  }
}
