import EventModel
import JSONTape

/// A member that a reader of JSON objects looks for; 32 at most, numbered from 0.
protocol MemberName: RawRepresentable<UInt8>, CaseIterable {
  var name: StaticString { get }
}

/// The members of an object that a reader looks for, found in one pass over all it has.
///
/// Zero-copy: values stay where the object is. One object re-used for many.
final class MemberSlots<Name: MemberName> {
  private let values: UnsafeMutablePointer<JSONValue>
  private let names: UnsafeMutablePointer<UnsafePointer<UInt8>>
  /// By length: the names that have it, a bit each.
  private let candidates: UnsafeMutablePointer<UInt32>
  /// The members the object has, a bit each.
  private var present: UInt32 = 0

  /// Longer names are nobody's.
  private static var longest: Int { 63 }

  init() {
    let count = Name.allCases.count
    precondition(count <= 32)
    values = .allocate(capacity: count)
    values.initialize(repeating: .null, count: count)
    names = .allocate(capacity: count)
    candidates = .allocate(capacity: Self.longest + 1)
    candidates.initialize(repeating: 0, count: Self.longest + 1)
    for member in Name.allCases {
      (names + Int(member.rawValue)).initialize(to: member.name.utf8Start)
      candidates[member.name.utf8CodeUnitCount] |= 1 << UInt32(member.rawValue)
    }
  }

  deinit {
    values.deallocate()
    names.deallocate()
    candidates.deallocate()
  }

  /// Replaces the content by that of an object; what is no object has no members. O(members).
  @inline(__always)
  func load(_ object: JSONValue?) {
    present = 0
    if let object, object.kind == .object { find(in: object) }
  }

  private func find(in object: JSONValue) {
    let (values, names, candidates) = (values, names, candidates)
    var found: UInt32 = 0
    for (key, value) in object.members where key.count <= Self.longest {
      var left = candidates[key.count]
      while left != 0 {
        let number = left.trailingZeroBitCount
        left &= left &- 1
        if let text = key.baseAddress, areEqual(names[number], text, key.count) {
          values[number] = value
          found |= 1 &<< UInt32(truncatingIfNeeded: number)
          break
        }
      }
    }
    present = found
  }

  /// The member, `nil` when the object does not have it; an explicit null is a value.
  @inline(__always)
  subscript(name: Name) -> JSONValue? {
    present &>> UInt32(name.rawValue) & 1 == 1 ? values[Int(name.rawValue)] : nil
  }

  /// The member, null when the object does not have it.
  @inline(__always)
  func orNull(_ name: Name) -> JSONValue { self[name] ?? .null }

  /// number() of the member; none when it is absent.
  @inline(__always)
  func number(_ name: Name) throws(Refusal) -> Double? {
    guard let value = self[name] else { return nil }
    return try value.number()
  }

  /// norm() of the member; empty when it is absent.
  @inline(__always)
  func norm(_ name: Name, _ scratch: Scratch) -> UnsafeRawBufferPointer {
    guard let value = self[name] else { return emptyText }
    return value.norm(scratch)
  }
}
