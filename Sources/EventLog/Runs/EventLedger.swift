import EventModel
import Glibc

/// What became of a line, as the ledger needs it.
public enum LineBucket: UInt64, Sendable {
  /// Some reducer reads the event's type.
  case folded = 0
  /// No reducer reads it.
  case unread = 1
  /// Of a user that was not asked for.
  case notSelected = 2
}

/// One line of the ledger: an event id, what its content hashes to, and where it stood.
struct LedgerEntry: BitwiseCopyable {
  var id: EventID
  /// The upper 62 bits are content, the lower two the ``LineBucket``.
  var content: UInt64
  var place: LedgerPlace
}

/// Where a record stands: the chunk, and line and byte in it. Places compare as records follow each other.
public struct LedgerPlace: BitwiseCopyable, Comparable, Sendable {
  /// The chunk's number (37 bits: petabytes of log), and the byte in it (27, as the longest record is 64 MiB).
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

/// Finds event ids that stand in the log more than once, whoever's events they are: an external hash
/// partition by id, since two lines with one id can be anywhere.
///
/// One per thread; ``LedgerAudit`` reads them together. Memory: a fixed buffer for each partition.
public final class EventLedger: Sendable {
  public static var partitionCount: Int { PartitionSpill<LedgerEntry>.partitionCount }
  let entries: PartitionSpill<LedgerEntry>

  /// - Parameter budget: bytes of buffers.
  public init(budget: Int, directory: String) {
    entries = PartitionSpill(budget: budget, directory: directory)
  }

  public var spilledBytes: Int { entries.spilledBytes }

  @inline(__always)
  public func add(id: EventID, content: UInt64, bucket: LineBucket, place: LedgerPlace) throws(StorageFault) {
    let entry = LedgerEntry(id: id, content: content & ~3 | bucket.rawValue, place: place)
    try entries.add(entry, to: Int(truncatingIfNeeded: EventLedger.mixed(id) >> 56))
  }

  /// Spreads ids evenly, whatever prefix or counter they share.
  @inline(__always)
  static func mixed(_ id: EventID) -> UInt64 {
    let product = (id.high ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: id.low ^ 0xD1B5_4A32_D192_ED03)
    return (product.high ^ product.low ^ id.high) &* 0x9FB2_1C65_1E98_DF25
  }
}

/// What the ledgers say together.
public struct LedgerAudit: Sendable {
  /// Distinct events by bucket.
  public var folded = 0
  public var unread = 0
  public var notSelected = 0
  /// Lines that repeat an event with equal content.
  public var duplicates = 0
  /// Of all pairs of lines with one id and other content, the one whose later line comes first.
  public var conflict: (first: LedgerPlace, second: LedgerPlace)?
  /// The ids that stand with differing contents.
  public var conflictingIDs: Set<EventID> = []

  public init() {}

  /// Audits the partition of that number over all ledgers. O(entries) on average.
  public mutating func audit(_ partition: Int, of ledgers: [EventLedger]) throws(StorageFault) {
    audit(try [LedgerEntry](partition: partition, of: ledgers.map(\.entries)))
  }

  /// Audits all lines of some ids.
  mutating func audit(_ entries: [LedgerEntry]) {
    if entries.isEmpty { return }
    var capacity = 64
    while capacity < entries.count * 2 { capacity *= 2 }
    var slots = [UInt32](repeating: 0, count: capacity)
    entries.withUnsafeBufferPointer { entries in
      slots.withUnsafeMutableBufferPointer { slots in
        for position in 0..<entries.count { enter(position, entries, slots) }
      }
    }
  }

  @inline(__always)
  private mutating func enter(
    _ position: Int, _ entries: UnsafeBufferPointer<LedgerEntry>, _ slots: UnsafeMutableBufferPointer<UInt32>
  ) {
    let entry = entries[position]
    var slot = Int(truncatingIfNeeded: EventLedger.mixed(entry.id)) & (slots.count - 1)
    while slots[slot] != 0 {
      let other = entries[Int(slots[slot]) - 1]
      if other.id == entry.id {
        if other.content | 3 == entry.content | 3 {
          duplicates += 1
        } else {
          note(min(other.place, entry.place), max(other.place, entry.place))
          conflictingIDs.insert(entry.id)
        }
        return
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    slots[slot] = UInt32(position + 1)
    switch LineBucket(rawValue: entry.content & 3) {
    case .folded: folded += 1
    case .unread: unread += 1
    default: notSelected += 1
    }
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
