import EventModel

/// Finds out cheaply whether any event id may stand in a log more than once: a quarter of what an ``EventLedger`` keeps.
///
/// Ids are told apart by 64 bits. No fingerprint twice means no id twice; where one repeats, the events that have it must be
/// looked at: ``RepeatedIDs``. One per thread until all ids are added. Memory: a fixed buffer for each partition.
public final class IDFingerprints: @unchecked Sendable {
  public static var partitionCount: Int { PartitionSpill<UInt64>.partitionCount }
  private let spill: PartitionSpill<UInt64>
  /// Those that no partition has yet: partitions lie far apart in memory, and adding to many at once takes a third of what adding
  /// to each by itself takes, since then nothing waits for the memory of one before it asks for the next.
  private let waiting: UnsafeMutableBufferPointer<UInt64>
  private var waitingCount = 0

  /// - Parameter budget: bytes of buffers.
  public init(budget: Int, directory: String) {
    spill = PartitionSpill(budget: budget, directory: directory)
    waiting = .allocate(capacity: 1024)
  }

  deinit { waiting.deallocate() }

  public var spilledBytes: Int { spill.spilledBytes }

  /// Adds an id. O(1) on average.
  @inline(__always)
  public func add(_ id: EventID) throws(StorageFault) {
    waiting[waitingCount] = IDFingerprints.of(id)
    waitingCount &+= 1
    if waitingCount == waiting.count { try finish() }
  }

  /// Must be called when all ids are added.
  public func finish() throws(StorageFault) {
    for fingerprint in waiting[..<waitingCount] {
      try spill.add(fingerprint, to: Int(truncatingIfNeeded: fingerprint >> 56))
    }
    waitingCount = 0
  }

  /// The fingerprint of an id, never 0.
  @inline(__always)
  static func of(_ id: EventID) -> UInt64 { max(1, EventLedger.mixed(id)) }

  /// The fingerprints of a partition that were added more than once, to whichever of `threads`, in no order; when they are
  /// more than ``RepeatedIDs/limit``, one more than that. O(n) on average.
  public static func repeated(in partition: Int, of threads: [IDFingerprints]) throws(StorageFault) -> [UInt64] {
    let spills = threads.map(\.spill)
    var met = FingerprintSet(expecting: spills.reduce(0) { $0 + $1.count(of: partition) })
    var repeated = FingerprintSet(expecting: 0)
    for spill in spills {
      try spill.forEachBlock(of: partition) { fingerprints in
        for fingerprint in fingerprints where !met.insert(fingerprint) {
          if repeated.count <= RepeatedIDs.limit { _ = repeated.insert(fingerprint) }
        }
      }
    }
    return repeated.all
  }
}

/// All events of some runs whose ids have one of some fingerprints: tells duplicates from events that have an id in common
/// and from ids that have a fingerprint in common.
public struct RepeatedIDs: Sendable {
  /// More fingerprints than these are not looked up: a ledger takes less memory.
  public static let limit = 1 << 16
  /// Lines of the runs with these ids, by bucket: one may be an id's only line.
  public private(set) var folded = 0
  public private(set) var unread = 0
  /// What they come to; the places of a conflict mean nothing.
  public private(set) var audit = LedgerAudit()

  /// Reads all events of the runs. O(n).
  public init(_ fingerprints: [UInt64], in runs: [SortedRun]) throws(StorageFault) {
    let wanted = Set(fingerprints)
    var distinct = DistinctEntries(expecting: fingerprints.count)
    var found = LedgerAudit()
    for run in runs {
      try run.forEachEvent { event in
        guard event.type != EventHead.userSeed, wanted.contains(IDFingerprints.of(event.id)) else { return }
        let bucket = event.type == 0 ? LineBucket.unread : .folded
        if bucket == .unread { unread += 1 } else { folded += 1 }
        let place = LedgerPlace(chunk: 0, line: 0, byte: 0)
        found.enter(
          LedgerEntry(id: event.id, content: event.content & ~3 | bucket.rawValue, place: place), into: &distinct)
      }
    }
    found.finish(distinct)
    audit = found
  }
}

extension SortedRun {
  /// Calls `body` with each event by user, valid during the call.
  fileprivate func forEachEvent(_ body: (Event) -> Void) throws(StorageFault) {
    let cursor = try RunCursor(self, slice: UserSlice(lower: nil, upper: nil), bufferSize: 1 << 16)
    let arena = ByteArena()
    while !cursor.isAtEnd {
      arena.count = 0
      try cursor.take(arena)
      var offset = 0
      while offset < arena.count {
        let event = Event(arena.base + offset)
        body(event)
        offset += event.size
      }
    }
  }
}
