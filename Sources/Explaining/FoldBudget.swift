/// How much may be folded to tell the effects of a user's events apart.
package struct FoldLimit: Sendable {
  /// Events in all folds of one projection type together.
  package var events: Int
  /// Folds that are always allowed, however long the history is.
  package var folds: Int

  package init(events: Int, folds: Int) {
    self.events = events
    self.folds = folds
  }

  /// For refold's own reducers.
  package static let own = FoldLimit(events: 20_000_000, folds: 100)
  /// For programs, which get every event as JSON.
  package static let outside = FoldLimit(events: 2_000_000, folds: 100)
}

/// What is left of a ``FoldLimit``.
struct FoldBudget {
  let limit: FoldLimit
  private(set) var events = 0
  private(set) var folds = 0

  init(_ limit: FoldLimit) { self.limit = limit }

  mutating func spend(_ count: Int) {
    events += count
    folds += 1
  }

  /// Whether that many more folds, of `count` events in all, are allowed.
  func allows(_ more: Int, of count: Int) -> Bool {
    folds + more <= limit.folds || events + count <= limit.events
  }
}
