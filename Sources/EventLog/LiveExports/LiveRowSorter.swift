import EventModel
import Platform

/// Collects live rows and turns them into sorted runs: in memory while they fit, otherwise in a spill file. The first
/// half of an external merge sort in the order of ``LiveRow``; ``LiveRowMerger`` is the second.
///
/// One per thread.
package final class LiveRowSorter {
  /// The decoder appends rows here. Call ``add(from:)`` for each row.
  package let arena: ByteArena
  private var index: [LiveRunEntry] = []
  private let budget: Int
  private let directory: String
  private var file: SpillFile?
  private var runs: [LiveRun] = []
  package private(set) var spilledBytes = 0

  /// - Parameters:
  ///   - budget: size of rows and index before spilling, in bytes.
  ///   - directory: directory of the spill files.
  package init(budget: Int, directory: String) {
    self.budget = budget
    self.directory = directory
    arena = ByteArena(capacity: min(budget, 1 << 20))
  }

  /// Adds the row that was appended to ``arena`` at `offset`.
  package func add(from offset: Int) {
    let head = LiveRow(arena.base + offset).head
    index.append(
      LiveRunEntry(
        user: head.user, order: UInt64(head.name) << 56 | head.ordinal & 0x00FF_FFFF_FFFF_FFFF, offset: offset))
  }

  /// Spills if a record of `count` bytes might not fit. More than 64 KiB count as 64 KiB. Call before decoding.
  package func makeRoom(forRecordOf count: Int) throws(StorageFault) {
    let held = arena.count + index.count * MemoryLayout<LiveRunEntry>.stride
    if held + LiveRowDecoder.room(forRecordOf: min(count, 1 << 16)) > budget, !index.isEmpty { try spill() }
  }

  /// Sorts the rows still in memory and returns all runs. The sorter cannot be used afterwards.
  package func finish() -> [LiveRun] {
    sortIndex()
    if !index.isEmpty { runs.append(.memory(LiveMemoryRun(arena: arena, index: index))) }
    index = []
    return runs
  }

  private func sortIndex() {
    let base = arena.base
    let firstUnknown = UInt64(LiveRowHead.unknownKey) << 56
    index.sort { a, b in
      if a.user != b.user { return a.user < b.user }
      if a.order < firstUnknown || b.order < firstUnknown { return a.order < b.order }
      return LiveRow.precedes(LiveRow(base + a.offset), LiveRow(base + b.offset))
    }
  }

  private func spill() throws(StorageFault) {
    sortIndex()
    if file == nil { file = try SpillFile(directory: directory) }
    guard let file else { return }
    let buffer = ByteArena(capacity: LiveRowSorter.blockSize * 2)
    var marks: [LiveRunMark] = []
    let start = file.size
    var sinceMark = LiveRowSorter.markSpacing
    for entry in index {
      let row = LiveRow(arena.base + entry.offset)
      let size = row.size
      if sinceMark >= LiveRowSorter.markSpacing {
        marks.append(LiveRunMark(user: entry.user, offset: file.size + buffer.count))
        sinceMark = 0
      }
      buffer.append(UnsafeRawBufferPointer(start: row.base, count: size))
      sinceMark += size
      if buffer.count >= LiveRowSorter.blockSize {
        try file.append(buffer.bytes)
        buffer.count = 0
      }
    }
    try file.append(buffer.bytes)
    runs.append(.file(LiveFileRun(file: file, range: start..<file.size, marks: marks)))
    spilledBytes += file.size - start
    index.removeAll(keepingCapacity: true)
    arena.count = 0
  }

  private static let blockSize = 1 << 18
  /// Bytes between two sparse index entries.
  private static let markSpacing = 1 << 16
}

/// A sparse index entry: a row of this user starts at this offset of the spill file.
struct LiveRunMark: BitwiseCopyable {
  var user: UserID
  var offset: Int
}

struct LiveRunEntry: BitwiseCopyable {
  var user: UserID
  /// Number of the projection in the top byte, then the position in the input.
  var order: UInt64
  var offset: Int
}

/// Sorted live rows, in memory or on disk.
package enum LiveRun: Sendable {
  case memory(LiveMemoryRun)
  case file(LiveFileRun)
}

package struct LiveMemoryRun: @unchecked Sendable {
  let arena: ByteArena
  let index: [LiveRunEntry]
}

package struct LiveFileRun: Sendable {
  let file: SpillFile
  let range: Range<Int>
  let marks: [LiveRunMark]
}
