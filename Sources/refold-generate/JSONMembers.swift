import EventModel

/// Members of `jsonb` objects, each followed by `, `; see ``LineWriter`` for the separators.
extension LineWriter {
  /// Appends `"name": `.
  @inline(__always)
  mutating func key(_ name: StaticString) {
    byte(0x22)
    raw(name)
    raw("\": ")
  }

  /// Opens an object that is an element of an array.
  @inline(__always)
  mutating func openObject() { byte(0x7B) }

  /// Opens an object that is a member.
  @inline(__always)
  mutating func openObject(_ name: StaticString) {
    key(name)
    byte(0x7B)
  }

  @inline(__always)
  mutating func closeObject() {
    dropSeparator()
    raw("}, ")
  }

  @inline(__always)
  mutating func openArray(_ name: StaticString) {
    key(name)
    byte(0x5B)
  }

  @inline(__always)
  mutating func closeArray() {
    dropSeparator()
    raw("], ")
  }

  /// A text, already escaped for JSON.
  @inline(__always)
  mutating func string(_ name: StaticString, _ value: StaticString) {
    key(name)
    element(value)
  }

  /// A text as an element of an array.
  @inline(__always)
  mutating func element(_ value: StaticString) {
    byte(0x22)
    raw(value)
    raw("\", ")
  }

  /// A literal that is not a string: `null`, `true`.
  @inline(__always)
  mutating func literal(_ name: StaticString, _ value: StaticString) {
    key(name)
    raw(value)
    raw(", ")
  }

  @inline(__always)
  mutating func integer(_ name: StaticString, _ value: Int) {
    key(name)
    number(value)
    raw(", ")
  }

  /// A number of tenths, `62.5` for 625; whole numbers without a point, as clients send them.
  @inline(__always)
  mutating func tenths(_ name: StaticString, _ value: Int) {
    key(name)
    number(value / 10)
    if value % 10 != 0 {
      byte(0x2E)
      number(value % 10)
    }
    raw(", ")
  }

  /// A number of hundredths with both fraction digits, `15.07` for 1507: `jsonb` keeps the scale.
  @inline(__always)
  mutating func hundredths(_ name: StaticString, _ value: Int) {
    key(name)
    number(value / 100)
    byte(0x2E)
    digits(value % 100, width: 2)
    raw(", ")
  }

  @inline(__always)
  mutating func uuid(_ name: StaticString, _ value: UUID128) {
    key(name)
    byte(0x22)
    uuid(value)
    raw("\", ")
  }

  /// An instant as text, with the given offset: `Z`, `+00:00` or none.
  @inline(__always)
  mutating func instant(_ name: StaticString, _ microseconds: Int64, offset: StaticString) {
    key(name)
    byte(0x22)
    instant(microseconds)
    raw(offset)
    raw("\", ")
  }
}
