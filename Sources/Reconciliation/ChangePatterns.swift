import EventModel

/// What many changed rows have in common.
package struct ChangePattern: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// The live field is the rebuilt one times this number.
    case factor(field: Foreign, Double)
    /// The live field is the rebuilt one plus this number.
    case offset(field: Foreign, Double)
    /// The live field has this value in all of the rows.
    case value(field: Foreign, Double)
    /// Only the rebuilt rows have this reason code; their other codes are the same.
    case missingCode(Foreign)
    /// Only the live rows have this reason code; their other codes are the same.
    case extraCode(Foreign)
    /// Only this field differs.
    case onlyField(Foreign)
    /// This field differs, perhaps among others.
    case field(Foreign)
  }

  package var name: ProjectionName
  package var kind: Kind
  package var rows: Int
  /// All changed rows of the projection.
  package var of: Int
  /// Rows in which only this field differs.
  package var alone = 0
  /// Further fields that differ in the same rows, or in elements of the same array, ascending. They are of one cause.
  package var with: [Foreign] = []
}

/// Collects changed rows of all projections and ranks what they have in common. Memory: a bounded number of changes per
/// field.
package struct ChangePatterns {
  private struct Key: Hashable {
    var name: ProjectionName
    var field: Foreign
  }

  /// Rows in which a field differs: their number, and a sum of their users' ids that is the same for the same rows.
  private struct Rows: Hashable {
    var count = 0
    var sum: UInt64 = 0

    mutating func note(_ user: UserID) {
      count += 1
      sum &+= (user.high ^ user.low &* 0x9E37_79B9_7F4A_7C15) &* 0x9FB2_1C65_1E98_DF25
    }
  }

  private var rows: [ProjectionName: Int] = [:]
  private var fields: [Key: Rows] = [:]
  private var onlyFields: [Key: Int] = [:]
  private var missingCodes: [Key: Int] = [:]
  private var extraCodes: [Key: Int] = [:]
  private var changes: [Key: SharedChange] = [:]
  /// Maximum number of fields, over all projections.
  private static let fieldLimit = 2000

  package init() {}

  package mutating func note(_ row: RowDifference) {
    guard row.causes.contains(where: { !$0.isExplained }) else { return }
    rows[row.name, default: 0] += 1
    var seen: Set<Foreign> = []
    for difference in row.fields where difference.status == .different {
      let key = Key(name: row.name, field: difference.field)
      let isFirst = seen.insert(difference.field).inserted
      if fields[key] == nil, fields.count >= ChangePatterns.fieldLimit { continue }
      if isFirst { fields[key, default: Rows()].note(row.user) }
      if let rebuilt = difference.rebuilt?.number, let live = difference.live?.number {
        changes[key, default: SharedChange()].note(rebuilt: rebuilt, live: live)
      }
    }
    if seen.count == 1, let field = seen.first { onlyFields[Key(name: row.name, field: field), default: 0] += 1 }
    guard let codes = row.codes else { return }
    if codes.onlyRebuilt.count == 1, codes.onlyLive.isEmpty {
      missingCodes[Key(name: row.name, field: codes.onlyRebuilt[0]), default: 0] += 1
    } else if codes.onlyLive.count == 1, codes.onlyRebuilt.isEmpty {
      extraCodes[Key(name: row.name, field: codes.onlyLive[0]), default: 0] += 1
    }
  }

  /// The patterns by number of rows, highest first. A pattern that another one describes better (a field whose factor
  /// is known) is left out.
  package var ranked: [ChangePattern] {
    var patterns: [ChangePattern] = []
    func add(_ key: Key, _ kind: ChangePattern.Kind, _ count: Int) {
      var pattern = ChangePattern(name: key.name, kind: kind, rows: count, of: rows[key.name] ?? count)
      switch kind {
      case .factor, .offset, .value: pattern.alone = min(count, onlyFields[key] ?? 0)
      case .field: pattern.alone = onlyFields[key] ?? 0
      case .missingCode, .extraCode, .onlyField: break
      }
      patterns.append(pattern)
    }
    var explained: [Key: Int] = [:]
    for (key, change) in changes {
      guard let (kind, count) = shared(key.field, change) else { continue }
      explained[key] = count
      add(key, kind, count)
    }
    for (key, count) in missingCodes { add(key, .missingCode(key.field), count) }
    for (key, count) in extraCodes { add(key, .extraCode(key.field), count) }
    for (key, count) in onlyFields where explained[key] == nil { add(key, .onlyField(key.field), count) }
    for (key, met) in fields where (explained[key] ?? 0) < met.count && (onlyFields[key] ?? 0) < met.count {
      add(key, .field(key.field), met.count)
    }
    return folded(patterns.sorted(by: ChangePatterns.precedes))
  }

  /// Folds the patterns of fields that differ in exactly the same rows, or in elements of the same array, into the
  /// first of them. O(n).
  private func folded(_ patterns: [ChangePattern]) -> [ChangePattern] {
    struct SameRows: Hashable {
      var name: ProjectionName
      var rows: Rows
    }
    struct SameArray: Hashable {
      var name: ProjectionName
      var array: Substring
    }
    var result: [ChangePattern] = []
    var byRows: [SameRows: Int] = [:]
    var byArray: [SameArray: Int] = [:]
    for pattern in patterns {
      guard let field = pattern.field, let met = fields[Key(name: pattern.name, field: field)] else {
        result.append(pattern)
        continue
      }
      let rows = SameRows(name: pattern.name, rows: met)
      let array = field.raw.firstIndex(of: "[").map { SameArray(name: pattern.name, array: field.raw[..<$0]) }
      if let place = byRows[rows] ?? array.flatMap({ byArray[$0] }), pattern.isOfOneCause(with: result[place]) {
        // A field can have two patterns: what most of its rows share, and that it differs in all.
        if result[place].field != field, !result[place].with.contains(field) { result[place].with.append(field) }
        continue
      }
      if byRows[rows] == nil { byRows[rows] = result.count }
      if let array, byArray[array] == nil { byArray[array] = result.count }
      result.append(pattern)
    }
    for place in result.indices {
      result[place].with.sort { $0.raw.utf8.lexicographicallyPrecedes($1.raw.utf8) }
    }
    return result
  }

  /// What at least three changes, and at least half of all, have in common.
  private func shared(_ field: Foreign, _ change: SharedChange) -> (ChangePattern.Kind, Int)? {
    func isEnough(_ rows: Int) -> Bool { rows >= 3 && rows * 2 >= change.count }
    var best: (ChangePattern.Kind, Int)?
    if let value = change.value, isEnough(value.rows) { best = (.value(field: field, value.value), value.rows) }
    if let factor = change.factor, isEnough(factor.rows), factor.rows > best?.1 ?? 0 {
      best = (.factor(field: field, factor.value), factor.rows)
    }
    if let offset = change.offset, isEnough(offset.rows), offset.rows > best?.1 ?? 0 {
      best = (.offset(field: field, offset.value), offset.rows)
    }
    return best
  }

  private static func precedes(_ a: ChangePattern, _ b: ChangePattern) -> Bool {
    if a.rows != b.rows { return a.rows > b.rows }
    if a.rank != b.rank { return a.rank < b.rank }
    if a.name != b.name { return a.name < b.name }
    return a.subject.raw.utf8.lexicographicallyPrecedes(b.subject.raw.utf8)
  }
}

extension ChangePattern {
  /// The field or code that the pattern is about.
  package var subject: Foreign {
    switch kind {
    case .factor(let field, _), .offset(let field, _), .value(let field, _), .onlyField(let field), .field(let field):
      field
    case .missingCode(let code), .extraCode(let code): code
    }
  }

  /// The field that the pattern is about; `nil` for a code.
  package var field: Foreign? {
    switch kind {
    case .factor(let field, _), .offset(let field, _), .value(let field, _), .onlyField(let field), .field(let field):
      field
    case .missingCode, .extraCode: nil
    }
  }

  /// Whether the pattern says nothing that another one of the same rows does not say: another factor, offset or value
  /// is news.
  fileprivate func isOfOneCause(with other: ChangePattern) -> Bool {
    switch (kind, other.kind) {
    case (.factor(_, let a), .factor(_, let b)), (.offset(_, let a), .offset(_, let b)),
      (.value(_, let a), .value(_, let b)):
      a == b
    case (.factor, _), (.offset, _), (.value, _): false
    case (.missingCode, _), (.extraCode, _), (.onlyField, _), (.field, _): true
    }
  }

  /// More specific patterns come first.
  fileprivate var rank: Int {
    switch kind {
    case .factor, .offset, .value: 0
    case .missingCode, .extraCode: 1
    case .onlyField: 2
    case .field: 3
    }
  }
}
