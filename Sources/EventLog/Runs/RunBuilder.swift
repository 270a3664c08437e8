import EventModel
import Glibc

/// Collects decoded events in memory and turns them into sorted runs: in memory while they fit, in a
/// spill file when they do not. The first half of an external merge sort by (user, timestamp, id);
/// ``UserMerger`` is the second.
///
/// One per thread.
public final class RunBuilder {
  /// Where the decoder appends; call ``add(from:)`` for each event.
  public let arena: ByteArena
  private var index: [RunEntry] = []
  private let budget: Int
  private let directory: String
  private var file: SpillFile?
  private var writeBuffer: ByteArena?
  /// Runs written to the spill file so far.
  public private(set) var runs: [SortedRun] = []
  public private(set) var spilledBytes = 0
  /// Of the users whose events were sorted.
  public private(set) var userSample = UserSample()

  /// - Parameters:
  ///   - budget: bytes of events and index to hold before spilling.
  ///   - directory: where spill files go.
  public init(budget: Int, directory: String) {
    self.budget = budget
    self.directory = directory
    // Untouched memory costs nothing, growing would: all of it at once.
    arena = ByteArena(capacity: budget)
    index.reserveCapacity(budget / RunBuilder.bytesPerEvent)
  }

  /// Notes the event that was appended to ``arena`` at `offset`.
  @inline(__always)
  public func add(from offset: Int, of user: UserID) {
    let event = Event(arena.base + offset)
    index.append(
      RunEntry(
        user: user, timestamp: event.timestamp, idPrefix: UInt32(truncatingIfNeeded: event.id.high >> 32),
        offset: UInt32(truncatingIfNeeded: offset)))
  }

  /// Spills when the next record of that many bytes might not fit. Call before decoding.
  @inline(__always)
  public func makeRoom(forRecordOf count: Int) throws(StorageFault) {
    let held = arena.count + index.count * MemoryLayout<RunEntry>.stride
    if held + EventDecoder.room(forRecordOf: min(count, 1 << 16)) > budget, !index.isEmpty { try spill() }
  }

  /// Adds a record that only says that the user exists.
  public func add(seed user: UserID) throws(StorageFault) {
    try makeRoom(forRecordOf: EventLayout.headSize)
    arena.reserve(EventLayout.headSize)
    let offset = arena.count
    arena.put(EventHead.seed)
    add(from: offset, of: user)
  }

  /// Sorts what is still in memory and returns all runs. The builder is used up.
  public func finish() -> [SortedRun] {
    sortIndex()
    for entry in index { userSample.note(entry.user) }
    if !index.isEmpty { runs.append(.memory(MemoryRun(arena: arena, index: index))) }
    index = []
    return runs
  }

  /// Sorts the index: first into buckets by the leading bits of the user id, then each bucket. Ids that share
  /// a prefix all land in one bucket, which costs what sorting everything at once costs.
  private func sortIndex() {
    let base = UnsafeRawPointer(arena.base)
    func precedes(_ a: RunEntry, _ b: RunEntry) -> Bool {
      if a.user != b.user { return a.user < b.user }
      if a.timestamp != b.timestamp { return a.timestamp < b.timestamp }
      if a.idPrefix != b.idPrefix { return a.idPrefix < b.idPrefix }
      return Event(base + Int(a.offset)).id < Event(base + Int(b.offset)).id
    }
    if index.count < 4096 { return index.sort(by: precedes) }
    let shift = UInt64(64 - RunBuilder.bucketBits)
    var starts = [Int](repeating: 0, count: 1 << RunBuilder.bucketBits + 1)
    for entry in index { starts[Int(entry.user.high >> shift) + 1] += 1 }
    for bucket in 1..<starts.count { starts[bucket] += starts[bucket - 1] }
    var next = starts
    index = [RunEntry](unsafeUninitializedCapacity: index.count) { sorted, count in
      for entry in index {
        let bucket = Int(entry.user.high >> shift)
        sorted.initializeElement(at: next[bucket], to: entry)
        next[bucket] += 1
      }
      count = index.count
      for bucket in 0..<starts.count - 1 where starts[bucket + 1] - starts[bucket] > 1 {
        sorted[starts[bucket]..<starts[bucket + 1]].sort(by: precedes)
      }
    }
  }

  private static let bucketBits = 11
  /// About what an ordinary event and its index entry take.
  private static let bytesPerEvent = 160

  private func spill() throws(StorageFault) {
    sortIndex()
    if file == nil { file = try SpillFile(directory: directory) }
    if writeBuffer == nil { writeBuffer = ByteArena(capacity: RunBuilder.blockSize * 2) }
    guard let file, let buffer = writeBuffer else { return }
    var marks: [RunMark] = []
    let start = file.size
    var first = 0
    while first < index.count {
      let user = index[first].user
      userSample.note(user)
      var last = first
      var size = 0
      while last < index.count, index[last].user == user {
        size += Event(arena.base + Int(index[last].offset)).size
        last += 1
      }
      let offset = file.size + buffer.count
      if marks.isEmpty || offset - marks[marks.count - 1].offset >= RunBuilder.markSpacing {
        marks.append(RunMark(user: user, offset: offset))
      }
      buffer.reserve(RunGroup.headSize)
      buffer.put(RunGroup(user: user, size: UInt64(size)))
      for entry in index[first..<last] {
        let event = Event(arena.base + Int(entry.offset))
        buffer.append(UnsafeRawBufferPointer(start: event.base, count: event.size))
        if buffer.count >= RunBuilder.blockSize {
          try file.append(buffer.bytes)
          buffer.count = 0
        }
      }
      first = last
    }
    try file.append(buffer.bytes)
    buffer.count = 0
    runs.append(.file(FileRun(file: file, range: start..<file.size, marks: marks)))
    spilledBytes += file.size - start
    index.removeAll(keepingCapacity: true)
    arena.count = 0
  }

  private static let blockSize = 1 << 18
  /// A sparse index entry every so many bytes: slices begin and end at entries, so that little is read that belongs to
  /// the slices beside, and the entries of 2 GB of runs take 7 MB.
  static let markSpacing = 1 << 13
}

/// What sorting a run compares, and where the event stands in the arena.
struct RunEntry: BitwiseCopyable {
  var user: UserID
  var timestamp: Instant
  var idPrefix: UInt32
  var offset: UInt32
}

/// What stands before the events of a user in a spill file.
struct RunGroup: BitwiseCopyable {
  var user: UserID
  /// Bytes of the user's events in this run.
  var size: UInt64

  static let headSize = MemoryLayout<RunGroup>.size
}

/// A sparse index entry: at this offset of the spill file stands the group of this user.
struct RunMark: BitwiseCopyable {
  var user: UserID
  var offset: Int
}

/// Events by user, then as ``Event/precedesInHistory(_:_:)``, in memory or on disk.
public enum SortedRun: Sendable {
  case memory(MemoryRun)
  case file(FileRun)

  /// Bytes of the events.
  public var size: Int {
    switch self {
    case .memory(let run): run.arena.count
    case .file(let run): run.range.count
    }
  }
}

public struct MemoryRun: @unchecked Sendable {
  let arena: ByteArena
  let index: [RunEntry]
}

public struct FileRun: Sendable {
  let file: SpillFile
  let range: Range<Int>
  let marks: [RunMark]
}
