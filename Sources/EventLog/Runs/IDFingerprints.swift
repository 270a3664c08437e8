import EventModel

/// Checks cheaply whether any event id may occur more than once in a log. Takes a quarter of the space of an
/// ``EventLedger``.
///
/// Compares 64-bit fingerprints of ids. If no fingerprint occurs twice, no id does. If one occurs twice, the events
/// that have it must be examined: ``RepeatedIDs``. One per thread until all ids are added. Memory: a fixed buffer for
/// each partition.
public final class IDFingerprints: @unchecked Sendable {
  public static var partitionCount: Int { PartitionSpill<UInt64>.partitionCount }
  private let spill: PartitionSpill<UInt64>
  /// Fingerprints that are not in a partition yet. Partitions are far apart in memory. Adding many fingerprints at once
  /// takes a third of the time of adding each one separately, because no access has to wait for the previous one.
  private let waiting: UnsafeMutableBufferPointer<UInt64>
  private var waitingCount = 0

  /// - Parameter budget: size of all buffers in bytes.
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

  /// Call this when all ids have been added.
  public func finish() throws(StorageFault) {
    for fingerprint in waiting[..<waitingCount] {
      try spill.add(fingerprint, to: Int(truncatingIfNeeded: fingerprint >> 56))
    }
    waitingCount = 0
  }

  /// The fingerprint of an id, never 0.
  @inline(__always)
  static func of(_ id: EventID) -> UInt64 { max(1, EventLedger.mixed(id)) }

  /// The fingerprints of a partition that were added more than once, to any of `threads`, in no particular order. At
  /// most ``RepeatedIDs/limit`` plus 1 are returned. O(n) on average.
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

/// Examines all events of some runs whose ids have certain fingerprints. Distinguishes duplicates, different events
/// with the same id, and different ids with the same fingerprint.
public struct RepeatedIDs: Sendable {
  /// Maximum number of fingerprints to examine; for more, a ledger takes less memory.
  public static let limit = 1 << 16
  /// Lines of the runs with such ids, by bucket. A line may be the only one with its id.
  public private(set) var folded = 0
  public private(set) var unread = 0
  /// The result for these lines. The places of a conflict mean nothing.
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
  /// Calls `body` with each event, in user order. The event is valid during the call.
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
