import EventLog
import TestSupport
import Testing

@Suite("packed texts")
struct PackedTextsTests {
  @Test("read back as they were, in any order, while others are added", arguments: 1...5 as ClosedRange<UInt64>)
  func readBack(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let packed = PackedTexts()
    var known: [(text: [UInt8], place: PackedTexts.Place)] = []
    for number in 0..<2000 {
      // Some are empty, some longer than a block, some of bytes that do not compress.
      let length =
        number % 400 == 399 ? Int.random(in: 10_000...60_000, using: &random) : Int.random(in: 0...300, using: &random)
      let isNoise = Int.random(in: 0..<4, using: &random) == 0
      let text = (0..<length).map { isNoise ? UInt8.random(in: 0...255, using: &random) : UInt8($0 % 7) }
      known.append((text, packed.append(text)))
      let other = known[Int.random(in: 0..<known.count, using: &random)]
      #expect(packed.text(at: other.place) == other.text)
    }
    #expect(known.allSatisfy { packed.text(at: $0.place) == $0.text })
    #expect(known.reversed().allSatisfy { packed.text(at: $0.place) == $0.text })
  }
}
