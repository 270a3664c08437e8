import EventModel

/// A JSON value, packed and normalised as PostgreSQL's `jsonb` would hold it: keys ordered by UTF-8
/// length and then bytes, no duplicates (last wins), numbers integers or doubles as ``ExactNumber``
/// says. A pointer to memory somebody else keeps: zero-copy, valid as long as that memory.
///
/// Layout: a tag byte, then 1, 4 or 8 bytes of number; or a length (1 byte for short strings, else
/// 4) and the bytes; or two bytes for one of ``CommonTexts``; or for containers the body's length (4), the number of entries (4) and the
/// body. An object's body is key, value, key, value …; a key is a packed string or a number of ``KnownNames``.
///
/// A few bytes after a value can be read, as after a ``ByteArena``'s: ``end`` does.
public struct JSONValue: @unchecked Sendable, BitwiseCopyable {
  public let base: UnsafeRawPointer

  @inlinable @inline(__always)
  public init(_ base: UnsafeRawPointer) { self.base = base }

  @frozen public enum Kind: UInt8 {
    case null, no, yes, smallInteger, mediumInteger, integer, double, bigInteger, shortString, string, array, object
    /// A string too, by its number in ``CommonTexts``.
    case commonText
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
    switch kind {
    case .shortString: UnsafeRawBufferPointer(start: base + 2, count: Int((base + 1).load(as: UInt8.self)))
    case .commonText: CommonTexts.text(commonNumber)
    default: UnsafeRawBufferPointer(start: base + 5, count: Int((base + 1).loadUnaligned(as: UInt32.self)))
    }
  }

  @inlinable @inline(__always)
  public var isString: Bool { kind == .shortString || kind == .commonText || kind == .string }

  /// The number of a `.commonText`.
  @inlinable @inline(__always)
  public var commonNumber: UInt16 { (base + 1).loadUnaligned(as: UInt16.self) }

  /// Elements of an array or members of an object.
  @inlinable @inline(__always)
  public var entryCount: Int { Int((base + 5).loadUnaligned(as: UInt32.self)) }

  /// First byte after the value. O(1).
  ///
  /// Without a branch: which kind follows which is hard to foretell, and a wrong guess costs more than all of this.
  @inlinable @inline(__always)
  public var end: UnsafeRawPointer {
    let place = UInt64(base.load(as: UInt8.self)) &* 4
    let size = JSONValue.sizes &>> place & 15
    let mask: UInt64 = 0xFFFF_FFFF &>> (JSONValue.shifts &>> place & 0x38)
    let length = UInt64((base + 1).loadUnaligned(as: UInt32.self)) & mask
    return base + Int(truncatingIfNeeded: size &+ length)
  }

  /// Four bits for each kind: bytes of a value without those that its length tells of.
  @usableFromInline static var sizes: UInt64 { 0x3_9952_5995_2111 }

  /// Four bits for each kind, moved up by three: how many of the four bytes of a length a value does not have.
  @usableFromInline static var shifts: UInt64 { 0x4_0003_0444_4444 &<< 3 }

  /// The packed bytes; two values are equal when these are.
  public var packed: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: end - base) }
}

extension JSONValue {
  /// An array's elements, in order.
  @inlinable public var elements: Elements { Elements(value: self) }
  /// An object's members, in jsonb key order.
  @inlinable public var members: Members { Members(value: self) }

  /// The same with names as numbers: ``KnownNames``.
  @inlinable public var numberedMembers: NumberedMembers { NumberedMembers(value: self) }

  /// The member of that name; `nil` when there is none or the value is no object. O(members).
  public func member(_ name: StaticString) -> JSONValue? {
    let wanted = KnownNames.number(of: name)
    if wanted != 0 { return numberedMembers.first { $0.number == wanted }?.value }
    return members.first { $0.key.equals(name) }?.value
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
      let name = upcoming.load(as: UInt8.self)
      let key = name >= KnownNames.first ? KnownNames.text(name) : JSONValue(upcoming).text
      let value = JSONValue(name >= KnownNames.first ? upcoming + 1 : key.baseAddress! + key.count)
      upcoming = value.end
      return (key, value)
    }
  }

  public struct NumberedMembers: Sequence, IteratorProtocol {
    @usableFromInline var upcoming: UnsafeRawPointer
    @usableFromInline var left: Int

    @inlinable init(value: JSONValue) {
      upcoming = value.base + 9
      left = value.kind == .object ? value.entryCount : 0
    }

    /// The number of the next member's name, 0 when it has none.
    @inlinable @inline(__always)
    public mutating func next() -> (number: UInt8, value: JSONValue)? {
      if left == 0 { return nil }
      left -= 1
      var number = upcoming.load(as: UInt8.self)
      var value = JSONValue(upcoming + 1)
      if number < KnownNames.first {
        number = 0
        value = JSONValue(JSONValue(upcoming).end)
      }
      upcoming = value.end
      return (number, value)
    }
  }
}

// MARK: Constants and writing

extension JSONValue {
  /// `null`, for good.
  public static let null = constant([Kind.null.rawValue])
  /// `{}`, for good.
  public static let emptyObject = constant([Kind.object.rawValue, 0, 0, 0, 0, 0, 0, 0, 0])

  private static func constant(_ bytes: [UInt8]) -> JSONValue {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes.count + ByteArena.slack, alignment: 1)
    memory.copyMemory(from: bytes, byteCount: bytes.count)
    return JSONValue(memory)
  }
}
