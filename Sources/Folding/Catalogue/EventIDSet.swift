import EventModel
import JSONTape

/// A small set of event ids of one user. A look-up takes O(1) for most ids that are not in the set, else O(log n).
public struct EventIDSet {
  @usableFromInline let ids: [EventID]
  @usableFromInline var endings = IDEndings()

  public init(_ ids: [EventID] = []) {
    self.ids = ids.count > 1 ? ids.sorted() : ids
    for id in ids { endings.insert(id) }
  }

  public var isEmpty: Bool { ids.isEmpty }

  @inlinable @inline(__always)
  public func contains(_ id: EventID) -> Bool { endings.contains(id) && search(id) }

  @usableFromInline func search(_ id: EventID) -> Bool {
    var low = 0
    var high = ids.count
    while low < high {
      let middle = (low + high) / 2
      if ids[middle] < id { low = middle + 1 } else { high = middle }
    }
    return low < ids.count && ids[low] == id
  }
}

/// A filter for a small set of ids. It stores which values their last six bits and the six bits before have. These bits
/// are random, so the filter rejects almost all other ids at once.
public struct IDEndings {
  @usableFromInline var last: UInt64 = 0
  @usableFromInline var before: UInt64 = 0

  public init() {}

  @inlinable @inline(__always)
  public mutating func insert(_ id: EventID) {
    last |= 1 &<< id.low
    before |= 1 &<< (id.low >> 6)
  }

  /// Whether the id may be in the set. An id of the set is never rejected.
  @inlinable @inline(__always)
  public func contains(_ id: EventID) -> Bool { (last &>> id.low) & (before &>> (id.low >> 6)) & 1 == 1 }
}

/// The id in a JSON string; `nil` unless it is spelled as the live system prints ids: lower case, hyphenated.
public func eventID(exactly value: JSONValue) -> EventID? {
  value.isString ? eventID(exactly: value.text) : nil
}

/// The id in a text; `nil` unless it is spelled as the live system prints ids.
public func eventID(exactly text: UnsafeRawBufferPointer) -> EventID? {
  guard let id = EventID(text), !text.contains(where: { $0 &- 0x41 < 6 }) else { return nil }
  return id
}
