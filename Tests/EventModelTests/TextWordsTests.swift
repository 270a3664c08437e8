import EventModel
import Testing

@Suite struct TextWordsTests {
  @Test func aTextsBytesAndNoOthers() {
    let words = TextWords()
    let bytes = (0..<64).map { UInt8(0x80 + $0) }
    for start in 0..<40 {
      for count in 0...TextWords.longest {
        let found = bytes.withUnsafeBytes { words.of($0.baseAddress! + start, count) }
        var expected: [UInt64] = [0, 0, 0]
        for at in 0..<count { expected[at / 8] |= UInt64(bytes[start + at]) << UInt64(at % 8 * 8) }
        #expect([found.0, found.1, found.2] == expected, "\(count) bytes at \(start)")
      }
    }
  }
}
