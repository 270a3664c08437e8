/// A set of event types, one bit each.
package struct EventTypeSet: BitwiseCopyable, Hashable, Sendable {
  private var bits: UInt32 = 0

  package init() {}

  /// Types have numbers below this.
  package static var limit: Int { 32 }

  @inline(__always)
  package mutating func insert(_ type: UInt8) { bits |= 1 &<< UInt32(type) }

  @inline(__always)
  package func contains(_ type: UInt8) -> Bool { bits &>> UInt32(type) & 1 == 1 }

  @inline(__always)
  package func contains(_ type: EventType) -> Bool { contains(type.rawValue) }

  package func isDisjoint(with other: EventTypeSet) -> Bool { bits & other.bits == 0 }

  package func union(_ other: EventTypeSet) -> EventTypeSet {
    var union = self
    union.bits |= other.bits
    return union
  }

  package func subtracting(_ other: EventTypeSet) -> EventTypeSet {
    var rest = self
    rest.bits &= ~other.bits
    return rest
  }

  /// In the order of their numbers.
  package var types: [EventType] { EventType.allCases.filter(contains) }
  package var names: Set<String> { Set(types.map(\.name.description)) }
}

extension EventTypeSet: ExpressibleByArrayLiteral {
  package init(arrayLiteral types: EventType...) { self.init(types) }

  package init(_ types: some Sequence<EventType>) {
    for type in types { insert(type.rawValue) }
  }
}
