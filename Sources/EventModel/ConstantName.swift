/// A name that is never freed, such as a projection's key or an event type's name: a literal, or a copy of a text that
/// was read once. As cheap to copy as a `StaticString`.
public struct ConstantName: @unchecked Sendable, BitwiseCopyable {
  public let utf8Start: UnsafePointer<UInt8>
  public let utf8CodeUnitCount: Int

  @inlinable @inline(__always)
  public init(_ literal: StaticString) {
    precondition(literal.hasPointerRepresentation, "a name is a text")
    utf8Start = literal.utf8Start
    utf8CodeUnitCount = literal.utf8CodeUnitCount
  }

  /// Copies the text. The copy is never freed: use it for names that are read once.
  public init(copying text: String) {
    let bytes = Array(text.utf8)
    let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, bytes.count))
    memory.initialize(from: bytes, count: bytes.count)
    utf8Start = UnsafePointer(memory)
    utf8CodeUnitCount = bytes.count
  }

  /// The name's UTF-8.
  @inlinable @inline(__always)
  public var utf8: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: utf8Start, count: utf8CodeUnitCount) }
}

extension ConstantName: ExpressibleByStringLiteral {
  @inlinable @inline(__always)
  public init(stringLiteral literal: StaticString) { self.init(literal) }
}

extension ConstantName: CustomStringConvertible {
  public var description: String { String(decoding: utf8, as: UTF8.self) }
}

extension ConstantName: Hashable {
  public static func == (a: ConstantName, b: ConstantName) -> Bool { a.utf8.equals(b.utf8) }

  public func hash(into hasher: inout Hasher) { hasher.combine(bytes: utf8) }
}
