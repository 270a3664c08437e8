import EventModel

/// Links from target events to the events that act on them. Memory: 32 bytes per link.
package struct EventLinks {
  private var links: [(target: EventID, event: EventID)] = []

  package init() {}

  package mutating func add(_ event: EventID, to target: EventID) { links.append((target, event)) }

  /// Call it before any look-up. Links with the same target keep the order in which they were added.
  package mutating func sort() {
    let order = links.indices.sorted { a, b in
      links[a].target == links[b].target ? a < b : links[a].target < links[b].target
    }
    links = order.map { links[$0] }
  }

  package subscript(target: EventID) -> [EventID] {
    var (low, high) = (0, links.count)
    while low < high {
      let middle = (low + high) / 2
      if links[middle].target < target { low = middle + 1 } else { high = middle }
    }
    return links[low...].prefix { $0.target == target }.map(\.event)
  }
}
