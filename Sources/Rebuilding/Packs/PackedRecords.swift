import EventLog
import EventModel
import Folding
import JSONTape
import Running

/// Visits the users asked for in packed logs, on all threads. Reads only the blocks that may hold them.
///
/// - Parameters:
///   - users: whom to visit; all if empty.
///   - visit: called with the thread, the pack, and a reader that has just moved to a user. The events of a user may be in
///     several blocks, which different threads may visit.
package func visitPacked(
  _ packs: [PackedLog], of users: Set<UserID>, threads: Int, _ progress: ProgressMeter = ProgressMeter(),
  visit: (_ thread: Int, _ pack: Int, _ reader: PackBlockReader) throws -> Void
) throws {
  let blocks = users.isEmpty ? PackBlockPlace.all(of: packs.indices, in: packs) : PackBlockPlace.of(users, in: packs)
  try onBlocks(packs, blocks, threads: threads, progress) { thread, place, reader in
    try reader.load(place.block)
    while reader.next() {
      if users.isEmpty || users.contains(reader.user) { try visit(thread, place.pack, reader) }
    }
  }
}

/// The newest created_at of the events of packs, apart from those that are left out; `nil` without any. Reads blocks only
/// as long as one may have a newer event.
///
/// - Parameter ids: events that are left out, besides those of users that a pack drops.
package func newestInstant(of inputs: LogInputs, leavingOut ids: Set<EventID>) throws(StorageFault) -> Instant? {
  let dropped = inputs.droppedUsers
  if ids.isEmpty, dropped.isEmpty { return inputs.packs.compactMap(\.summary.facts.newest).max() }
  var blocks: [(instant: Instant, place: PackBlockPlace)] = []
  for place in PackBlockPlace.all(of: inputs.packs.indices, in: inputs.packs) {
    if let instant = inputs.packs[place.pack].blocks[place.block].facts.newest { blocks.append((instant, place)) }
  }
  blocks.sort { $0.instant > $1.instant }
  let readers = inputs.packs.map { PackBlockReader($0) }
  var newest: Instant?
  for (instant, place) in blocks {
    if let newest, !(newest < instant) { break }
    let reader = readers[place.pack]
    try reader.load(place.block)
    while reader.next() {
      if dropped.contains(reader.user) { continue }
      while reader.eventsLeft > 0 {
        let event = reader.event()
        if ids.contains(event.id) { continue }
        newest = max(newest ?? event.createdAt, event.createdAt)
      }
    }
  }
  return newest
}

/// Writes events of packed logs as the records of an export. One per thread.
///
/// A pack of what is read has no other fields, and of an idempotency key only a fingerprint, which is written in its
/// place: reducers read the same of the record as of the event.
package final class PackedRecordWriter {
  private let vocabulary: Vocabulary
  private let events = ByteArena()

  package init(_ vocabulary: Vocabulary) { self.vocabulary = vocabulary }

  /// The name of an event's type.
  package func type(of event: PackBlockReader.StoredEvent, _ reader: PackBlockReader) throws(StorageFault) -> String {
    if reader.pack.header.kind == .all {
      guard let type = event.typeText else { throw reader.damage }
      return String(decoding: type, as: UTF8.self)
    }
    return vocabulary.eventType(event.type)?.name.description ?? String(decoding: event.typeName, as: UTF8.self)
  }

  /// Appends the event as a line of NDJSON, without the line feed.
  package func write(
    _ event: PackBlockReader.StoredEvent, of reader: PackBlockReader, to output: ByteArena
  ) throws(StorageFault) {
    if reader.pack.header.kind == .all { return try PackedEvents.write(event, of: reader, to: output) }
    let (data, metadata) = try payloads(of: event, reader)
    var type = try type(of: event, reader)
    type.withUTF8 { type in
      data.withUnsafeBytes { data in
        metadata.withUnsafeBytes { metadata in
          event.write(of: reader.user, (UnsafeRawBufferPointer(type), data, metadata), to: output)
        }
      }
    }
  }

  /// The texts of `data` and `metadata`.
  package func payloads(
    of event: PackBlockReader.StoredEvent, _ reader: PackBlockReader
  ) throws(StorageFault) -> (data: [UInt8], metadata: [UInt8]) {
    if reader.pack.header.kind == .all {
      guard let texts = event.texts else { throw reader.damage }
      return (Array(texts.data), Array(texts.metadata))
    }
    if !event.flags.isDisjoint(with: [.dataNumberTooLong, .metadataNumberTooLong]) {
      throw StorageFault(
        path: reader.pack.path,
        reason: "event \(event.id) has a number of more than 4,300 digits, which was not packed; pack with --all-fields"
      )
    }
    events.count = 0
    let packed = try PackedEvents.event(event, of: reader, vocabulary.tables, in: events)
    let key = event.idempotencyKey
    return (
      members(packed.data, packed.flags, falsy: .dataFalsy, notObject: .dataNotObject, key: 0),
      members(packed.metadata, packed.flags, falsy: .metadataFalsy, notObject: .metadataNotObject, key: key)
    )
  }

  private func members(
    _ section: UnsafeRawBufferPointer, _ flags: EventFlags, falsy: EventFlags, notObject: EventFlags, key: UInt64
  ) -> [UInt8] {
    if flags.contains(falsy) { return Array("null".utf8) }
    if flags.contains(notObject) { return Array("1".utf8) }
    let output = ByteArena(capacity: 256)
    var json = CanonicalWriter(output: output)
    json.beginDocument()
    json.beginObject()
    PackedFields.each(of: section) { number, value in
      guard let field = vocabulary.field(number) else { preconditionFailure("a field of the vocabulary") }
      json.key(field.name.utf8)
      json.stored(value, isReadBack: true)
    }
    if key != 0 {
      json.key("idempotency_key")
      json.string(String(key, radix: 16))
    }
    json.endObject()
    return Array(output.bytes)
  }
}
