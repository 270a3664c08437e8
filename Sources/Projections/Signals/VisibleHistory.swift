import EventModel
import JSONTape

/// Which of a user's events every reducer sees: all but the retracted ones.
///
/// `event.retracted` names an event by `data.retracted_event_id`, read as SQL `->>` text and compared
/// with the lower-case hyphenated id: no trimming, no case folding. A retraction holds whenever it
/// happened, and retracting a retraction undoes nothing.
struct Retractions {
  private var ids: Set<EventID> = []

  init(_ events: [Event], _ slots: FieldSlots) {
    for event in events where event.type == EventType.eventRetracted.rawValue {
      slots.load(event.data)
      if let target = slots[.retractedEventID], let id = eventID(exactly: target) { ids.insert(id) }
    }
  }

  @inline(__always)
  func hide(_ event: Event) -> Bool { !ids.isEmpty && ids.contains(event.id) }
}

/// The id a JSON string names, if it is spelled as the live system prints ids: lower case, hyphenated.
func eventID(exactly value: JSONValue) -> EventID? {
  value.isString ? eventID(exactly: value.text) : nil
}

/// The id a text names, if it is spelled as the live system prints ids.
func eventID(exactly text: UnsafeRawBufferPointer) -> EventID? {
  guard let id = EventID(text), !text.contains(where: { $0 &- 0x41 < 6 }) else { return nil }
  return id
}
