import EventLog
import EventModel
import JSONTape
import Projections

/// An event of the history being shrunk: all its columns as values, and packed for the reducers once they ask.
///
/// Immutable; candidates that share an event share what was packed. Not thread-safe.
final class WitnessEvent {
  struct Content: Equatable {
    var id: EventID
    var timestamp: Instant
    var createdAt: Instant
    var type: String
    var data: JSONTree
    var metadata: JSONTree

    /// Members and elements of both payloads.
    var fieldCount: Int { data.fieldCount + metadata.fieldCount }
  }

  let id: EventID
  let timestamp: Instant
  let createdAt: Instant
  let type: String
  /// JSON of `data`, then of `metadata`: trees would be several times as large, and a history has many events.
  private let payloads: Payloads
  private let dataCount: Int
  private enum Payloads {
    /// Of an event that was made on the way.
    case own([UInt8])
    /// Of one of the history.
    case packed(PackedTexts, PackedTexts.Place)
  }

  private var memory: UnsafeMutableRawPointer?
  private var isUnreadable = false

  /// - Parameter texts: where the payloads are kept with those of others.
  init(_ content: Content, in texts: PackedTexts? = nil) {
    (id, timestamp, createdAt, type) = (content.id, content.timestamp, content.createdAt, content.type)
    let (data, metadata) = (content.data.stored, content.metadata.stored)
    payloads = texts.map { .packed($0, $0.append(data + metadata)) } ?? .own(data + metadata)
    dataCount = data.count
  }

  private var payloadBytes: [UInt8] {
    switch payloads {
    case .own(let bytes): bytes
    case .packed(let texts, let place): texts.text(at: place)
    }
  }

  /// All columns. O(size): the payloads are parsed.
  var content: Content {
    let payloads = payloadBytes
    return Content(
      id: id, timestamp: timestamp, createdAt: createdAt, type: type, data: tree(payloads[..<dataCount]),
      metadata: tree(payloads[dataCount...]))
  }

  private func tree(_ text: ArraySlice<UInt8>) -> JSONTree {
    do throws(JSONFault) { return try JSONTree(parsing: Array(text)) } catch {
      preconditionFailure("what a tree was written as is JSON")
    }
  }

  deinit { memory?.deallocate() }

  func changing(_ change: (inout Content) -> Void) -> WitnessEvent {
    var content = content
    change(&content)
    return WitnessEvent(content)
  }

  /// The same with the documents in the texts of some columns in their place.
  func unwrapped(_ columns: PayloadColumns) throws(JSONFault) -> WitnessEvent {
    if columns.isEmpty { return self }
    var content = content
    if columns.contains(.data), let text = content.data.string {
      content.data = try JSONTree(parsing: Array(text.utf8))
    }
    if columns.contains(.metadata), let text = content.metadata.string {
      content.metadata = try JSONTree(parsing: Array(text.utf8))
    }
    if case .packed(let texts, _) = payloads { return WitnessEvent(content, in: texts) }
    return WitnessEvent(content)
  }

  /// The event as the reducers read it, as long as this object lives; `nil` when it is no event any more.
  func packed(_ packer: EventPacker) -> Event? {
    if let memory { return Event(memory) }
    if isUnreadable { return nil }
    memory = packer.pack(line(user: EventPacker.user))
    isUnreadable = memory == nil
    return memory.map { Event($0) }
  }

  /// The event as a line of an NDJSON export.
  func line(user: UserID) -> [UInt8] {
    var bytes: [UInt8] = []
    func put(_ text: String) { bytes += text.utf8 }
    put("{\"id\":\"\(id)\",\"user_id\":\"\(user)\",\"timestamp\":\"\(timestamp)\",\"event_type\":")
    bytes += JSONTree.string(type).canonicalBytes
    put(",\"data\":")
    let payloads = payloadBytes
    bytes += payloads[..<dataCount]
    put(",\"metadata\":")
    bytes += payloads[dataCount...]
    put(",\"created_at\":\"\(createdAt)\"}")
    return bytes
  }

  /// The order of a user's history.
  static func precedes(_ a: WitnessEvent, _ b: WitnessEvent) -> Bool {
    a.timestamp == b.timestamp ? a.id < b.id : a.timestamp < b.timestamp
  }
}

/// Makes packed events of lines. One per thread.
final class EventPacker {
  /// Whose events the packed ones are; no reducer asks.
  static let user = UserID(high: 0, low: 0)

  private let arena = ByteArena(capacity: 1 << 14)
  private let decoder: EventDecoder

  init() {
    decoder = EventDecoder(
      vocabulary: EventVocabulary(
        types: EventType.table, dataFields: Field.dataTable, metadataFields: Field.metadataTable), arena: arena)
  }

  /// Memory that the caller frees; `nil` when the line is no event.
  func pack(_ line: [UInt8]) -> UnsafeMutableRawPointer? {
    arena.count = 0
    let padded = line + [UInt8](repeating: 0x20, count: TapeParser.padding)
    let isEvent = padded.withUnsafeBytes { bytes in
      do throws(RecordFault) {
        try decoder.decode(line: UnsafeRawBufferPointer(rebasing: bytes[..<line.count]))
        return true
      } catch {
        return false
      }
    }
    guard isEvent else { return nil }
    let memory = UnsafeMutableRawPointer.allocate(byteCount: arena.count + ByteArena.slack, alignment: 16)
    memory.copyMemory(from: arena.base, byteCount: arena.count)
    return memory
  }
}
