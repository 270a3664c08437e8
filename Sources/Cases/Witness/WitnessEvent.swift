import EventLog
import EventModel
import Explaining
import Folding
import JSONTape

/// An event of the history being shrunk: either kept from the log, together with all others, or made while shrinking.
///
/// Immutable. Candidates that share an event share its packed form. Made events are not thread-safe.
struct WitnessEvent {
  struct Content: Equatable {
    var id: EventID
    var timestamp: Instant
    var createdAt: Instant
    var type: String
    var data: JSONTree
    var metadata: JSONTree

    /// The number of members and elements of both payloads.
    var fieldCount: Int { data.fieldCount + metadata.fieldCount }
  }

  private enum Form {
    case kept(WitnessHistory, FoundEvent)
    case made(MadeEvent)
  }

  private let form: Form

  init(_ content: Content) { form = .made(MadeEvent(content)) }

  init(_ found: FoundEvent, in history: WitnessHistory) { form = .kept(history, found) }

  var id: EventID {
    switch form {
    case .kept(_, let found): found.event.id
    case .made(let event): event.id
    }
  }

  var timestamp: Instant {
    switch form {
    case .kept(_, let found): found.event.timestamp
    case .made(let event): event.timestamp
    }
  }

  var createdAt: Instant {
    switch form {
    case .kept(_, let found): found.event.createdAt
    case .made(let event): event.createdAt
    }
  }

  var type: String {
    switch form {
    case .kept(let history, let found): history.type(of: found)
    case .made(let event): event.type
    }
  }

  /// All columns. O(size): parses the payloads.
  var content: Content {
    let payloads = payloads
    return Content(
      id: id, timestamp: timestamp, createdAt: createdAt, type: type, data: tree(payloads.data),
      metadata: tree(payloads.metadata))
  }

  private var payloads: WitnessPayloads {
    switch form {
    case .kept(_, let found): WitnessPayloads(found.extra)
    case .made(let event): event.payloads
    }
  }

  private func tree(_ text: [UInt8]) -> JSONTree {
    do throws(JSONFault) { return try JSONTree(parsing: text) } catch {
      preconditionFailure("what a tree was written as is JSON")
    }
  }

  func changing(_ change: (inout Content) -> Void) -> WitnessEvent {
    var content = content
    change(&content)
    return WitnessEvent(content)
  }

  /// The same event, with each of these columns that holds a JSON document as a string replaced by the document.
  func unwrapped(_ columns: PayloadColumns) throws(JSONFault) -> WitnessEvent {
    if columns.isEmpty { return self }
    var content = content
    if columns.contains(.data), let text = content.data.string {
      content.data = try JSONTree(parsing: Array(text.utf8))
    }
    if columns.contains(.metadata), let text = content.metadata.string {
      content.metadata = try JSONTree(parsing: Array(text.utf8))
    }
    return WitnessEvent(content)
  }

  /// The event as the reducers read it, valid as long as this value exists; `nil` when it is not a valid event any
  /// more.
  func packed(_ packer: EventPacker) -> Event? {
    switch form {
    case .kept(_, let found): found.event
    case .made(let event): event.packed(line(user: EventPacker.user), packer)
    }
  }

  /// The event as a line of an NDJSON export.
  func line(user: UserID) -> [UInt8] {
    var bytes: [UInt8] = []
    func put(_ text: String) { bytes += text.utf8 }
    put("{\"id\":\"\(id)\",\"user_id\":\"\(user)\",\"timestamp\":\"\(timestamp)\",\"event_type\":")
    bytes += JSONTree.string(type).canonicalBytes
    put(",\"data\":")
    let payloads = payloads
    bytes += payloads.data
    put(",\"metadata\":")
    bytes += payloads.metadata
    put(",\"created_at\":\"\(createdAt)\"}")
    return bytes
  }

  /// Whether two events have the same content, even if spelled differently.
  func isEqual(to other: WitnessEvent) -> Bool {
    if case .kept(_, let a) = form, case .kept(_, let b) = other.form, a.repeats(b) { return true }
    return content == other.content
  }

  /// The order of a user's history.
  static func precedes(_ a: WitnessEvent, _ b: WitnessEvent) -> Bool {
    a.timestamp == b.timestamp ? a.id < b.id : a.timestamp < b.timestamp
  }

  /// The address of an event that was kept from the log; `nil` for one that was made.
  var base: UnsafeRawPointer? {
    if case .kept(_, let found) = form { found.event.base } else { nil }
  }

  /// The file mapping with the events that the log has of the user; `nil` if they are in memory, or for an event that
  /// was made.
  var memory: SpilledMemory? {
    if case .kept(let history, _) = form { history.memory } else { nil }
  }
}

/// The JSON of `data` and `metadata` as text: trees would be several times as large.
struct WitnessPayloads {
  var data: [UInt8]
  var metadata: [UInt8]

  init(_ data: JSONTree, _ metadata: JSONTree) {
    self.data = data.stored
    self.metadata = metadata.stored
  }

  /// Reads what ``bytes`` returns.
  init(_ bytes: UnsafeRawBufferPointer) {
    let count = Int(bytes.loadUnaligned(as: UInt32.self))
    data = Array(bytes[4..<4 + count])
    metadata = Array(bytes[(4 + count)...])
  }

  var bytes: [UInt8] { withUnsafeBytes(of: UInt32(data.count)) { Array($0) } + data + metadata }
}

/// An event that was made while shrinking. It is packed on first use.
private final class MadeEvent {
  let id: EventID
  let timestamp: Instant
  let createdAt: Instant
  let type: String
  let payloads: WitnessPayloads
  private var memory: UnsafeMutableRawPointer?
  private var isUnreadable = false

  init(_ content: WitnessEvent.Content) {
    (id, timestamp, createdAt, type) = (content.id, content.timestamp, content.createdAt, content.type)
    payloads = WitnessPayloads(content.data, content.metadata)
  }

  deinit { memory?.deallocate() }

  func packed(_ line: @autoclosure () -> [UInt8], _ packer: EventPacker) -> Event? {
    if let memory { return Event(memory) }
    if isUnreadable { return nil }
    memory = packer.pack(line())
    isUnreadable = memory == nil
    return memory.map { Event($0) }
  }
}

/// Owns the memory of a user's events in the log. Each event is followed by its ``FoundPlace`` and its
/// ``WitnessPayloads``.
final class WitnessHistory {
  private let texts: [FoundTexts]
  private let parts: [FoundParts]

  init(_ found: FoundHistory, _ texts: [FoundTexts], _ parts: [FoundParts]) {
    memory = found.memory
    self.texts = texts
    self.parts = found.memory == nil ? parts : []
  }

  let memory: SpilledMemory?

  func type(of found: FoundEvent) -> String {
    let place = found.place
    return texts[Int(place.source)].types[Int(place.text)]
  }
}

extension Sequence<WitnessEvent> {
  /// Visits the events in order. The memory of events already visited may be released.
  func walk(_ body: (WitnessEvent) throws -> Void) rethrows {
    var walk: SpilledWalk?
    for event in self {
      if walk == nil, let memory = event.memory { walk = SpilledWalk(memory) }
      try body(event)
      if let base = event.base { walk?.looked(at: base) }
    }
  }

  /// The events that satisfy a condition, found by such a walk.
  func walked(_ isWanted: (WitnessEvent) -> Bool) -> [WitnessEvent] {
    var wanted: [WitnessEvent] = []
    walk { if isWanted($0) { wanted.append($0) } }
    return wanted
  }
}
