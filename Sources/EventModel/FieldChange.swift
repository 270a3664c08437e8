/// How a field moved from the rebuilt rows to the live ones: how far its numbers, and what became null or another text.
package struct FieldChange: Hashable, Sendable {
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
  /// The live − rebuilt whose size is ``max``; the positive one of two.
  package var largest: Double
  /// Number of values that are null in live, but not in the rebuilt row.
  package var becameNull: Int
  /// Number of values that live lacks.
  package var gone: Int
  /// Number of values that only live has, or that are null in the rebuilt row only.
  package var new: Int
  /// The most frequent changes from one text to another, or between true and false; texts as canonical JSON.
  package var transitions: [TextChange]
  /// Number of such changes that ``transitions`` does not list.
  package var otherTransitions: Int

  package init(
    name: ProjectionName, field: Foreign, users: Int, count: Int, median: Double, p95: Double, max: Double, up: Int,
    move: Double, largest: Double, becameNull: Int, gone: Int, new: Int, transitions: [TextChange],
    otherTransitions: Int
  ) {
    self.name = name
    self.field = field
    self.users = users
    self.count = count
    self.median = median
    self.p95 = p95
    self.max = max
    self.up = up
    self.move = move
    self.largest = largest
    self.becameNull = becameNull
    self.gone = gone
    self.new = new
    self.transitions = transitions
    self.otherTransitions = otherTransitions
  }
}

/// A field that is one text in rebuilt rows and another in live ones. Both are canonical JSON.
package struct TextChange: Hashable, Sendable {
  package var rebuilt: Foreign
  package var live: Foreign
  package var rows: Int

  package init(rebuilt: Foreign, live: Foreign, rows: Int) {
    self.rebuilt = rebuilt
    self.live = live
    self.rows = rows
  }
}
