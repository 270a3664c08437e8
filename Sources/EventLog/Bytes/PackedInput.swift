import EventModel

/// The still packed bytes of a file, handed to a decoder a block at a time.
///
/// The block begins with what was already read to recognise the packing.
final class PackedInput {
  /// Bytes of a block: large enough that system calls do not count.
  static let blockSize = 256 << 10

  let file: FileInput
  /// The bytes read and not yet consumed.
  private(set) var rest: UnsafeRawBufferPointer
  private let block: UnsafeMutableRawBufferPointer

  /// Takes over a file of which `head` was read already.
  init(file: FileInput, head: UnsafeRawBufferPointer) {
    self.file = file
    block = .allocate(byteCount: max(PackedInput.blockSize, head.count), alignment: 64)
    block.copyMemory(from: head)
    rest = UnsafeRawBufferPointer(rebasing: block[..<head.count])
  }

  deinit { block.deallocate() }

  /// Reads the next block if nothing is left of the last. `false` at the end of the file.
  func refill() throws(MalformedInput) -> Bool {
    if !rest.isEmpty { return true }
    let count = try file.read(into: block)
    rest = UnsafeRawBufferPointer(rebasing: block[..<count])
    return count > 0
  }

  /// Marks bytes of ``rest`` as consumed.
  func consume(_ count: Int) { rest = UnsafeRawBufferPointer(rebasing: rest[count...]) }
}
