import EventModel

/// A value of a row, before and after one or more events.
package struct ValueMove: Hashable, Sendable {
  /// The path from `data` down. For an element of a list, the path of the list.
  package var path: Foreign
  /// Canonical JSON; `nil` if there is no such member or element.
  package var before: Foreign?
  package var after: Foreign?
  /// Whether it is a whole element of a list, which came (`after`) or went (`before`).
  package var isElement: Bool
  /// Whether a list is on its path. Which element is at which place may itself change.
  package var isInList: Bool

  package init(path: Foreign, before: Foreign?, after: Foreign?, isElement: Bool = false, isInList: Bool = false) {
    self.path = path
    self.before = before
    self.after = after
    self.isElement = isElement
    self.isInList = isInList
  }

  /// after − before; `nil` unless both are numbers.
  package var difference: Double? {
    guard !isElement, let before = before?.number, let after = after?.number else { return nil }
    return after - before
  }

  /// Whether a number came, went or moved.
  package var isNumeric: Bool { !isElement && (before?.number != nil || after?.number != nil) }

  /// The difference as a share of the larger of both numbers: 0.1 for 90 → 100, at most 2. A number that came or went
  /// counts as 1. 0 for anything else.
  package var share: Double {
    guard isNumeric else { return 0 }
    guard let before = before?.number, let difference else { return 1 }
    let largest = max(before.magnitude, (before + difference).magnitude)
    return largest > 0 && difference.isFinite ? difference.magnitude / largest : difference == 0 ? 0 : 1
  }
}

/// What becomes of a row when events are added, left out, or time passes.
package struct RowMove: Hashable, Sendable {
  /// Whether there is a row.
  package enum Outcome: Hashable, Sendable {
    case row
    case none
    case failed(FailureCode, event: EventID?)
  }

  package var before: Outcome
  package var after: Outcome
  /// The status first, then numbers, then other values, then elements of lists; each in the order of the row. Without a
  /// row every value is absent.
  package var values: [ValueMove]
  /// The number of all values that differ; larger than the count of ``values`` if those were cut.
  package var valueCount: Int

  package init(before: Outcome, after: Outcome, values: [ValueMove], valueCount: Int) {
    self.before = before
    self.after = after
    self.values = values
    self.valueCount = valueCount
  }

  package var isEmpty: Bool { before == after && valueCount == 0 }
  /// Whether more than numbers differ: the row came, went or fails, a text or a list changed, a value became null.
  package var isOfState: Bool { before != after || values.contains { $0.difference == nil } }

  /// The move of the number at that path.
  package func numberMove(at path: Foreign?) -> ValueMove? {
    guard let path else { return nil }
    return values.first { $0.path == path && $0.isNumeric }
  }
}

extension RowMove.Outcome {
  var text: String {
    switch self {
    case .row: "row"
    case .none: "no row"
    case .failed(let code, let event): "failure \(code.rawValue)" + (event.map { " at event \($0)" } ?? "")
    }
  }
}
