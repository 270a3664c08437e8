import EventModel
import JSONTape
import TimeZones

/// The time zone a user prefers.
enum ZonePreference {
  /// Only so many of the newest preferences are looked at.
  private static let newest = 64

  /// The first valid zone among the newest preferences for `timezone` or `time_zone`; `nil` without one.
  /// Fails where the live look-up raises.
  static func find(
    _ history: History, _ slots: FieldSlots, _ zones: ZoneNames, _ observer: FoldObserver?
  ) -> Result<TimeZone?, ReducerFailure> {
    if !history.types.contains(.preferenceSet) { return .success(nil) }
    var seen = 0
    for event in history.othersOfAll.elements.reversed() where event.type == EventType.preferenceSet.rawValue {
      slots.load(event.data)
      guard let key = slots[.key], key.isString, key.text.equals("timezone") || key.text.equals("time_zone") else {
        observer?.note(.zonePreference(.otherKey), of: event.id)
        continue
      }
      if seen == newest { break }
      seen += 1
      if history.isRetracted(event) {
        observer?.note(.zonePreference(.retracted), of: event.id)
        continue
      }
      do throws(Refusal) {
        if let zone = try TemporalPoint.zone(named: slots.orNull(.value), zones) {
          observer?.note(.zonePreference(.chosen(zone.name)), of: event.id)
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
}

extension ReducerFailure: Error {}
