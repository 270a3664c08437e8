import EventModel
import Folding
import JSONTape

extension FieldSlots {
  /// number() of the field; `nil` if it is absent.
  @inlinable @inline(__always)
  public func number(_ field: Field) throws(Refusal) -> Double? {
    guard let value = self[field] else { return nil }
    return try value.number()
  }

  /// norm() of the field; empty if it is absent.
  @inlinable @inline(__always)
  public func norm(_ field: Field, _ scratch: Scratch) -> UnsafeRawBufferPointer {
    guard let value = self[field] else { return emptyText }
    return value.norm(scratch)
  }
}

extension MemberSlots {
  /// number() of the member; `nil` if it is absent.
  @inlinable @inline(__always)
  public func number(_ name: Name) throws(Refusal) -> Double? {
    guard let value = self[name] else { return nil }
    return try value.number()
  }

  /// Whether norm() of the member satisfies `isWord`; `false` if the member is absent.
  ///
  /// - Parameter isWord: must be `false` for every text that norm() would change. Most texts are already normalised, so
  ///   the text itself is tested first.
  @inlinable @inline(__always)
  public func isNorm(
    _ name: Name, _ scratch: Scratch, _ isWord: (UnsafeRawBufferPointer) -> Bool
  ) -> Bool {
    guard let value = self[name] else { return false }
    if value.isString, isWord(value.text) { return true }
    return isWord(value.norm(scratch))
  }

  /// norm() of the member; empty if it is absent.
  @inlinable @inline(__always)
  public func norm(_ name: Name, _ scratch: Scratch) -> UnsafeRawBufferPointer {
    guard let value = self[name] else { return emptyText }
    return value.norm(scratch)
  }
}
