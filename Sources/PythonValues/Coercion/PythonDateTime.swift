import EventModel
import Folding

/// The result of `datetime.fromisoformat` (values.md: dates in strings): a local date and time of the years 1–9999, and
/// the UTC offset if the string has one.
public struct PythonDateTime: Hashable, Sendable {
  /// Microseconds from 1970-01-01T00:00:00 to the local date and time, both taken as UTC.
  public var localMicroseconds: Int64
  /// Microseconds, positive east of UTC, strictly within ±24 h; `nil` if the string has no offset.
  public var offsetMicroseconds: Int64?

  public init(localMicroseconds: Int64, offsetMicroseconds: Int64?) {
    self.localMicroseconds = localMicroseconds
    self.offsetMicroseconds = offsetMicroseconds
  }

  /// The instant, in microseconds since 1970-01-01T00:00:00Z; `nil` without an offset.
  ///
  /// It can be outside the years 1–9999; check it against ``Instant/range``.
  public var utcMicroseconds: Int64? { offsetMicroseconds.map { localMicroseconds - $0 } }

  /// Appends `isoformat()`: `YYYY-MM-DDTHH:MM:SS[.ffffff]`, then the offset, if there is one, as
  /// `±HH:MM[:SS[.ffffff]]`. The parts in brackets are written only if they are not zero.
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
  /// Does not trim the text. O(n). Text with a `Z` is copied first, on the stack if it is short.
  public static func parse(_ text: UnsafeRawBufferPointer) -> PythonDateTime? {
    // Every form begins with the year, so most text that is not a date returns here.
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

  /// Writes the text with each `Z` replaced into `copy`, which must be large enough, and parses it.
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
