import EventModel

/// Counts live rows by their `updated_at`. Counts must be added in the order of the slices, so that they are the same
/// for any number of threads.
struct UpdateCounts: Sendable {
  private struct Count {
    var rows = 0
    var users = 0
  }

  private var counts: [Instant: Count] = [:]
  private var rows = 0
  /// Maximum number of instants that are kept. An instant of over half of the rows is always among them, unless the
  /// export begins with many thousands of users that do not have it.
  private static let limit = 1 << 14

  /// Counts the rows of one user.
  mutating func note(_ live: [SideRow]) {
    var met: Set<Instant> = []
    for row in live where row.number != nil {
      rows += 1
      guard let instant = row.bookkeeping.updatedAt else { continue }
      counts[instant, default: Count()].rows += 1
      if met.insert(instant).inserted { counts[instant, default: Count()].users += 1 }
    }
  }

  mutating func add(_ other: UpdateCounts) {
    rows += other.rows
    for (instant, count) in other.counts {
      counts[instant, default: Count()].rows += count.rows
      counts[instant, default: Count()].users += count.users
    }
    // What few rows have is forgotten first.
    var least = 1
    while counts.count > UpdateCounts.limit {
      counts = counts.filter { $0.value.rows > least }
      least *= 2
    }
  }

  /// The instant that over half of the rows have, if these belong to enough users; `nil` if there is none.
  var shared: SharedUpdate? {
    guard let (instant, count) = counts.max(by: { ($0.value.rows, $1.key) < ($1.value.rows, $0.key) }),
      count.rows * 2 > rows, count.users >= SharedUpdate.fewestUsers
    else { return nil }
    return SharedUpdate(instant: instant, rows: count.rows, of: rows, users: count.users)
  }
}
