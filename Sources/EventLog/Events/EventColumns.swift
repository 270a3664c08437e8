import EventModel
import Platform

/// The unparsed text of an event's plain columns.
struct EventText {
  var id: UnsafeRawBufferPointer
  var user: UnsafeRawBufferPointer
  var timestamp: UnsafeRawBufferPointer
  var type: UnsafeRawBufferPointer
  var createdAt: UnsafeRawBufferPointer?

  /// Checks and parses the columns.
  @inline(__always)
  func columns() throws(RecordFault) -> EventColumns {
    guard let id = EventID(id) else { throw RecordFault(field: "id", reason: "not a UUID") }
    guard let user = UserID(user) else { throw RecordFault(field: "user_id", reason: "not a UUID") }
    let timestamp = try columnInstant(timestamp, "timestamp")
    // Without a created_at column, the timestamp is used for the clock and for visibility.
    let createdAt = try createdAt.map { (text) throws(RecordFault) in try columnInstant(text, "created_at") }
    if type.isEmpty { throw RecordFault(field: "event_type", reason: "empty") }
    if !EventColumns.isType(type) {
      throw RecordFault(field: "event_type", reason: "a NUL character, which PostgreSQL refuses")
    }
    return EventColumns(id: id, user: user, timestamp: timestamp, createdAt: createdAt, type: type)
  }
}

/// The parsed values of an event's plain columns.
struct EventColumns {
  var id = EventID(high: 0, low: 0)
  var user = UserID(high: 0, low: 0)
  var timestamp = Instant(microseconds: 0)
  var createdAt: Instant?
  var type = UnsafeRawBufferPointer(start: nil, count: 0)

  /// Whether the text is a valid event type.
  static func isType(_ text: UnsafeRawBufferPointer) -> Bool {
    !text.isEmpty && memchr(text.baseAddress!, 0, text.count) == nil
  }

  /// The event's head, with payload and content hash still to be set.
  ///
  /// - Parameter number: the type's number in the table of types.
  @inline(__always)
  func head(type number: UInt8) -> EventHead {
    EventHead(
      timestamp: timestamp, id: id, createdAt: createdAt ?? timestamp, content: 0, payloadLength: 0, type: number,
      flags: [])
  }
}
