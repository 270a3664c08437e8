/// Instants as PostgreSQL prints `timestamptz`, and as operators type them.
public enum TimestampText {
  /// Why a text is not an instant. The reason never quotes the text.
  public struct Fault: Error, Hashable, Sendable {
    public var reason: String
  }

  /// Reads `YYYY-MM-DD`, `T` or a space, `HH:MM:SS[.f…]` (at most six digits, or nine if those after the sixth are
  /// zeros) and an offset: `Z`, ` UTC`, `±HH`, `±HH:MM` or `±HH:MM:SS`. O(n).
  ///
  /// The result is within ``Instant/range``; `infinity`, years beyond 9999 and readings without an offset are refused.
  public static func parse(_ text: UnsafeRawBufferPointer) throws(Fault) -> Instant {
    guard text.count >= 20, let base = text.baseAddress else { throw describe(text) }
    if let instant = parseShape(base, count: text.count) { return instant }
    return try parseAny(text, base)
  }

  /// The same, `nil` for texts that are not an instant.
  @inline(__always)
  public static func instant(_ text: UnsafeRawBufferPointer) -> Instant? {
    guard text.count >= 20, let base = text.baseAddress else { return nil }
    return parseShape(base, count: text.count) ?? (try? parseAny(text, base))
  }

  /// The same, one byte at a time: reads every shape, and finds the words for faults.
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
    if text.suffix(3).elementsEqual(" BC".utf8) { throw describe(text) }
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
      var isFiner = false
      while at < text.count, byte(at) &- 0x30 < 10 {
        if at - first < 6 {
          fraction = fraction * 10 + Int(byte(at) &- 0x30)
        } else if byte(at) != 0x30 {
          isFiner = true
        }
        at += 1
      }
      let digits = at - first
      if digits == 0 { throw Fault(reason: "not a timestamp") }
      if isFiner || digits > 9 { throw Fault(reason: "finer than a microsecond") }
      for _ in min(digits, 6)..<6 { fraction *= 10 }
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
    if text.isEmpty { throw Fault(reason: noOffset) }
    if text.count == 1, text[0] == 0x5A { return 0 }
    if text.count == 4, text.elementsEqual(" UTC".utf8) { return 0 }
    guard text[0] == 0x2B || text[0] == 0x2D, text.count == 3 || text.count == 6 || text.count == 9 else {
      throw Fault(reason: otherOffset)
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

  /// The fault of a text that is not an instant; names the forms that PostgreSQL prints and refold refuses.
  private static func describe(_ text: UnsafeRawBufferPointer) -> Fault {
    let ascii = String(decoding: text.prefix(64), as: UTF8.self)
    if ascii == "infinity" || ascii == "-infinity" { return Fault(reason: "infinite, which is no instant") }
    if ascii.hasSuffix(" BC") { return Fault(reason: "outside the years 1 to 9999") }
    let year = ascii.prefix { $0.isASCII && $0.isNumber }
    if year.count > 4, ascii.dropFirst(year.count).hasPrefix("-") {
      return Fault(reason: "outside the years 1 to 9999")
    }
    if ascii.isEmpty { return Fault(reason: "not a timestamp") }
    if ascii.utf8.allSatisfy({ (0x30...0x39).contains($0) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains($0) }),
      year.count > 4 || ascii.contains(".")
    {
      return Fault(reason: epochReason)
    }
    if isDate(ascii) { return Fault(reason: noOffset) }
    if isOtherStyle(ascii) { return Fault(reason: otherStyle) }
    return Fault(reason: startsLikeISO(ascii) ? otherOffset : "not a timestamp")
  }

  /// The reason given for a number in place of an instant.
  public static let epochReason =
    "a number, as epoch seconds, milliseconds or microseconds are, which cannot be told apart; export the instant as text "
    + "with an offset"
  private static let noOffset =
    "without an offset, so that the instant is not known; export it as timestamptz: SET timezone TO 'UTC'"
  private static let otherStyle =
    "a timestamp in another style than ISO, whose day and month are not told apart; export it again: SET datestyle TO ISO"

  private static let otherOffset =
    "a timestamp whose offset is not written as +00, +00:00, Z or UTC after the seconds; export it again: SET timezone TO "
    + "'UTC'"

  /// Whether a text begins with an ISO date and time.
  private static func startsLikeISO(_ text: String) -> Bool {
    let start = text.prefix { $0.isASCII && ($0.isNumber || "-T :.".contains($0)) }
    return text.utf8.count > 16 && start.utf8.count >= 16 && isDate(String(start.prefix(16)))
  }

  /// Whether a text is an ISO date, alone or with a time.
  private static func isDate(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count == 10 || bytes.count == 16 || bytes.count == 19 else { return false }
    return bytes.enumerated().allSatisfy { at, byte in
      switch at {
      case 4, 7: byte == 0x2D
      case 10: byte == 0x20 || byte == 0x54
      case 13, 16: byte == 0x3A
      default: byte &- 0x30 < 10
      }
    }
  }

  /// Whether a text begins like a date in PostgreSQL's styles SQL, German and Postgres: `12/31/2026`, `31.12.2026`,
  /// `12-31-2026`, `Thu Dec 31`.
  private static func isOtherStyle(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    let days = ["Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "]
    if days.contains(where: text.hasPrefix) { return true }
    let digits = bytes.prefix { $0 &- 0x30 < 10 }.count
    guard digits == 1 || digits == 2, digits < bytes.count else { return false }
    return [0x2F, 0x2E, 0x2D].contains(bytes[digits])
  }
}
