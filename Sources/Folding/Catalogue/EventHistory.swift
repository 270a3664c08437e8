import EventModel
import JSONTape

/// One user's events in history order (by timestamp, then id), and which of them are retracted
/// (``Vocabulary/Retraction``).
///
/// Valid as long as the events are. One object is reused for all users of a thread.
public final class EventHistory {
  /// All events, including retracted events and events that no reducer reads.
  public private(set) var all = UnsafeBufferPointer<Event>(start: nil, count: 0)
  /// The types of all events that some reducer reads. Most passes over a user's events would find nothing to do; this
  /// set shows it in advance.
  public private(set) var types = EventTypeSet()
  /// The union of the flags of all events.
  public private(set) var flags: EventFlags = []
  @usableFromInline var retracted = EventIDSet()
  /// Indexed by type number. Events that no reducer reads have number 0 and are not counted.
  @usableFromInline let tallies: UnsafeMutablePointer<TypeTally>
  private let retraction: Vocabulary.Retraction?
  private let retractions = PlainList<Event>()
  private let slots = FieldSlots()

  init(_ vocabulary: Vocabulary) {
    retraction = vocabulary.retraction
    tallies = .allocate(capacity: EventTypeSet.limit)
    tallies.initialize(repeating: TypeTally(), count: EventTypeSet.limit)
  }

  deinit { tallies.deallocate() }

  /// Begins a user. O(events).
  func begin(_ events: UnsafeBufferPointer<Event>, _ observer: FoldObserver?) {
    all = events
    for number in 0..<EventTypeSet.limit { tallies[number].count = 0 }
    types = EventTypeSet()
    flags = []
    retractions.removeAll()
    forEachPart(of: events, observer) { count($0) }
    findRetracted(observer)
  }

  private func count(_ events: UnsafeBufferPointer<Event>) {
    var (types, flags) = (types, flags)
    let retracting = retraction?.type.rawValue
    for event in events {
      let type = event.type
      flags.formUnion(event.flags)
      if type == 0 || type >= EventTypeSet.limit { continue }
      types.insert(type)
      tallies[Int(type)].add(event)
      if type == retracting { retractions.append(event) }
    }
    self.types = types
    self.flags = flags
  }

  private func findRetracted(_ observer: FoldObserver?) {
    retracted = EventIDSet()
    guard let retraction, !retractions.isEmpty else { return }
    var ids: [EventID] = []
    for event in retractions.elements {
      observer?.looked(at: event)
      slots.load(event.data)
      if let target = slots[retraction.target], let id = eventID(exactly: target) {
        ids.append(id)
        observer?.note(RetractionFact.retracts(id), of: event.id)
      } else {
        observer?.note(RetractionFact.retractsNothing(field: retraction.target.name.description), of: event.id)
      }
    }
    retracted = EventIDSet(ids)
  }

  /// The events of a type, retracted or not.
  @inlinable @inline(__always)
  public func tally(_ type: EventType) -> TypeTally { tallies[Int(type.rawValue)] }

  /// The newest event of a type, retracted or not.
  public func newest(_ type: EventType) -> EventID? {
    let tally = tally(type)
    return tally.count > 0 ? tally.last.id : nil
  }

  /// Whether some event is retracted.
  public var hasRetracted: Bool { !retracted.isEmpty }

  @inlinable @inline(__always)
  public func isRetracted(_ event: Event) -> Bool { retracted.contains(event.id) }
}

/// Calls `body` with all events. If there is an observer, the events come in parts, and the observer looks at the
/// events of each part directly after it, so that not all events must be held in memory at once.
package func forEachPart(
  of events: UnsafeBufferPointer<Event>, _ observer: FoldObserver?, _ body: (UnsafeBufferPointer<Event>) -> Void
) {
  guard let observer else { return body(events) }
  for start in stride(from: 0, to: events.count, by: 1024) {
    let part = UnsafeBufferPointer(rebasing: events[start..<min(start + 1024, events.count)])
    body(part)
    for event in part { observer.looked(at: event) }
  }
}

/// The number of events of one type, and the first and the last of them in history order. ``first`` and ``last`` are
/// meaningless if there are no events.
public struct TypeTally: BitwiseCopyable {
  public fileprivate(set) var count = 0
  public fileprivate(set) var first: Event
  public fileprivate(set) var last: Event

  fileprivate init() {
    // These are never read while there are no events.
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
