import EventModel
import JSONTape

/// Appends events of a packed log to an arena, as a decoder appends those of an export. One per thread.
public final class PackedEvents {
  private let arena: ByteArena
  private let wholeTypes: UInt64
  private let keepsTails: Bool
  /// Whether ``EventHead/content`` is of the whole event.
  private let hashesWhole: Bool
  /// For packs of ``PackHeader/Kind/all``.
  private let decoder: EventDecoder?
  private let lines = ByteArena()
  private var ends: [Int] = []

  /// - Parameters:
  ///   - arena: where events are appended.
  ///   - vocabulary: what the reader reads.
  ///   - scope: which hash the events have.
  ///   - keepsTails: whether events are to be packed again.
  public init(
    _ header: PackHeader, vocabulary: EventVocabulary, arena: ByteArena, scope: ContentScope, keepsTails: Bool
  ) {
    self.arena = arena
    self.keepsTails = keepsTails
    hashesWhole = scope == .whole
    wholeTypes = vocabulary.wholeTypes
    decoder =
      header.kind == .read
      ? nil : EventDecoder(vocabulary: vocabulary, arena: arena, scope: scope, keepsTails: keepsTails)
  }

  /// Appends one event.
  public func append(
    _ event: PackBlockReader.StoredEvent, of reader: PackBlockReader
  ) throws(StorageFault) {
    guard let decoder else { return try appendRead(event, of: reader) }
    lines.count = 0
    try PackedEvents.write(event, of: reader, to: lines)
    ends = [lines.count]
    try decodeLines(reader, decoder)
  }

  /// Unpacks one event of a pack of what is read into an arena.
  public static func event(
    _ event: PackBlockReader.StoredEvent, of reader: PackBlockReader, _ vocabulary: EventVocabulary, in arena: ByteArena
  ) throws(StorageFault) -> Event {
    let start = arena.count
    try PackedEvents(reader.pack.header, vocabulary: vocabulary, arena: arena, scope: .read, keepsTails: false)
      .appendRead(event, of: reader)
    return Event(arena.base + start)
  }

  /// Appends the events of the reader's user, except those that are left out.
  public func append(_ reader: PackBlockReader, leavingOut ids: Set<EventID> = []) throws(StorageFault) {
    if let decoder { return try append(reader, leavingOut: ids, decoder) }
    while reader.eventsLeft > 0 {
      let event = reader.event()
      if !ids.isEmpty, ids.contains(event.id) { continue }
      try appendRead(event, of: reader)
    }
  }

  @inline(__always)
  private func appendRead(_ event: PackBlockReader.StoredEvent, of reader: PackBlockReader) throws(StorageFault) {
    arena.reserve(EventLayout.headSize + event.payload.count + PackTail.room + 4)
    let start = arena.count
    var head = EventHead(
      timestamp: event.timestamp, id: event.id, createdAt: event.createdAt,
      content: hashesWhole ? event.content : event.read, payloadLength: 0,
      type: event.type, flags: event.flags)
    head.idempotencyKey = event.key
    var output = PackedWriter(arena.base + start + EventLayout.headSize)
    let payload = output.cursor
    let stored = event.payload
    var values = UnsafeRawBufferPointer(start: nil, count: 0)
    if event.type == 0 {
      if keepsTails { output.put(UInt32(0)) }
    } else if wholeTypes >> UInt64(event.type) & 1 == 1 {
      guard stored.count >= 4, let base = stored.baseAddress else { throw reader.damage }
      let fields = Int(UInt32(littleEndian: base.loadUnaligned(as: UInt32.self)))
      guard fields <= stored.count - 4 else { throw reader.damage }
      output.put(UnsafeRawBufferPointer(start: base + 4, count: fields))
      values = UnsafeRawBufferPointer(rebasing: stored[(4 + fields)...])
      output.put(values)
      head.flags.formUnion([.whole, .wholeText])
      if !keepsTails { output.put(UInt32(truncatingIfNeeded: values.count)) }
    } else {
      copyBytes(stored.baseAddress!, to: output.cursor, count: stored.count)
      output.cursor += stored.count
    }
    if keepsTails {
      head.flags.insert(.whole)
      let type = event.type == 0 ? stored : UnsafeRawBufferPointer(start: nil, count: 0)
      PackTail.write(
        valuesCount: values.count, type: type, content: event.content, traits: event.traits, to: &output)
    }
    head.payloadLength = UInt32(truncatingIfNeeded: output.cursor - payload)
    (arena.base + start).storeBytes(of: head, as: EventHead.self)
    arena.count = start + EventLayout.headSize + (output.cursor - payload)
  }

  // MARK: Packs of all columns

  private func append(
    _ reader: PackBlockReader, leavingOut ids: Set<EventID>, _ decoder: EventDecoder
  ) throws(StorageFault) {
    lines.count = 0
    ends.removeAll(keepingCapacity: true)
    while reader.eventsLeft > 0 {
      let event = reader.event()
      if !ids.isEmpty, ids.contains(event.id) { continue }
      try PackedEvents.write(event, of: reader, to: lines)
      ends.append(lines.count)
      lines.append(ASCII.lineFeed)
    }
    try decodeLines(reader, decoder)
  }

  /// Appends the events of ``lines``, which end at ``ends``.
  private func decodeLines(_ reader: PackBlockReader, _ decoder: EventDecoder) throws(StorageFault) {
    let count = lines.count
    lines.reserve(TapeParser.padding)
    for _ in 0..<TapeParser.padding { lines.put(UInt8(0x20)) }
    decoder.begin(lines: UnsafeRawBufferPointer(start: lines.base, count: count))
    var start = 0
    for end in ends {
      do throws(RecordFault) {
        try decoder.decode(line: UnsafeRawBufferPointer(start: lines.base + start, count: end - start))
      } catch { throw reader.damage }
      start = end + 1
    }
  }

  /// Writes an event of a pack of all columns as a line of NDJSON, without the line feed.
  public static func write(
    _ event: PackBlockReader.StoredEvent, of reader: PackBlockReader, to output: ByteArena
  ) throws(StorageFault) {
    guard let columns = event.columns else { throw reader.damage }
    event.write(of: reader.user, columns, to: output)
  }
}

extension PackBlockReader.StoredEvent {
  /// The type of an event, and the texts of `data` and `metadata`.
  public typealias Columns = (
    type: UnsafeRawBufferPointer, data: UnsafeRawBufferPointer, metadata: UnsafeRawBufferPointer
  )

  /// Writes a line of NDJSON, without the line feed.
  public func write(of user: UserID, _ columns: Columns, to output: ByteArena) {
    var json = CanonicalWriter(output: output)
    json.beginDocument()
    json.beginObject()
    json.key("id")
    json.uuid(id)
    json.key("user_id")
    json.uuid(user)
    json.key("timestamp")
    json.instant(timestamp)
    json.key("event_type")
    json.string(columns.type)
    json.key("data")
    json.written(columns.data)
    json.key("metadata")
    json.written(columns.metadata)
    if !traits.contains(.createdAtMissing) {
      json.key("created_at")
      json.instant(createdAt)
    }
    json.endObject()
  }

  /// The columns of an event of a pack of all columns; `nil` if it is damaged.
  var columns: Columns? {
    var rest = payload[...]
    func text() -> UnsafeRawBufferPointer? {
      guard rest.count >= 4 else { return nil }
      let count = Int(UInt32(littleEndian: UnsafeRawBufferPointer(rebasing: rest).loadUnaligned(as: UInt32.self)))
      guard count <= rest.count - 4 else { return nil }
      let text = rest.dropFirst(4).prefix(count)
      rest = rest.dropFirst(4 + count)
      return UnsafeRawBufferPointer(rebasing: text)
    }
    guard let type = text(), let data = text() else { return nil }
    return (type, data, UnsafeRawBufferPointer(rebasing: rest))
  }

  /// The text of the type, in a pack of all columns; `nil` if it is damaged.
  public var typeText: UnsafeRawBufferPointer? { columns?.type }

  /// The texts of `data` and `metadata`, in a pack of all columns; `nil` if they are damaged.
  public var texts: (data: UnsafeRawBufferPointer, metadata: UnsafeRawBufferPointer)? {
    columns.map { ($0.data, $0.metadata) }
  }

  /// Fingerprint of the idempotency key, in a pack of what is read; 0 if there is none.
  public var idempotencyKey: UInt64 { key }

  /// The name of the type of an event that no reducer reads, in a pack of what is read; empty for other events.
  public var typeName: UnsafeRawBufferPointer {
    type == 0 ? payload : UnsafeRawBufferPointer(start: nil, count: 0)
  }
}

extension PackBlockReader {
  /// The number of an event's type in a vocabulary, 0 if no reducer reads it. A pack of what is read must be of that
  /// vocabulary.
  @inline(__always)
  public func typeNumber(of event: StoredEvent, _ vocabulary: EventVocabulary) throws(StorageFault) -> UInt8 {
    if pack.header.kind == .read { return event.type }
    guard let columns = event.columns else { throw damage }
    return vocabulary.types.index(of: columns.type)
  }

  /// The fault of an event that passed the block's checksum and still is not valid.
  public var damage: StorageFault { pack.damage(current, "an event in it is not valid") }
}
