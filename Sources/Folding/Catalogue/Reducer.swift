import EventModel
import JSONTape

/// The simple kind of reducer: a state, a function that applies an event to it, and a function that writes its rows.
///
/// Declare a reducer as a final class. The loop over the events is a default implementation of
/// ``ProjectionFold/fold(_:asOf:into:)``, which the compiler specialises for the class.
public protocol Reducer: ProjectionFold {
  associatedtype State
  /// The types whose events ``evolve(_:_:)`` receives.
  var evolving: EventTypeSet { get }
  /// The state of a user without events.
  func initial() -> State
  /// Applies one visible event. Events come in history order.
  func evolve(_ state: inout State, _ event: Event) throws(Refusal)
  /// Writes the rows, or none if live would write none.
  func write(_ state: State, _ history: EventHistory, asOf: Instant, into rows: RowBuffer) throws(ReducerFailure)
}

extension Reducer {
  /// Folds the visible events. A retracted event is invisible, whenever the retraction came. O(events).
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
