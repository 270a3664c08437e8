import EventModel
import JSONTape

/// One user's events as the reducers need them: all, and those that are not retracted.
///
/// `event.retracted` names an event by `data.retracted_event_id`, read as SQL `->>` text and compared
/// with the lower-case hyphenated id: no trimming, no case folding. A retraction holds whenever it
/// happened, and retracting a retraction undoes nothing.
struct History {
  /// By (timestamp, id).
  let all: [Event]
  /// The same without the retracted ones.
  let visible: [Event]
  /// Which types some event is of, by number: most passes over a user's events find nothing to do.
  let types: TypeSet
  /// What some event's payload is said to be; the same.
  let flags: EventFlags
  private let retracted: EventIDSet

  init(_ events: [Event], _ slots: FieldSlots, _ observer: FoldObserver?) {
    all = events
    (types, flags) = events.withUnsafeBufferPointer { events in
      var types = TypeSet()
      var flags: EventFlags = []
      for event in events {
        types.insert(event.type)
        flags.formUnion(event.flags)
      }
      return (types, flags)
    }
    guard types.contains(.eventRetracted) else {
      visible = events
      retracted = EventIDSet()
      return
    }
    var ids: [EventID] = []
    for event in events where event.type == EventType.eventRetracted.rawValue {
      slots.load(event.data)
      if let target = slots[.retractedEventID], let id = eventID(exactly: target) {
        ids.append(id)
        observer?.note(.retracts(id), of: event.id)
      } else {
        observer?.note(.retractsNothing, of: event.id)
      }
    }
    let retracted = EventIDSet(ids)
    self.retracted = retracted
    visible = [Event](unsafeUninitializedCapacity: events.count) { visible, count in
      for event in events where !retracted.contains(event.id) {
        visible.initializeElement(at: count, to: event)
        count += 1
      }
    }
  }

  /// The live JSON loader refuses such an integer in any event a reducer fetches, retracted or not.
  func refuseTooLongData(of isRead: (EventType) -> Bool) throws(ReducerFailure) {
    guard flags.contains(.dataNumberTooLong) else { return }
    for event in all where event.flags.contains(.dataNumberTooLong) && event.eventType.map(isRead) == true {
      throw ReducerFailure(Refusal(.numberTooLong, "an integer of more than 4,300 digits"), event: event.id)
    }
  }

  func isRetracted(_ event: Event) -> Bool { retracted.contains(event.id) }
}

/// Some of the event types a reducer reads.
struct TypeSet {
  private var bits: UInt32 = 0

  @inline(__always)
  mutating func insert(_ type: UInt8) { if type < 32 { bits |= 1 << UInt32(type) } }

  func contains(_ type: EventType) -> Bool { bits >> UInt32(type.rawValue) & 1 == 1 }
}

/// A few event ids of one user, sorted. Look-up O(1) for most of those that are not there, else O(log n).
struct EventIDSet {
  private let ids: [EventID]
  private var endings = IDEndings()

  init(_ ids: [EventID] = []) {
    self.ids = ids.sorted()
    for id in ids { endings.insert(id) }
  }

  @inline(__always)
  func contains(_ id: EventID) -> Bool { endings.contains(id) && search(id) }

  private func search(_ id: EventID) -> Bool {
    var low = 0
    var high = ids.count
    while low < high {
      let middle = (low + high) / 2
      if ids[middle] < id { low = middle + 1 } else { high = middle }
    }
    return low < ids.count && ids[low] == id
  }
}

/// The last six bits of a few ids, which are random: tells of most others at once that they are none of them.
struct IDEndings {
  private var bits: UInt64 = 0

  @inline(__always)
  mutating func insert(_ id: EventID) { bits |= 1 &<< id.low }

  /// Whether an id ends as one of them does.
  @inline(__always)
  func contains(_ id: EventID) -> Bool { bits &>> id.low & 1 == 1 }
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
