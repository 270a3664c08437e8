import EventModel

/// Packs JSON texts as ``JSONValue``s, one document after the other. One per thread.
public final class DocumentPacker {
  private let parser = TapeParser()
  private let walker = TapeWalker()
  private let arena: ByteArena
  private let padded = ByteArena(capacity: 1 << 14)

  /// - Parameter arena: where the packed values are appended.
  public init(arena: ByteArena) {
    self.arena = arena
  }

  /// Room to reserve for `count` bytes of JSON: every two bytes can become nine packed ones.
  @inline(__always)
  public static func room(for count: Int) -> Int { count * 5 + 64 }

  /// Packs a document and returns its offset in the arena. Nothing needs to follow the text: it is copied. O(n).
  public func pack(_ text: UnsafeRawBufferPointer) throws(JSONFault) -> Int {
    padded.count = 0
    padded.reserve(text.count + TapeParser.padding)
    padded.put(text)
    for _ in 0..<TapeParser.padding { padded.put(UInt8(0x20)) }
    return try pack(padded: UnsafeRawBufferPointer(rebasing: padded.bytes[..<text.count]))
  }

  /// The same, for a text followed by ``TapeParser/padding`` readable bytes. The arena is unchanged if this throws.
  public func pack(padded text: UnsafeRawBufferPointer) throws(JSONFault) -> Int {
    do throws(JSONFault) {
      return try walk(try parser.parse(text), of: text)
    } catch TapeWalker.needsExactNumbers {
      return try walk(try parser.parseExactly(text), of: text)
    }
  }

  /// Packs one value of a document that is already parsed. Throws ``TapeWalker/needsExactNumbers`` if the document must
  /// be parsed exactly.
  public func walk(
    _ tape: Tape, of text: UnsafeRawBufferPointer, at index: Int = Tape.root
  ) throws(JSONFault) -> Int {
    arena.reserve(DocumentPacker.room(for: text.count) + tape.stringBytes)
    let start = arena.count
    walker.begin(tape, of: text)
    walker.output = PackedWriter(arena.base + start)
    _ = try walker.walk(index, pack: true)
    arena.count = start + (walker.output.cursor - (arena.base + start))
    return start
  }
}
