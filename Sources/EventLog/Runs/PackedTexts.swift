import CZstd
import Synchronization

/// Many short texts, compressed some of them at a time.
///
/// Memory: what texts that are much alike compress to, about a tenth, and two blocks. Reading texts in the order in which they
/// came takes each block apart once, other orders a block a text.
package final class PackedTexts: Sendable {
  package struct Place: Sendable {
    fileprivate var block: UInt32
    fileprivate var start: UInt32
    fileprivate var count: UInt32
  }

  private struct Block {
    var bytes: [UInt8]
    /// Of the texts.
    var count: Int
    /// `false` where the texts do not get smaller.
    var isCompressed: Bool
  }

  private struct Texts {
    var blocks: [Block] = []
    /// Texts of the block to come.
    var open: [UInt8] = []
    /// The block that was read last.
    var shown: (block: Int, bytes: [UInt8]) = (-1, [])
  }

  private let texts = Mutex(Texts())
  private static let blockSize = 1 << 14

  package init() {}

  /// Keeps a text, of no more than 4 GiB.
  package func append(_ text: [UInt8]) -> Place {
    texts.withLock { texts in
      if !texts.open.isEmpty, texts.open.count + text.count > PackedTexts.blockSize {
        texts.blocks.append(PackedTexts.block(of: texts.open))
        texts.open.removeAll(keepingCapacity: texts.open.count <= PackedTexts.blockSize)
      }
      let place = Place(
        block: UInt32(texts.blocks.count), start: UInt32(texts.open.count), count: UInt32(text.count))
      texts.open += text
      return place
    }
  }

  package func text(at place: Place) -> [UInt8] {
    texts.withLock { texts in
      let range = Int(place.start)..<Int(place.start) + Int(place.count)
      let block = Int(place.block)
      if block == texts.blocks.count { return Array(texts.open[range]) }
      if texts.shown.block != block { texts.shown = (block, PackedTexts.bytes(of: texts.blocks[block])) }
      return Array(texts.shown.bytes[range])
    }
  }

  private static func block(of texts: [UInt8]) -> Block {
    let room = ZSTD_compressBound(texts.count)
    let packed = [UInt8](unsafeUninitializedCapacity: room) { bytes, count in
      let size = ZSTD_compress(bytes.baseAddress, room, texts, texts.count, 3)
      count = ZSTD_isError(size) == 0 ? size : 0
    }
    let isSmaller = !packed.isEmpty && packed.count < texts.count
    // As large as its content, not as the room there had to be.
    let kept = isSmaller ? packed : texts
    let exact = [UInt8](unsafeUninitializedCapacity: kept.count) { bytes, count in
      count = bytes.initialize(fromContentsOf: kept)
    }
    return Block(bytes: exact, count: texts.count, isCompressed: isSmaller)
  }

  private static func bytes(of block: Block) -> [UInt8] {
    guard block.isCompressed else { return block.bytes }
    return [UInt8](unsafeUninitializedCapacity: block.count) { bytes, count in
      count = ZSTD_decompress(bytes.baseAddress, block.count, block.bytes, block.bytes.count)
      precondition(count == block.count, "what was compressed here decompresses")
    }
  }
}
