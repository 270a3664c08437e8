import EventModel
import Folding

/// What `datetime.fromisoformat` makes of a string (values.md: dates in strings): a wall reading of
/// the years 1–9999, and the offset written with it, if any.
public struct PythonDateTime: Hashable, Sendable {
  /// Microseconds from 1970-01-01T00:00:00 to the wall reading, both taken as UTC.
  public var localMicroseconds: Int64
  /// East of UTC, strictly within ±24 h; `nil` for a reading without an offset.
  public var offsetMicroseconds: Int64?

  public init(localMicroseconds: Int64, offsetMicroseconds: Int64?) {
    self.localMicroseconds = localMicroseconds
    self.offsetMicroseconds = offsetMicroseconds
  }

  /// The instant, in microseconds since 1970-01-01T00:00:00Z; `nil` without an offset.
  ///
  /// Near either end it may fall outside the years 1–9999: compare with ``Instant/range``.
  public var utcMicroseconds: Int64? { offsetMicroseconds.map { localMicroseconds - $0 } }

  /// Appends `isoformat()`: `YYYY-MM-DDTHH:MM:SS[.ffffff]`, then its own offset, if it has one, as
  /// `±HH:MM[:SS[.ffffff]]`; fractions only when not zero.
  public func appendISOFormat(to bytes: inout [UInt8]) {
    appendISO(microsecondsSinceEpoch: localMicroseconds, to: &bytes)
    guard let offset = offsetMicroseconds else { return }
    let magnitude = abs(offset)
    bytes.append(offset < 0 ? ASCII.minus : ASCII.plus)
    appendDigits(magnitude / 3_600_000_000, width: 2, to: &bytes)
    bytes.append(ASCII.colon)
    appendDigits(magnitude / 60_000_000 % 60, width: 2, to: &bytes)
    let seconds = magnitude % 60_000_000
    if seconds == 0 { return }
    bytes.append(ASCII.colon)
    appendDigits(seconds / 1_000_000, width: 2, to: &bytes)
    let fraction = seconds % 1_000_000
    if fraction == 0 { return }
    bytes.append(ASCII.point)
    appendDigits(fraction, width: 6, to: &bytes)
  }

  /// `datetime.fromisoformat(text.replace("Z", "+00:00"))`, `nil` where Python raises ValueError.
  ///
  /// The text is taken as it is, not trimmed. O(n); text with a `Z` is copied first, on the
  /// stack when it is short.
  public static func parse(_ text: UnsafeRawBufferPointer) -> PythonDateTime? {
    // The year comes first in every form, so most other text ends here.
    guard text.count >= 7 else { return nil }
    for index in 0..<4 where !ASCII.isDigit(text[index]) { return nil }
    guard let first = text.firstIndex(of: zulu) else { return ISOFormatParser(text).parse() }
    if first == text.count - 1, text.count <= 64 {
      return withUnsafeTemporaryAllocation(byteCount: 72, alignment: 1) { copy in
        parseReplacing(text, firstZulu: first, into: copy)
      }
    }
    let growth = text[first...].reduce(into: 0) { $0 += $1 == zulu ? offsetOfZulu.utf8CodeUnitCount - 1 : 0 }
    return withUnsafeTemporaryAllocation(byteCount: text.count + growth, alignment: 1) { copy in
      parseReplacing(text, firstZulu: first, into: copy)
    }
  }

  private static let zulu: UInt8 = 0x5A
  private static let offsetOfZulu: StaticString = "+00:00"

  /// Parses the text with each `Z` replaced, having written it into `copy`, which has the room.
  private static func parseReplacing(
    _ text: UnsafeRawBufferPointer, firstZulu: Int, into copy: UnsafeMutableRawBufferPointer
  ) -> PythonDateTime? {
    copy.copyMemory(from: UnsafeRawBufferPointer(rebasing: text[..<firstZulu]))
    var count = firstZulu
    for index in firstZulu..<text.count {
      guard text[index] == zulu else {
        copy[count] = text[index]
        count += 1
        continue
      }
      for place in 0..<offsetOfZulu.utf8CodeUnitCount {
        copy[count] = offsetOfZulu.utf8Start[place]
        count += 1
      }
    }
    return ISOFormatParser(UnsafeRawBufferPointer(rebasing: copy[..<count])).parse()
  }
}
