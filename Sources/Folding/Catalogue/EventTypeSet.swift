import EventModel

/// A set of event types, one bit each.
public struct EventTypeSet: BitwiseCopyable, Hashable, Sendable {
  @usableFromInline var bits: UInt64 = 0

  public init() {}

  /// Types have numbers below this.
  public static var limit: Int { 64 }

  @inlinable @inline(__always)
  public mutating func insert(_ type: UInt8) { bits |= 1 &<< UInt64(type) }

  @inlinable @inline(__always)
  public func contains(_ type: UInt8) -> Bool { bits &>> UInt64(type) & 1 == 1 }

  @inlinable @inline(__always)
  public func contains(_ type: EventType) -> Bool { contains(type.rawValue) }

  public var isEmpty: Bool { bits == 0 }

  public func isDisjoint(with other: EventTypeSet) -> Bool { bits & other.bits == 0 }

  public func union(_ other: EventTypeSet) -> EventTypeSet {
    var union = self
    union.bits |= other.bits
    return union
  }

  public func subtracting(_ other: EventTypeSet) -> EventTypeSet {
    var rest = self
    rest.bits &= ~other.bits
    return rest
  }
}

extension EventTypeSet: ExpressibleByArrayLiteral {
  public init(arrayLiteral types: EventType...) { self.init(types) }

  public init(_ types: some Sequence<EventType>) {
    for type in types { insert(type.rawValue) }
  }
}
