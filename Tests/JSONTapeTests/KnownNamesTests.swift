import EventModel
import JSONTape
import TestSupport
import Testing

/// Names that logs repeat are packed as numbers. Readers of the values must not notice.
@Suite("names of nested members as numbers")
struct KnownNamesTests {
  /// Names that have a number, names that look like them, and names that could be taken for a number or a tag.
  static let names = [
    "value", "unit", "dose", "work", "measurement_state", "reference_measured_at", "relative_intensity_reference_value",
    "Value", "value ", " value", "valu", "values", "unite", "", " ", "!", "~", "a", "\u{20}\u{21}", "é", "dosé",
    String(repeating: "v", count: 40), String(repeating: "value", count: 60),
  ]

  init() {
    KnownNames.add([
      "value", "unit", "dose", "work", "measurement_state", "reference_measured_at",
      "relative_intensity_reference_value",
    ])
  }

  @Test("the number of a name gives the name back")
  func numbers() {
    var met = 0
    for number in KnownNames.first...250 {
      let name = "n\(number)"
      #expect(name.withBytes { KnownNames.number(of: $0) } == 0)
    }
    for name in KnownNamesTests.names {
      let number = name.withBytes { KnownNames.number(of: $0) }
      if number == 0 { continue }
      met += 1
      #expect(number >= KnownNames.first)
      #expect(String(decoding: KnownNames.text(number), as: UTF8.self) == name)
    }
    #expect(met == 7)
  }

  @Test("all readers get the names of an object as they were written", arguments: [1, 2, 3, 4] as [UInt64])
  func reading(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      let count = Int.random(in: 0...6, using: &random)
      let names = KnownNamesTests.names.shuffled(using: &random).prefix(count)
      let values = [
        "7", "-300", "1.5", "null", "true", #""text""#, #"{"value":1,"x":{"unit":"kg"}}"#, #"[{"dose":[]}]"#,
      ]
      let members = names.map { ($0, values.randomElement(using: &random) ?? "null") }
      let text = "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
      let packed = try PackedJSON(text)
      #expect(try packed == PackedJSON(text, by: .exact))
      #expect(try packed.canonical == String(decoding: JSONTree(text).canonicalBytes, as: UTF8.self))
      try packed.packed.withUnsafeBytes { bytes in
        let value = JSONValue(bytes.baseAddress!)
        #expect(value.packed.count == packed.packed.count)
        let read = value.members.map { String(decoding: $0.key, as: UTF8.self) }
        #expect(read.sorted() == names.sorted())
        for ((key, member), (number, numbered)) in zip(value.members, value.numberedMembers) {
          #expect(number == KnownNames.number(of: key))
          #expect(member.base == numbered.base)
          let written = try #require(members.first { $0.0.utf8.elementsEqual(key) })
          #expect(try member.packed.elementsEqual(PackedJSON(written.1).packed))
        }
        #expect(value.member("value")?.base == value.members.first { $0.key.elementsEqual("value".utf8) }?.value.base)
        #expect(value.member("Value")?.base == value.members.first { $0.key.elementsEqual("Value".utf8) }?.value.base)
        #expect(value.member("")?.base == value.members.first { $0.key.isEmpty }?.value.base)
      }
    }
  }

  @Test("a packed value ends where the next begins, whatever its kind")
  func ends() throws {
    let texts = [
      "null", "false", "true", "0", "-128", "127", "128", "-2147483648", "2147483647", "2147483648", "1.5", "-0.25",
      "9223372036854775808", "1\(String(repeating: "0", count: 300))", "\"\"", "\"a\"",
      "\"\(String(repeating: "s", count: 255))\"", "\"\(String(repeating: "s", count: 256))\"",
      "\"\(String(repeating: "s", count: 70_000))\"", "[]", "[1,[2,{}]]", "{}", #"{"value":{"unit":[]},"z":0}"#,
    ]
    for text in texts {
      let packed = try PackedJSON(text).packed
      packed.withUnsafeBytes { bytes in
        let value = JSONValue(bytes.baseAddress!)
        #expect(value.end == bytes.baseAddress! + packed.count, "\(text.prefix(20))")
      }
    }
    let all = try PackedJSON("[" + texts.joined(separator: ",") + "]").packed
    all.withUnsafeBytes { bytes in
      #expect(Array(JSONValue(bytes.baseAddress!).elements).count == texts.count)
    }
  }
}

extension String {
  /// Calls `body` with the text's bytes.
  fileprivate func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    Array(utf8).withUnsafeBytes(body)
  }
}
