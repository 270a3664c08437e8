import EventModel

/// Collects the changes of every field. Memory: at most ``sampleLimit`` numbers and ``textLimit`` pairs of texts per
/// field. Beyond that, numbers are sampled by user id, which does not depend on the order of rows, and further pairs of
/// texts are only counted.
package struct FieldChanges {
  private struct Key: Hashable {
    var name: ProjectionName
    var field: Foreign
  }

  fileprivate struct Field {
    var users = 0
    var lastUser: UserID?
    var count = 0
    var largest = 0.0
    var up = 0
    var becameNull = 0
    var gone = 0
    var new = 0
    var texts: [TextPair: Int] = [:]
    var otherTexts = 0
    /// Only users whose mixed id has at least this many leading zeros are sampled.
    var depth: UInt64 = 0
    var sample: [(hash: UInt64, move: Double)] = []
  }

  fileprivate struct TextPair: Hashable {
    var rebuilt: Foreign
    var live: Foreign
  }

  private var fields: [Key: Field] = [:]
  fileprivate static let sampleLimit = 8192
  fileprivate static let textLimit = 64
  private static let listedTexts = 3
  private static let fieldLimit = 2000

  package init() {}

  /// Rows must come in user order.
  package mutating func note(_ row: RowDifference) {
    for difference in row.fields where difference.status != .text {
      let key = Key(name: row.name, field: difference.field)
      if fields[key] == nil, fields.count >= FieldChanges.fieldLimit { continue }
      fields[key, default: Field()].note(difference, row.user)
    }
  }

  /// By number of users, highest first.
  package var ranked: [FieldChange] {
    fields.map { key, field in FieldChanges.change(key, field) }.sorted { a, b in
      if a.users != b.users { return a.users > b.users }
      return a.name == b.name ? a.field.raw.utf8.lexicographicallyPrecedes(b.field.raw.utf8) : a.name < b.name
    }
  }

  private static func change(_ key: Key, _ field: Field) -> FieldChange {
    let sizes = field.sample.map(\.move.magnitude).sorted()
    func quantile(_ share: Double, of sorted: [Double]) -> Double {
      sorted.isEmpty ? 0 : sorted[Swift.min(sorted.count - 1, Int((Double(sorted.count) * share).rounded(.down)))]
    }
    let texts = field.texts.map { TextChange(rebuilt: $0.key.rebuilt, live: $0.key.live, rows: $0.value) }
      .sorted { a, b in
        if a.rows != b.rows { return a.rows > b.rows }
        return (a.rebuilt.raw, a.live.raw) < (b.rebuilt.raw, b.live.raw)
      }
    return FieldChange(
      name: key.name, field: key.field, users: field.users, count: field.count, median: quantile(0.5, of: sizes),
      p95: quantile(0.95, of: sizes), max: field.largest.magnitude, up: field.up,
      move: quantile(0.5, of: field.sample.map(\.move).sorted()), largest: field.largest,
      becameNull: field.becameNull, gone: field.gone, new: field.new,
      transitions: Array(texts.prefix(listedTexts)),
      otherTransitions: texts.dropFirst(listedTexts).reduce(field.otherTexts) { $0 + $1.rows })
  }
}

extension FieldChanges.Field {
  fileprivate mutating func note(_ difference: FieldDifference, _ user: UserID) {
    if lastUser != user {
      lastUser = user
      users += 1
    }
    guard let live = difference.live else {
      gone += 1
      return
    }
    guard let rebuilt = difference.rebuilt, rebuilt.raw != "null" else {
      new += 1
      return
    }
    if live.raw == "null" {
      becameNull += 1
    } else if let from = rebuilt.number, let to = live.number {
      note(to - from, user)
    } else if rebuilt.isScalar, live.isScalar {
      let pair = FieldChanges.TextPair(rebuilt: rebuilt, live: live)
      if texts[pair] != nil || texts.count < FieldChanges.textLimit {
        texts[pair, default: 0] += 1
      } else {
        otherTexts += 1
      }
    }
  }

  private mutating func note(_ move: Double, _ user: UserID) {
    count += 1
    if move.magnitude > largest.magnitude || (move.magnitude == largest.magnitude && move > largest) { largest = move }
    if move > 0 { up += 1 }
    let hash = (user.high ^ user.low) &* 0x9FB2_1C65_1E98_DF25
    if hash.leadingZeroBitCount < depth { return }
    sample.append((hash, move))
    while sample.count > FieldChanges.sampleLimit, depth < 64 {
      depth += 1
      let depth = depth
      sample.removeAll { $0.hash.leadingZeroBitCount < depth }
    }
  }
}

extension Foreign {
  /// Whether canonical JSON is neither an object nor an array.
  fileprivate var isScalar: Bool { !raw.hasPrefix("{") && !raw.hasPrefix("[") }
}
