/// A set of fields, one bit each, so that "has it any of these?" is one test.
public struct FieldSet: BitwiseCopyable, Sendable {
  @usableFromInline var low: UInt64 = 0
  @usableFromInline var high: UInt64 = 0

  @inlinable @inline(__always)
  public init() {}

  /// The fields of a range, in the order of ``Field``.
  @inlinable @inline(__always)
  public init(_ fields: ClosedRange<Field>) {
    for number in fields.lowerBound.rawValue...fields.upperBound.rawValue { insert(number) }
  }

  /// Adds a field by its number, 1…127.
  @inlinable @inline(__always)
  public mutating func insert(_ number: UInt8) {
    if number < 64 { low |= 1 &<< UInt64(number) } else { high |= 1 &<< UInt64(number) }
  }

  @inlinable @inline(__always)
  public func contains(_ field: Field) -> Bool {
    let number = field.rawValue
    return (number < 64 ? low : high) &>> UInt64(number) & 1 == 1
  }

  @inlinable @inline(__always)
  public func isDisjoint(with other: FieldSet) -> Bool { (low & other.low) | (high & other.high) == 0 }
}
