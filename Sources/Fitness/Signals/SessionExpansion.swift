import EventModel
import Folding
import JSONTape
import PythonValues

/// The rows of one block of a `session.logged` event. There is one entry per block, however often the block repeats.
struct SessionBlock: BitwiseCopyable {
  /// The number of equal rows that the block yields.
  var repeats: Int
  /// The first byte of its fields in the memory of the expansion; `end` is the byte after the last.
  var start: Int
  var end: Int
}

/// Expands the blocks of a user's sessions into fields that are read like those of a logged set.
///
/// O(blocks). Repeats are counted and not written out, because `repeats` comes from the data and can be absurdly large.
final class SessionExpansion {
  private let arena = ByteArena()
  private let block = BlockReader()
  let blocks = PlainList<SessionBlock>()
  private var rows = 0

  /// The maximum number of rows of a user. The live worker would not survive more.
  static let rowLimit = 10_000_000

  func removeAll() {
    arena.count = 0
    blocks.removeAll()
    rows = 0
  }

  /// The fields of a block, valid until the next ``removeAll()`` or ``expand(_:_:of:_:)``.
  func fields(_ block: SessionBlock) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: arena.base + block.start, count: block.end - block.start)
  }

  /// Expands a visible session whose `data.blocks` is a non-empty array.
  func expand(
    _ blocks: JSONValue, _ scratch: Scratch, of event: EventID, _ observer: FitnessObserver?
  ) throws(Refusal) {
    for (index, element) in blocks.elements.enumerated() {
      if element.kind != .object {
        observer?.note(.blockIsNoObject(index), of: event)
        continue
      }
      observer?.expanded(block: index)
      let start = arena.count
      let repeats = try block.write(element, to: arena, scratch)
      guard repeats <= Double(SessionExpansion.rowLimit - rows) else {
        throw Refusal(.expansionLimit, "the user's sessions expand beyond 10 million rows")
      }
      rows += Int(repeats)
      self.blocks.append(SessionBlock(repeats: Int(repeats), start: start, end: arena.count))
    }
  }
}
