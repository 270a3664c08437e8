import EventModel

/// A user's events, with a lookup by id. Memory: 28 bytes per event.
package struct FoldedEvents {
  package let events: [Event]
  /// A separate copy, because the events may be in a file.
  private let ids: [EventID]
  /// The indices of the events, sorted by id.
  private let order: [Int32]

  /// O(n log n).
  ///
  /// - Parameter look: is called with each event that is examined.
  package init(_ events: [Event], look: (Event) -> Void) {
    self.events = events
    let ids = events.map { event in
      look(event)
      return event.id
    }
    self.ids = ids
    order = (0..<Int32(events.count)).sorted { ids[Int($0)] < ids[Int($1)] }
  }

  package var count: Int { events.count }
  package subscript(place: Int) -> Event { events[place] }

  /// The index of an event in the history. O(1) if it is at `guess` or directly after it, else O(log n).
  package func place(of id: EventID, near guess: Int = 0) -> Int? {
    for place in [guess, guess + 1] where place < ids.count && ids[place] == id { return place }
    var (low, high) = (0, order.count)
    while low < high {
      let middle = (low + high) / 2
      if ids[Int(order[middle])] < id { low = middle + 1 } else { high = middle }
    }
    guard low < order.count, ids[Int(order[low])] == id else { return nil }
    return Int(order[low])
  }

  /// The type number of an event; `nil` if the user does not have the event.
  package func type(of id: EventID) -> UInt8? { place(of: id).map { events[$0].type } }

  /// The ids that several events with different contents share.
  package var ambiguousIDs: Set<EventID> {
    var ambiguous: Set<EventID> = []
    for (place, other) in zip(order, order.dropFirst()) where ids[Int(place)] == ids[Int(other)] {
      if events[Int(place)].content != events[Int(other)].content { ambiguous.insert(ids[Int(place)]) }
    }
    return ambiguous
  }
}
