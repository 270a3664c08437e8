import EventModel
import Folding
import Reporting

/// A user's events in one order, and those of them at which a projection type can change.
struct EventOrder {
  let order: OverTime.Order
  /// Places in the history, in this order.
  private let places: [Int32]
  /// For each place in the history, its position in this order.
  private let positions: [Int32]
  /// The positions of the events at which rows can change. Elsewhere they cannot.
  let steps: [Int]

  /// - Parameters:
  ///   - events: in history order.
  ///   - stored: when each was stored.
  ///   - isStep: whether a row can change at the event of that place, when it is the first of all or is not.
  init(
    _ order: OverTime.Order, _ keys: [(stored: Instant, id: EventID)], isStep: (_ place: Int, _ isFirst: Bool) -> Bool
  ) {
    self.order = order
    var places = Array(0..<Int32(keys.count))
    if order == .stored {
      places.sort { a, b in
        let (x, y) = (keys[Int(a)], keys[Int(b)])
        return x.stored == y.stored ? x.id < y.id : x.stored < y.stored
      }
    }
    var positions = [Int32](repeating: 0, count: places.count)
    for (position, place) in places.enumerated() { positions[Int(place)] = Int32(position) }
    self.places = places
    self.positions = positions
    steps = places.indices.filter { isStep(Int(places[$0]), $0 == 0) }
  }

  /// The place in the history of the event of step 1, 2, 3 ….
  func place(of step: Int) -> Int { Int(places[steps[step - 1]]) }

  /// The number of events up to and including that of a step; 0 for step 0.
  func count(upTo step: Int) -> Int { step == 0 ? 0 : steps[step - 1] + 1 }

  /// The events up to and including that of a step, in history order. O(events).
  func events(upTo step: Int, of history: [Event]) -> [Event] {
    let count = count(upTo: step)
    if count == history.count { return history }
    if order == .own { return Array(history.prefix(count)) }
    return history.indices.lazy.filter { positions[$0] < count }.map { history[$0] }
  }
}
