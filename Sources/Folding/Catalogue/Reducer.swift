import EventModel
import JSONTape

/// The simple kind of reducer: a state, what each event does to it, and the rows of it.
///
/// Write one as a final class; the loop is the default of ``ProjectionFold/fold(_:asOf:into:)``, specialised for it.
public protocol Reducer: ProjectionFold {
  associatedtype State
  /// The types whose events ``evolve(_:_:)`` gets.
  var evolving: EventTypeSet { get }
  /// The state of a user without events.
  func initial() -> State
  /// Takes in one visible event, in history order.
  func evolve(_ state: inout State, _ event: Event) throws(Refusal)
  /// Writes the rows; none where live would write none.
  func write(_ state: State, _ history: EventHistory, asOf: Instant, into rows: RowBuffer) throws(ReducerFailure)
}

extension Reducer {
  /// Folds what is visible: a retracted event is none, whenever the retraction came. O(events).
  @inlinable
  public func fold(_ history: EventHistory, asOf: Instant, into rows: RowBuffer) throws(ReducerFailure) {
    var state = initial()
    let types = evolving
    for event in history.all where types.contains(event.type) && !history.isRetracted(event) {
      do throws(Refusal) { try evolve(&state, event) } catch { throw ReducerFailure(error, event: event.id) }
    }
    try write(state, history, asOf: asOf, into: rows)
  }
}
