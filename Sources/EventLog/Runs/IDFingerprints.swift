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

  /// How many ids were added.
  public var count: Int {
    (0..<IDFingerprints.partitionCount).reduce(waitingCount) { $0 + spill.count(of: $1) }
  }

  /// Calls `body` with each fingerprint, in no particular order. All ids must have been added.
  func visit(_ body: (UInt64) -> Void) throws(StorageFault) {
    for partition in 0..<IDFingerprints.partitionCount {
      try spill.forEachBlock(of: partition) { for fingerprint in $0 { body(fingerprint) } }
    }
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

/// Examines all records whose ids have certain fingerprints. Distinguishes duplicates, different events with the same
/// id, and different ids with the same fingerprint. Not thread-safe.
public final class RepeatedIDs {
  /// Maximum number of fingerprints to examine; for more, a ledger takes less memory.
  public static let limit = 1 << 16
  private let wanted: Set<UInt64>
  /// A bit for each fingerprint, by its low bits: almost all ids are refused by it.
  private let marks = UnsafeMutablePointer<UInt64>.allocate(capacity: RepeatedIDs.markCount / 64)
  private static let markCount = 1 << 20
  /// Number of records with such ids, by bucket. A record may be the only one with its id.
  public private(set) var folded = 0
  public private(set) var unread = 0
  private var distinct: DistinctEntries
  private var found = LedgerAudit()

  public init(_ fingerprints: Set<UInt64>) {
    wanted = fingerprints
    distinct = DistinctEntries(expecting: fingerprints.count)
    marks.initialize(repeating: 0, count: RepeatedIDs.markCount / 64)
    for fingerprint in fingerprints { marks[RepeatedIDs.word(fingerprint)] |= 1 << (fingerprint & 63) }
  }

  deinit { marks.deallocate() }

  @inline(__always)
  private static func word(_ fingerprint: UInt64) -> Int {
    Int(truncatingIfNeeded: fingerprint & UInt64(markCount - 1)) >> 6
  }

  /// Whether an id has one of the fingerprints. O(1).
  @inline(__always)
  public func contains(_ id: EventID) -> Bool {
    let fingerprint = IDFingerprints.of(id)
    return marks[RepeatedIDs.word(fingerprint)] >> (fingerprint & 63) & 1 == 1 && wanted.contains(fingerprint)
  }

  /// Adds a record whose id ``contains(_:)`` accepts.
  ///
  /// - Parameter content: hash of the whole event.
  public func add(_ id: EventID, content: UInt64, bucket: LineBucket) {
    enter(LedgerEntry(id: id, content: content & ~3 | bucket.rawValue, place: LedgerPlace(chunk: 0, line: 0, byte: 0)))
    if bucket == .unread { unread += 1 } else { folded += 1 }
  }

  private func enter(_ entry: LedgerEntry) { found.enter(entry, into: &distinct) }

  /// Adds the records of another thread.
  public func merge(_ other: RepeatedIDs) {
    for entry in other.distinct.entries { enter(entry) }
    found.duplicates += other.found.duplicates
    folded += other.folded
    unread += other.unread
  }

  /// The result for all records. The places of a conflict mean nothing.
  public var audit: LedgerAudit {
    var audit = found
    audit.finish(distinct)
    return audit
  }
}
