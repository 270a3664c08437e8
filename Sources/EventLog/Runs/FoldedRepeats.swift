import EventModel

/// Drops repeated events while runs are made, so that the memory for a user's events does not depend on how often they
/// are repeated. The run keeps one event for each id.
///
/// Whether events with one id are equal is not looked at here: ``EventLedger`` and ``IDFingerprints`` see each record.
enum FoldedRepeats {
  /// Users with fewer events in a run may keep repeats there: the memory for merging is bounded anyway, and most
  /// logs have no repeats. Users with twice as many events keep none.
  static let manyEvents = 1024

  /// Drops repeats among the events of each user that has many. Returns the number of remaining keys, which are at the
  /// front.
  ///
  /// O(keys / 1,024) if no user has many events, otherwise O(n).
  ///
  /// - Parameter keys: sorted by user; each value is a ``RunPlace`` in `arena`.
  static func drop(_ keys: UnsafeMutableBufferPointer<SortKey>, in arena: ByteArena, _ scratch: ByteArena) -> Int {
    let step = FoldedRepeats.manyEvents
    var (kept, read, position) = (0, 0, 0)
    func keep(upTo end: Int) {
      if kept < read { for from in read..<end { keys[kept + from - read] = keys[from] } }
      kept += end - read
      read = end
    }
    while position + step < keys.count {
      let user = keys[position]
      guard keys[position + step].isEqual(user) else {
        position += step
        continue
      }
      var (first, end) = (position, position + step + 1)
      while first > read, keys[first - 1].isEqual(user) { first -= 1 }
      while end < keys.count, keys[end].isEqual(user) { end += 1 }
      keep(upTo: first)
      let events = UnsafeMutableBufferPointer(rebasing: keys[first..<end])
      for index in events.indices {
        let event = Event(arena.base + RunPlace(events[index]).offset)
        events[index] = SortKey(event, value: events[index].value)
      }
      events.sortKeys(scratch)
      let left = events.keepDistinct { Event(arena.base + RunPlace($0).offset) }
      for index in 0..<left { keys[kept + index] = SortKey(user.id, value: events[index].value) }
      kept += left
      read = end
      position = end
    }
    keep(upTo: keys.count)
    return kept
  }
}

extension UnsafeMutableBufferPointer<SortKey> {
  /// Keeps one key per id, at the front and in order. Returns the number of kept keys.
  ///
  /// The keys must be in history order. O(n) if events with the same timestamp differ in the first half of their ids.
  func keepDistinct(_ event: (SortKey) -> Event) -> Int {
    func isRepeat(_ key: SortKey, of other: SortKey) -> Bool { event(key).id == event(other).id }
    var kept = 0
    var first = 0
    while first < count {
      var end = first + 1
      while end < count, self[end].isEqual(self[first]) { end += 1 }
      if end - first > 1, !self[first + 1..<end].allSatisfy({ isRepeat($0, of: self[first]) }) {
        self[first..<end].sort {
          event($0).id < event($1).id
        }
      }
      let start = kept
      for position in first..<end {
        if kept > start, isRepeat(self[position], of: self[kept - 1]) { continue }
        self[kept] = self[position]
        kept += 1
      }
      first = end
    }
    return kept
  }
}
