import Testing

@testable import EventLog

/// Values of quoted CSV fields: every way to undouble quotes agrees with RFC 4180's rule, followed byte by byte.
@Suite struct UnquoteTests {
  /// The value after an opening quote, and the offset after the closing one; `nil` if there is no closing quote.
  private func byTheRule(_ text: [UInt8]) -> (value: [UInt8], end: Int)? {
    var value: [UInt8] = []
    var at = 0
    while at < text.count {
      if text[at] == 0x22 {
        guard at + 1 < text.count, text[at + 1] == 0x22 else { return (value, at + 1) }
        at += 1
      }
      value.append(text[at])
      at += 1
    }
    return nil
  }

  private typealias Unquote = (UnsafeRawPointer, Int, inout UnsafeMutableRawPointer) -> QuotedField

  private func check(_ text: [UInt8], _ unquote: Unquote, _ name: String) {
    // Quotes after the end must not count.
    let bytes = text + [UInt8](repeating: 0x22, count: 64)
    let room = UnsafeMutableRawPointer.allocate(byteCount: text.count + 64, alignment: 1)
    defer { room.deallocate() }
    var scratch = room
    bytes.withUnsafeBytes { bytes in
      let field = unquote(bytes.baseAddress!, text.count, &scratch)
      guard let expected = byTheRule(text) else {
        #expect(field.end == -1, "\(name): \(text)")
        return
      }
      #expect(field.end == expected.end, "\(name): \(text)")
      #expect(
        Array(UnsafeRawBufferPointer(start: field.start, count: field.length)) == expected.value, "\(name): \(text)")
      #expect(scratch == room + field.length)
    }
  }

  @Test func everyWayGivesTheSameValue() {
    var random = Seeded(state: 41)
    for round in 0..<20_000 {
      let count = Int(random.next() % (round % 3 == 0 ? 8 : 200))
      let share = 1 + random.next() % 8
      let text = (0..<count).map { _ in random.next() % 8 < share ? UInt8(0x22) : UInt8(0x61 + random.next() % 4) }
      if let first = text.firstIndex(of: 0x22), first + 1 < count, text[first + 1] == 0x22 {
        check(text, { unquoteRuns($0, from: 0, first: first, to: $1, scratch: &$2) }, "runs")
      }
      if unquotesBlocks { check(text, { unquoteBlocks($0, from: 0, to: $1, scratch: &$2) }, "blocks") }
    }
  }
}
