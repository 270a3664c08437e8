import EventModel

/// A top-level member of `data` or `metadata` that some reducer of a domain reads: its name, and the number under which
/// an event stores it.
///
/// A domain declares its fields as static members: `static var amount: Field { Field(1, "amount") }`.
public struct Field: Hashable, Sendable {
  /// 1…``Field/limit`` − 1, unique in the domain.
  public let rawValue: UInt8
  public let name: ConstantName

  @inlinable @inline(__always)
  public init(_ number: UInt8, _ name: ConstantName) {
    rawValue = number
    self.name = name
  }

  /// Numbers are smaller than this.
  public static var limit: Int { 128 }

  @inlinable @inline(__always)
  public static func == (a: Field, b: Field) -> Bool { a.rawValue == b.rawValue }

  public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

/// By number.
extension Field: Comparable {
  @inlinable @inline(__always)
  public static func < (a: Field, b: Field) -> Bool { a.rawValue < b.rawValue }
}
