import EventModel
import TestSupport
import Testing

/// Byte comparisons, checked against the standard library's sequence comparisons.
@Suite struct ByteComparisonTests {
  /// Lengths around each limit at which the implementation compares in another way.
  private static let lengths = Array(0...20) + Array(56...80) + [200]

  private static func expectSame(_ a: [UInt8], _ b: [UInt8]) {
    let isBefore = a.lexicographicallyPrecedes(b)
    let isAfter = b.lexicographicallyPrecedes(a)
    a.withUnsafeBytes { one in
      #expect(one.equals(b) == (a == b))
      #expect((one.order(to: b) < 0) == isBefore)
      #expect((one.order(to: b) > 0) == isAfter)
      b.withUnsafeBytes { other in
        #expect(one.equals(other) == (a == b))
        #expect((one.order(to: other) < 0) == isBefore)
        #expect((one.order(to: other) > 0) == isAfter)
        guard a.count == b.count, let x = one.baseAddress, let y = other.baseAddress else { return }
        #expect(areEqual(x, y, a.count) == (a == b))
        #expect((byteOrder(x, y, a.count) < 0) == isBefore)
      }
    }
  }

  @Test("one differing byte, at every position", arguments: lengths)
  func differing(length: Int) {
    var random = SeededGenerator(seed: UInt64(length))
    let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
    Self.expectSame(bytes, bytes)
    for place in bytes.indices {
      var other = bytes
      // Bytes are ordered as unsigned numbers.
      other[place] ^= 0x80
      Self.expectSame(bytes, other)
    }
  }

  @Test("a prefix sorts first", arguments: lengths)
  func beginnings(length: Int) {
    let bytes = [UInt8](repeating: 0, count: length)
    for shorter in 0..<length { Self.expectSame(bytes, Array(bytes[..<shorter])) }
  }

  @Test("empty buffers without a base address")
  func nothing() {
    let none = UnsafeRawBufferPointer(start: nil, count: 0)
    #expect(none.equals(none) && none.equals([]) && none.equals(""))
    #expect(none.order(to: none) == 0 && none.order(to: []) == 0 && none.order(to: [0]) < 0)
    #expect(!none.equals([0]) && !none.equals("a"))
  }

  @Test("literals")
  func literals() {
    Array("event_type".utf8).withUnsafeBytes { text in
      #expect(text.equals("event_type"))
      #expect(!text.equals("event_typ") && !text.equals("event_types") && !text.equals("event_tyqe"))
      #expect(!text.equals(""))
    }
  }
}
