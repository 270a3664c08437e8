import EventModel
import Folding
import JSONTape
import PythonValues

/// Rows a `session.logged` event stands for: one entry a block, however often the block repeats.
struct SessionBlock: BitwiseCopyable {
  /// Rows the block stands for.
  var repeats: Int
  /// Where its fields stand in the expansion's memory.
  var start: Int
  var end: Int
}

/// Expands the blocks of a user's sessions into fields that read like a logged set's.
///
/// O(blocks); `repeats` comes from the data and may be absurd, so it is only counted.
final class SessionExpansion {
  private let arena = ByteArena()
  private let block = BlockReader()
  let blocks = PlainList<SessionBlock>()
  private var rows = 0

  /// Rows a user may expand to; beyond, the live worker would not survive.
  static let rowLimit = 10_000_000

  func removeAll() {
    arena.count = 0
    blocks.removeAll()
    rows = 0
  }

  /// The fields of a block, until the next ``removeAll()`` or ``expand(_:_:)``.
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
