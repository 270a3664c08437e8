/// Instants as PostgreSQL prints `timestamptz`, and as operators type them.
public enum TimestampText {
  /// Why a text is no instant. In words, never with the text.
  public struct Fault: Error, Hashable, Sendable {
    public var reason: String
  }

  /// Reads `YYYY-MM-DD`, `T` or a space, `HH:MM:SS[.f…]` (at most six digits) and an offset: `Z`,
  /// `±HH`, `±HH:MM` or `±HH:MM:SS`. O(n).
  ///
  /// The result is within ``Instant/range``; `infinity`, years beyond 9999 and readings without an
  /// offset are refused.
  public static func parse(_ text: UnsafeRawBufferPointer) throws(Fault) -> Instant {
    guard text.count >= 20, let base = text.baseAddress else { throw describe(text) }
    if let instant = parseShape(base, count: text.count) { return instant }
    return try parseAny(text, base)
  }

  /// The same, `nil` for what is no instant.
  @inline(__always)
  public static func instant(_ text: UnsafeRawBufferPointer) -> Instant? {
    guard text.count >= 20, let base = text.baseAddress else { return nil }
    return parseShape(base, count: text.count) ?? (try? parseAny(text, base))
  }

  /// The same, a byte at a time: every shape, and the words for faults.
  static func parseAny(_ text: UnsafeRawBufferPointer, _ base: UnsafeRawPointer) throws(Fault) -> Instant {
    var invalid = false
    @inline(__always) func byte(_ at: Int) -> UInt8 { base.load(fromByteOffset: at, as: UInt8.self) }
    @inline(__always) func two(_ at: Int) -> Int {
      let tens = byte(at) &- 0x30
      let ones = byte(at + 1) &- 0x30
      invalid = invalid || tens > 9 || ones > 9
      return Int(tens) * 10 + Int(ones)
    }
    let date = CivilDate(year: two(0) * 100 + two(2), month: two(5), day: two(8))
    let hour = two(11)
    let minute = two(14)
    let second = two(17)
    if byte(text.count - 1) == UInt8(ascii: "C") { throw describe(text) }
    guard !invalid, byte(4) == 0x2D, byte(7) == 0x2D, byte(10) == 0x54 || byte(10) == 0x20,
      byte(13) == 0x3A, byte(16) == 0x3A
    else { throw describe(text) }
    guard date.year >= 1, date.exists else { throw Fault(reason: "no such date") }
    if second == 60 { throw Fault(reason: "a leap second, which PostgreSQL does not store") }
    guard hour < 24, minute < 60, second < 60 else { throw Fault(reason: "no such time of day") }

    var at = 19
    var fraction = 0
    if byte(at) == 0x2E {
      at += 1
      let first = at
      while at < text.count, byte(at) &- 0x30 < 10 {
        if at - first < 6 { fraction = fraction * 10 + Int(byte(at) &- 0x30) }
        at += 1
      }
      let digits = at - first
      if digits == 0 { throw Fault(reason: "not a timestamp") }
      if digits > 6 { throw Fault(reason: "finer than a microsecond") }
      for _ in digits..<6 { fraction *= 10 }
    }
    let offset = try parseOffset(UnsafeRawBufferPointer(rebasing: text[at...]))
    let seconds = date.daysSinceEpoch * 86_400 + hour * 3600 + minute * 60 + second - offset
    let instant = Instant(microseconds: Int64(seconds) * 1_000_000 + Int64(fraction))
    guard Instant.range.contains(instant) else { throw Fault(reason: "outside the years 1 to 9999") }
    return instant
  }

  /// The same, from a Swift string.
  public static func parse(_ text: String) throws(Fault) -> Instant {
    let bytes = Array(text.utf8)
    let result: Result<Instant, Fault> = bytes.withUnsafeBytes { bytes in
      do throws(Fault) { return .success(try parse(bytes)) } catch { return .failure(error) }
    }
    return try result.get()
  }

  /// Seconds east of UTC.
  @inline(__always)
  private static func parseOffset(_ text: UnsafeRawBufferPointer) throws(Fault) -> Int {
    if text.isEmpty { throw Fault(reason: "without an offset") }
    if text.count == 1, text[0] == 0x5A { return 0 }
    guard text[0] == 0x2B || text[0] == 0x2D, text.count == 3 || text.count == 6 || text.count == 9 else {
      throw Fault(reason: "not a timestamp")
    }
    var seconds = 0
    for part in 0..<text.count / 3 {
      let tens = text[part * 3 + 1] &- 0x30
      let ones = text[part * 3 + 2] &- 0x30
      guard tens < 10, ones < 10, part == 0 || (text[part * 3] == 0x3A && tens < 6) else {
        throw Fault(reason: "not a timestamp")
      }
      seconds += (Int(tens) * 10 + Int(ones)) * (part == 0 ? 3600 : part == 1 ? 60 : 1)
    }
    guard seconds < 86_400 else { throw Fault(reason: "not a timestamp") }
    return text[0] == 0x2D ? -seconds : seconds
  }

  /// Names the kinds of text that PostgreSQL prints and refold refuses.
  private static func describe(_ text: UnsafeRawBufferPointer) -> Fault {
    let ascii = String(decoding: text.prefix(64), as: UTF8.self)
    if ascii == "infinity" || ascii == "-infinity" { return Fault(reason: "infinite, which is no instant") }
    if ascii.hasSuffix(" BC") { return Fault(reason: "outside the years 1 to 9999") }
    let year = ascii.prefix { $0.isASCII && $0.isNumber }
    if year.count > 4, ascii.dropFirst(year.count).hasPrefix("-") {
      return Fault(reason: "outside the years 1 to 9999")
    }
    if ascii.count == 19 { return Fault(reason: "without an offset") }
    return Fault(reason: "not a timestamp")
  }
}
