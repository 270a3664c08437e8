import EventLog
import EventModel

/// The records of some users that one thread has found. Events that do not fit into the budget go to a file, in sorted
/// runs.
package final class FoundByThread {
  /// The arena into which events are decoded.
  package let arena: ByteArena
  package let texts = FoundTexts()
  /// Places of records that are not valid events, by user.
  private(set) var malformed: [UserID: [FoundPlace]] = [:]
  /// Offsets in the arena of the events that are held, by user.
  private var offsets: [UserID: [Int]] = [:]
  private var count = 0
  private var runs: [UserID: [Range<Int>]] = [:]
  private var file: SpillFile?
  private let budget: Int
  private let directory: String

  package init(budget: Int, directory: String) {
    self.budget = budget
    self.directory = directory
    // Untouched memory costs nothing, but growing would.
    arena = ByteArena(capacity: budget)
  }

  /// Adds the event decoded at `offset`, which must be the last one in the arena.
  ///
  /// - Parameter extra: bytes to keep with the event, less than 4 GiB.
  package func add(
    _ place: FoundPlace, eventAt offset: Int, of user: UserID, extra: [UInt8] = []
  ) throws(StorageFault) {
    var place = place
    place.extra = UInt32(extra.count)
    arena.reserve(FoundPlace.size)
    arena.put(place)
    extra.withUnsafeBytes { arena.append($0) }
    offsets[user, default: []].append(offset)
    count += 1
    if arena.count + count * MemoryLayout<Int>.stride > budget { try spill() }
  }

  func add(malformed place: FoundPlace, of user: UserID) { malformed[user, default: []].append(place) }

  /// Returns the users' events: runs in a file, and those that are held. Nothing may be added after that.
  package func finish() throws(StorageFault) -> FoundParts {
    var parts = FoundParts(arena: arena, runs: runs)
    if let file { parts.memory = try SpilledMemory(file) }
    for user in offsets.keys { parts.held[user] = sorted(user) }
    return parts
  }

  private func spill() throws(StorageFault) {
    if file == nil { file = try SpillFile(directory: directory) }
    guard let file else { return }
    let buffer = ByteArena(capacity: FoundByThread.blockSize * 2)
    for user in offsets.keys.sorted() {
      let start = file.size
      for event in sorted(user) {
        buffer.append(event.bytes)
        if buffer.count >= FoundByThread.blockSize {
          try file.append(buffer.bytes)
          buffer.count = 0
        }
      }
      try file.append(buffer.bytes)
      buffer.count = 0
      if file.size > start { runs[user, default: []].append(start..<file.size) }
      offsets[user]?.removeAll(keepingCapacity: true)
    }
    count = 0
    arena.reset(keeping: budget)
  }

  /// The events of a user that are held, in order, without the repeats that are only counted.
  private func sorted(_ user: UserID) -> [FoundEvent] {
    var events = (offsets[user] ?? []).map { FoundEvent(arena.base + $0) }
    events.sort(by: FoundEvent.precedes)
    var limit = RepeatLimit()
    var kept = 0
    var first = 0
    for event in events {
      switch limit.take(event) {
      case .new: first = kept
      case .listed: break
      case .counted:
        noteUnlisted(events[first])
        continue
      }
      events[kept] = event
      kept += 1
    }
    events.removeSubrange(kept...)
    return events
  }

  private func noteUnlisted(_ event: FoundEvent) {
    var place = event.place
    place.unlistedRepeats += 1
    (arena.base + (event.event.base - UnsafeRawPointer(arena.base)) + event.event.size)
      .storeBytes(of: place, as: FoundPlace.self)
  }

  private static let blockSize = 1 << 18
}

/// The events that a thread has found, sorted.
package struct FoundParts {
  /// Owns the memory that ``held`` points to.
  var arena: ByteArena
  var held: [UserID: [FoundEvent]] = [:]
  /// The runs, as ranges of bytes in ``memory``, by user.
  var runs: [UserID: [Range<Int>]]
  var memory: SpilledMemory?

  init(arena: ByteArena, runs: [UserID: [Range<Int>]]) {
    self.arena = arena
    self.runs = runs
  }
}
