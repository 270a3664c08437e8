import CBytes
import EventModel
import Platform

/// Collects decoded events and turns them into runs sorted by user: in memory while they fit, otherwise in a spill
/// file. The first half of an external sort by (user, timestamp, id). ``UserMerger`` is the second half and sorts each
/// user's events: sorting them here would mean sorting once per run and merging all the same.
///
/// The first events stay in memory. Later events go through a window that is small enough for the processor's caches,
/// and from there to the file. So no more is spilled than necessary, and spilled events are in the caches when they are
/// sorted and written.
///
/// One per thread.
public final class RunBuilder {
  /// The decoder appends events here. Call ``add(from:of:)`` for each event.
  public let arena: ByteArena
  /// A ``SortKey`` for each event: its user, and its ``RunPlace``.
  private let index: ByteArena
  /// Scratch space for sorting the index.
  private let scratch = ByteArena()
  /// Bytes of events and index to hold before they become a run: first for the run in memory, then for each later run.
  private var limit: Int
  private let window: Int
  private let wholeTypes: UInt64
  private let directory: String
  private var file: SpillFile?
  private var writeBuffer: ByteArena?
  /// The runs made so far, in memory or in the spill file.
  public private(set) var runs: [SortedRun] = []
  public private(set) var spilledBytes = 0
  /// A sample of the users whose events have been sorted.
  public private(set) var userSample = UserSample()

  /// - Parameters:
  ///   - budget: bytes of events and index to hold; sorting takes a sixth more.
  ///   - window: the part of the budget that events go through on their way to the file; `nil`: a quarter, or all of a
  ///     small budget.
  ///   - wholeTypes: as in ``EventVocabulary``.
  ///   - directory: directory of the spill files.
  public init(budget: Int, window: Int? = nil, wholeTypes: UInt64 = 0, directory: String) {
    self.wholeTypes = wholeTypes
    self.directory = directory
    self.window = window ?? (budget / 4 < RunBuilder.leastWindow ? budget : budget / 4)
    limit = max(self.window, budget - self.window)
    // Allocate all of it at once: untouched memory costs nothing, but growing would.
    arena = ByteArena(capacity: limit)
    index = ByteArena(capacity: RunBuilder.indexCapacity(limit))
  }

  /// Adds the event that was appended to ``arena`` at `offset`. It must be the last one there.
  @inline(__always)
  public func add(from offset: Int, of user: UserID) {
    index.reserve(MemoryLayout<SortKey>.stride)
    index.put(SortKey(user, value: RunPlace(offset: offset, size: arena.count - offset).packed))
  }

  /// Ends a run if a record of `count` bytes might not fit. More than 64 KiB count as 64 KiB. Call before decoding.
  @inline(__always)
  public func makeRoom(forRecordOf count: Int) throws(StorageFault) {
    let held = arena.count + index.count
    if held + EventDecoder.room(forRecordOf: min(count, 1 << 16), wholeTypes: wholeTypes) > limit, !index.isEmpty {
      try endRun()
    }
  }

  /// Adds a record that only says that the user exists.
  public func add(seed user: UserID) throws(StorageFault) {
    try makeRoom(forRecordOf: EventLayout.headSize)
    arena.reserve(EventLayout.headSize)
    let offset = arena.count
    arena.put(EventHead.seed)
    add(from: offset, of: user)
  }

  /// Sorts the events still in memory and returns all runs. The builder cannot be used afterwards.
  public func finish() throws(StorageFault) -> [SortedRun] {
    if !index.isEmpty { keepRun() }
    if let file, let writeBuffer { try file.append(writeBuffer.bytes) }
    return runs
  }

  private func endRun() throws(StorageFault) {
    if limit > window {
      keepRun()
      limit = window
    } else {
      try spill()
    }
  }

  /// Turns the held events into a run in memory.
  private func keepRun() {
    let keys = sortedKeys()
    for position in keys.indices where position == 0 || !keys[position].isEqual(keys[position - 1]) {
      userSample.note(keys[position].id)
    }
    runs.append(
      .memory(
        MemoryRun(
          arena: arena.detach(capacity: window), index: index.detach(capacity: RunBuilder.indexCapacity(window)))))
  }

  /// Sorts the index by user, and drops the repeats of users that have many events.
  private func sortedKeys() -> UnsafeMutableBufferPointer<SortKey> {
    let keys = index.keys
    keys.sortKeys(scratch)
    index.count = FoldedRepeats.drop(keys, in: arena, scratch) * MemoryLayout<SortKey>.stride
    return index.keys
  }

  private static func indexCapacity(_ budget: Int) -> Int { budget / bytesPerEvent * MemoryLayout<SortKey>.stride }
  /// Approximate size of an ordinary event and its index entry.
  private static let bytesPerEvent = 144
  /// With smaller windows there are more runs, and reading them takes longer than the window saves.
  private static let leastWindow = 8 << 20

  /// Writes the held events to the file as a run.
  private func spill() throws(StorageFault) {
    let keys = sortedKeys()
    if file == nil { file = try SpillFile(directory: directory) }
    if writeBuffer == nil { writeBuffer = ByteArena(capacity: RunBuilder.blockSize * 2) }
    guard let file, let buffer = writeBuffer else { return }
    var marks: [RunMark] = []
    let start = file.size + buffer.count
    var first = 0
    while first < keys.count {
      let user = keys[first].id
      userSample.note(user)
      var last = first
      var size = 0
      while last < keys.count, keys[last].id == user {
        size += RunPlace(keys[last]).size
        last += 1
      }
      let offset = file.size + buffer.count
      if marks.isEmpty || offset - marks[marks.count - 1].offset >= RunBuilder.markSpacing {
        marks.append(RunMark(user: user, offset: offset))
      }
      buffer.reserve(RunGroup.headSize)
      buffer.put(RunGroup(user: user, size: UInt32(truncatingIfNeeded: size)))
      for position in first..<last {
        RunPlace.prefetch(keys, behind: position, in: arena)
        buffer.append(RunPlace(keys[position]).bytes(in: arena))
        if buffer.count >= RunBuilder.blockSize { try writeBlocks(of: buffer, to: file) }
      }
      first = last
    }
    let end = file.size + buffer.count
    runs.append(.file(FileRun(file: file, range: start..<end, marks: marks)))
    spilledBytes += end - start
    index.count = 0
    arena.count = 0
  }

  /// Appends whole blocks, and keeps the rest for later, even for the next run: the kernel takes a fifth less time to
  /// write whole blocks that start at block boundaries.
  private func writeBlocks(of buffer: ByteArena, to file: SpillFile) throws(StorageFault) {
    let whole = buffer.count & -RunBuilder.blockSize
    try file.append(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<whole]))
    let rest = buffer.count - whole
    memmove(buffer.base, buffer.base + whole, rest)
    buffer.count = rest
  }

  private static let blockSize = 1 << 18
  /// Bytes between sparse index entries. Slices begin and end at entries, so that little of the neighbouring slices is
  /// read. The entries of 2 GB of runs take 7 MB.
  static let markSpacing = 1 << 13
}

/// Position of an event in the arena of its run. The arena is smaller than 4 GiB.
struct RunPlace {
  var offset: Int
  var size: Int

  init(offset: Int, size: Int) {
    self.offset = offset
    self.size = size
  }

  @inline(__always)
  init(_ key: SortKey) {
    offset = Int(key.value >> 32)
    size = Int(key.value & 0xFFFF_FFFF)
  }

  var packed: UInt64 { UInt64(truncatingIfNeeded: offset) << 32 | UInt64(truncatingIfNeeded: size) }

  /// Prefetches an event that will be copied soon. Events sorted by user are scattered in memory, and waiting for each
  /// one in turn takes longer than copying it.
  @inline(__always)
  static func prefetch(_ keys: UnsafeMutableBufferPointer<SortKey>, behind position: Int, in arena: ByteArena) {
    guard position + distance < keys.count else { return }
    let next = RunPlace(keys[position + distance])
    for line in stride(from: 0, to: min(next.size, 256), by: 64) { refold_prefetch(arena.base + next.offset + line) }
  }

  private static let distance = 12

  @inline(__always)
  func bytes(in arena: ByteArena) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: arena.base + offset, count: size)
  }
}

/// The header of a user's events in a spill file.
struct RunGroup: BitwiseCopyable {
  var user: UserID
  /// Bytes of the user's events in this run. The run is smaller than 4 GiB.
  var size: UInt32

  static let headSize = MemoryLayout<RunGroup>.size
}

/// A sparse index entry: the group of this user starts at this offset of the spill file.
struct RunMark: BitwiseCopyable {
  var user: UserID
  var offset: Int
}

/// Events sorted by user, in memory, in a temporary file or in a packed log. The events of one user are in any order.
public enum SortedRun: Sendable {
  case memory(MemoryRun)
  case file(FileRun)
  /// A packed log: sorted already.
  case packed(PackedRun)

  /// Size in bytes: of the events in memory, or of events and group heads in the file.
  public var size: Int {
    switch self {
    case .memory(let run): run.arena.count
    case .file(let run): run.range.count
    case .packed(let run): run.size
    }
  }
}

public struct MemoryRun: @unchecked Sendable {
  let arena: ByteArena
  /// A ``SortKey`` for each event, ascending.
  let index: ByteArena
}

public struct FileRun: Sendable {
  let file: SpillFile
  let range: Range<Int>
  let marks: [RunMark]
}
