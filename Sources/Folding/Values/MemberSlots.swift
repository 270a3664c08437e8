import EventModel
import JSONTape

/// A member that a reader of JSON objects looks for. There are at most 31, numbered from 0. `KnownNames` must contain
/// their names.
public protocol MemberName: RawRepresentable<UInt8>, CaseIterable {
  var name: StaticString { get }
}

/// The members of an object that a reader looks for, found in one pass over all members of the object.
///
/// Zero-copy: values stay where the object is. One instance is reused for many objects.
public final class MemberSlots<Name: MemberName> {
  /// One value for each name; the last one is for members that the reader does not look for.
  @usableFromInline let values: UnsafeMutablePointer<JSONValue>
  /// The index in `values`, by the number of the known name. All other names have number 0.
  @usableFromInline let places: UnsafeMutablePointer<UInt8>
  /// The members that the object has, one bit each.
  @usableFromInline var present: UInt32 = 0

  @inlinable static var elsewhere: UInt8 { 31 }

  public init() {
    values = .allocate(capacity: Int(Self.elsewhere) + 1)
    values.initialize(repeating: .null, count: Int(Self.elsewhere) + 1)
    places = .allocate(capacity: 256)
    places.initialize(repeating: Self.elsewhere, count: 256)
    for member in Name.allCases {
      let number = KnownNames.number(of: member.name)
      precondition(number != 0 && member.rawValue < Self.elsewhere)
      places[Int(number)] = member.rawValue
    }
  }

  deinit {
    values.deallocate()
    places.deallocate()
  }

  /// Replaces the content by that of an object. A value that is not an object has no members. O(members).
  @inlinable @inline(__always)
  public func load(_ object: JSONValue?) {
    present = 0
    if let object, object.kind == .object { find(in: object) }
  }

  @inlinable
  func find(in object: JSONValue) {
    let (values, places) = (values, places)
    var found: UInt32 = 0
    for (number, value) in object.numberedMembers {
      let place = places[Int(number)]
      values[Int(place)] = value
      found |= 1 &<< UInt32(place)
    }
    present = found & ~(1 << UInt32(Self.elsewhere))
  }

  /// The member, `nil` when the object does not have it; an explicit null is a value.
  @inlinable @inline(__always)
  public subscript(name: Name) -> JSONValue? {
    present &>> UInt32(name.rawValue) & 1 == 1 ? values[Int(name.rawValue)] : nil
  }

  /// The member, null when the object does not have it.
  @inlinable @inline(__always)
  public func orNull(_ name: Name) -> JSONValue { self[name] ?? .null }
}
