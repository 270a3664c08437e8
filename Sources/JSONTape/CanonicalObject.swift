import CBytes
import Platform

/// An object as ``CanonicalWriter`` writes it, of which a member can be read without looking at the whole of it.
///
/// What is found is what ``DocumentPacker`` finds, in any valid JSON whose top object names no key twice. What is not found
/// may be there all the same: where a backslash or a space is in the way, nothing is said, and the text is for
/// ``DocumentPacker``. Borrowed: valid as long as the text.
public struct CanonicalObject: BitwiseCopyable {
  /// Where to begin to look.
  public enum End {
    case front, back
  }

  @usableFromInline let text: UnsafeRawBufferPointer

  @inlinable public init(_ text: UnsafeRawBufferPointer) { self.text = text }

  /// The member's text, if it is a string without escapes. O(bytes between the end and the member).
  public func string(_ name: StaticString, from end: End) -> UnsafeRawBufferPointer? {
    guard let start = value(name, from: end), let base = text.baseAddress, start < text.count,
      text[start] == UInt8(ascii: "\""), let quote = memchr(base + start + 1, 0x22, text.count - start - 1)
    else { return nil }
    let found = UnsafeRawBufferPointer(start: base + start + 1, count: UnsafeRawPointer(quote) - (base + start + 1))
    return memchr(base + start + 1, 0x5C, found.count) == nil ? found : nil
  }

  /// The member's value, if it is a number, not below 0, of at most 15 digits and without an exponent.
  /// O(bytes between the end and the member).
  public func number(_ name: StaticString, from end: End) -> Double? {
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
    // Both are exact, and the quotient is rounded once: it is the double next to the decimal.
    return Double(digits) / CanonicalObject.powers[point.map { at - $0 - 1 } ?? 0]
  }

  private static let powers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
  ]

  /// Where the value of the top object's member begins.
  private func value(_ name: StaticString, from end: End) -> Int? {
    guard let base = text.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
    let place =
      switch end {
      case .front: refold_member_from_front(base, text.count, name.utf8Start, name.utf8CodeUnitCount)
      case .back: refold_member_from_back(base, text.count, name.utf8Start, name.utf8CodeUnitCount)
      }
    return place < 0 ? nil : place
  }
}
