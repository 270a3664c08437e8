import EventModel
import JSONTape
import TestSupport
import Testing

/// RFC 8785, except that integers of any size are exact.
@Suite("canonical JSON")
struct CanonicalWriterTests {
  static func written(_ body: (inout CanonicalWriter) -> Void) -> String {
    let output = ByteArena()
    var writer = CanonicalWriter(output: output)
    body(&writer)
    return String(decoding: output.bytes, as: UTF8.self)
  }

  /// The table of RFC 8785, appendix B, and ECMAScript's boundaries.
  static let doubles: [(UInt64, String)] = [
    (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"),
    (0x8000_0000_0000_0001, "-5e-324"), (0x7FEF_FFFF_FFFF_FFFF, "1.7976931348623157e+308"),
    (0xFFEF_FFFF_FFFF_FFFF, "-1.7976931348623157e+308"), (0x4340_0000_0000_0000, "9007199254740992"),
    (0xC340_0000_0000_0000, "-9007199254740992"), (0x4430_0000_0000_0000, "295147905179352830000"),
    (0x44B5_2D02_C7E1_4AF5, "9.999999999999997e+22"), (0x44B5_2D02_C7E1_4AF6, "1e+23"),
    (0x44B5_2D02_C7E1_4AF7, "1.0000000000000001e+23"), (0x444B_1AE4_D6E2_EF4E, "999999999999999700000"),
    (0x444B_1AE4_D6E2_EF4F, "999999999999999900000"), (0x444B_1AE4_D6E2_EF50, "1e+21"),
    (0x3EB0_C6F7_A0B5_ED8C, "9.999999999999997e-7"), (0x3EB0_C6F7_A0B5_ED8D, "0.000001"),
    (0x41B3_DE43_5555_5553, "333333333.3333332"), (0x41B3_DE43_5555_5554, "333333333.33333325"),
    (0x41B3_DE43_5555_5555, "333333333.3333333"), (0x41B3_DE43_5555_5556, "333333333.3333334"),
    (0x41B3_DE43_5555_5557, "333333333.33333343"), (0xBECB_F647_612F_3696, "-0.0000033333333333333333"),
    (0x4314_3FF3_C1CB_0959, "1424953923781206.2"),
  ]

  @Test("RFC 8785, appendix B", arguments: doubles)
  func numberForm(_ bits: UInt64, _ text: String) {
    #expect(CanonicalWriterTests.written { $0.double(Double(bitPattern: bits)) } == text)
  }

  @Test(
    "numbers",
    arguments: [
      (1e21, "1e+21"), (1e20, "100000000000000000000"), (1e-7, "1e-7"), (1e-6, "0.000001"), (123.456, "123.456"),
      (0.1, "0.1"),
      (100, "100"), (-1.5, "-1.5"), (1e15, "1000000000000000"), (0.0001, "0.0001"), (0.00012, "0.00012"),
      (12345.6789, "12345.6789"),
      (99999999999.9999, "99999999999.9999"), (1e11 + 0.0001, "100000000000.0001"), (2.5e-5, "0.000025"), (-0.0, "0"),
      (0.30000000000000004, "0.30000000000000004"), (1e23, "1e+23"), (4.35, "4.35"), (1.005, "1.005"),
    ] as [(Double, String)])
  func numbers(_ value: Double, _ text: String) { #expect(CanonicalWriterTests.written { $0.double(value) } == text) }

  @Test("every double reads back as itself", arguments: [5, 6] as [UInt64])
  func roundTrip(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<20_000 {
      let value =
        Bool.random(using: &random)
        ? Double(bitPattern: random.next())
        : Double(Int.random(in: -2_000_000_000...2_000_000_000, using: &random)) / 10_000
      if !value.isFinite { continue }
      let text = CanonicalWriterTests.written { $0.double(value) }
      #expect(Double(text) == value, "seed \(seed)")
      // The text is the shortest possible: no decimal with fewer digits is the same double.
      let digits = { (text: String) in
        text.prefix { $0 != "e" }.filter(\.isNumber).drop { $0 == "0" }.reversed().drop { $0 == "0" }.count
      }
      #expect(digits(text) == digits(value.description), "seed \(seed)")
    }
  }

  @Test("integers are exact")
  func integers() {
    let texts = [Int64.min, -1, 0, 9, 10, 9_007_199_254_740_993, Int64.max].map { value in
      CanonicalWriterTests.written { $0.integer(value) }
    }
    #expect(texts == ["-9223372036854775808", "-1", "0", "9", "10", "9007199254740993", "9223372036854775807"])
  }

  @Test("NaN and infinities are written as null, and noted")
  func notFinite() {
    let output = ByteArena()
    for value in [Double.nan, .infinity, -.infinity] {
      var writer = CanonicalWriter(output: output)
      #expect(!writer.sawNotFinite)
      writer.double(value)
      #expect(writer.sawNotFinite)
    }
    #expect(String(decoding: output.bytes, as: UTF8.self) == "nullnullnull")
  }

  @Test("keys are ordered by UTF-16 code unit: U+1F600 before U+FB33, as in RFC 8785, 3.2.3")
  func keyOrder() throws {
    let text =
      #"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#
    let expected =
      "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\"\u{F6}\":\"Latin Small Letter O With Diaeresis\",\"\u{20AC}\":\"Euro Sign\",\"\u{1F600}\":\"Emoji: Grinning Face\",\"\u{FB33}\":\"Hebrew Letter Dalet With Dagesh\"}"
    #expect(try PackedJSON(text).canonical == expected)
    #expect(try JSONTree(text).text == expected)
  }

  @Test("key order is that of UTF-16 code units", arguments: [7] as [UInt64])
  func keyOrderProperty(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let scalars: [Unicode.Scalar] = [
      "a", "b", "\u{E9}", "\u{7FF}", "\u{D7FF}", "\u{E000}", "\u{FFFF}", "\u{10000}", "\u{10FFFF}", "\u{1F600}",
    ]
    for _ in 0..<3000 {
      func text() -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0..<4, using: &random) {
          text.unicodeScalars.append(scalars.randomElement(using: &random) ?? "a")
        }
        return text
      }
      let (a, b) = (text(), text())
      let precedes = Array(a.utf8).withUnsafeBytes { x in Array(b.utf8).withUnsafeBytes { y in precedesInUTF16(x, y) } }
      #expect(precedes == a.utf16.lexicographicallyPrecedes(b.utf16))
    }
  }

  @Test("strings: short escapes, control characters as \\u00xx in lower case, everything else as it is")
  func strings() throws {
    let all =
      String(String.UnicodeScalarView((1..<0x21).compactMap { Unicode.Scalar($0) })) + "\"\\/\u{7F}\u{80}\u{2028}"
    let expected =
      #""\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f \"\\/"#
      + "\u{7F}\u{80}\u{2028}\""
    #expect(CanonicalWriterTests.written { $0.string(all) } == expected)
  }

  @Test("a byte is escaped at every position")
  func escapePlaces() {
    for count in 1...20 {
      for place in 0..<count {
        for byte in UInt8(0)..<0x80 {
          var text = [UInt8](repeating: UInt8(ascii: "a"), count: count)
          text[place] = byte
          let scalar = String(decoding: [byte], as: UTF8.self)
          let escaped = CanonicalWriterTests.written { $0.string(scalar) }.dropFirst().dropLast()
          let expected =
            String(repeating: "a", count: place) + escaped + String(repeating: "a", count: count - place - 1)
          let written = CanonicalWriterTests.written { writer in text.withUnsafeBytes { writer.string($0) } }
          if written != "\"\(expected)\"" { Issue.record("byte \(byte) at \(place) of \(count): \(written)") }
        }
      }
    }
  }

  @Test("texts of every length are written whole", arguments: 0..<200)
  func lengths(count: Int) {
    let text = String((0..<count).map { Character(Unicode.Scalar(UInt8(0x61 + $0 % 26))) })
    #expect(CanonicalWriterTests.written { $0.string(text) } == "\"\(text)\"")
  }

  @Test("integers of every length", arguments: [12] as [UInt64])
  func integerLengths(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for shift in Int64(0)..<64 {
      for _ in 0..<50 {
        let value = Int64(bitPattern: random.next()) >> shift
        #expect(CanonicalWriterTests.written { $0.integer(value) } == String(value), "seed \(seed)")
      }
    }
    var power: Int64 = 1
    for _ in 0..<18 {
      power *= 10
      for value in [power - 1, power, power + 1, -power] {
        #expect(CanonicalWriterTests.written { $0.integer(value) } == String(value))
      }
    }
  }

  @Test("commas and nesting")
  func structure() {
    let text = CanonicalWriterTests.written { writer in
      writer.beginObject()
      writer.key("a")
      writer.beginArray()
      writer.endArray()
      writer.key("b")
      writer.beginArray()
      writer.null()
      writer.beginObject()
      writer.endObject()
      writer.bool(true)
      writer.literal("x")
      writer.endArray()
      writer.endObject()
    }
    #expect(text == #"{"a":[],"b":[null,{},true,"x"]}"#)
  }
}
