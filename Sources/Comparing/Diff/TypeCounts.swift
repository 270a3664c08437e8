/// Rows by projection type. The first types in ascending order are counted by name, all others together. Which types
/// are named does not depend on the order in which rows are counted or counts are added up.
///
/// Memory: bounded for any number of types.
package struct TypeCounts: Sendable, Equatable {
  /// Maximum number of named types.
  package static let limit = 1000
  /// Maximum length in bytes of a name that is kept.
  package static let longest = 4096

  private var counts: [String: Int] = [:]
  /// The types in ``counts``, ascending.
  private var types: [String] = []
  /// Rows of types that are not named.
  package private(set) var unnamed = 0

  package init() {}

  /// Rows of all types.
  package var rows: Int { counts.values.reduce(unnamed, +) }
  /// The named types, ascending, and their rows.
  package var named: [(type: String, rows: Int)] { types.map { ($0, counts[$0, default: 0]) } }

  /// O(1) on average for a type that is named already, else O(``limit``).
  package mutating func add(_ type: String, rows: Int = 1) {
    if counts[type] != nil {
      counts[type, default: 0] += rows
    } else if type.utf8.count > TypeCounts.longest {
      unnamed += rows
    } else if types.count < TypeCounts.limit {
      insert(type, rows)
    } else if let last = types.last, type < last {
      // The type that is given up comes after all that stay, so it is never named again.
      types.removeLast()
      if let given = counts.removeValue(forKey: last) { unnamed += given }
      insert(type, rows)
    } else {
      unnamed += rows
    }
  }

  package mutating func add(_ other: TypeCounts) {
    for (type, rows) in other.named { add(type, rows: rows) }
    unnamed += other.unnamed
  }

  package mutating func addUnnamed(_ rows: Int) { unnamed += rows }

  private mutating func insert(_ type: String, _ rows: Int) {
    var low = 0
    var high = types.count
    while low < high {
      let middle = (low + high) / 2
      if types[middle] < type { low = middle + 1 } else { high = middle }
    }
    types.insert(type, at: low)
    counts[type] = rows
  }
}
