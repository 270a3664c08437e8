import Comparing
import EventModel
import Folding
import Reporting

/// Folds one projection type of a user after each event of an order, and finds what each event changed.
///
/// If that were too many folds, they are made at evenly spaced events first; then the group of events that moved most is
/// halved until its largest event is alone, and so on while the budget lasts. What is not told apart is said as a group.
///
/// Memory: the moves, and the rows of three folds.
struct StepSearch {
  private struct Group {
    /// The steps after `after` up to and including `last`.
    var after: Int
    var last: Int
    var byTime: [Int: RowMove]
    var byEvents: [Int: RowMove]
    var wasHalved = false
    var count: Int { last - after }
  }

  private let order: EventOrder
  private let folder: TypeFolder
  /// Whether rows depend on the instant of the fold and each step has its own.
  private let moves: Bool
  private let asOf: Instant
  private var budget: FoldBudget
  private var groups: [Group] = []
  private var finally: [Int: RowMove] = [:]
  private let instants: (Int) -> Instant

  /// - Parameter instant: the timestamp of the event of a step.
  init(
    _ order: EventOrder, _ folder: TypeFolder, hasClock: Bool, asOf: Instant, limit: FoldLimit,
    instant: @escaping (_ place: Int) -> Instant
  ) {
    self.order = order
    self.folder = folder
    moves = hasClock && order.order == .own
    self.asOf = asOf
    budget = FoldBudget(limit)
    instants = instant
  }

  /// When the row of a step is folded.
  private func instant(_ step: Int) -> Instant {
    moves ? instants(order.place(of: max(step, 1))) : asOf
  }

  private mutating func rows(_ step: Int, at instant: Instant) throws(OutsideFault) -> TypeRows {
    budget.spend(order.count(upTo: step))
    return try folder.rows(order.events(upTo: step, of: folder.events), asOf: instant)
  }

  /// - Parameter weighing: the size of what events did to the rows, given what all groups did.
  mutating func run(weighing: ([[Int: RowMove]]) -> ([Int: RowMove]) -> Double) throws(OutsideFault) {
    let last = order.steps.count
    if last == 0 { return }
    let perStep = moves ? 2 : 1
    let whole = (1...last).reduce(0) { $0 + order.count(upTo: $1) } * perStep
    var ends = Array(1...last)
    if !budget.allows(last * perStep, of: whole) {
      let half = max(1, budget.limit.folds / 2 / perStep, budget.limit.events / max(1, folder.events.count) / perStep)
      ends = (1...half).map { Int(Double($0) * Double(last) / Double(half)) }.filter { $0 > 0 }
    }
    var after = 0
    var rows = try self.rows(0, at: instant(1))
    for end in ends where end > after {
      let (group, next) = try self.group(after, end, from: rows)
      groups.append(group)
      (after, rows) = (end, next)
    }
    if moves {
      let now = try self.rows(last, at: asOf)
      finally = folder.moves(rows, now)
    }
    let weight = weighing(groups.map(\.byEvents))
    while let largest = largestGroup(weight) {
      try halve(largest, weight)
    }
  }

  private func largestGroup(_ weight: ([Int: RowMove]) -> Double) -> Int? {
    let open = groups.indices.filter { groups[$0].count > 1 && !groups[$0].wasHalved }
    guard let largest = open.max(by: { weight(groups[$0].byEvents) < weight(groups[$1].byEvents) }) else { return nil }
    return budget.allows(4, of: 4 * order.count(upTo: groups[largest].last)) ? largest : nil
  }

  /// Halves a group, then the half that moved more, until one event is left or the budget is spent.
  private mutating func halve(_ index: Int, _ weight: ([Int: RowMove]) -> Double) throws(OutsideFault) {
    var index = index
    var rows = try self.rows(groups[index].after, at: instant(groups[index].after))
    while groups[index].count > 1 {
      let (after, last) = (groups[index].after, groups[index].last)
      guard budget.allows(4, of: 4 * order.count(upTo: last)) else {
        groups[index].wasHalved = true
        return
      }
      let middle = after + (last - after) / 2
      let (first, between) = try group(after, middle, from: rows)
      let (second, _) = try group(middle, last, from: between)
      groups.replaceSubrange(index...index, with: [first, second])
      if weight(second.byEvents) > weight(first.byEvents) {
        index += 1
        rows = between
      }
    }
  }

  /// What the events after one step, up to and including another, did.
  ///
  /// - Parameter rows: those of the step `after`, at its own instant.
  private mutating func group(
    _ after: Int, _ last: Int, from rows: TypeRows
  ) throws(OutsideFault) -> (Group, TypeRows) {
    let now = instant(last)
    let aged = moves && now != instant(after) ? try self.rows(after, at: now) : rows
    let next = try self.rows(last, at: now)
    return (
      Group(after: after, last: last, byTime: folder.moves(rows, aged), byEvents: folder.moves(aged, next)), next
    )
  }

  /// What was found of one projection.
  func series(_ number: Int, head: (_ place: Int) -> Provenance.Head) -> OverTime.Series {
    var series = OverTime.Series(
      order: order.order, steps: [], events: order.steps.count, unchanged: 0, inGroups: 0, cancelled: 0,
      finally: finally[number], folds: budget.folds)
    for group in groups {
      let (byTime, byEvents) = (group.byTime[number], group.byEvents[number])
      if byEvents == nil {
        if group.count == 1 { series.unchanged += 1 } else { series.cancelled += group.count }
      } else if group.count > 1 {
        series.inGroups += group.count
      }
      guard byTime != nil || byEvents != nil else { continue }
      let outcome = byTime?.after ?? .row
      series.steps.append(
        OverTime.Step(
          first: head(order.place(of: group.after + 1)), last: head(order.place(of: group.last)), count: group.count,
          place: group.last, byTime: byTime,
          byEvents: byEvents ?? RowMove(before: outcome, after: outcome, values: [], valueCount: 0)))
    }
    return series
  }
}
