import EventModel
import Folding
import Reporting

/// Folds one projection type of one user from any of the user's events.
final class TypeFolder {
  /// The user's events, in history order.
  let events: [Event]
  /// The projections of the type that are of interest.
  let numbers: [Int]
  private let type: String
  private let folds: OwnFolds
  private let differences: [RowMoves]
  /// Whether a rebuild knows the user even without events.
  private let isExported: Bool

  /// - Parameter folds: begun with the user.
  init(_ type: String, _ numbers: [Int], of catalogue: Catalogue, _ folds: OwnFolds, isExported: Bool) {
    self.type = type
    self.numbers = numbers
    self.folds = folds
    self.isExported = isExported
    events = folds.events
    differences = numbers.map { RowMoves($0, of: catalogue) }
  }

  func rows(_ events: [Event], asOf: Instant) throws(OutsideFault) -> TypeRows {
    if events.isEmpty, !isExported { return TypeRows() }
    return try folds.rows(ofType: type, from: events, asOf: asOf)
  }

  /// What differs, by the projection's number; nothing where nothing does.
  func moves(_ before: TypeRows, _ after: TypeRows) -> [Int: RowMove] {
    var moves: [Int: RowMove] = [:]
    for (number, differences) in zip(numbers, differences) {
      if let move = differences.move(before, after) { moves[number] = move }
    }
    return moves
  }
}

/// The number by which the moves of a projection are ranked and drawn: of those outside of lists, the one with the most
/// different values. The number of observations and the confidence count only if there is no other.
struct MainNumber {
  private let others: Set<String>

  init(_ schema: ProjectionSchema) {
    others = Set([schema.observations, schema.quality?.confidence?.description].compactMap { $0 })
  }

  func path(_ moves: [RowMove]) -> Foreign? {
    var values: [Foreign: Set<Foreign>] = [:]
    var paths: [Foreign] = []
    for move in moves {
      for value in move.values where value.isNumeric && !value.isInList {
        if values[value.path] == nil { paths.append(value.path) }
        values[value.path, default: []].formUnion([value.before, value.after].compactMap { $0 })
      }
    }
    // What never changes says nothing.
    paths.removeAll { values[$0, default: []].count < 2 }
    let chosen = paths.filter { !others.contains($0.raw) }
    var best: (path: Foreign, count: Int)?
    for path in chosen.isEmpty ? paths : chosen {
      let count = values[path, default: []].count
      if count > best?.count ?? 0 { best = (path, count) }
    }
    return best?.path
  }
}
