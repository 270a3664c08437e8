import Comparing
import EventModel
import Folding
import Reporting
import Running

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
  /// Counts the folds.
  private let progress: ProgressMeter?

  /// - Parameter folds: begun with the user.
  init(
    _ type: String, _ numbers: [Int], of catalogue: Catalogue, _ folds: OwnFolds, isExported: Bool,
    progress: ProgressMeter?
  ) {
    self.progress = progress
    self.type = type
    self.numbers = numbers
    self.folds = folds
    self.isExported = isExported
    events = folds.events
    differences = numbers.map { RowMoves($0, of: catalogue) }
  }

  func rows(_ events: [Event], asOf: Instant) throws(OutsideFault) -> TypeRows {
    progress?.add(folds: 1)
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

/// The number by which the moves of a projection are ranked and drawn: of those outside of lists that change, the one
/// with the most different values. Numbers with decimal places come first, then whole numbers that are no counters, then
/// counters, and last the number of observations and the confidence.
struct MainNumber {
  private let others: Set<String>

  private struct Seen {
    var values: Set<Foreign> = []
    var isWhole = true
    var rises = false
    var falls = false
    var largest = 0.0

    /// Whether it only goes up, or down, or moves by one at a time.
    var isCounter: Bool { isWhole && (!(rises && falls) || largest <= 1) }

    mutating func add(_ move: ValueMove) {
      for text in [move.before, move.after].compactMap({ $0 }) {
        values.insert(text)
        if let number = text.number, number != number.rounded() { isWhole = false }
      }
      guard let difference = move.difference else { return }
      if difference > 0 { rises = true }
      if difference < 0 { falls = true }
      largest = max(largest, difference.magnitude)
    }
  }

  init(_ schema: ProjectionSchema) {
    others = Set([schema.observations, schema.quality?.confidence?.description].compactMap { $0 })
  }

  func path(_ moves: [RowMove]) -> Foreign? {
    var seen: [Foreign: Seen] = [:]
    var paths: [Foreign] = []
    for move in moves {
      for value in move.values where value.isNumeric && !value.isInList {
        if seen[value.path] == nil { paths.append(value.path) }
        seen[value.path, default: Seen()].add(value)
      }
    }
    var best: (path: Foreign, rank: Int, count: Int)?
    for path in paths {
      // What never changes says nothing.
      guard let number = seen[path], number.values.count > 1 else { continue }
      let rank = others.contains(path.raw) ? 0 : number.isCounter ? 1 : number.isWhole ? 2 : 3
      if let best, (best.rank, best.count) >= (rank, number.values.count) { continue }
      best = (path, rank, number.values.count)
    }
    return best?.path
  }
}
