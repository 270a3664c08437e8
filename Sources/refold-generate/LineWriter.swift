import EventModel

/// The bytes of one NDJSON line, written in place.
///
/// Members of objects and elements of arrays are written with `, ` after them; closing removes the last separator. That
/// gives the spacing of PostgreSQL's `jsonb` output. Keys must be written in `jsonb` order (shorter first, then by
/// bytes): the writer does not sort.
struct LineWriter: ~Copyable {
  /// More than the longest possible line (six full blocks: about 5 KiB).
  static let capacity = 16 << 10

  private let base: UnsafeMutableRawPointer
  private var at: UnsafeMutableRawPointer
  /// The day of ``dayText``.
  private var day = Int64.min
  /// `YYYY-MM-DD`: the first eight bytes and the last two, as they are in memory.
  private var dayText: (UInt64, UInt16) = (0, 0)

  init() {
    base = .allocate(byteCount: LineWriter.capacity, alignment: 16)
    at = base
  }

  deinit { base.deallocate() }

  /// The line so far.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: at - base) }

  /// Starts the next line.
  mutating func clear() {
    precondition(at - base <= LineWriter.capacity - 1024, "a line longer than the buffer")
    at = base
  }

  /// Appends an ASCII or UTF-8 literal as it is.
  @inline(__always)
  mutating func raw(_ text: StaticString) {
    at.copyMemory(from: text.utf8Start, byteCount: text.utf8CodeUnitCount)
    at += text.utf8CodeUnitCount
  }

  @inline(__always)
  mutating func byte(_ value: UInt8) {
    at.storeBytes(of: value, as: UInt8.self)
    at += 1
  }

  /// Removes the `, ` after the last member, if there is one.
  @inline(__always)
  mutating func dropSeparator() {
    if at.load(fromByteOffset: -1, as: UInt8.self) == 0x20, at.load(fromByteOffset: -2, as: UInt8.self) == 0x2C {
      at -= 2
    }
  }

  /// Appends a number in decimal.
  @inline(__always)
  mutating func number(_ value: Int) {
    var rest = value.magnitude
    if value < 0 { byte(0x2D) }
    if rest < 10 {
      byte(0x30 + UInt8(truncatingIfNeeded: rest))
      return
    }
    var digits = 2
    var limit: UInt = 100
    while rest >= limit {
      digits += 1
      limit &*= 10
    }
    for index in stride(from: digits - 1, through: 0, by: -1) {
      at.storeBytes(of: 0x30 + UInt8(truncatingIfNeeded: rest % 10), toByteOffset: index, as: UInt8.self)
      rest /= 10
    }
    at += digits
  }

  /// Appends exactly `width` digits, with leading zeros.
  @inline(__always)
  mutating func digits(_ value: Int, width: Int) {
    var rest = value
    for index in stride(from: width - 1, through: 0, by: -1) {
      at.storeBytes(of: 0x30 + UInt8(truncatingIfNeeded: rest % 10), toByteOffset: index, as: UInt8.self)
      rest /= 10
    }
    at += width
  }

  /// Appends the 36 bytes of a UUID.
  @inline(__always)
  mutating func uuid(_ id: UUID128) {
    let first = hexText(id.high >> 32)
    let second = hexText(id.high & 0xFFFF_FFFF)
    let third = hexText(id.low >> 32)
    at.storeBytes(of: first, as: UInt64.self)
    at.storeBytes(of: 0x2D, toByteOffset: 8, as: UInt8.self)
    at.storeBytes(of: UInt32(truncatingIfNeeded: second), toByteOffset: 9, as: UInt32.self)
    at.storeBytes(of: 0x2D, toByteOffset: 13, as: UInt8.self)
    at.storeBytes(of: UInt32(truncatingIfNeeded: second >> 32), toByteOffset: 14, as: UInt32.self)
    at.storeBytes(of: 0x2D, toByteOffset: 18, as: UInt8.self)
    at.storeBytes(of: UInt32(truncatingIfNeeded: third), toByteOffset: 19, as: UInt32.self)
    at.storeBytes(of: 0x2D, toByteOffset: 23, as: UInt8.self)
    at.storeBytes(of: UInt32(truncatingIfNeeded: third >> 32), toByteOffset: 24, as: UInt32.self)
    at.storeBytes(of: hexText(id.low & 0xFFFF_FFFF), toByteOffset: 28, as: UInt64.self)
    at += 36
  }

  /// Appends `YYYY-MM-DD` of an instant in microseconds since 1970.
  @inline(__always)
  mutating func date(_ microseconds: Int64) {
    let wanted = microseconds / Instant.day
    if wanted != day { remember(day: wanted) }
    at.storeBytes(of: dayText.0, as: UInt64.self)
    at.storeBytes(of: dayText.1, toByteOffset: 8, as: UInt16.self)
    at += 10
  }

  /// Appends `YYYY-MM-DDTHH:MM:SS[.f…]` in UTC without an offset; trailing zeros of the fraction are
  /// trimmed, as PostgreSQL does.
  @inline(__always)
  mutating func instant(_ microseconds: Int64) {
    date(microseconds)
    let rest = Int(microseconds % Instant.day)
    let seconds = rest / 1_000_000
    byte(0x54)
    digits(seconds / 3600, width: 2)
    byte(0x3A)
    digits(seconds / 60 % 60, width: 2)
    byte(0x3A)
    digits(seconds % 60, width: 2)
    let fraction = rest % 1_000_000
    if fraction != 0 {
      byte(0x2E)
      digits(fraction, width: 6)
      while at.load(fromByteOffset: -1, as: UInt8.self) == 0x30 { at -= 1 }
    }
  }

  private mutating func remember(day wanted: Int64) {
    day = wanted
    var text: [UInt8] = []
    appendISO(CivilDate(daysSinceEpoch: Int(wanted)), to: &text)
    dayText = text.withUnsafeBytes {
      ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt16.self))
    }
  }
}

/// Eight lower-case hex digits of 32 bits, as the text is in memory (first digit lowest).
@inline(__always)
private func hexText(_ value: UInt64) -> UInt64 {
  var x = (value | value << 16) & 0x0000_FFFF_0000_FFFF
  x = (x | x << 8) & 0x00FF_00FF_00FF_00FF
  x = (x | x << 4) & 0x0F0F_0F0F_0F0F_0F0F
  let letters = (x &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
  return (x &+ 0x3030_3030_3030_3030 &+ letters &* 0x27).bigEndian
}
