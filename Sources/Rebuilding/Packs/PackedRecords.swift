import EventLog
import EventModel
import Folding
import JSONTape
import Running
import Synchronization

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
  var blocks: [(pack: Int, block: Int)] = []
  for (number, pack) in packs.enumerated() {
    let wanted =
      users.isEmpty ? Array(pack.blocks.indices) : Set(users.flatMap { pack.blocks(of: $0) }).sorted()
    blocks += wanted.map { (number, $0) }
  }
  if blocks.isEmpty { return }
  let errors = FirstError()
  let next = Atomic(0)
  withoutActuallyEscaping(visit) { visit in
    let shared = SharedVisit(visit: visit, blocks: blocks)
    onThreads(min(max(1, threads), blocks.count)) { thread in
      do {
        let readers = packs.map { PackBlockReader($0) }
        while !errors.isSet {
          let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
          if number >= shared.blocks.count { break }
          let (pack, block) = shared.blocks[number]
          try readers[pack].load(block)
          while readers[pack].next() {
            if users.isEmpty || users.contains(readers[pack].user) { try shared.visit(thread, pack, readers[pack]) }
          }
          progress.add(events: packs[pack].blocks[block].facts.events)
        }
      } catch {
        errors.note(error)
      }
    }
  }
  try errors.throwIfSet()
}

private struct SharedVisit: @unchecked Sendable {
  let visit: (Int, Int, PackBlockReader) throws -> Void
  let blocks: [(pack: Int, block: Int)]
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
    var json = CanonicalWriter(output: output)
    json.beginDocument()
    json.beginObject()
    json.key("id")
    json.uuid(event.id)
    json.key("user_id")
    json.uuid(reader.user)
    json.key("timestamp")
    json.instant(event.timestamp)
    json.key("event_type")
    json.string(try type(of: event, reader))
    json.key("data")
    data.withUnsafeBytes { json.written($0) }
    json.key("metadata")
    metadata.withUnsafeBytes { json.written($0) }
    if !event.traits.contains(.createdAtMissing) {
      json.key("created_at")
      json.instant(event.createdAt)
    }
    json.endObject()
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
