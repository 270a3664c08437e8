import EventModel
import Projections

/// The events of a fold, to be found by their ids.
struct FoldedEvents {
  private let events: [Event]
  /// By id.
  private let order: [Int32]

  /// O(n log n).
  init(_ events: [Event]) {
    self.events = events
    order = (0..<Int32(events.count)).sorted { events[Int($0)].id < events[Int($1)].id }
  }

  var count: Int { events.count }
  subscript(place: Int) -> Event { events[place] }

  /// Place in the history. O(1) when it is at `guess` or next to it, else O(log n).
  func place(of id: EventID, near guess: Int = 0) -> Int? {
    for place in [guess, guess + 1] where place < events.count && events[place].id == id { return place }
    var (low, high) = (0, order.count)
    while low < high {
      let middle = (low + high) / 2
      if events[Int(order[middle])].id < id { low = middle + 1 } else { high = middle }
    }
    guard low < order.count, events[Int(order[low])].id == id else { return nil }
    return Int(order[low])
  }

  /// `nil` for an event that the user has not, or that no reducer reads.
  func type(of id: EventID) -> EventType? { place(of: id).flatMap { events[$0].eventType } }
}
