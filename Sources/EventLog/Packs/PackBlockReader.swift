import CZstd
import EventModel
import Platform

/// Reads the users of a packed log's blocks, one block at a time. One per thread and pack.
public final class PackBlockReader: @unchecked Sendable {
  /// The pack owns readers that are not in use.
  public unowned let pack: PackedLog
  private let context: OpaquePointer
  private let file = ByteArena(capacity: 1 << 16)
  private let plain = ByteArena(capacity: 1 << 16)
  private var head = PackBlockHead()
  private var number = 0
  /// The block that was loaded last.
  var current: Int { number }

  // Columns, at the next event or user.
  private var users = nowhere
  private var ids = nowhere
  private var contents = nowhere
  private var reads = nowhere
  private var keys = nowhere
  private var counts = nowhere
  private var types = nowhere
  private var flags = nowhere
  private var traits = nowhere
  private var timestamps = VariableColumn(nowhere)
  private var created = VariableColumn(nowhere)
  private var sizes = VariableColumn(nowhere)
  private var payload = nowhere
  private var lastTimestamp: Int64 = 0
  private var usersLeft = 0
  private var isUnpacked = false

  private static nonisolated(unsafe) let nowhere = UnsafeRawPointer(bitPattern: 8)!

  /// The user that ``next()`` moved to.
  public private(set) var user = UserID(high: 0, low: 0)
  public private(set) var isExported = false
  /// Events of the user in this block that were not read yet.
  public private(set) var eventsLeft = 0

  public init(_ pack: PackedLog) {
    self.pack = pack
    guard let context = ZSTD_createDCtx() else { preconditionFailure("out of memory") }
    self.context = context
  }

  deinit { ZSTD_freeDCtx(context) }

  /// Moves before the first user of a block.
  ///
  /// - Parameter idsOnly: whether only users and ids are needed: nothing is unpacked, and ``event()`` must not be called.
  public func load(_ number: Int, idsOnly: Bool = false) throws(StorageFault) {
    try pack.read(block: number, into: file)
    self.number = number
    let block = pack.blocks[number]
    head = PackBlockHead(UnsafeRawPointer(file.base))
    guard head.events == block.facts.events, head.users == block.userCount, head.continues == block.continues,
      head.hasReadHashes == (pack.header.kind == .read), head.keys <= head.events,
      PackBlockHead.size + head.rawSize + head.packed + 8 == block.length
    else { throw pack.damage(number, "its head does not fit the index") }
    users = UnsafeRawPointer(file.base) + PackBlockHead.size
    counts = users + 16 * head.users
    ids = counts + 4 * head.users
    contents = ids + 16 * head.events
    reads = contents + 8 * head.events
    keys = head.hasReadHashes ? reads + 8 * head.events : reads
    usersLeft = head.users
    eventsLeft = 0
    var sum = 0
    for index in 0..<head.users { sum += count(of: index) >> 1 }
    guard sum == head.events, UUID128(bigEndian: users) == block.firstUser else {
      throw pack.damage(number, "its columns do not fit each other")
    }
    isUnpacked = !idsOnly
    if !idsOnly { try unpack() }
  }

  /// The events of a user of the block, times two, plus one if a users export names the user.
  @inline(__always)
  private func count(of index: Int) -> Int {
    Int(UInt32(littleEndian: counts.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)))
  }

  /// Unpacks the columns that are compressed, and checks that each has as many values as it must: they are read without
  /// further checks.
  private func unpack() throws(StorageFault) {
    plain.count = 0
    plain.reserve(head.plain)
    let packed = file.base + PackBlockHead.size + head.rawSize
    let got = ZSTD_decompressDCtx(context, plain.base, head.plain, packed, head.packed)
    guard ZSTD_isError(got) == 0, got == head.plain, head.plain >= 3 * head.events else {
      throw pack.damage(number, "it cannot be unpacked")
    }
    plain.count = head.plain
    payload = UnsafeRawPointer(plain.base)
    types = payload + head.plain - 3 * head.events
    flags = types + head.events
    traits = flags + head.events
    func column(_ start: UnsafeRawPointer, _ length: Int) -> UnsafeRawBufferPointer {
      UnsafeRawBufferPointer(start: start, count: length)
    }
    let first = keys + 8 * head.keys
    let timestamps = column(first, head.timestamps)
    let created = column(first + head.timestamps, head.created)
    let sizes = column(first + head.timestamps + head.created, head.sizes)
    let keyed = column(flags, head.events).reduce(0) { $0 + Int($1 >> 7) }
    guard VariableColumn.count(timestamps) == head.events, VariableColumn.count(created) == head.events,
      VariableColumn.count(sizes) == head.events,
      VariableColumn.sum(sizes) == UInt64(head.plain - 3 * head.events), keyed == head.keys
    else { throw pack.damage(number, "its columns do not fit each other") }
    self.timestamps = VariableColumn(timestamps.baseAddress!)
    self.created = VariableColumn(created.baseAddress!)
    self.sizes = VariableColumn(sizes.baseAddress!)
    lastTimestamp = 0
  }

  /// Moves to the next user of the block, past events of the last one that were not read. `false` at the end.
  public func next() -> Bool {
    if isUnpacked { while eventsLeft > 0 { _ = event() } } else { ids += 16 * eventsLeft }
    guard usersLeft > 0 else { return false }
    let count = count(of: head.users - usersLeft)
    user = UUID128(bigEndian: users + 16 * (head.users - usersLeft))
    usersLeft -= 1
    isExported = count & 1 == 1
    eventsLeft = count >> 1
    return true
  }

  /// The ids of the user's events in the block that were not read yet.
  public var nextIDs: some Sequence<EventID> {
    let ids = ids
    return (0..<eventsLeft).lazy.map { UUID128(bigEndian: ids + 16 * $0) }
  }

  /// Whether an id of a block satisfies a condition. Unpacks nothing.
  public func hasID(in block: Int, where isWanted: (EventID) -> Bool) throws(StorageFault) -> Bool {
    try load(block, idsOnly: true)
    while next() { for id in nextIDs where isWanted(id) { return true } }
    return false
  }

  /// Whether the user's events go on from the block before.
  public var continues: Bool { head.continues && usersLeft == head.users - 1 }

  /// Whether no other user follows in the block.
  public var isLastUser: Bool { usersLeft == 0 }

  /// The block as it is in the file.
  public var bytes: UnsafeRawBufferPointer { file.bytes }

  /// A stored event, with what is at hand without copying.
  public struct StoredEvent {
    public var id: EventID
    /// Hash of the event except its id.
    public var content: UInt64
    public var timestamp: Instant
    public var createdAt: Instant
    /// Hash of what is read, or 0.
    var read: UInt64
    var key: UInt64
    public var type: UInt8
    public var flags: EventFlags
    public var traits: RecordTraits
    var payload: UnsafeRawBufferPointer

    /// Bytes of what is kept of its type, `data` and `metadata`.
    public var payloadSize: Int { payload.count }
  }

  /// The next event of the user. Call only while ``eventsLeft`` is not 0.
  @inline(__always)
  public func event() -> StoredEvent {
    eventsLeft &-= 1
    lastTimestamp &+= timestamps.nextSigned()
    let stored = EventFlags(rawValue: flags.load(as: UInt8.self))
    var event = StoredEvent(
      id: UUID128(bigEndian: ids), content: UInt64(littleEndian: contents.loadUnaligned(as: UInt64.self)),
      timestamp: Instant(microseconds: lastTimestamp),
      createdAt: Instant(microseconds: lastTimestamp &+ created.nextSigned()), read: 0, key: 0,
      type: types.load(as: UInt8.self), flags: stored.subtracting([.whole, .wholeText]),
      traits: RecordTraits(rawValue: traits.load(as: UInt8.self)),
      payload: UnsafeRawBufferPointer(start: payload, count: Int(truncatingIfNeeded: sizes.next())))
    if head.hasReadHashes {
      event.read = UInt64(littleEndian: reads.loadUnaligned(as: UInt64.self))
      reads += 8
    }
    if stored.contains(PackBlockWriter.hasKey) {
      event.key = UInt64(littleEndian: keys.loadUnaligned(as: UInt64.self))
      keys += 8
    }
    ids += 16
    contents += 8
    types += 1
    flags += 1
    traits += 1
    payload += event.payload.count
    return event
  }
}

/// Numbers in groups of seven bits, the lowest first; the eighth bit says that more follow.
struct VariableColumn {
  private var place: UnsafeRawPointer

  @inline(__always)
  init(_ place: UnsafeRawPointer) { self.place = place }

  @inline(__always)
  mutating func next() -> UInt64 {
    var byte = place.load(as: UInt8.self)
    place += 1
    if byte < 0x80 { return UInt64(byte) }
    var value = UInt64(byte & 0x7F)
    var shift: UInt64 = 7
    repeat {
      byte = place.load(as: UInt8.self)
      place += 1
      value |= UInt64(byte & 0x7F) &<< shift
      shift &+= 7
    } while byte >= 0x80
    return value
  }

  @inline(__always)
  mutating func nextSigned() -> Int64 {
    let value = next()
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  /// How many numbers the bytes hold; -1 if the last one is cut off.
  static func count(_ bytes: UnsafeRawBufferPointer) -> Int {
    if let last = bytes.last, last >= 0x80 { return -1 }
    var count = 0
    for byte in bytes { count &+= Int(~byte >> 7) }
    return count
  }

  /// The sum of the numbers; `nil` if it is beyond 64 bits. The last number must not be cut off.
  static func sum(_ bytes: UnsafeRawBufferPointer) -> UInt64? {
    guard let base = bytes.baseAddress else { return 0 }
    if let last = bytes.last, last >= 0x80 { return nil }
    var column = VariableColumn(base)
    var sum: UInt64 = 0
    while column.place < base + bytes.count {
      let (more, overflow) = sum.addingReportingOverflow(column.next())
      if overflow { return nil }
      sum = more
    }
    return sum
  }
}
