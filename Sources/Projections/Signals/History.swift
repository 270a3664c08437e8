import EventModel
import JSONTape

/// One user's events as the reducers need them: sorted out by type in one pass, without those that are retracted.
///
/// `event.retracted` names an event by `data.retracted_event_id`, read as SQL `->>` text and compared
/// with the lower-case hyphenated id: no trimming, no case folding. A retraction holds whenever it
/// happened, and retracting a retraction undoes nothing.
///
/// All lists are in history order, by (timestamp, id), and valid as long as the events are. One object re-used for all
/// users of a thread.
package final class History {
  /// All events, retracted or not, those that no reducer reads included.
  package private(set) var all = UnsafeBufferPointer<Event>(start: nil, count: 0)
  /// Sets, sessions and imports, retracted or not: most of a user's events.
  package let training = PlainList<Event>()
  /// Visible sessions.
  package let sessions = PlainList<Event>()
  /// Visible events of the other types that some reducer reads: few.
  package let others = PlainList<Event>()
  /// The same, retracted or not.
  package let othersOfAll = PlainList<Event>()
  /// Which types some event is of: most passes over a user's events find nothing to do.
  package private(set) var types = EventTypeSet()
  /// What some event's payload is said to be; the same.
  package private(set) var flags: EventFlags = []
  private var retracted = EventIDSet()
  /// By number of type; 0 has the events that no reducer reads.
  private let tallies: UnsafeMutablePointer<TypeTally>

  init() {
    tallies = .allocate(capacity: EventTypeSet.limit)
    tallies.initialize(repeating: TypeTally(), count: EventTypeSet.limit)
  }

  deinit { tallies.deallocate() }

  /// Begins a user. O(events).
  func begin(_ events: UnsafeBufferPointer<Event>, _ slots: FieldSlots, _ observer: FoldObserver?) {
    all = events
    clear()
    if let observer {
      // Some at a time: what was looked at need not be held.
      for start in stride(from: 0, to: events.count, by: 1024) {
        let some = UnsafeBufferPointer(rebasing: events[start..<min(start + 1024, events.count)])
        sortOut(some)
        for event in some { observer.looked(at: event) }
      }
    } else {
      sortOut(events)
    }
    findRetracted(slots, observer)
    for event in othersOfAll.elements {
      observer?.looked(at: event)
      if !retracted.contains(event.id) { others.append(event) }
    }
    if retracted.isEmpty { return }
    sessions.removeAll { event in
      observer?.looked(at: event)
      return retracted.contains(event.id)
    }
  }

  private func clear() {
    training.removeAll()
    sessions.removeAll()
    others.removeAll()
    othersOfAll.removeAll()
    for number in 0..<EventTypeSet.limit { tallies[number].count = 0 }
    types = EventTypeSet()
    flags = []
  }

  private func sortOut(_ events: UnsafeBufferPointer<Event>) {
    var (types, flags) = (types, flags)
    let trainingTypes = EventTypeSet.training
    for event in events {
      let type = event.type
      flags.formUnion(event.flags)
      if type == 0 || type >= EventTypeSet.limit { continue }
      types.insert(type)
      tallies[Int(type)].add(event)
      if trainingTypes.contains(type) {
        training.append(event)
        if type == EventType.sessionLogged.rawValue { sessions.append(event) }
      } else {
        othersOfAll.append(event)
      }
    }
    self.types = types
    self.flags = flags
  }

  private func findRetracted(_ slots: FieldSlots, _ observer: FoldObserver?) {
    retracted = EventIDSet()
    guard types.contains(.eventRetracted) else { return }
    var ids: [EventID] = []
    for event in othersOfAll.elements {
      observer?.looked(at: event)
      if event.type != EventType.eventRetracted.rawValue { continue }
      slots.load(event.data)
      if let target = slots[.retractedEventID], let id = eventID(exactly: target) {
        ids.append(id)
        observer?.note(.retracts(id), of: event.id)
      } else {
        observer?.note(.retractsNothing, of: event.id)
      }
    }
    retracted = EventIDSet(ids)
  }

  /// The events of a type, retracted or not.
  package func tally(_ type: EventType) -> TypeTally { tallies[Int(type.rawValue)] }

  /// The newest event of a type, retracted or not.
  package func newest(_ type: EventType) -> EventID? {
    let tally = tally(type)
    return tally.count > 0 ? tally.last.id : nil
  }

  /// The live JSON loader refuses such an integer in any event a reducer fetches, retracted or not.
  package func refuseTooLongData(of isRead: (EventType) -> Bool) throws(ReducerFailure) {
    guard flags.contains(.dataNumberTooLong) else { return }
    for event in all where event.flags.contains(.dataNumberTooLong) && event.eventType.map(isRead) == true {
      throw ReducerFailure(.tooLongInteger, event: event.id)
    }
  }

  @inline(__always)
  package func isRetracted(_ event: Event) -> Bool { retracted.contains(event.id) }
}

/// Of one type's events: how many there are, and the first and the last in history order. Without events these say
/// nothing.
package struct TypeTally: BitwiseCopyable {
  package fileprivate(set) var count = 0
  package fileprivate(set) var first: Event
  package fileprivate(set) var last: Event

  fileprivate init() {
    // Nobody looks at these while there are no events.
    first = Event(UnsafeRawPointer(bitPattern: 8)!)
    last = first
  }

  @inline(__always)
  fileprivate mutating func add(_ event: Event) {
    if count == 0 { first = event }
    count += 1
    last = event
  }
}

extension EventTypeSet {
  /// Sets, sessions and imports.
  static var training: EventTypeSet { [.setLogged, .sessionLogged, .externalActivityImported] }
}

/// A few event ids of one user, sorted. Look-up O(1) for most of those that are not there, else O(log n).
struct EventIDSet {
  private let ids: [EventID]
  private var endings = IDEndings()

  init(_ ids: [EventID] = []) {
    self.ids = ids.count > 1 ? ids.sorted() : ids
    for id in ids { endings.insert(id) }
  }

  var isEmpty: Bool { ids.isEmpty }

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

/// The last six bits of a few ids and the six before, which are random: tells of almost all others at once that they are
/// none of them.
struct IDEndings {
  private var last: UInt64 = 0
  private var before: UInt64 = 0

  @inline(__always)
  mutating func insert(_ id: EventID) {
    last |= 1 &<< id.low
    before |= 1 &<< (id.low >> 6)
  }

  /// Whether an id ends as some of them do.
  @inline(__always)
  func contains(_ id: EventID) -> Bool { (last &>> id.low) & (before &>> (id.low >> 6)) & 1 == 1 }
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
