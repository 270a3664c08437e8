import EventLog
import EventModel
import Rebuilding

/// The events of one user that all threads have found, in history order.
///
/// Memory: eight bytes per event if some events had to go to files. Then all events of the user are in one file, and
/// are read from there.
package struct FoundHistory {
  /// By (timestamp, id), those with one id in log order. Each is followed in memory by its ``FoundPlace``.
  package let events: [Event]
  /// For events with repeats that are not listed, the number of these repeats, by the address of the event.
  let unlisted: [UnsafeRawPointer: Int]
  /// The places and ids of events that are left out.
  package let leftOut: [(place: FoundPlace, id: EventID)]
  /// The file that holds the events; `nil` if the threads still hold them.
  package let memory: SpilledMemory?

  /// - Parameter left: the ids of events to leave out.
  package init(
    of user: UserID, in parts: [FoundParts], without left: Set<EventID>, directory: String
  ) throws(StorageFault) {
    let isHeld = parts.allSatisfy { $0.runs[user] == nil }
    var output = HistoryOutput(file: isHeld ? nil : try SpillFile(directory: directory))
    var leftOut: [(place: FoundPlace, id: EventID)] = []
    var runs = MinimumHeap(parts.flatMap { FoundRun.runs(of: user, in: $0) }) {
      FoundEvent.precedes($0.first, $1.first)
    }
    while var run = runs.first {
      if left.contains(run.first.event.id) {
        leftOut.append((run.first.place, run.first.event.id))
      } else {
        try output.append(run.first)
      }
      runs.replaceFirst(run.advance() ? run : nil)
    }
    try output.finish()
    self.leftOut = leftOut
    if let file = output.file { memory = try SpilledMemory(file) } else { memory = nil }
    let base = memory.map { UInt(bitPattern: $0.base) } ?? 0
    func pointer(_ place: Int) -> UnsafeRawPointer { UnsafeRawPointer(bitPattern: base + UInt(place))! }
    events = output.places.map { Event(pointer($0)) }
    unlisted = Dictionary(uniqueKeysWithValues: output.unlisted.map { (pointer($0), $1) })
  }
}

/// A sorted run of one user's events. It has at least one event.
private struct FoundRun {
  private(set) var first: FoundEvent
  /// The events after ``first``: those that are held, or the number of bytes that follow it in a file.
  private var held: ArraySlice<FoundEvent> = []
  private var bytes = 0
  private var memory: SpilledMemory?

  static func runs(of user: UserID, in parts: FoundParts) -> [FoundRun] {
    var runs: [FoundRun] = []
    if let held = parts.held[user], let first = held.first {
      runs.append(FoundRun(first: first, held: held.dropFirst()))
    }
    for range in parts.runs[user] ?? [] {
      guard let memory = parts.memory else { preconditionFailure("runs are in a file") }
      let first = FoundEvent(memory.base + range.lowerBound)
      runs.append(FoundRun(first: first, bytes: range.count - first.bytes.count, memory: memory))
    }
    return runs
  }

  /// Moves to the next event, which becomes ``first``; `false` if there is none.
  mutating func advance() -> Bool {
    guard let memory else {
      guard let next = held.popFirst() else { return false }
      first = next
      return true
    }
    let size = first.bytes.count
    memory.passed(size)
    if bytes == 0 { return false }
    first = FoundEvent(first.event.base + size)
    bytes -= first.bytes.count
    return true
  }
}

/// Receives sorted events, lists or counts repeats, and puts the events into history order.
private struct HistoryOutput {
  /// The file for the events; `nil` if they stay where they are.
  let file: SpillFile?
  /// The place of each event: its offset in the file, or its address in memory.
  private(set) var places: [Int] = []
  /// Number of repeats that are not listed, by the place of the event.
  private(set) var unlisted: [Int: Int] = [:]
  private let buffer = ByteArena()
  private var limit = RepeatLimit()
  /// The place of the first of the events that repeat each other.
  private var first = 0
  /// The last events, which all have the same id and timestamp.
  private var group: [(place: Int, order: FoundPlace)] = []
  private var last: (id: EventID, timestamp: Instant, content: UInt64)?
  private var holdsConflict = false

  init(file: SpillFile?) { self.file = file }

  mutating func append(_ found: FoundEvent) throws(StorageFault) {
    let (event, order) = (found.event, found.place)
    let verdict = limit.take(found)
    if verdict == .counted {
      unlisted[first, default: 0] += 1 + order.unlistedRepeats
      return
    }
    if let last, last.id == event.id, last.timestamp == event.timestamp {
      if last.content != event.content { holdsConflict = true }
    } else {
      endGroup()
    }
    last = (event.id, event.timestamp, event.content)
    let place = try keep(found)
    if verdict == .new { first = place }
    if order.unlistedRepeats > 0 { unlisted[first, default: 0] += order.unlistedRepeats }
    places.append(place)
    group.append((place, order))
  }

  mutating func finish() throws(StorageFault) {
    endGroup()
    if let file { try file.append(buffer.bytes) }
  }

  private func keep(_ found: FoundEvent) throws(StorageFault) -> Int {
    guard let file else { return Int(bitPattern: found.event.base) }
    if buffer.count >= HistoryOutput.blockSize {
      try file.append(buffer.bytes)
      buffer.count = 0
    }
    let place = file.size + buffer.count
    buffer.append(found.bytes)
    return place
  }

  /// Ends a group. If its events differ in content, puts them into log order.
  private mutating func endGroup() {
    if holdsConflict {
      group.sort { $0.order.isBefore($1.order) }
      places.replaceSubrange((places.count - group.count)..., with: group.map(\.place))
    }
    group.removeAll(keepingCapacity: true)
    holdsConflict = false
  }

  private static let blockSize = 1 << 18
}
