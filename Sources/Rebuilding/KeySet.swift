/// A set of fingerprints, none of them 0, that is reused for one user after another. One per thread.
///
/// Memory: 32 bytes per event of the user with the most events.
final class KeySet {
  private var slots = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: 0)
  private var mask = 0

  deinit { slots.deallocate() }

  /// Removes all keys and makes room for `count` keys. O(count).
  func begin(_ count: Int) {
    var capacity = 16
    while capacity < count * 2 { capacity *= 2 }
    if capacity > slots.count {
      slots.deallocate()
      slots = .allocate(capacity: capacity)
    }
    UnsafeMutableBufferPointer(rebasing: slots[..<capacity]).initialize(repeating: 0)
    mask = capacity - 1
  }

  /// Adds a key; `false` if it was already there. O(1) on average.
  @inline(__always)
  func insert(_ key: UInt64) -> Bool {
    var slot = Int(truncatingIfNeeded: key) & mask
    while slots[slot] != 0 {
      if slots[slot] == key { return false }
      slot = (slot + 1) & mask
    }
    slots[slot] = key
    return true
  }
}
