import EventModel
import Projections

/// Events of a user, to be found by their ids. Memory: 28 bytes an event.
struct FoldedEvents {
  let events: [Event]
  /// Apart from the events, which may be in a file.
  private let ids: [EventID]
  /// By id.
  private let order: [Int32]

  /// O(n log n).
  ///
  /// - Parameter look: is called with each event that was looked at.
  init(_ events: [Event], look: (Event) -> Void) {
    self.events = events
    let ids = events.map { event in
      look(event)
      return event.id
    }
    self.ids = ids
    order = (0..<Int32(events.count)).sorted { ids[Int($0)] < ids[Int($1)] }
  }

  var count: Int { events.count }
  subscript(place: Int) -> Event { events[place] }

  /// Place in the history. O(1) when it is at `guess` or next to it, else O(log n).
  func place(of id: EventID, near guess: Int = 0) -> Int? {
    for place in [guess, guess + 1] where place < ids.count && ids[place] == id { return place }
    var (low, high) = (0, order.count)
    while low < high {
      let middle = (low + high) / 2
      if ids[Int(order[middle])] < id { low = middle + 1 } else { high = middle }
    }
    guard low < order.count, ids[Int(order[low])] == id else { return nil }
    return Int(order[low])
  }

  /// `nil` for an event that the user has not, or that no reducer reads.
  func type(of id: EventID) -> EventType? { place(of: id).flatMap { events[$0].eventType } }

  /// Ids that stand with differing contents.
  var ambiguousIDs: Set<EventID> {
    var ambiguous: Set<EventID> = []
    for (place, other) in zip(order, order.dropFirst()) where ids[Int(place)] == ids[Int(other)] {
      if events[Int(place)].content != events[Int(other)].content { ambiguous.insert(ids[Int(place)]) }
    }
    return ambiguous
  }
}
