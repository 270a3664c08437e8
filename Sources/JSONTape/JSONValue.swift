import EventModel
import Glibc

/// A JSON value, packed and normalised as PostgreSQL's `jsonb` would hold it: keys ordered by UTF-8
/// length and then bytes, no duplicates (last wins), numbers integers or doubles as ``ExactNumber``
/// says. A pointer to memory somebody else keeps: zero-copy, valid as long as that memory.
///
/// Layout: a tag byte, then 1, 4 or 8 bytes of number; or a length (1 byte for short strings, else
/// 4) and the bytes; or for containers the body's length (4), the number of entries (4) and the
/// body. An object's body is key (a packed string), value, key, value …
public struct JSONValue: @unchecked Sendable, BitwiseCopyable {
  public let base: UnsafeRawPointer

  @inlinable @inline(__always)
  public init(_ base: UnsafeRawPointer) { self.base = base }

  @frozen public enum Kind: UInt8 {
    case null, no, yes, smallInteger, mediumInteger, integer, double, bigInteger, shortString, string, array, object
  }

  @inlinable @inline(__always)
  public var kind: Kind { unsafeBitCast(base.load(as: UInt8.self), to: Kind.self) }

  /// The value of the three integer kinds that fit 64 bits.
  @inlinable @inline(__always)
  public var integer: Int64 {
    switch kind {
    case .smallInteger: Int64((base + 1).load(as: Int8.self))
    case .mediumInteger: Int64((base + 1).loadUnaligned(as: Int32.self))
    default: (base + 1).loadUnaligned(as: Int64.self)
    }
  }

  /// The value of a `.double`.
  @inlinable @inline(__always)
  public var double: Double { (base + 1).loadUnaligned(as: Double.self) }

  /// UTF-8 of a string, or sign and digits of a `.bigInteger`.
  @inlinable @inline(__always)
  public var text: UnsafeRawBufferPointer {
    kind == .shortString
      ? UnsafeRawBufferPointer(start: base + 2, count: Int((base + 1).load(as: UInt8.self)))
      : UnsafeRawBufferPointer(start: base + 5, count: Int((base + 1).loadUnaligned(as: UInt32.self)))
  }

  @inlinable @inline(__always)
  public var isString: Bool { kind == .shortString || kind == .string }

  /// Elements of an array or members of an object.
  @inlinable @inline(__always)
  public var entryCount: Int { Int((base + 5).loadUnaligned(as: UInt32.self)) }

  /// First byte behind the value. O(1).
  @inlinable @inline(__always)
  public var end: UnsafeRawPointer {
    switch kind {
    case .null, .no, .yes: base + 1
    case .smallInteger: base + 2
    case .mediumInteger: base + 5
    case .integer, .double: base + 9
    case .shortString: base + 2 + Int((base + 1).load(as: UInt8.self))
    case .bigInteger, .string: base + 5 + Int((base + 1).loadUnaligned(as: UInt32.self))
    case .array, .object: base + 9 + Int((base + 1).loadUnaligned(as: UInt32.self))
    }
  }

  /// The packed bytes; two values are equal when these are.
  public var packed: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: end - base) }
}

extension JSONValue {
  /// An array's elements, in order.
  @inlinable public var elements: Elements { Elements(value: self) }
  /// An object's members, in jsonb key order.
  @inlinable public var members: Members { Members(value: self) }

  /// The member of that name; `nil` when there is none or the value is no object. O(members).
  public func member(_ name: StaticString) -> JSONValue? {
    guard kind == .object else { return nil }
    let count = name.utf8CodeUnitCount
    for (key, value) in members where key.count == count && memcmp(key.baseAddress!, name.utf8Start, count) == 0 {
      return value
    }
    return nil
  }

  public struct Elements: Sequence, IteratorProtocol {
    @usableFromInline var upcoming: UnsafeRawPointer
    @usableFromInline var left: Int

    @inlinable init(value: JSONValue) {
      upcoming = value.base + 9
      left = value.kind == .array ? value.entryCount : 0
    }

    @inlinable public mutating func next() -> JSONValue? {
      if left == 0 { return nil }
      left -= 1
      let value = JSONValue(upcoming)
      upcoming = value.end
      return value
    }
  }

  public struct Members: Sequence, IteratorProtocol {
    @usableFromInline var upcoming: UnsafeRawPointer
    @usableFromInline var left: Int

    @inlinable init(value: JSONValue) {
      upcoming = value.base + 9
      left = value.kind == .object ? value.entryCount : 0
    }

    @inlinable public mutating func next() -> (key: UnsafeRawBufferPointer, value: JSONValue)? {
      if left == 0 { return nil }
      left -= 1
      let key = JSONValue(upcoming).text
      let value = JSONValue(key.baseAddress! + key.count)
      upcoming = value.end
      return (key, value)
    }
  }
}

// MARK: Constants and writing

extension JSONValue {
  /// `null`, for good.
  public static let null = constant([Kind.null.rawValue])
  /// `{}`, for good.
  public static let emptyObject = constant([Kind.object.rawValue, 0, 0, 0, 0, 0, 0, 0, 0])
  /// `[]`, for good.
  public static let emptyArray = constant([Kind.array.rawValue, 0, 0, 0, 0, 0, 0, 0, 0])

  private static func constant(_ bytes: [UInt8]) -> JSONValue {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 1)
    memory.copyMemory(from: bytes, byteCount: bytes.count)
    return JSONValue(memory)
  }
}
