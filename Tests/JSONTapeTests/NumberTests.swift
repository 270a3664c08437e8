import EventModel
import JSONTape
import TestSupport
import Testing

/// values.md: a number is taken as PostgreSQL's `numeric` prints it.
@Suite("values.md: JSON numbers as numeric prints them")
struct NumberTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var written: String
    /// Raw value of ``JSONValue/Kind``.
    var kind: UInt8
    var canonical: String

    init(_ written: String, _ kind: JSONValue.Kind, _ canonical: String) {
      self.written = written
      self.kind = kind.rawValue
      self.canonical = canonical
    }

    var testDescription: String { "values.md: \(written.prefix(40)) is \(canonical.prefix(40))" }
  }

  static let cases = [
    Case("0", .smallInteger, "0"), Case("-0", .smallInteger, "0"), Case("-0.0", .double, "0"),
    Case("0.0", .double, "0"),
    Case("-0e0", .smallInteger, "0"), Case("0e5", .smallInteger, "0"), Case("-0.00e1", .double, "0"),
    Case("0.0e1", .smallInteger, "0"), Case("0e400", .smallInteger, "0"), Case("5", .smallInteger, "5"),
    Case("127", .smallInteger, "127"), Case("128", .mediumInteger, "128"), Case("-128", .smallInteger, "-128"),
    Case("-129", .mediumInteger, "-129"), Case("2147483647", .mediumInteger, "2147483647"),
    Case("2147483648", .integer, "2147483648"), Case("-2147483648", .mediumInteger, "-2147483648"),
    Case("9007199254740993", .integer, "9007199254740993"),
    Case("9223372036854775807", .integer, "9223372036854775807"),
    Case("-9223372036854775808", .integer, "-9223372036854775808"),
    Case("9223372036854775808", .bigInteger, "9223372036854775808"),
    Case("18446744073709551615", .bigInteger, "18446744073709551615"),
    Case("18446744073709551616", .bigInteger, "18446744073709551616"),
    Case("-9223372036854775809", .bigInteger, "-9223372036854775809"),
    Case("1e2", .smallInteger, "100"), Case("1E+2", .smallInteger, "100"), Case("1.50e1", .double, "15"),
    Case("1.5e1", .smallInteger, "15"), Case("1.50e2", .mediumInteger, "150"), Case("100e-2", .double, "1"),
    Case("1.0", .double, "1"), Case("1.50", .double, "1.5"), Case("10e-1", .double, "1"),
    Case("1e18", .integer, "1000000000000000000"), Case("1e19", .bigInteger, "10000000000000000000"),
    Case("-1e19", .bigInteger, "-10000000000000000000"), Case("0.1e1", .smallInteger, "1"),
    Case("12345678901234567890e2", .bigInteger, "1234567890123456789000"),
    Case("1e400", .bigInteger, "1" + String(repeating: "0", count: 400)),
    Case("1.5e400", .bigInteger, "15" + String(repeating: "0", count: 399)),
    Case("1e-400", .double, "0"), Case("-1e-400", .double, "0"), Case("5e-324", .double, "5e-324"),
    Case("1e-16383", .double, "0"), Case("1e131071", .bigInteger, "1" + String(repeating: "0", count: 131_071)),
    Case("0.1", .double, "0.1"), Case("123456789.123456789", .double, "123456789.12345679"),
    Case(
      "179769313486231580793728971405301e276", .bigInteger,
      "179769313486231580793728971405301" + String(repeating: "0", count: 276)),
  ]

  @Test(arguments: cases)
  func value(_ one: Case) throws {
    for path in PackedJSON.Path.allCases {
      let alone = try PackedJSON(one.written, by: path)
      #expect(alone.kind.rawValue == one.kind)
      #expect(alone.canonical == one.canonical)
      // The same number inside a document, next to another one.
      #expect(try PackedJSON("{\"a\":[\(one.written) ,7.5]}", by: path).canonical == "{\"a\":[\(one.canonical),7.5]}")
    }
  }

  @Test("values.md: 1e2 and 100 are the same value, 100 and 100.0 are not")
  func identity() throws {
    #expect(try PackedJSON("1e2") == PackedJSON("100"))
    #expect(try PackedJSON("1.50e2") == PackedJSON("150"))
    #expect(try PackedJSON("100").hash != PackedJSON("100.0").hash)
    #expect(try PackedJSON("1.50") == PackedJSON("1.5"))
    #expect(try PackedJSON("-0.0") == PackedJSON("0.0"))
  }

  static let refused = [
    ("131,073 digits", String(repeating: "9", count: 131_073)),
    ("131,073 digits by the exponent", "1e131072"),
    ("131,073 digits and a point", String(repeating: "9", count: 131_073) + ".5"),
    ("16,384 digits after the point", "0." + String(repeating: "0", count: 16_383) + "1"),
    ("16,384 digits after the point of a value a double holds", "0.5" + String(repeating: "0", count: 16_383)),
    ("16,384 digits after the point of an integral value", "7." + String(repeating: "0", count: 16_384)),
    ("16,384 digits after the point by the exponent", "1e-16384"),
    ("as many by digits and exponent", String(repeating: "1", count: 16_380) + "e-16384"),
    ("far too many", "1e-20000"), ("an absurd exponent", "1e999999999999999999999"),
    ("an absurd negative exponent", "1e-999999999999999999999"),
  ]

  @Test("event-log.md: a number beyond numeric is malformed input", arguments: refused)
  func beyondNumeric(_ name: String, _ number: String) {
    for path in PackedJSON.Path.allCases {
      for text in [number, "[1,\(number)]", "{\"data\":{\"x\":\(number),\"y\":1}}"] {
        let fault = #expect(throws: JSONFault.self, "\(name)") { try PackedJSON(text, by: path) }
        #expect(fault?.reason.contains("numeric") == true, "\(name)")
      }
    }
  }

  @Test(
    "event-log.md: a number at the bounds of numeric is accepted",
    arguments: [
      String(repeating: "9", count: 131_072), "0." + String(repeating: "3", count: 16_383),
      "-" + String(repeating: "9", count: 131_072) + "." + String(repeating: "0", count: 16_383),
    ])
  func atTheBounds(_ number: String) throws {
    for path in PackedJSON.Path.allCases { _ = try PackedJSON(number, by: path) }
  }

  @Test(
    "values.md: numbers that are not JSON",
    arguments: [
      "01", "-", "+1", "1.", ".5", "1e", "1e+", "--1", "0x10", "1_000", "NaN", "Infinity", "-Infinity", "1 2", "00",
      "-01",
    ])
  func noJSON(_ text: String) {
    for path in PackedJSON.Path.allCases { #expect(throws: JSONFault.self) { try PackedJSON(text, by: path) } }
  }
}
