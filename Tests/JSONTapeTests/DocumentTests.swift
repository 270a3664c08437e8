import JSONTape
import TestSupport
import Testing

/// event-log.md: a log from elsewhere is read as if it had been stored as `jsonb`.
@Suite("event-log.md: JSON documents as jsonb")
struct DocumentTests {
  @Test(
    "event-log.md: keys are ordered by UTF-8 length, then bytes; of equal keys the last is kept",
    arguments: [
      (#"{"bb":1,"a":2,"c":3}"#, #"{"a":2,"c":3,"bb":1}"#),
      (#"{"a":1,"a":2}"#, #"{"a":2}"#),
      (#"{"a":1,"b":0,"a":2,"b":9,"a":{"z":1,"y":2}}"#, #"{"a":{"y":2,"z":1},"b":9}"#),
      (#"{"é":1,"zz":2,"b":3}"#, #"{"b":3,"zz":2,"é":1}"#),
      (#"{"\u0061":1,"a":2}"#, #"{"a":2}"#),
      (#"{"":1," ":2}"#, #"{"":1," ":2}"#),
      (
        #"{"z":{"b":{"d":1,"c":2},"a":1},"y":[{"b":1,"a":2}]}"#, #"{"y":[{"a":2,"b":1}],"z":{"a":1,"b":{"c":2,"d":1}}}"#
      ),
    ])
  func keyOrder(_ written: String, _ stored: String) throws {
    for path in PackedJSON.Path.allCases {
      #expect(try PackedJSON(written, by: path) == PackedJSON(stored, by: path))
    }
    let keys = { (text: String) in
      try PackedJSON(text).packed.withUnsafeBytes { bytes in
        JSONValue(bytes.baseAddress!).members.map { String(decoding: $0.key, as: UTF8.self) }
      }
    }
    let order = try keys(written)
    let sorted = order.sorted { a, b in
      a.utf8.count != b.utf8.count ? a.utf8.count < b.utf8.count : a.utf8.lexicographicallyPrecedes(b.utf8)
    }
    #expect(order.map { Array($0.utf8) } == sorted.map { Array($0.utf8) })
  }

  @Test("event-log.md: canonically equivalent keys are different keys")
  func canonicalEquivalence() throws {
    let text = "{\"\u{E9}\":1,\"e\u{301}\":2}"
    #expect(try PackedJSON(text).canonical.utf8.count == text.utf8.count)
    #expect(try JSONTree(text).members?.count == 2)
    #expect(try JSONTree("{\"e\u{301}\":2}")["\u{E9}"] == nil)
    #expect(try JSONTree("\"\u{E9}\"") != JSONTree("\"e\u{301}\""))
  }

  @Test(
    "event-log.md: \\u0000 is malformed input",
    arguments: [
      #""\u0000""#, #"{"a\u0000b":1}"#, #"{"a":["x",{"y":"\u0000"}]}"#, #"{"zz":1,"a\u0000":1}"#,
      #"{"a":"\u0000","a":2}"#, #"{"b":{"a":["\u0000"],"a":2},"n":1e2}"#,
    ])
  func nulCharacter(_ text: String) {
    for path in PackedJSON.Path.allCases {
      let fault = #expect(throws: JSONFault.self) { try PackedJSON(text, by: path) }
      #expect(fault == Tape.nulCharacter)
    }
  }

  @Test(
    "event-log.md: a lone surrogate is malformed input",
    arguments: [
      #""\ud800""#, #""\udfff""#, #""\ud800x""#, #""\ud800\u0041""#, #""\udc00\ud800""#, #""\ud800\ud800\udc00""#,
      #"{"\udead":1}"#, #""\uD83D\n""#,
      #"{"a":"\udc00","a":2}"#, #"{"a":{"\udc00":1},"n":1e2,"a":2}"#,
    ])
  func loneSurrogate(_ text: String) {
    for path in PackedJSON.Path.allCases {
      let fault = #expect(throws: JSONFault.self) { try PackedJSON(text, by: path) }
      #expect(fault == Tape.loneSurrogate)
    }
  }

  @Test("event-log.md: a surrogate pair is one scalar")
  func surrogatePair() throws {
    for path in PackedJSON.Path.allCases {
      #expect(
        try PackedJSON(#""\ud83d\ude00\uD7FF\uE000""#, by: path)
          == PackedJSON("\"\u{1F600}\u{D7FF}\u{E000}\"", by: path))
    }
  }

  @Test("values.md: nesting to 1,000 levels")
  func depth() throws {
    func nested(_ depth: Int, object: Bool) -> String {
      object
        ? String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)
        : String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    for path in PackedJSON.Path.allCases {
      for object in [false, true] {
        _ = try PackedJSON(nested(1000, object: object), by: path)
        for depth in [1001, 1101, 5000, 200_000] {
          let fault = #expect(throws: JSONFault.self) { try PackedJSON(nested(depth, object: object), by: path) }
          #expect(fault == TapeWalker.tooDeep)
        }
      }
    }
  }

  @Test(
    "event-log.md: text that is not JSON is malformed input",
    arguments: [
      "", " ", "{", "[1,", "[1,]", "{\"a\":1,}", "{\"a\"}", "{a:1}", "{'a':1}", "[1 2]", "tru", "nulll", "\"a",
      "\"\\x\"", "\"\\u12\"",
      "\"\\u00g0\"", "\"a\nb\"", "\"\t\"", "1]", "{}{}", "[]x", "{\"a\" 1}", "{1:2}", "\u{FEFF}1",
    ])
  func noJSON(_ text: String) {
    for path in PackedJSON.Path.allCases { #expect(throws: JSONFault.self) { try PackedJSON(text, by: path) } }
  }

  @Test(
    "event-log.md: bytes that are not UTF-8 are malformed input",
    arguments: [
      [0x80], [0xC3], [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF],
      [0xF0, 0x9F, 0x98],
    ] as [[UInt8]])
  func noUTF8(_ bytes: [UInt8]) {
    for path in PackedJSON.Path.allCases {
      #expect(throws: JSONFault.self) { try PackedJSON([0x22] + bytes + [0x22], by: path) }
    }
  }

  @Test("a fault quotes no content", arguments: ["{\"secret\":tru}", "[\"secret\\x\"]", "{\"secret\" 1}", "\"secret"])
  func noPayload(_ text: String) {
    for path in PackedJSON.Path.allCases {
      let fault = #expect(throws: JSONFault.self) { try PackedJSON(text, by: path) }
      #expect(fault?.reason.contains("secret") == false)
    }
  }

  @Test("a document too long for simdjson reads the same")
  func longDocument() throws {
    let text = "[" + (0..<120_000).map { "{\"b\":\($0).5,\"a\":\"x\($0)\"}" }.joined(separator: ",") + "]"
    #expect(text.utf8.count > 1 << 20)
    #expect(try PackedJSON(text) == PackedJSON(text, by: .exact))
  }
}
