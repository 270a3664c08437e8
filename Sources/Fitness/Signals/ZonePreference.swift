import EventModel
import Folding
import JSONTape
import PythonValues
import TimeZones

/// The time zone that a user prefers.
enum ZonePreference {
  /// Returns the newest valid zone among the last 64 preferences for `timezone` or `time_zone`; `nil` without one.
  /// Fails where the live look-up raises.
  static func find(
    _ history: FitnessHistory, _ slots: FieldSlots, _ zones: ZoneNames, _ observer: FitnessObserver?
  ) -> Result<TimeZone?, ReducerFailure> {
    if !history.types.contains(.preferenceSet) { return .success(nil) }
    if let event = tooLong(history, slots) {
      observer?.note(.zonePreference(.refused), of: event.id)
      return .failure(ReducerFailure(.tooLongInteger, event: event.id))
    }
    var newest = NewestPreferences(history, slots, observer)
    while let event = newest.next() {
      if history.isRetracted(event) {
        observer?.note(.zonePreference(.retracted), of: event.id)
        continue
      }
      do throws(Refusal) {
        if let zone = try TemporalPoint.zone(named: slots.orNull(.value), zones) {
          observer?.note(.zonePreference(.chosen(Foreign(zone.name))), of: event.id)
          return .success(zone)
        }
        observer?.note(.zonePreference(.invalid), of: event.id)
      } catch {
        observer?.note(.zonePreference(.refused), of: event.id)
        return .failure(ReducerFailure(error, event: event.id))
      }
    }
    return .success(nil)
  }

  /// Returns the newest of these preferences whose data the live JSON loader rejects. Live loads the data of all of
  /// them, retracted preferences included, before it reads the first name. It does not load their metadata.
  private static func tooLong(_ history: FitnessHistory, _ slots: FieldSlots) -> Event? {
    if !history.flags.contains(.dataNumberTooLong) { return nil }
    var newest = NewestPreferences(history, slots, nil)
    while let event = newest.next() {
      if event.flags.contains(.dataNumberTooLong) { return event }
    }
    return nil
  }
}

/// Iterates over the last preferences for a time zone, newest first, retracted or not. The slots contain the data of
/// the preference returned last.
private struct NewestPreferences {
  /// The maximum number of preferences that are returned.
  private static let limit = 64

  private let events: UnsafeMutableBufferPointer<Event>
  private let slots: FieldSlots
  private let observer: FitnessObserver?
  private var position: Int
  private var seen = 0

  init(_ history: FitnessHistory, _ slots: FieldSlots, _ observer: FitnessObserver?) {
    events = history.othersOfAll.elements
    position = events.count
    self.slots = slots
    self.observer = observer
  }

  mutating func next() -> Event? {
    while seen < NewestPreferences.limit, position > 0 {
      position -= 1
      let event = events[position]
      observer?.looked(at: event)
      if !event.isOf(.preferenceSet) { continue }
      slots.load(event.data)
      if let key = slots[.key], key.isString, key.text.equals("timezone") || key.text.equals("time_zone") {
        seen += 1
        return event
      }
      observer?.note(.zonePreference(.otherKey), of: event.id)
    }
    return nil
  }
}
