import EventModel
import Folding
import JSONTape
import PythonValues

/// One user's events as the fitness reducers need them, grouped by type in one pass.
///
/// All lists are in history order, by (timestamp, id), and valid as long as the events are.
package final class FitnessHistory: UserShared {
  /// Sets, sessions and imports, retracted or not: most of a user's events.
  package let training = PlainList<Event>()
  /// Visible sessions.
  package let sessions = PlainList<Event>()
  /// Visible events of the other types that some reducer reads; usually few.
  package let others = PlainList<Event>()
  /// The same, retracted or not.
  package let othersOfAll = PlainList<Event>()
  /// The engine's history of the same user.
  let user: EventHistory
  /// The number of exercise names and similar texts that are kept between rows.
  let rememberedTerms: Int
  let observer: FitnessObserver?

  init(_ setting: SharedSetting<Fitness>) {
    user = setting.history
    rememberedTerms = setting.rememberedTerms
    observer = setting.observer.map { FitnessObserver($0) }
  }

  /// O(events).
  package func begin() {
    observer?.begin()
    training.removeAll()
    sessions.removeAll()
    others.removeAll()
    othersOfAll.removeAll()
    forEachPart(of: all, observer?.base) { sortOut($0) }
    for event in othersOfAll.elements {
      observer?.looked(at: event)
      if !isRetracted(event) { others.append(event) }
    }
    if !user.hasRetracted { return }
    sessions.removeAll { event in
      observer?.looked(at: event)
      return isRetracted(event)
    }
  }

  // MARK: Of all events

  /// All events, including retracted events and events that no reducer reads.
  var all: UnsafeBufferPointer<Event> { user.all }
  /// The types of all events that some reducer reads.
  var types: EventTypeSet { user.types }
  /// The union of the flags of all events.
  var flags: EventFlags { user.flags }
  /// The newest event of a type, retracted or not.
  func newest(_ type: EventType) -> EventID? { user.newest(type) }

  @inline(__always)
  func isRetracted(_ event: Event) -> Bool { user.isRetracted(event) }

  /// Fails if the data of an event of these types contains a too long integer. The live JSON loader rejects it in any
  /// event that a reducer fetches, retracted or not.
  func refuseTooLongData(of types: EventTypeSet) throws(ReducerFailure) {
    guard flags.contains(.dataNumberTooLong) else { return }
    for event in all where event.flags.contains(.dataNumberTooLong) && types.contains(event.type) {
      throw ReducerFailure(.tooLongInteger, event: event.id)
    }
  }

  private func sortOut(_ events: UnsafeBufferPointer<Event>) {
    let trainingTypes = EventTypeSet.training
    for event in events {
      let type = event.type
      if type == 0 || type >= EventTypeSet.limit { continue }
      if trainingTypes.contains(type) {
        training.append(event)
        if event.isOf(.sessionLogged) { sessions.append(event) }
      } else {
        othersOfAll.append(event)
      }
    }
  }
}

extension EventTypeSet {
  /// Sets, sessions and imports.
  static var training: EventTypeSet { [.setLogged, .sessionLogged, .externalActivityImported] }
}
