import EventModel

/// Entries of the ledger, those of one id and content once: memory follows what differs, however often it is repeated.
struct DistinctEntries {
  private(set) var entries: [LedgerEntry] = []
  /// One more than the position of an entry, by the hash of its id; 0: free.
  private var slots: [UInt32]
  /// Ids that stand with differing contents.
  private(set) var conflictingIDs: Set<EventID> = []

  enum Finding {
    case new, repeated, conflicting
  }

  /// More entries than these are made room for only when they are there.
  private static let mostExpected = 1 << 17

  /// - Parameter count: how many are going to be added, repeats included.
  init(expecting count: Int) {
    slots = [UInt32](repeating: 0, count: slotCount(for: min(count, DistinctEntries.mostExpected)))
  }

  /// Adds an entry; of equal ones the first place is kept. O(1) on average.
  @inline(__always)
  mutating func add(_ entry: LedgerEntry) -> Finding {
    var finding = Finding.new
    var slot = Int(truncatingIfNeeded: EventLedger.mixed(entry.id)) & (slots.count - 1)
    while slots[slot] != 0 {
      let position = Int(slots[slot]) - 1
      if entries[position].id == entry.id {
        if entries[position].content | 3 == entry.content | 3 {
          if entry.place < entries[position].place { entries[position].place = entry.place }
          return .repeated
        }
        finding = .conflicting
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    if finding == .conflicting { conflictingIDs.insert(entry.id) }
    entries.append(entry)
    slots[slot] = UInt32(entries.count)
    if entries.count * 2 > slots.count { grow() }
    return finding
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: slots.count * 2)
    for (position, entry) in entries.enumerated() {
      var slot = Int(truncatingIfNeeded: EventLedger.mixed(entry.id)) & (slots.count - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = UInt32(position + 1)
    }
  }

  /// Of each id with differing contents the first two places that differ.
  var conflicts: [(first: LedgerPlace, second: LedgerPlace)] {
    if conflictingIDs.isEmpty { return [] }
    var places: [EventID: [LedgerPlace]] = [:]
    for entry in entries where conflictingIDs.contains(entry.id) { places[entry.id, default: []].append(entry.place) }
    return places.values.map { places in
      let sorted = places.sorted()
      return (sorted[0], sorted[1])
    }
  }
}

/// Fingerprints, each once.
struct FingerprintSet: ~Copyable {
  private var slots: UnsafeMutableBufferPointer<UInt64>
  private(set) var count = 0

  /// More than these are made room for only when they are there.
  private static let mostExpected = 1 << 18

  /// - Parameter count: how many are going to be inserted, repeats included.
  init(expecting count: Int) { slots = FingerprintSet.free(slotCount(for: min(count, FingerprintSet.mostExpected))) }

  deinit { slots.deallocate() }

  private static func free(_ count: Int) -> UnsafeMutableBufferPointer<UInt64> {
    let slots = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: count)
    slots.initialize(repeating: 0)
    return slots
  }

  /// Inserts a fingerprint, which is not 0; `false` when it was there. O(1) on average.
  @inline(__always)
  mutating func insert(_ fingerprint: UInt64) -> Bool {
    let slot = slot(of: fingerprint)
    if slots[slot] != 0 { return false }
    slots[slot] = fingerprint
    count += 1
    if count * 2 > slots.count { grow() }
    return true
  }

  @inline(__always)
  private func slot(of fingerprint: UInt64) -> Int {
    var slot = Int(truncatingIfNeeded: fingerprint) & (slots.count - 1)
    while slots[slot] != 0, slots[slot] != fingerprint { slot = (slot + 1) & (slots.count - 1) }
    return slot
  }

  private mutating func grow() {
    let old = slots
    slots = FingerprintSet.free(old.count * 2)
    for fingerprint in old where fingerprint != 0 { slots[slot(of: fingerprint)] = fingerprint }
    old.deallocate()
  }

  /// All of them, in no order.
  var all: [UInt64] { slots.filter { $0 != 0 } }
}

/// A power of two, at least twice as many.
private func slotCount(for count: Int) -> Int {
  var slots = 64
  while slots < count * 2 { slots *= 2 }
  return slots
}
