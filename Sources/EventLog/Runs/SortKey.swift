import EventModel

/// The element that is sorted: 128 bits to compare, and a value.
struct SortKey: BitwiseCopyable {
  var high: UInt64
  var low: UInt64
  /// Not compared.
  var value: UInt64

  init(_ id: UUID128, value: UInt64) {
    high = id.high
    low = id.low
    self.value = value
  }

  /// Orders an event in its user's history, except among events with equal timestamps and equal first halves of their
  /// ids.
  @inline(__always)
  init(_ event: Event, value: UInt64) {
    high = UInt64(bitPattern: event.timestamp.microseconds) ^ 1 << 63
    low = event.idHigh
    self.value = value
  }

  @inline(__always)
  var id: UUID128 { UUID128(high: high, low: low) }

  @inline(__always)
  func isEqual(_ other: SortKey) -> Bool { high == other.high && low == other.low }

  @inline(__always)
  func precedes(_ other: SortKey) -> Bool { high == other.high ? low < other.low : high < other.high }
}

extension ByteArena {
  /// The keys in the arena, which must hold nothing else.
  var keys: UnsafeMutableBufferPointer<SortKey> {
    let count = count / MemoryLayout<SortKey>.stride
    return UnsafeMutableBufferPointer(start: base.bindMemory(to: SortKey.self, capacity: count), count: count)
  }
}

extension UnsafeMutableBufferPointer<SortKey> {
  /// Stable sort: distributes keys to up to 256 buckets by the highest bits in which they differ, then sorts each
  /// bucket.
  ///
  /// Bits that all keys share cost nothing, so ids with a common prefix are as good as random ones. O(n) for keys that
  /// are evenly distributed or already in order, O(128 n) at worst. Keys are moved to `scratch` and back, because
  /// moving them in place takes twice as long: each move would wait for the previous one.
  func sortKeys(_ scratch: ByteArena) {
    scratch.count = 0
    scratch.reserve(count * MemoryLayout<SortKey>.stride)
    sortKeys(scratch.base.bindMemory(to: SortKey.self, capacity: count))
  }

  private func sortKeys(_ scratch: UnsafeMutablePointer<SortKey>) {
    if count <= Self.few { return insertKeys() }
    var high: UInt64 = 0
    var low: UInt64 = 0
    var isAscending = true
    var last = self[0]
    for key in self {
      high |= key.high ^ last.high
      low |= key.low ^ last.low
      if key.precedes(last) { isAscending = false }
      last = key
    }
    if isAscending { return }
    let width = 64 - (high != 0 ? high : low).leadingZeroBitCount
    let bits = Swift.min(8, width, 63 - count.leadingZeroBitCount)
    let digits = KeyDigits(inHigh: high != 0, shift: UInt64(width - bits), mask: 1 << UInt64(bits) - 1)
    let buckets = 1 << bits
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: buckets) { ends in
      ends.initialize(repeating: 0)
      for key in self { ends[digits.of(key)] += 1 }
      var start: Int32 = 0
      var largest: Int32 = 0
      for bucket in 0..<buckets {
        let size = ends[bucket]
        ends[bucket] = start
        start += size
        largest = Swift.max(largest, size)
      }
      for key in self {
        let digit = digits.of(key)
        scratch[Int(ends[digit])] = key
        ends[digit] += 1
      }
      // Keys of different buckets never pass each other, so one pass sorts all small buckets on the way back.
      if largest <= Self.fewInBucket { return insertKeys(from: scratch) }
      start = 0
      for bucket in 0..<buckets {
        let end = ends[bucket]
        if end > start {
          let keys = Self(rebasing: self[Int(start)..<Int(end)])
          if keys.count <= Self.fewInBucket {
            keys.insertKeys(from: scratch + Int(start))
          } else {
            keys.baseAddress!.update(from: scratch + Int(start), count: keys.count)
            keys.sortKeys(scratch + Int(start))
          }
        }
        start = end
      }
    }
  }

  /// Fills this buffer with as many keys from `keys`, by insertion sort.
  @inline(__always)
  private func insertKeys(from keys: UnsafeMutablePointer<SortKey>) {
    self[0] = keys[0]
    for position in 1..<Swift.max(count, 1) {
      let key = keys[position]
      var hole = position
      while hole > 0, key.precedes(self[hole - 1]) {
        self[hole] = self[hole - 1]
        hole -= 1
      }
      self[hole] = key
    }
  }

  /// Sorts the keys in place, by insertion sort.
  @inline(__always)
  private func insertKeys() {
    guard count > 1 else { return }
    for position in 1..<count {
      let key = self[position]
      var hole = position
      while hole > 0, key.precedes(self[hole - 1]) {
        self[hole] = self[hole - 1]
        hole -= 1
      }
      if hole != position { self[hole] = key }
    }
  }

  /// Up to this many keys are sorted by insertion.
  private static var few: Int { 24 }

  /// The same for one bucket. Its keys usually belong to one user, and then are already in order.
  private static var fewInBucket: Int { 64 }
}

/// Some bits of a key as a number.
private struct KeyDigits {
  var inHigh: Bool
  var shift: UInt64
  var mask: UInt64

  @inline(__always)
  func of(_ key: SortKey) -> Int { Int(truncatingIfNeeded: (inHigh ? key.high : key.low) &>> shift & mask) }
}
