import EventModel
import Reporting

/// The numbers of one field in changed rows. Keeps a sample by user id, which does not depend on the order of the rows.
struct ChangeSample {
  private(set) var count = 0
  private var least = Double.infinity
  private var most = -Double.infinity
  /// Only users whose hashed id has at least this many leading zero bits are sampled.
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

  func changes(projection: Foreign, field: Foreign, withPoints: Bool) -> ReportFacts.FieldChanges {
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
