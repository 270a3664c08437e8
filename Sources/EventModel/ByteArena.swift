import Platform

/// Growable raw memory that is written at its end: reserve room once per record, then write without checks.
///
/// ``slack`` readable bytes follow what is written, so that a text's bytes can be read several at a time up to its end.
///
/// A class, so that one scratch buffer can be passed around without copies; not thread-safe.
public final class ByteArena {
  public private(set) var base: UnsafeMutableRawPointer
  public private(set) var capacity: Int
  /// Bytes written so far.
  public var count = 0
  /// Readable bytes after ``capacity``, of any value.
  public static let slack = 32

  public init(capacity: Int = 4096) {
    self.capacity = max(capacity, 64)
    base = ByteArena.allocate(self.capacity)
  }

  private static func allocate(_ capacity: Int) -> UnsafeMutableRawPointer {
    .allocate(byteCount: capacity + slack, alignment: 64)
  }

  deinit { base.deallocate() }

  public var isEmpty: Bool { count == 0 }

  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

  /// Reserves room for `more` bytes after ``count``. Amortised O(1); may move the memory.
  @inlinable @inline(__always)
  public func reserve(_ more: Int) {
    if count + more > capacity { grow(count + more) }
  }

  public func grow(_ needed: Int) {
    var size = capacity
    while size < needed { size *= 2 }
    if capacity >= ByteArena.large {
      // The pages of large memory are moved, not copied: there are never two copies of it.
      guard let moved = realloc(base, size + ByteArena.slack) else { preconditionFailure("out of memory") }
      base = moved
    } else {
      let moved = ByteArena.allocate(size)
      moved.copyMemory(from: base, byteCount: count)
      base.deallocate()
      base = moved
    }
    capacity = size
  }

  private static let large = 1 << 20

  /// Forgets what is written, and reduces the memory to `most` bytes if it is larger.
  public func reset(keeping most: Int) {
    count = 0
    if capacity <= most { return }
    base.deallocate()
    capacity = most
    base = ByteArena.allocate(most)
  }

  /// Moves the contents to a new arena, and starts over empty with room for `capacity` bytes. O(1).
  public func detach(capacity: Int) -> ByteArena {
    let detached = ByteArena(capacity: capacity)
    swap(&detached.base, &base)
    swap(&detached.capacity, &self.capacity)
    swap(&detached.count, &count)
    return detached
  }

  /// Appends a value's bytes; room must have been reserved.
  @inlinable @inline(__always)
  public func put<Value: BitwiseCopyable>(_ value: Value) {
    base.storeBytes(of: value, toByteOffset: count, as: Value.self)
    count += MemoryLayout<Value>.size
  }

  /// Appends bytes; room must have been reserved.
  @inlinable @inline(__always)
  public func put(_ bytes: UnsafeRawBufferPointer) {
    if let source = bytes.baseAddress { copyBytes(source, to: base + count, count: bytes.count) }
    count += bytes.count
  }

  /// Reserves room for bytes and appends them.
  @inlinable @inline(__always)
  public func append(_ bytes: UnsafeRawBufferPointer) {
    reserve(bytes.count)
    put(bytes)
  }

  /// Reserves room for a byte and appends it.
  @inlinable @inline(__always)
  public func append(_ byte: UInt8) {
    reserve(1)
    put(byte)
  }

  /// Appends a string's UTF-8.
  public func append(_ text: String) {
    var copy = text
    copy.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }
}
