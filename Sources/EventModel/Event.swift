/// An event as refold keeps it between reading and folding: a fixed head, followed by what the reducers read of `data`
/// and `metadata`. The user id is not stored here; events are grouped by user.
///
/// Payload layout: 4 bytes with the length of the data section, the data section, the metadata section. A section is a
/// sequence of fields: a byte with the field's number (see ``FieldTable``), a byte with the size of its value (0 if
/// that is more than 255), and the value as packed JSON.
///
/// A whole event (``EventFlags/whole``) then has the whole values of `data` and `metadata`, and 4 bytes with the length of
/// these. They are packed JSON, one after the other; or (``EventFlags/wholeText``) 4 bytes with the length of `data`'s
/// text, and the two texts.
public struct EventHead: BitwiseCopyable, Sendable {
  public var timestamp: Instant
  public var id: EventID
  public var createdAt: Instant
  /// Hash of the whole event except its id, including what is not kept.
  public var content: UInt64
  /// Fingerprint of the text of `metadata`'s `idempotency_key`; 0 if there is none.
  public var idempotencyKey: UInt64 = 0
  public var payloadLength: UInt32
  /// Number of the event type in the table of types that some reducer reads; 0 if none reads it.
  public var type: UInt8
  public var flags: EventFlags

  public init(
    timestamp: Instant, id: EventID, createdAt: Instant, content: UInt64, payloadLength: UInt32, type: UInt8,
    flags: EventFlags
  ) {
    self.timestamp = timestamp
    self.id = id
    self.createdAt = createdAt
    self.content = content
    self.payloadLength = payloadLength
    self.type = type
    self.flags = flags
  }

  /// The type number of a record for a user in a users export; not an event. Sorts before all events.
  public static let userSeed: UInt8 = 255

  /// A record that says only that its user exists.
  public static let seed = EventHead(
    timestamp: Instant(microseconds: .min), id: EventID(high: 0, low: 0), createdAt: Instant(microseconds: .min),
    content: 0, payloadLength: 0, type: userSeed, flags: [])
}

/// Facts about an event's `data` and `metadata` that the payload does not show.
public struct EventFlags: OptionSet, Sendable, BitwiseCopyable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// `data` is null, false, 0, "" or []: not an object, but Python treats it as an empty one.
  public static let dataFalsy = EventFlags(rawValue: 1)
  /// `data` is a non-empty array or string, a number or true.
  public static let dataNotObject = EventFlags(rawValue: 2)
  public static let metadataFalsy = EventFlags(rawValue: 4)
  public static let metadataNotObject = EventFlags(rawValue: 8)
  /// An integer of more than 4,300 digits somewhere in `data`.
  public static let dataNumberTooLong = EventFlags(rawValue: 16)
  public static let metadataNumberTooLong = EventFlags(rawValue: 32)
  /// The payload also has the whole values of `data` and `metadata`.
  public static let whole = EventFlags(rawValue: 64)
  /// These values are JSON text, not packed.
  public static let wholeText = EventFlags(rawValue: 128)
}

/// An event in memory that someone else owns: zero-copy, valid as long as that memory.
public struct Event: BitwiseCopyable, @unchecked Sendable {
  public let base: UnsafeRawPointer

  @inlinable @inline(__always)
  public init(_ base: UnsafeRawPointer) { self.base = base }

  @inlinable @inline(__always)
  public var timestamp: Instant { base.loadUnaligned(as: Instant.self) }

  @inlinable @inline(__always)
  public var id: EventID { base.loadUnaligned(fromByteOffset: 8, as: EventID.self) }

  /// The first half of ``id``.
  @inlinable @inline(__always)
  public var idHigh: UInt64 { base.loadUnaligned(fromByteOffset: 8, as: UInt64.self) }

  @inlinable @inline(__always)
  public var createdAt: Instant { base.loadUnaligned(fromByteOffset: 24, as: Instant.self) }

  @inlinable @inline(__always)
  public var content: UInt64 { base.loadUnaligned(fromByteOffset: 32, as: UInt64.self) }

  @inlinable @inline(__always)
  public var payloadLength: Int { Int(base.loadUnaligned(fromByteOffset: 48, as: UInt32.self)) }

  @inlinable @inline(__always)
  public var type: UInt8 { base.load(fromByteOffset: 52, as: UInt8.self) }

  @inlinable @inline(__always)
  public var flags: EventFlags { base.load(fromByteOffset: 53, as: EventFlags.self) }

  @inlinable @inline(__always)
  public var idempotencyKey: UInt64 { base.loadUnaligned(fromByteOffset: 40, as: UInt64.self) }

  /// The kept fields of `data`.
  @inlinable @inline(__always)
  public var data: UnsafeRawBufferPointer {
    let payload = base + EventLayout.headSize
    if payloadLength == 0 { return UnsafeRawBufferPointer(start: payload, count: 0) }
    return UnsafeRawBufferPointer(start: payload + 4, count: Int(payload.loadUnaligned(as: UInt32.self)))
  }

  /// The kept fields of `metadata`.
  @inlinable @inline(__always)
  public var metadata: UnsafeRawBufferPointer {
    let payload = base + EventLayout.headSize
    if payloadLength == 0 { return UnsafeRawBufferPointer(start: payload, count: 0) }
    let dataLength = Int(payload.loadUnaligned(as: UInt32.self))
    let whole = flags.contains(.whole) ? wholeLength + 4 : 0
    return UnsafeRawBufferPointer(start: payload + 4 + dataLength, count: payloadLength - 4 - dataLength - whole)
  }

  /// The whole values of `data` and `metadata`; `nil` if the event is not kept whole.
  public var whole: UnsafeRawBufferPointer? {
    guard flags.contains(.whole) else { return nil }
    let end = base + EventLayout.headSize + payloadLength - 4
    return UnsafeRawBufferPointer(start: end - wholeLength, count: wholeLength)
  }

  @usableFromInline var wholeLength: Int {
    Int((base + EventLayout.headSize + payloadLength - 4).loadUnaligned(as: UInt32.self))
  }

  /// Bytes of head and payload.
  @inlinable @inline(__always)
  public var size: Int { EventLayout.headSize + payloadLength }

  /// The order of one user's history: timestamp, then id by its bytes.
  @inlinable @inline(__always)
  public static func precedesInHistory(_ a: Event, _ b: Event) -> Bool {
    let (s, t) = (a.timestamp, b.timestamp)
    if s != t { return s < t }
    return a.id < b.id
  }
}

/// The layout of a stored event.
public enum EventLayout {
  /// Bytes of the head: the fields of ``EventHead`` one after the other, without padding.
  public static let headSize = 54
}
