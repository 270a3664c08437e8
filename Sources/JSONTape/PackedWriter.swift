import EventModel
import Platform

/// Writes packed ``JSONValue``s at a cursor. The caller must have reserved the memory.
public struct PackedWriter: BitwiseCopyable {
  /// Where the next byte goes.
  public var cursor: UnsafeMutableRawPointer

  @inlinable @inline(__always)
  public init(_ cursor: UnsafeMutableRawPointer) { self.cursor = cursor }

  /// Writes a value's bytes.
  @inlinable @inline(__always)
  public mutating func put<Value: BitwiseCopyable>(_ value: Value) {
    cursor.storeBytes(of: value, as: Value.self)
    cursor += MemoryLayout<Value>.size
  }

  /// Writes bytes.
  @inlinable @inline(__always)
  public mutating func put(_ bytes: UnsafeRawBufferPointer) {
    if let source = bytes.baseAddress { memcpy(cursor, source, bytes.count) }
    cursor += bytes.count
  }

  /// Writes a packed integer; at most 9 bytes.
  @inlinable @inline(__always)
  public mutating func putPacked(_ value: Int64) {
    if let small = Int8(exactly: value) {
      put(JSONValue.Kind.smallInteger.rawValue)
      put(small)
    } else if let medium = Int32(exactly: value) {
      put(JSONValue.Kind.mediumInteger.rawValue)
      put(medium)
    } else {
      put(JSONValue.Kind.integer.rawValue)
      put(value)
    }
  }

  /// Writes a packed double; 9 bytes.
  @inlinable @inline(__always)
  public mutating func putPacked(_ value: Double) {
    put(JSONValue.Kind.double.rawValue)
    put(value)
  }

  /// Writes a packed string; at most 5 bytes more than the text.
  @inlinable @inline(__always)
  public mutating func putPacked(_ text: UnsafeRawBufferPointer) {
    if text.count < 256 {
      put(JSONValue.Kind.shortString.rawValue)
      put(UInt8(truncatingIfNeeded: text.count))
    } else {
      put(JSONValue.Kind.string.rawValue)
      put(UInt32(truncatingIfNeeded: text.count))
    }
    put(text)
  }

  /// The same, for a text followed by 16 readable bytes and a target with room for 16 bytes more: short texts are
  /// copied without a call.
  @inlinable @inline(__always)
  public mutating func putPacked(padded text: UnsafeRawBufferPointer) {
    guard text.count <= 64, let source = text.baseAddress else { return putPacked(text) }
    put(JSONValue.Kind.shortString.rawValue)
    put(UInt8(truncatingIfNeeded: text.count))
    var offset = 0
    repeat {
      cursor.storeBytes(
        of: source.loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self), toByteOffset: offset,
        as: SIMD16<UInt8>.self)
      offset &+= 16
    } while offset < text.count
    cursor += text.count
  }

  /// Writes a member's name as its number, or as text if that is 0. The text must be as in ``putPacked(padded:)``.
  @inlinable @inline(__always)
  public mutating func putName(_ number: UInt8, padded text: UnsafeRawBufferPointer) {
    if number != 0 { put(number) } else { putPacked(padded: text) }
  }

  /// Starts an event's field: writes its number and leaves a byte for the size of its value. Returns the start of the
  /// value, for ``closeField(_:)``.
  @inlinable @inline(__always)
  public mutating func openField(_ number: UInt8) -> UnsafeMutableRawPointer {
    put(UInt16(number))
    return cursor
  }

  /// Ends a field: stores the size of its value, 0 for more than 255 bytes.
  @inlinable @inline(__always)
  public func closeField(_ value: UnsafeMutableRawPointer) {
    let size = cursor - value
    (value - 1).storeBytes(of: size < 256 ? UInt8(truncatingIfNeeded: size) : 0, as: UInt8.self)
  }

  /// Starts a packed container and returns its head, for ``closePacked(_:entries:)``.
  @inlinable @inline(__always)
  public mutating func openPacked(_ kind: JSONValue.Kind) -> UnsafeMutableRawPointer {
    put(kind.rawValue)
    cursor += 8
    return cursor - 8
  }

  /// Ends a container that ``openPacked(_:)`` began.
  @inlinable @inline(__always)
  public mutating func closePacked(_ head: UnsafeMutableRawPointer, entries: Int) {
    head.storeBytes(of: UInt32(truncatingIfNeeded: cursor - head - 8), as: UInt32.self)
    head.storeBytes(of: UInt32(truncatingIfNeeded: entries), toByteOffset: 4, as: UInt32.self)
  }
}

extension ByteArena {
  /// Appends packed values that take at most `room` bytes.
  @inlinable @inline(__always)
  public func pack(room: Int, _ body: (inout PackedWriter) -> Void) {
    reserve(room)
    var writer = PackedWriter(base + count)
    body(&writer)
    count = UnsafeRawPointer(writer.cursor) - UnsafeRawPointer(base)
  }
}
