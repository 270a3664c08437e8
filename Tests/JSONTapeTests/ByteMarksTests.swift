import CBytes
import EventModel
import TestSupport
import Testing

@testable import JSONTape

/// Finding line ends and quotes 64 bytes at a time must give the same as finding them byte by byte.
@Suite struct ByteMarksTests {
  /// Every instruction set that this machine has.
  static let instructions = [refold_instructions.anyMachine, .avx2, .avx512].filter {
    $0.rawValue <= refold_best_instructions().rawValue
  }

  /// Random bytes of a few kinds, so that quotes and bytes that affect them meet at every position of a block.
  private static func bytes(_ count: Int, _ random: inout SeededGenerator) -> [UInt8] {
    let kinds = ["\"\\\n a", "\"aaaaaaaaaaaa", "\"\u{1F}é𐍈a ", "\"aé"].map { Array($0.utf8) }
    let kind = kinds.randomElement(using: &random) ?? []
    return (0..<count).map { _ in kind.randomElement(using: &random) ?? 0 }
  }

  /// Calls `body` with the bytes at an offset from a multiple of 64, with quotes, backslashes, line ends and first
  /// bytes of UTF-8 sequences around them, and with room for two lists of offsets.
  private static func placed(
    _ bytes: [UInt8], _ offset: Int,
    _ body: (UnsafePointer<UInt8>, UnsafeMutablePointer<UInt32>, UnsafeMutablePointer<UInt32>) throws -> Void
  ) rethrows {
    let slack = Int(refold_marks_slack)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count + 2 * slack, alignment: 64)
    defer { memory.deallocate() }
    for place in memory.indices { memory[place] = [0x22, 0x5C, 0x0A, 0xC3][place % 4] }
    UnsafeMutableRawBufferPointer(rebasing: memory[offset..<offset + bytes.count]).copyBytes(from: bytes)
    let offsets = UnsafeMutablePointer<UInt32>.allocate(capacity: 2 * (bytes.count + slack))
    defer { offsets.deallocate() }
    let text = (memory.baseAddress! + offset).assumingMemoryBound(to: UInt8.self)
    try body(UnsafePointer(text), offsets, offsets + bytes.count + slack)
  }

  @Test("line ends", arguments: instructions)
  func lines(instructions: refold_instructions) {
    var random = SeededGenerator(seed: 1)
    for count in Array(0...200) + [1000, 5000] {
      let bytes = Self.bytes(count, &random)
      Self.placed(bytes, count % 64) { (text, offsets, _) in
        let found = refold_mark_lines(instructions, text, count, 7, offsets)
        let expected = bytes.indices.filter { bytes[$0] == 0x0A }.map { UInt32($0 + 7) }
        #expect(Array(UnsafeBufferPointer(start: offsets, count: found)) == expected)
      }
    }
  }

  /// The strings in some bytes, found byte by byte.
  private struct Strings: Equatable {
    var quotes: [UInt32] = []
    var backslashes: [UInt32] = []
    var isValid: Bool

    init(quotes: [UInt32], backslashes: [UInt32], isValid: Bool) {
      (self.quotes, self.backslashes, self.isValid) = (quotes, backslashes, isValid)
    }

    init(_ bytes: [UInt8]) {
      isValid = String(validating: bytes, as: UTF8.self) != nil
      var isEscaped = false
      for (place, byte) in bytes.enumerated() {
        if byte == 0x22, !isEscaped { quotes.append(UInt32(place)) }
        if byte < 0x20, quotes.count % 2 == 1 { isValid = false }
        if byte == 0x5C { backslashes.append(UInt32(place)) }
        isEscaped = byte == 0x5C && !isEscaped
      }
      if quotes.count % 2 == 1 { isValid = false }
    }
  }

  @Test("strings", arguments: instructions)
  func strings(instructions: refold_instructions) {
    var random = SeededGenerator(seed: 2)
    var (valid, invalid) = (0, 0)
    for round in 0..<8 {
      for count in Array(0...200) + [1000, 5000] {
        let bytes = Self.bytes(count, &random)
        let expected = Strings(bytes)
        if expected.isValid { valid += 1 } else { invalid += 1 }
        Self.placed(bytes, (count + round) % 64) { (text, offsets, escapes) in
          let found = refold_mark_strings(instructions, text, count, isUTF8, offsets, escapes)
          let strings = Strings(
            quotes: Array(UnsafeBufferPointer(start: offsets, count: found.quotes)),
            backslashes: Array(UnsafeBufferPointer(start: escapes, count: found.backslashes)), isValid: found.is_valid)
          #expect(strings == expected)
        }
      }
    }
    #expect(valid > 50 && invalid > 500)
  }
}

private func isUTF8(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
  String(validating: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self) != nil
}
