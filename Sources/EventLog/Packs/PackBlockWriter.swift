import CZstd
import EventModel
import JSONTape

/// The state of the compression of blocks. One per thread.
public final class PackCompressor {
  fileprivate let context: OpaquePointer

  public init() {
    guard let context = ZSTD_createCCtx() else { preconditionFailure("out of memory") }
    self.context = context
  }

  deinit { ZSTD_freeCCtx(context) }
}

/// Writes users and their events as the blocks of a packed log. One per thread.
///
/// Users come in groups. A group begins with a new block, so its bytes depend on nothing but its users and their events.
/// Events must have a ``PackTail`` and be in history order, each once.
public final class PackBlockWriter {
  private let header: PackHeader
  private let wholeTypes: UInt64
  private let compressor: PackCompressor
  /// Bytes of payloads with which a block ends.
  private let mostBytes: Int
  /// The blocks written so far, one after the other.
  public private(set) var output: ByteArena
  /// Their entries; offsets are in ``output``.
  public private(set) var blocks: [PackBlock] = []

  // The columns of the block.
  private let users = ByteArena(capacity: 256)
  private let ids = ByteArena(capacity: 256)
  private let contents = ByteArena(capacity: 256)
  private let reads = ByteArena(capacity: 256)
  private let keys = ByteArena(capacity: 256)
  private let counts = ByteArena(capacity: 256)
  private let types = ByteArena(capacity: 256)
  private let flags = ByteArena(capacity: 256)
  private let traits = ByteArena(capacity: 256)
  private let timestamps = ByteArena(capacity: 256)
  private let created = ByteArena(capacity: 256)
  private let sizes = ByteArena(capacity: 256)
  private let payloads = ByteArena(capacity: 256)
  private let fields = PackedFields()
  private var block = PackBlock()
  private var lastTimestamp: Int64 = 0

  /// - Parameters:
  ///   - compressor: may be shared by writers of one thread.
  ///   - mostBytes: bytes of payloads with which a block ends; a log that can be copied from has the default.
  public init(
    _ header: PackHeader, vocabulary: EventVocabulary, compressor: PackCompressor = PackCompressor(),
    mostBytes: Int = PackBlockWriter.ordinaryBytes
  ) {
    self.header = header
    wholeTypes = header.kind == .all ? 0 : vocabulary.wholeTypes
    self.compressor = compressor
    self.mostBytes = mostBytes
    output = ByteArena(capacity: mostBytes / 4)
  }

  /// Returns the blocks written so far, with their offsets in the bytes, and forgets them.
  public func take() -> (blocks: [PackBlock], bytes: ByteArena) {
    defer { blocks.removeAll() }
    return (blocks, output.detach(capacity: 1 << 18))
  }

  /// Appends the blocks written so far to a file and forgets them. Returns them with their offsets in the file.
  public func drain(to file: SpillFile) throws(StorageFault) -> [PackBlock] {
    if blocks.isEmpty { return [] }
    let start = try file.append(output.bytes)
    output.reset(keeping: mostBytes / 4)
    defer { blocks.removeAll(keepingCapacity: true) }
    return blocks.map {
      var block = $0
      block.offset += start
      return block
    }
  }

  /// A block ends with the event that reaches one of these.
  private static let mostEvents = 8192
  public static let ordinaryBytes = 1 << 20

  private var isFull: Bool {
    block.facts.events >= PackBlockWriter.mostEvents || payloads.count >= mostBytes
  }

  /// Adds a user. O(bytes).
  public func add(_ user: UserID, isExported: Bool, _ events: [Event]) {
    var place = 0
    repeat {
      if block.userCount == 0 {
        block.firstUser = user
        block.continues = place > 0
      }
      block.userCount += 1
      users.reserve(16)
      users.put(bigEndian: user)
      if place == 0 {
        block.facts.users += 1
        if isExported { block.facts.exportedUsers += 1 }
      }
      let first = place
      while place < events.count, !(isFull && place > first) {
        append(events[place], of: user)
        place += 1
        if isFull { break }
      }
      counts.reserve(4)
      counts.put(little: UInt32(place - first) << 1 | (isExported ? 1 : 0))
      if isFull || block.userCount >= PackBlockWriter.mostEvents { endBlock() }
    } while place < events.count
  }

  /// Ends the group.
  public func endGroup() { if block.userCount > 0 { endBlock() } }

  private func append(_ event: Event, of user: UserID) {
    let tail = PackTail(event)
    block.facts.note(event, tail.traits)
    ids.reserve(16)
    ids.put(bigEndian: event.id)
    contents.reserve(8)
    contents.put(little: tail.content)
    var kept = event.flags.subtracting([.whole, .wholeText])
    if header.kind == .read {
      block.facts.content.add(event, of: user)
      reads.reserve(8)
      reads.put(little: event.content)
      if event.idempotencyKey != 0 {
        kept.insert(PackBlockWriter.hasKey)
        keys.reserve(8)
        keys.put(little: event.idempotencyKey)
      }
    } else {
      kept = []
    }
    types.append(header.kind == .read ? event.type : 0)
    flags.append(kept.rawValue)
    traits.append(tail.traits.rawValue)
    let timestamp = event.timestamp.microseconds
    timestamps.reserve(10)
    timestamps.put(zigzag: timestamp &- lastTimestamp)
    lastTimestamp = timestamp
    created.reserve(10)
    created.put(zigzag: event.createdAt.microseconds &- timestamp)
    let start = payloads.count
    appendPayload(event, tail)
    sizes.reserve(10)
    sizes.put(variable: UInt64(payloads.count - start))
    block.decodedSize += EventLayout.headSize + payloads.count - start
  }

  /// In the flags of a stored event, in place of ``EventFlags/wholeText``: whether it has an idempotency key.
  static let hasKey = EventFlags.wholeText

  private func appendPayload(_ event: Event, _ tail: PackTail) {
    if header.kind == .all {
      payloads.reserve(4 + tail.type.count)
      payloads.put(little: UInt32(tail.type.count))
      payloads.put(tail.type)
      appendTexts(tail.values, areTexts: event.flags.contains(.wholeText))
    } else if event.type == 0 {
      payloads.append(tail.type)
    } else if wholeTypes >> UInt64(event.type) & 1 == 1 {
      payloads.reserve(4)
      payloads.put(little: UInt32(8 + event.data.count + event.metadata.count - 4))
      appendFields(event)
      appendTexts(tail.values, areTexts: event.flags.contains(.wholeText))
    } else {
      appendFields(event)
    }
  }

  /// Appends the fields that are read, by number: records list them in any order.
  private func appendFields(_ event: Event) {
    let (data, metadata) = (event.data, event.metadata)
    payloads.reserve(4 + data.count + metadata.count)
    payloads.put(little: UInt32(data.count))
    fields.append(data, to: payloads)
    fields.append(metadata, to: payloads)
  }

  /// Appends the whole values: the length of `data`'s text, and the two texts.
  private func appendTexts(_ values: UnsafeRawBufferPointer, areTexts: Bool) {
    if areTexts { return payloads.append(values) }
    guard let base = values.baseAddress else { preconditionFailure("the event is kept whole") }
    let data = JSONValue(base)
    // Otherwise only programs read these texts.
    let isReadBack = header.kind == .all
    let start = payloads.count
    payloads.reserve(4)
    payloads.put(UInt32(0))
    var json = CanonicalWriter(output: payloads)
    json.beginDocument()
    json.stored(data, isReadBack: isReadBack)
    let length = payloads.count - start - 4
    (payloads.base + start).storeBytes(of: UInt32(length).littleEndian, as: UInt32.self)
    json.beginDocument()
    json.stored(JSONValue(data.end), isReadBack: isReadBack)
  }

  private func endBlock() {
    for column in [types, flags, traits] { payloads.append(column.bytes) }
    var head = PackBlockHead()
    head.events = block.facts.events
    head.users = block.userCount
    head.keys = keys.count / 8
    head.timestamps = timestamps.count
    head.created = created.count
    head.sizes = sizes.count
    head.plain = payloads.count
    head.flags = (block.continues ? 1 : 0) | (header.kind == .read ? 2 : 0)

    let start = output.count
    let bound = ZSTD_compressBound(payloads.count)
    output.reserve(PackBlockHead.size + head.rawSize + bound + 8)
    output.count += PackBlockHead.size
    for column in [users, counts, ids, contents, reads, keys, timestamps, created, sizes] { output.put(column.bytes) }
    let packed = ZSTD_compressCCtx(
      compressor.context, output.base + output.count, bound, payloads.base, payloads.count, PackHeader.compressionLevel)
    precondition(ZSTD_isError(packed) == 0, "there is room for whatever zstd writes")
    output.count += packed
    let end = output.count
    head.packed = packed
    output.count = start
    head.write(to: output)
    output.count = end
    output.put(
      little: XXHash64.hash(UnsafeRawBufferPointer(start: output.base + start, count: output.count - start)))

    block.offset = start
    block.length = output.count - start
    blocks.append(block)
    block = PackBlock()
    lastTimestamp = 0
    for column in [
      users, ids, contents, reads, keys, counts, types, flags, traits, timestamps, created, sizes, payloads,
    ] { column.count = 0 }
  }
}
