import EventModel

/// A JSON value, packed and normalised as PostgreSQL's `jsonb` would hold it: keys ordered by UTF-8 length and then by
/// bytes, no duplicates (the last wins), numbers as integers or doubles as in ``ExactNumber``. A pointer into memory
/// that someone else owns: zero-copy, valid as long as that memory.
///
/// Layout: a tag byte, then
/// - for numbers, 1, 4 or 8 bytes;
/// - for strings and integers beyond 64 bits, a length (1 byte for short strings, else 4) and the bytes;
/// - for containers, the length of the body (4), the number of entries (4) and the body.
///
/// An object's body is key, value, key, value …; a key is a packed string or a number of ``KnownNames``.
///
/// A few bytes after a value must be readable, as after the bytes of a ``ByteArena``: ``end`` reads them.
public struct JSONValue: @unchecked Sendable, BitwiseCopyable {
  public let base: UnsafeRawPointer

  @inlinable @inline(__always)
  public init(_ base: UnsafeRawPointer) { self.base = base }

  @frozen public enum Kind: UInt8 {
    case null, no, yes, smallInteger, mediumInteger, integer, double, bigInteger, shortString, string, array, object
  }

  @inlinable @inline(__always)
  public var kind: Kind { unsafeBitCast(base.load(as: UInt8.self), to: Kind.self) }

  /// The value of one of the three integer kinds that fit 64 bits.
  @inlinable @inline(__always)
  public var integer: Int64 {
    switch kind {
    case .smallInteger: Int64((base + 1).load(as: Int8.self))
    case .mediumInteger: Int64((base + 1).loadUnaligned(as: Int32.self))
    default: (base + 1).loadUnaligned(as: Int64.self)
    }
  }

  /// The value of an integer that fits 64 bits; `nil` of anything else.
  @inlinable @inline(__always)
  public var wholeNumber: Int? {
    switch kind {
    case .smallInteger, .mediumInteger, .integer: Int(integer)
    case .null, .no, .yes, .double, .bigInteger, .shortString, .string, .array, .object: nil
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
    default: UnsafeRawBufferPointer(start: base + 5, count: Int((base + 1).loadUnaligned(as: UInt32.self)))
    }
  }

  @inlinable @inline(__always)
  public var isString: Bool { kind == .shortString || kind == .string }

  /// Number of elements of an array or members of an object.
  @inlinable @inline(__always)
  public var entryCount: Int { Int((base + 5).loadUnaligned(as: UInt32.self)) }

  /// The first byte after the value. O(1).
  ///
  /// Branch-free: the kind is hard to predict, and a misprediction costs more than all of this.
  @inlinable @inline(__always)
  public var end: UnsafeRawPointer {
    let place = UInt64(base.load(as: UInt8.self)) &* 4
    let size = JSONValue.sizes &>> place & 15
    let mask: UInt64 = 0xFFFF_FFFF &>> (JSONValue.shifts &>> place & 0x38)
    let length = UInt64((base + 1).loadUnaligned(as: UInt32.self)) & mask
    return base + Int(truncatingIfNeeded: size &+ length)
  }

  /// Four bits per kind: the size of a value in bytes, without the bytes that its length counts.
  @usableFromInline static var sizes: UInt64 { 0x9952_5995_2111 }

  /// Four bits per kind, shifted left by three: how many of the four bytes of a length the kind lacks.
  @usableFromInline static var shifts: UInt64 { 0x3_0444_4444 &<< 3 }

  /// The packed bytes; two values are equal if these are.
  public var packed: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: end - base) }
}

extension JSONValue {
  /// An array's elements, in order.
  @inlinable public var elements: Elements { Elements(value: self) }
  /// An object's members, in jsonb key order.
  @inlinable public var members: Members { Members(value: self) }

  /// The same, with names as numbers of ``KnownNames``.
  @inlinable public var numberedMembers: NumberedMembers { NumberedMembers(value: self) }

  /// The member of that name; `nil` if there is none or the value is not an object. O(members).
  public func member(_ name: StaticString) -> JSONValue? {
    let wanted = KnownNames.number(of: name)
    if wanted != 0 { return numberedMembers.first { $0.number == wanted }?.value }
    return members.first { $0.key.equals(name) }?.value
  }

  /// The same, for a name that need not be a literal.
  public func member(named name: ConstantName) -> JSONValue? { members.first { $0.key.equals(name.utf8) }?.value }

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

    /// The next member and the number of its name, 0 if the name has none.
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
  /// `null`, never freed.
  public static let null = constant([Kind.null.rawValue])
  /// `{}`, never freed.
  public static let emptyObject = constant([Kind.object.rawValue, 0, 0, 0, 0, 0, 0, 0, 0])

  private static func constant(_ bytes: [UInt8]) -> JSONValue {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes.count + ByteArena.slack, alignment: 1)
    memory.copyMemory(from: bytes, byteCount: bytes.count)
    return JSONValue(memory)
  }
}
