import EventModel

/// An event type that some reducer of a domain reads: its name in the log, and the number that its events store.
///
/// A domain declares its types as static members, so that sets of types and patterns are easy to read:
/// ```swift
/// extension EventType {
///   static var deposited: EventType { EventType(1, "money.deposited") }
/// }
/// ```
public struct EventType: Hashable, Sendable {
  /// 1…``EventTypeSet/limit`` − 1, unique in the domain.
  public let rawValue: UInt8
  /// `events.event_type`.
  public let name: ConstantName

  @inlinable @inline(__always)
  public init(_ number: UInt8, _ name: ConstantName) {
    rawValue = number
    self.name = name
  }

  @inlinable @inline(__always)
  public static func == (a: EventType, b: EventType) -> Bool { a.rawValue == b.rawValue }

  /// Matches the type in a `switch` over the type number of an event.
  @inlinable @inline(__always)
  public static func ~= (type: EventType, number: UInt8) -> Bool { type.rawValue == number }

  public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

extension Event {
  /// Whether the event is of that type.
  @inlinable @inline(__always)
  public func isOf(_ type: EventType) -> Bool { self.type == type.rawValue }
}
