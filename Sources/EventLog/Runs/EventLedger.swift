import EventModel
import Platform

/// What happened to a line, as the ledger needs it.
public enum LineBucket: UInt64, Sendable {
  /// Some reducer reads the event's type.
  case folded = 0
  /// No reducer reads it.
  case unread = 1
  /// The event's user is not selected.
  case notSelected = 2
}

/// An entry of the ledger: an event id, its content hash, and its place in the log.
struct LedgerEntry: BitwiseCopyable {
  var id: EventID
  /// The upper 62 bits are the content hash, the lower two the ``LineBucket``.
  var content: UInt64
  var place: LedgerPlace
}

/// The place of a record: the chunk, and the line and byte in it. Places are ordered like the records of the log.
public struct LedgerPlace: BitwiseCopyable, Comparable, Sendable {
  /// The chunk's number (37 bits: petabytes of log), and the byte in the chunk (27 bits: the longest record is 64 MiB).
  private var chunkAndByte: UInt64
  private var lineInChunk: UInt32

  @inline(__always)
  public init(chunk: Int, line: Int, byte: Int) {
    chunkAndByte = UInt64(truncatingIfNeeded: chunk) << 27 | UInt64(truncatingIfNeeded: byte & 0x7FF_FFFF)
    lineInChunk = UInt32(truncatingIfNeeded: line)
  }

  public var chunk: Int { Int(chunkAndByte >> 27) }
  public var line: Int { Int(lineInChunk) }
  public var byte: Int { Int(chunkAndByte & 0x7FF_FFFF) }

  public static func < (a: LedgerPlace, b: LedgerPlace) -> Bool { a.chunkAndByte < b.chunkAndByte }
}

/// Finds event ids that occur more than once in the log, even with different users. Uses an external hash partition by
/// id, since two lines with the same id can be anywhere.
///
/// One per thread; ``LedgerAudit`` reads them together. Memory: a fixed buffer for each partition.
public final class EventLedger: Sendable {
  public static var partitionCount: Int { PartitionSpill<LedgerEntry>.partitionCount }
  let entries: PartitionSpill<LedgerEntry>

  /// - Parameter budget: size of all buffers in bytes.
  public init(budget: Int, directory: String) {
    entries = PartitionSpill(budget: budget, directory: directory)
  }

  public var spilledBytes: Int { entries.spilledBytes }

  /// How many entries were added.
  var count: Int { (0..<EventLedger.partitionCount).reduce(0) { $0 + entries.count(of: $1) } }

  /// Calls `body` with each entry, in no particular order.
  func visit(_ body: (LedgerEntry) -> Void) throws(StorageFault) {
    for partition in 0..<EventLedger.partitionCount {
      try entries.forEachBlock(of: partition) { for entry in $0 { body(entry) } }
    }
  }

  @inline(__always)
  public func add(id: EventID, content: UInt64, bucket: LineBucket, place: LedgerPlace) throws(StorageFault) {
    let entry = LedgerEntry(id: id, content: content & ~3 | bucket.rawValue, place: place)
    try entries.add(entry, to: Int(truncatingIfNeeded: EventLedger.mixed(id) >> 56))
  }

  /// Hash of an id. The hashes are evenly distributed, even if the ids share a prefix or a counter.
  @inline(__always)
  static func mixed(_ id: EventID) -> UInt64 {
    let product = (id.high ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: id.low ^ 0xD1B5_4A32_D192_ED03)
    return (product.high ^ product.low ^ id.high) &* 0x9FB2_1C65_1E98_DF25
  }
}

/// The combined result of all ledgers.
public struct LedgerAudit: Sendable {
  /// Distinct events by bucket.
  public var folded = 0
  public var unread = 0
  public var notSelected = 0
  /// Lines that repeat an event with equal content.
  public var duplicates = 0
  /// Of all pairs of lines with the same id and different content, the pair whose second line comes first in the log.
  public var conflict: (first: LedgerPlace, second: LedgerPlace)?
  /// The ids that occur with different contents.
  public var conflictingIDs: Set<EventID> = []

  public init() {}

  /// Audits one partition of all ledgers. O(entries) on average.
  public mutating func audit(_ partition: Int, of ledgers: [EventLedger]) throws(StorageFault) {
    let spills = ledgers.map(\.entries)
    var distinct = DistinctEntries(expecting: spills.reduce(0) { $0 + $1.count(of: partition) })
    for spill in spills {
      try spill.forEachBlock(of: partition) { entries in
        for entry in entries { enter(entry, into: &distinct) }
      }
    }
    finish(distinct)
  }

  /// Counts a line.
  @inline(__always)
  mutating func enter(_ entry: LedgerEntry, into distinct: inout DistinctEntries) {
    switch distinct.add(entry) {
    case .repeated: duplicates += 1
    case .conflicting: break
    case .new:
      switch LineBucket(rawValue: entry.content & 3) {
      case .folded: folded += 1
      case .unread: unread += 1
      default: notSelected += 1
      }
    }
  }

  /// Adds the conflicts. Call when all lines of some ids have been entered.
  mutating func finish(_ distinct: DistinctEntries) {
    for (first, second) in distinct.conflicts { note(first, second) }
    conflictingIDs.formUnion(distinct.conflictingIDs)
  }

  private mutating func note(_ first: LedgerPlace, _ second: LedgerPlace) {
    if let conflict, conflict.second <= second { return }
    conflict = (first, second)
  }

  /// Adds another part's figures.
  public mutating func merge(_ other: LedgerAudit) {
    folded += other.folded
    unread += other.unread
    notSelected += other.notSelected
    duplicates += other.duplicates
    if let (first, second) = other.conflict { note(first, second) }
    conflictingIDs.formUnion(other.conflictingIDs)
  }
}
