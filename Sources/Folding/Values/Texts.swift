/// The empty text.
public var emptyText: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }

extension UnsafeRawBufferPointer {
  /// The bytes of the literal, which are always valid.
  public init(_ literal: StaticString) {
    self.init(start: literal.utf8Start, count: literal.utf8CodeUnitCount)
  }
}
