import EventModel
import TestSupport
import Testing

@testable import EventLog

/// Compares the radix sort of runs and histories with the standard library's sort.
@Suite("sorting keys by radix")
struct RunsSortTests {
  private func expectSorted(_ keys: [SortKey], _ comment: Comment) {
    let arena = ByteArena()
    for key in keys { arena.append(withUnsafeBytes(of: key) { Array($0) }) }
    arena.keys.sortKeys(ByteArena())
    // Both sorts are stable.
    let expected = keys.sorted { $0.precedes($1) }
    #expect(arena.keys.map(\.id) == expected.map(\.id), comment)
    #expect(arena.keys.map(\.value) == expected.map(\.value), comment)
  }

  @Test("random keys of every shape and number", arguments: [1, 20_261_122] as [UInt64])
  func random(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for count in [0, 1, 2, 24, 25, 26, 63, 64, 300, 5000] {
      // The masks choose which bits differ: none, a few, all after a long common prefix, the second word's only, all.
      for (high, low): (UInt64, UInt64) in [
        (0, 0), (1, 0), (0, 1), (0, 0xFFFF), (1 << 63, 1 << 63), (0x7_0000, 0), (0xFF, .max), (.max, .max),
      ] {
        let prefix = random.next()
        let keys = (0..<count).map { number in
          SortKey(
            UUID128(high: prefix & ~high | random.next() & high, low: prefix & ~low | random.next() & low),
            value: UInt64(number))
        }
        expectSorted(keys, "seed \(seed), \(count) keys, masks \(high) \(low)")
        expectSorted(keys.sorted { $0.precedes($1) }, "ascending")
        expectSorted(keys.sorted { $1.precedes($0) }, "descending")
      }
    }
  }

  @Test("worst case of a radix sort: each bit separates one key from the rest")
  func skewed() {
    var keys: [SortKey] = []
    for bit in 0..<UInt64(64) {
      for copy in 0..<UInt64(30) {
        keys.append(SortKey(UUID128(high: .max << bit, low: 0), value: copy))
        keys.append(SortKey(UUID128(high: 0, low: .max << bit), value: copy))
      }
    }
    expectSorted(keys, "in order of the bits")
    expectSorted(keys.reversed(), "reversed")
  }
}

extension ByteArena {
  fileprivate func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }
}
