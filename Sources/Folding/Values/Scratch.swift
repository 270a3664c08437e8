import EventModel

/// Memory for texts that live as long as one row or one user. It is allocated in pieces that never move and that are
/// all freed at once.
public final class Scratch {
  @usableFromInline var blocks: [UnsafeMutableRawBufferPointer] = []
  @usableFromInline var block = 0
  @usableFromInline var used = 0

  public init() { addBlock(1 << 14) }

  /// A few bytes after a block are readable too, as after a ``ByteArena``.
  private func addBlock(_ size: Int) {
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: size + ByteArena.slack, alignment: 16)
    blocks.append(UnsafeMutableRawBufferPointer(rebasing: block[..<size]))
  }

  deinit { for block in blocks { block.deallocate() } }

  /// Frees all pieces and keeps their memory. O(1).
  @inlinable @inline(__always)
  public func reset() {
    block = 0
    used = 0
  }

  /// A piece of that size. Amortised O(1).
  @inlinable @inline(__always)
  public func allocate(_ count: Int) -> UnsafeMutableRawBufferPointer {
    if used + count > blocks[block].count { advance(count) }
    defer { used += count }
    return UnsafeMutableRawBufferPointer(rebasing: blocks[block][used..<used + count])
  }

  /// A copy of the bytes.
  @inlinable @inline(__always)
  public func keep(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    let piece = allocate(bytes.count)
    piece.copyMemory(from: bytes)
    return UnsafeRawBufferPointer(piece)
  }

  /// A copy of the value.
  public func keep<Value: BitwiseCopyable>(_ value: Value) -> UnsafePointer<Value> {
    // Blocks are aligned to 16 bytes. A piece is aligned if the number of bytes before it is a multiple of 16.
    used = (used + 15) & ~15
    let piece = allocate(MemoryLayout<Value>.size).baseAddress!.bindMemory(to: Value.self, capacity: 1)
    piece.initialize(to: value)
    return UnsafePointer(piece)
  }

  /// Two texts with a separator between them.
  public func joined(
    _ head: UnsafeRawBufferPointer, _ separator: StaticString, _ tail: UnsafeRawBufferPointer
  ) -> UnsafeRawBufferPointer {
    let separator = UnsafeRawBufferPointer(separator)
    let piece = allocate(head.count + separator.count + tail.count)
    piece.copyMemory(from: head)
    UnsafeMutableRawBufferPointer(rebasing: piece[head.count...]).copyMemory(from: separator)
    UnsafeMutableRawBufferPointer(rebasing: piece[(head.count + separator.count)...]).copyMemory(from: tail)
    return UnsafeRawBufferPointer(piece)
  }

  @usableFromInline func advance(_ count: Int) {
    used = 0
    while true {
      block += 1
      if block == blocks.count {
        addBlock(max(count, blocks[block - 1].count * 2))
      }
      if blocks[block].count >= count { return }
    }
  }
}
