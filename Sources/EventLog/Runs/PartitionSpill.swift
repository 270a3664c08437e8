import Platform

/// Stores entries by partition, to be read one partition at a time. Each partition has a fixed buffer; a full buffer
/// goes to a temporary file.
///
/// One thread adds. Any number of threads may read afterwards.
final class PartitionSpill<Entry: BitwiseCopyable>: @unchecked Sendable {
  static var partitionCount: Int { 256 }
  /// Number of entries that a partition's buffer holds.
  private let bufferEntries: Int
  /// Entries from one partition's buffer to the next. With a power of two, all buffers would compete for the same cache
  /// lines.
  private let spacing: Int
  private let directory: String
  private var file: SpillFile?
  private let memory: UnsafeMutableBufferPointer<Entry>
  private let used: UnsafeMutableBufferPointer<Int>
  /// For each partition, the blocks in the file: offset and number of entries.
  private var blocks: [[(offset: Int, count: Int)]]
  private(set) var spilledBytes = 0

  /// - Parameter budget: size of all buffers in bytes.
  init(budget: Int, directory: String) {
    self.directory = directory
    bufferEntries = max(32, budget / Self.partitionCount / MemoryLayout<Entry>.stride)
    spacing = bufferEntries + 64 / MemoryLayout<Entry>.stride
    memory = .allocate(capacity: spacing * Self.partitionCount)
    used = .allocate(capacity: Self.partitionCount)
    used.initialize(repeating: 0)
    blocks = Array(repeating: [], count: Self.partitionCount)
  }

  deinit {
    memory.deallocate()
    used.deallocate()
  }

  /// Adds an entry to a partition. O(1) on average.
  @inline(__always)
  func add(_ entry: Entry, to partition: Int) throws(StorageFault) {
    let count = used[partition]
    memory[partition * spacing + count] = entry
    used[partition] = count + 1
    if count + 1 == bufferEntries { try spill(partition) }
  }

  private func spill(_ partition: Int) throws(StorageFault) {
    if file == nil { file = try SpillFile(directory: directory) }
    guard let file else { return }
    let entries = UnsafeRawBufferPointer(held(partition))
    blocks[partition].append((try file.append(entries), used[partition]))
    spilledBytes += entries.count
    used[partition] = 0
  }

  private func held(_ partition: Int) -> UnsafeMutableBufferPointer<Entry> {
    let start = partition * spacing
    return UnsafeMutableBufferPointer(rebasing: memory[start..<start + used[partition]])
  }

  /// The number of entries of a partition.
  func count(of partition: Int) -> Int { blocks[partition].reduce(used[partition]) { $0 + $1.count } }

  /// Calls `body` with a partition's entries, in no particular order, one block at a time.
  func forEachBlock(of partition: Int, _ body: (UnsafeBufferPointer<Entry>) -> Void) throws(StorageFault) {
    body(UnsafeBufferPointer(held(partition)))
    guard let file, !blocks[partition].isEmpty else { return }
    let buffer = UnsafeMutableBufferPointer<Entry>.allocate(capacity: bufferEntries)
    defer { buffer.deallocate() }
    for block in blocks[partition] {
      let entries = UnsafeMutableBufferPointer(rebasing: buffer[..<block.count])
      let space = UnsafeMutableRawBufferPointer(entries)
      if try file.read(space, at: block.offset) < space.count {
        throw StorageFault(path: "temporary file", reason: "shorter than what was written")
      }
      body(UnsafeBufferPointer(entries))
    }
  }
}
