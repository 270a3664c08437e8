import EventModel

/// The packed bytes of a file, passed to a decoder block by block.
///
/// The first block consists of the bytes that were read to detect the compression.
final class PackedInput {
  /// Block size in bytes, large enough that the cost of system calls is negligible.
  static let blockSize = 256 << 10

  let file: FileInput
  /// The bytes read and not yet consumed.
  private(set) var rest: UnsafeRawBufferPointer
  private let block: UnsafeMutableRawBufferPointer

  /// Takes over a file whose first bytes, `head`, have been read already.
  init(file: FileInput, head: UnsafeRawBufferPointer) {
    self.file = file
    block = .allocate(byteCount: max(PackedInput.blockSize, head.count), alignment: 64)
    block.copyMemory(from: head)
    rest = UnsafeRawBufferPointer(rebasing: block[..<head.count])
  }

  deinit { block.deallocate() }

  /// Reads the next block if the last one is used up. Returns `false` at the end of the file.
  func refill() throws(MalformedInput) -> Bool {
    if !rest.isEmpty { return true }
    let count = try file.read(into: block)
    rest = UnsafeRawBufferPointer(rebasing: block[..<count])
    return count > 0
  }

  /// Marks bytes of ``rest`` as consumed.
  func consume(_ count: Int) { rest = UnsafeRawBufferPointer(rebasing: rest[count...]) }
}
