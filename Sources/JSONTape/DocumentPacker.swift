import EventModel

/// Text → packed ``JSONValue``, one document after the other. One per thread.
package final class DocumentPacker {
  private let parser = TapeParser()
  private let walker: TapeWalker
  private let arena: ByteArena
  private let padded = ByteArena(capacity: 1 << 14)

  /// - Parameter arena: where the packed values are appended.
  package init(arena: ByteArena) {
    self.arena = arena
    walker = TapeWalker(output: arena)
  }

  /// Every two bytes of JSON can become nine packed ones.
  @inline(__always)
  package static func room(for count: Int) -> Int { count * 5 + 64 }

  /// Packs a document of which nothing is known to follow, and returns its offset in the arena. O(n).
  package func pack(_ text: UnsafeRawBufferPointer) throws(JSONFault) -> Int {
    padded.count = 0
    padded.reserve(text.count + TapeParser.padding)
    padded.put(text)
    for _ in 0..<TapeParser.padding { padded.put(UInt8(0x20)) }
    return try pack(padded: UnsafeRawBufferPointer(rebasing: padded.bytes[..<text.count]))
  }

  /// The same, for a text that ``TapeParser/padding`` readable bytes follow. The arena is as before when this throws.
  package func pack(padded text: UnsafeRawBufferPointer) throws(JSONFault) -> Int {
    let start = arena.count
    arena.reserve(DocumentPacker.room(for: text.count))
    do throws(JSONFault) {
      do throws(JSONFault) {
        walker.begin(try parser.parse(text), of: text)
        _ = try walker.walk(Tape.root, pack: true)
      } catch TapeWalker.needsExactNumbers {
        arena.count = start
        walker.begin(try parser.parseExactly(text), of: text)
        _ = try walker.walk(Tape.root, pack: true)
      }
      return start
    } catch {
      arena.count = start
      throw error
    }
  }
}
