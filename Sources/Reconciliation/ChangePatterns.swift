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
}

/// Collects changed rows of all projections and ranks what they have in common. Memory: a bounded number of changes per
/// field.
package struct ChangePatterns {
  private struct Key: Hashable {
    var name: ProjectionName
    var field: Foreign
  }

  private var rows: [ProjectionName: Int] = [:]
  private var fields: [Key: Int] = [:]
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
      if isFirst { fields[key, default: 0] += 1 }
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
      default: break
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
    for (key, count) in fields where (explained[key] ?? 0) < count && (onlyFields[key] ?? 0) < count {
      add(key, .field(key.field), count)
    }
    return patterns.sorted(by: ChangePatterns.precedes)
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
