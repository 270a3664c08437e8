import EventModel

/// Ledger entries without repeats: one for each id and content. Memory depends on the distinct entries only.
struct DistinctEntries {
  private(set) var entries: [LedgerEntry] = []
  /// Position of an entry plus 1, by the hash of its id; 0: free.
  private var slots: [UInt32]
  /// Ids with different contents.
  private(set) var conflictingIDs: Set<EventID> = []

  enum Finding {
    case new, repeated, conflicting
  }

  /// Space for more entries than this is allocated only when they are added.
  private static let mostExpected = 1 << 17

  /// - Parameter count: number of entries to be added, including repeats.
  init(expecting count: Int) {
    slots = [UInt32](repeating: 0, count: slotCount(for: min(count, DistinctEntries.mostExpected)))
  }

  /// Adds an entry. Of equal entries, the first place is kept. O(1) on average.
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

  /// For each id with different contents, the first two places that differ in content.
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

/// A set of fingerprints.
struct FingerprintSet: ~Copyable {
  private var slots: UnsafeMutableBufferPointer<UInt64>
  private(set) var count = 0

  /// Space for more fingerprints than this is allocated only when they are inserted.
  private static let mostExpected = 1 << 18

  /// - Parameter count: number of fingerprints to be inserted, including repeats.
  init(expecting count: Int) { slots = FingerprintSet.free(slotCount(for: min(count, FingerprintSet.mostExpected))) }

  deinit { slots.deallocate() }

  private static func free(_ count: Int) -> UnsafeMutableBufferPointer<UInt64> {
    let slots = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: count)
    slots.initialize(repeating: 0)
    return slots
  }

  /// Inserts a fingerprint, which must not be 0. Returns `false` if it was in the set already. O(1) on average.
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

  /// All fingerprints, in no particular order.
  var all: [UInt64] { slots.filter { $0 != 0 } }
}

/// A power of two that is at least twice `count`.
private func slotCount(for count: Int) -> Int {
  var slots = 64
  while slots < count * 2 { slots *= 2 }
  return slots
}
