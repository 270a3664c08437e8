import EventModel

/// Finds events that the live rows of one user name and that the log does not hold.
struct ShortLog {
  /// The `last_event_id` of each row, in the order of the rows.
  private let named: [EventID]
  private var missing: [EventID]?

  init(_ rows: [SideRow]) { named = rows.compactMap { $0.bookkeeping.lastEvent ?? nil } }

  /// An event of any type that a live row of the user names and that is not in the user's history: the event that `row`
  /// names, else one that another row names. O(events), once per user.
  mutating func event(of row: SideRow, _ history: [Event]) -> CauseDetail? {
    if missing == nil { missing = find(history) }
    guard let missing, let first = missing.first else { return nil }
    if case .some(.some(let own)) = row.bookkeeping.lastEvent, missing.contains(own) {
      return .ahead(event: own, isOwn: true)
    }
    return .ahead(event: first, isOwn: false)
  }

  private func find(_ history: [Event]) -> [EventID] {
    var missing: [EventID] = []
    for event in named where !missing.contains(event) { missing.append(event) }
    for event in history where !missing.isEmpty { missing.removeAll { $0 == event.id } }
    return missing
  }
}
