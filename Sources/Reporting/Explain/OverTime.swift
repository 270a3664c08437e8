import EventModel

/// How a projection of one user came to what it is: its row after each event.
package struct OverTime: Sendable {
  package enum Order: String, Sendable {
    /// Events in the order in which they were stored, all rows at one as-of.
    case stored = "stored_order"
    /// Events in the order of their own timestamps, each row at the timestamp of its last event.
    case own = "own_time"
  }

  /// One event, or several that were not told apart.
  package struct Step: Sendable {
    package var first: Provenance.Head
    package var last: Provenance.Head
    /// The number of events between `first` and `last`, both included. Only events that the projection depends on count.
    package var count: Int
    /// The number of such events up to and including `last`.
    package var place: Int
    /// What time alone did since the step before; `nil`: nothing, or all rows have the same as-of.
    package var byTime: RowMove?
    /// What the events did, at the instant of the last of them.
    package var byEvents: RowMove

    package init(
      first: Provenance.Head, last: Provenance.Head, count: Int, place: Int, byTime: RowMove?, byEvents: RowMove
    ) {
      self.first = first
      self.last = last
      self.count = count
      self.place = place
      self.byTime = byTime
      self.byEvents = byEvents
    }
  }

  /// The rows in one order.
  package struct Series: Sendable {
    package var order: Order
    /// The steps in which something changed.
    package var steps: [Step]
    /// The number of events that the projection depends on.
    package var events: Int
    /// Those of them that changed nothing, each by itself.
    package var unchanged: Int
    /// Those in ``steps`` of several events.
    package var inGroups: Int
    /// Those in groups after which the row is what it was before them. Single events in them may cancel each other.
    package var cancelled: Int
    /// What time alone does between the last event's timestamp and the as-of; `nil`: nothing.
    package var finally: RowMove?
    package var folds: Int

    package init(
      order: Order, steps: [Step], events: Int, unchanged: Int, inGroups: Int, cancelled: Int, finally: RowMove?,
      folds: Int
    ) {
      self.order = order
      self.steps = steps
      self.events = events
      self.unchanged = unchanged
      self.inGroups = inGroups
      self.cancelled = cancelled
      self.finally = finally
      self.folds = folds
    }

    /// Whether each event was looked at by itself.
    package var isComplete: Bool { inGroups + cancelled == 0 }
    package var moving: Int { events - unchanged - cancelled }

    /// The instant at which an event is, in this order.
    package func instant(_ head: Provenance.Head) -> Instant { order == .stored ? head.createdAt : head.timestamp }
  }

  package var name: ProjectionName
  package var series: [Series]
  /// The path of the number to which ``Series/largest(_:_:)`` and charts refer; `nil` if rows have no number outside of
  /// lists.
  package var number: Foreign?
  /// The events of the user that the projection does not depend on.
  package var otherEvents: Int
  package var asOf: Instant

  package init(name: ProjectionName, series: [Series], number: Foreign?, otherEvents: Int, asOf: Instant) {
    self.name = name
    self.series = series
    self.number = number
    self.otherEvents = otherEvents
    self.asOf = asOf
  }
}

extension OverTime.Series {
  /// The steps that moved the number most, largest first; of equal moves, the earlier first. Indices of ``steps``.
  package func largest(_ count: Int, _ number: Foreign?) -> [Int] {
    let moves = steps.indices.compactMap { index in
      steps[index].byEvents.numberMove(at: number)?.difference.map { (index: index, size: $0.magnitude) }
    }.filter { $0.size > 0 }
    return moves.sorted { a, b in a.size == b.size ? a.index < b.index : a.size > b.size }.prefix(count).map(\.index)
  }

  /// The number after each step in which it changed: the place of the step, and the value; `nil` without one.
  package func values(of number: Foreign) -> [(step: Int, value: Double?)] {
    var values: [(step: Int, value: Double?)] = []
    for (index, step) in steps.enumerated() {
      let changes = [step.byTime, step.byEvents].compactMap { $0?.numberMove(at: number) }
      if let last = changes.last { values.append((index, last.after?.number)) }
    }
    return values
  }
}

/// What a projection's row would be without each event of the user.
package struct Influence: Sendable {
  package struct Entry: Sendable {
    package var event: Provenance.Head
    /// From the row to the row without the event.
    package var move: RowMove

    package init(event: Provenance.Head, move: RowMove) {
      self.event = event
      self.move = move
    }
  }

  package var name: ProjectionName
  /// The events without which the row is different, by size of influence, largest first.
  package var entries: [Entry]
  /// The path of the number by which they are sorted; `nil` if rows have none outside of lists.
  package var number: Foreign?
  /// The number of events that the projection depends on.
  package var events: Int
  /// The number of events that were left out, one at a time, the newest first.
  package var tried: Int
  /// The events of the user that the projection does not depend on.
  package var otherEvents: Int

  package init(
    name: ProjectionName, entries: [Entry], number: Foreign?, events: Int, tried: Int, otherEvents: Int
  ) {
    self.name = name
    self.number = number
    self.events = events
    self.tried = tried
    self.otherEvents = otherEvents
    let sizes = entries.map { Influence.size($0.move, number) }
    self.entries = entries.indices.sorted { a, b in
      let (x, y) = (sizes[a], sizes[b])
      return x == y ? a < b : x > y
    }.map { entries[$0] }
  }

  /// What counts first: whether the row itself came, went or fails; then the move of the main number; then the largest
  /// share of any other number.
  private static func size(_ move: RowMove, _ number: Foreign?) -> (Int, Double, Double) {
    (move.before == move.after ? 0 : 1, move.numberMove(at: number)?.share ?? 0, move.values.map(\.share).max() ?? 0)
  }
}

/// The live row at whose instant a user is explained.
package struct LiveStanding: Sendable {
  package var name: ProjectionName
  /// The instant in the row; `nil` if the projection's rows do not depend on the clock.
  package var generatedAt: Instant?
  package var updatedAt: Instant?
  /// Whether the row can have been computed at `updatedAt`, so that it saw the events stored by then, and no others.
  package var isUpdateTrusted: Bool
  /// Where the row and the computed one differ.
  package var fields: [FieldDifference]
  /// The number of all fields that differ.
  package var fieldCount: Int
  /// Whether there is a computed row, or why not.
  package var computed: RowMove.Outcome

  package init(
    name: ProjectionName, generatedAt: Instant?, updatedAt: Instant?, isUpdateTrusted: Bool,
    fields: [FieldDifference], fieldCount: Int, computed: RowMove.Outcome
  ) {
    self.name = name
    self.generatedAt = generatedAt
    self.updatedAt = updatedAt
    self.isUpdateTrusted = isUpdateTrusted
    self.fields = fields
    self.fieldCount = fieldCount
    self.computed = computed
  }

  package var isEqual: Bool { computed == .row && fieldCount == 0 }
}
