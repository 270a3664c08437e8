import EventModel
import Platform

/// A ring of blocks between the thread that unpacks a file and the thread that reads it. Each sleeps while it must wait
/// for the other.
///
/// Thread-safe for one thread that fills and one that reads.
final class UnpackedBlocks: @unchecked Sendable {
  /// Bytes of a block, and number of blocks: together what is unpacked ahead.
  static let size = 256 << 10
  static let count = 8

  private let storage = UnsafeMutableRawBufferPointer.allocate(byteCount: size * count, alignment: 64)
  private let monitor = Monitor()
  // Under the monitor:
  private var blocks = Array(repeating: Block(), count: UnpackedBlocks.count)
  /// Number of blocks filled, and of those, the number that were read to the end.
  private var filled = 0
  private var taken = 0
  private var isComplete = false
  private var isStopped = false
  private var failure: MalformedInput?
  // The reader's:
  private var current: UnsafeRawBufferPointer?
  private(set) var bytesRead = 0

  private struct Block {
    var count = 0
    /// Packed bytes read from the file when the block was full.
    var bytesRead = 0
  }

  deinit { storage.deallocate() }

  /// Unpacks the input until its end, a fault, or ``stop()``.
  func fill(from input: any UnpackedInput) {
    var isAtEnd = false
    while !isAtEnd, let room = nextRoom() {
      var count = 0
      var fault: MalformedInput?
      do throws(MalformedInput) {
        while count < room.count, !isAtEnd {
          let more = try input.read(into: UnsafeMutableRawBufferPointer(rebasing: room[count...]))
          isAtEnd = more == 0
          count += more
        }
      } catch {
        fault = error
        isAtEnd = true
      }
      monitor.locked {
        blocks[filled % UnpackedBlocks.count] = Block(count: count, bytesRead: input.packed.file.bytesRead)
        filled += 1
        isComplete = isAtEnd
        failure = fault
      }
      monitor.wakeOne()
    }
  }

  /// The next block to fill; `nil` once nobody reads any more.
  private func nextRoom() -> UnsafeMutableRawBufferPointer? {
    monitor.locked {
      while !isStopped, filled - taken == UnpackedBlocks.count { monitor.wait() }
      return isStopped ? nil : room(filled)
    }
  }

  private func room(_ number: Int) -> UnsafeMutableRawBufferPointer {
    let start = number % UnpackedBlocks.count * UnpackedBlocks.size
    return UnsafeMutableRawBufferPointer(rebasing: storage[start..<start + UnpackedBlocks.size])
  }

  /// Returns up to `buffer.count` bytes, 0 only at the end. Throws the fault after the bytes before it.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(MalformedInput) -> Int {
    while current?.isEmpty != false {
      guard nextBlock() else {
        if let failure { throw failure }
        return 0
      }
    }
    let rest = current!
    let count = min(rest.count, buffer.count)
    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
    current = UnsafeRawBufferPointer(rebasing: rest[count...])
    return count
  }

  /// Gives the current block back, and waits for the next. Returns `false` after the last.
  private func nextBlock() -> Bool {
    let isFreed = current != nil
    let next = monitor.locked { () -> Block? in
      if isFreed { taken += 1 }
      if isFreed, filled - taken == UnpackedBlocks.count - 1 { monitor.wakeOne() }
      while filled == taken, !isComplete { monitor.wait() }
      return filled == taken ? nil : blocks[taken % UnpackedBlocks.count]
    }
    guard let next else {
      current = nil
      return false
    }
    current = UnsafeRawBufferPointer(rebasing: room(taken)[..<next.count])
    bytesRead = next.bytesRead
    return true
  }

  /// Nobody reads any more: the thread that fills ends.
  func stop() {
    monitor.locked { isStopped = true }
    monitor.wakeOne()
  }
}
