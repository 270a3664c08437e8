import CBytes
import EventModel
import Platform

/// An object in the form that ``CanonicalWriter`` writes, whose members are read without scanning all of it.
///
/// A member that is found is the one that ``DocumentPacker`` finds, in any valid JSON whose top object has no duplicate
/// keys. A member that is not found may still exist: the search gives up at a backslash or a space, and the text must
/// then go through ``DocumentPacker``. Borrowed: valid as long as the text.
public struct CanonicalObject: BitwiseCopyable {
  /// The end from which to search.
  public enum End {
    case front, back
  }

  @usableFromInline let text: UnsafeRawBufferPointer

  @inlinable public init(_ text: UnsafeRawBufferPointer) { self.text = text }

  /// The member's text, if it is a string without escapes. O(bytes between the end and the member).
  public func string(_ name: ConstantName, from end: End) -> UnsafeRawBufferPointer? {
    guard let start = value(name, from: end), let base = text.baseAddress, start < text.count,
      text[start] == UInt8(ascii: "\""), let quote = memchr(base + start + 1, 0x22, text.count - start - 1)
    else { return nil }
    let found = UnsafeRawBufferPointer(start: base + start + 1, count: UnsafeRawPointer(quote) - (base + start + 1))
    return memchr(base + start + 1, 0x5C, found.count) == nil ? found : nil
  }

  /// The member's value, if it is a non-negative number of at most 15 digits without an exponent. O(bytes between the
  /// end and the member).
  public func number(_ name: ConstantName, from end: End) -> Double? {
    guard var at = value(name, from: end) else { return nil }
    let start = at
    var digits = 0
    var point: Int?
    while at < text.count, at - start <= 16 {
      let byte = text[at]
      if byte &- 0x30 < 10 {
        digits = digits * 10 + Int(byte &- 0x30)
      } else if byte == UInt8(ascii: "."), point == nil {
        point = at
      } else {
        break
      }
      at += 1
    }
    guard at > start, at < text.count, text[at] == UInt8(ascii: ",") || text[at] == UInt8(ascii: "}"),
      at - start - (point == nil ? 0 : 1) <= 15
    else { return nil }
    // Both operands are exact and the quotient is rounded once, so it is the double nearest to the decimal.
    return Double(digits) / CanonicalObject.powers[point.map { at - $0 - 1 } ?? 0]
  }

  private static let powers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
  ]

  /// Offset of the value of a member of the top object.
  private func value(_ name: ConstantName, from end: End) -> Int? {
    guard let base = text.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
    let place =
      switch end {
      case .front: refold_member_from_front(base, text.count, name.utf8Start, name.utf8CodeUnitCount)
      case .back: refold_member_from_back(base, text.count, name.utf8Start, name.utf8CodeUnitCount)
      }
    return place < 0 ? nil : place
  }
}
