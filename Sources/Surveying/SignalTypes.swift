import EventModel
import Folding
import Runbooks
import SnapshotStore

/// Counts the signals of a slice by event type. O(1) per signal, except for a new type.
struct SignalTypes {
  private final class Entry {
    let name: [UInt8]
    /// The indices of the backfills for which the type is a signal.
    let backfills: [Int]
    var count = Census.TypeCount()

    init(_ name: [UInt8], _ table: BackfillTable) {
      self.name = name
      backfills = table.signals(String(decoding: name, as: UTF8.self))
    }
  }

  private var entries: [Entry] = []
  /// Where the search for the next signal's type starts: a user's signals are ordered by type.
  private var next = 0

  private let backfills: BackfillTable

  init(_ backfills: BackfillTable) { self.backfills = backfills }

  mutating func note(_ signal: StoredSignal, _ facts: inout UserFacts) {
    let entry = entry(signal.eventType)
    entry.count.events += signal.count
    entry.count.users += 1
    if entry.count.first.isEmpty || signal.first.order(to: entry.count.first) < 0 {
      entry.count.first = Array(signal.first)
    }
    if signal.last.order(to: entry.count.last) > 0 { entry.count.last = Array(signal.last) }
    if !entry.backfills.isEmpty, let last = Instant(storedText: signal.last) {
      facts.note(last, signalOf: entry.backfills)
    }
  }

  func add(to census: inout Census) {
    for entry in entries { census.add(String(decoding: entry.name, as: UTF8.self), entry.count) }
  }

  private mutating func entry(_ name: UnsafeRawBufferPointer) -> Entry {
    for _ in entries.indices {
      let entry = entries[next]
      next = next + 1 == entries.count ? 0 : next + 1
      if name.equals(entry.name) { return entry }
    }
    return newEntry(name)
  }

  private mutating func newEntry(_ name: UnsafeRawBufferPointer) -> Entry {
    var name = Array(name)
    if entries.count >= Census.typeLimit {
      name = Array(Census.otherTypes.utf8)
      if let rest = entries.first(where: { $0.name == name }) { return rest }
    }
    entries.append(Entry(name, backfills))
    next = 0
    return entries[entries.count - 1]
  }
}
