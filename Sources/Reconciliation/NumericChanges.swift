import EventModel

/// How far the numbers of a field moved: how many, the median, the 95th percentile and the maximum.
package struct NumericChange: Hashable, Sendable {
  package var name: ProjectionName
  package var field: Foreign
  /// Number of users for whom the field differs, as a number or otherwise.
  package var users: Int
  /// Number of numeric changes.
  package var count: Int
  /// Median of |live − rebuilt|; `p95` and `max` are also of that.
  package var median: Double
  package var p95: Double
  package var max: Double
  /// Number of changes in which live is greater.
  package var up: Int
  /// Median of live − rebuilt.
  package var move: Double
}

/// Collects the changes of every field. Memory: at most ``sampleLimit`` numbers per field; beyond that a sample by user
/// id, which does not depend on the order of rows.
package struct NumericChanges {
  private struct Key: Hashable {
    var name: ProjectionName
    var field: Foreign
  }

  fileprivate struct Field {
    var users = 0
    var lastUser: UserID?
    var count = 0
    var max = 0.0
    var up = 0
    /// Only users whose mixed id has at least this many leading zeros are sampled.
    var depth: UInt64 = 0
    var sample: [(hash: UInt64, move: Double)] = []
  }

  private var fields: [Key: Field] = [:]
  fileprivate static let sampleLimit = 8192
  private static let fieldLimit = 2000

  package init() {}

  /// Rows must come in user order.
  package mutating func note(_ row: RowDifference) {
    for difference in row.fields where difference.status != .text {
      let key = Key(name: row.name, field: difference.field)
      if fields[key] == nil, fields.count >= NumericChanges.fieldLimit { continue }
      fields[key, default: Field()].note(difference, row.user)
    }
  }

  /// By number of users, highest first.
  package var ranked: [NumericChange] {
    fields.map { key, field in
      let sizes = field.sample.map(\.move.magnitude).sorted()
      func quantile(_ share: Double, of sorted: [Double]) -> Double {
        sorted.isEmpty ? 0 : sorted[Swift.min(sorted.count - 1, Int((Double(sorted.count) * share).rounded(.down)))]
      }
      return NumericChange(
        name: key.name, field: key.field, users: field.users, count: field.count, median: quantile(0.5, of: sizes),
        p95: quantile(0.95, of: sizes), max: field.max, up: field.up,
        move: quantile(0.5, of: field.sample.map(\.move).sorted()))
    }.sorted { a, b in
      if a.users != b.users { return a.users > b.users }
      return a.name == b.name ? a.field.raw.utf8.lexicographicallyPrecedes(b.field.raw.utf8) : a.name < b.name
    }
  }
}

extension NumericChanges.Field {
  fileprivate mutating func note(_ difference: FieldDifference, _ user: UserID) {
    if lastUser != user {
      lastUser = user
      users += 1
    }
    guard let rebuilt = difference.rebuilt?.number, let live = difference.live?.number else { return }
    let move = live - rebuilt
    count += 1
    max = Swift.max(max, move.magnitude)
    if move > 0 { up += 1 }
    let hash = (user.high ^ user.low) &* 0x9FB2_1C65_1E98_DF25
    if hash.leadingZeroBitCount < depth { return }
    sample.append((hash, move))
    while sample.count > NumericChanges.sampleLimit, depth < 64 {
      depth += 1
      let depth = depth
      sample.removeAll { $0.hash.leadingZeroBitCount < depth }
    }
  }
}
