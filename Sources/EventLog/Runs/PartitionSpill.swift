import Glibc

/// Entries by partition, to be read a partition at a time: a fixed buffer for each, full ones go to a temporary file.
///
/// One thread adds; reading is for many.
final class PartitionSpill<Entry: BitwiseCopyable>: @unchecked Sendable {
  static var partitionCount: Int { 256 }
  /// Entries a partition holds before they go to the file.
  private let bufferEntries: Int
  /// Entries from one partition's buffer to the next: were it a power of two, all would compete for the same cache lines.
  private let spacing: Int
  private let directory: String
  private var file: SpillFile?
  private let memory: UnsafeMutableBufferPointer<Entry>
  private let used: UnsafeMutableBufferPointer<Int>
  /// For each partition, the blocks in the file: offset and number of entries.
  private var blocks: [[(offset: Int, count: Int)]]
  private(set) var spilledBytes = 0

  /// - Parameter budget: bytes of buffers.
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

  /// Adds an entry to the partition of that number. O(1) on average.
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

  /// Copies a partition's entries to the front of `target`, in no order, and returns how many they are.
  func read(_ partition: Int, into target: UnsafeMutableBufferPointer<Entry>) throws(StorageFault) -> Int {
    let held = held(partition)
    var count = held.count
    _ = target.update(fromContentsOf: held)
    for block in blocks[partition] {
      let space = UnsafeMutableRawBufferPointer(
        UnsafeMutableBufferPointer(rebasing: target[count..<count + block.count]))
      if try file?.read(space, at: block.offset) ?? 0 < space.count {
        throw StorageFault(path: "temporary file", reason: "shorter than what was written")
      }
      count += block.count
    }
    return count
  }
}

extension Array where Element: BitwiseCopyable {
  /// A partition's entries of several spills, in no order.
  init(partition: Int, of spills: [PartitionSpill<Element>]) throws(StorageFault) {
    let count = spills.reduce(0) { $0 + $1.count(of: partition) }
    var fault: StorageFault?
    self.init(unsafeUninitializedCapacity: count) { entries, filled in
      do throws(StorageFault) {
        for spill in spills {
          filled += try spill.read(partition, into: UnsafeMutableBufferPointer(rebasing: entries[filled...]))
        }
      } catch {
        fault = error
      }
    }
    if let fault { throw fault }
  }
}
