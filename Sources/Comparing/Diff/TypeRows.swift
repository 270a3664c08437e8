import EventModel
import Folding
import JSONTape
import Reporting

/// The rows of one projection type, folded from some of a user's events.
package final class TypeRows {
  /// By the projection's number.
  private let rows: [(number: Int, data: JSONValue)]
  private let failure: ReducerFailure?
  /// Owns the memory of the rows.
  private let owner: AnyObject?

  package init(rows: [(number: Int, data: JSONValue)], failure: ReducerFailure?, owner: AnyObject) {
    self.rows = rows
    self.failure = failure
    self.owner = owner
  }

  /// No row: a rebuild does not know the user.
  package init() {
    rows = []
    failure = nil
    owner = nil
  }

  /// The row of that projection; `nil` if there is none. Valid as long as this object.
  package func row(_ number: Int) -> JSONValue? { rows.first { $0.number == number }?.data }

  package func outcome(_ number: Int) -> RowMove.Outcome {
    if row(number) != nil { return .row }
    return failure.map { .failed($0.code, event: $0.event) } ?? .none
  }
}
