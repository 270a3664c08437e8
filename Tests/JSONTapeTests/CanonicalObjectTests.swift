import EventModel
import JSONTape
import TestSupport
import Testing

/// Reading a member without packing its object must give what packing gives.
@Suite("members of canonical objects")
struct CanonicalObjectTests {
  private static let names: [ConstantName] = ["status", "confidence", "inferred_confidence", "aa"]

  @Test("random objects, compact and not", arguments: [5, 6, 20_261_122] as [UInt64])
  func randomObjects(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var found = 0
    for round in 0..<6000 {
      let isCanonical = round % 3 != 0
      var text = CanonicalObjectTests.object(&random, depth: 0, space: isCanonical ? "" : " ")
      if isCanonical { text = try JSONTree(parsing: Array(text.utf8)).canonicalText }
      try CanonicalObjectTests.compare(text, &found, "seed \(seed), round \(round)")
    }
    #expect(found > 4000)
  }

  @Test("a member at every position around the edges of a block")
  func edges() throws {
    var found = 0
    for length in 0..<140 {
      let filler = String(repeating: "x", count: length)
      for before in ["\"0\":\"\(filler)\",", "\"0\":[{\"status\":\"\(filler)\"}],", "\"0\":[\"\(filler){\",{}],"] {
        for after in ["", ",\"z\":\"\(filler)\"", ",\"z\":{\"status\":\"\(filler)}\"}"] {
          for value in ["\"status\":\"ok\"", "\"confidence\":0.25,\"status\":\"\(filler)\""] {
            try CanonicalObjectTests.compare("{\(before)\(value)\(after)}", &found, "\(length)")
          }
        }
      }
    }
    #expect(found == 140 * 9 * 6)
  }

  @Test("an escaped quote does not end a string, wherever a block begins")
  func escapes() throws {
    var found = 0
    for length in 0..<140 {
      let filler = String(repeating: "x", count: length)
      for text in [
        "{\"\\\"status\":\"no\",\"z\":\"\(filler)\"}", "{\"0\":\"\(filler)\",\"y\\\"status\":1,\"z\":\"\(filler)\"}",
        "{\"0\":\"\(filler)\\\\\",\"status\":\"ok\"}", "{\"0\":\"\(filler)\",\"status\":\"\\\"o\",\"z\":\"\\\\\"}",
        "{\"st\\u0061tus\":\"\(filler)\"}", "{\"0\":\"\(filler)\",\"status\":\"o\\u006b\"}",
      ] {
        try CanonicalObjectTests.compare(text, &found, text)
      }
    }
  }

  @Test(
    "numbers are the doubles that packing gives",
    arguments: [
      "0", "1", "0.1", "0.239", "0.30000000000001", "0.1234567890123456789", "999999999999999", "9999999999999999",
      "123456.789012345", "-0.5", "1e-7", "0.000000000000001", "5e-324", "12345678901234567890", "0.15",
    ])
  func numbers(number: String) throws {
    var found = 0
    try CanonicalObjectTests.compare("{\"aa\":\(number)}", &found, number)
    try CanonicalObjectTests.compare("{\"aa\":\(number),\"b\":1}", &found, number)
    let isPlain = !number.contains { "-e".contains($0) } && number.count { $0 != "." } <= 15
    #expect(found == (isPlain ? 4 : 0), "\(number)")
  }

  @Test("values that are not objects, and objects without such members, give none")
  func noObject() throws {
    var found = 0
    for text in [
      "{}", "[]", "1", "\"status\"", "[{\"status\":\"ok\"}]", "{\"b\":{\"status\":\"ok\"}}", "{\"aa\":null}",
    ] {
      try CanonicalObjectTests.compare(text, &found, text)
    }
    #expect(found == 0)
  }

  /// Compares each name's member, searched from both ends, with the packed one, and counts the members that were found.
  private static func compare(_ text: String, _ found: inout Int, _ context: String) throws {
    let arena = ByteArena()
    let packer = DocumentPacker(arena: arena)
    try Array(text.utf8).withUnsafeBytes { bytes in
      let object = CanonicalObject(bytes)
      let offset = try packer.pack(bytes)
      let packed = JSONValue(arena.base + offset)
      for name in names {
        let expected = packed.member(named: name)
        for end in [CanonicalObject.End.front, .back] {
          if let text = object.string(name, from: end) {
            found += 1
            #expect(expected?.isString == true && expected?.text.elementsEqual(text) == true, "\(context), \(name)")
          }
          if let number = object.number(name, from: end) {
            found += 1
            #expect(expected.flatMap(double) == number, "\(context), \(name)")
          }
        }
      }
      withExtendedLifetime(packer) {}
    }
  }

  private static func double(_ value: JSONValue) -> Double? {
    switch value.kind {
    case .double: value.double
    case .smallInteger, .mediumInteger, .integer: Double(value.integer)
    default: nil
    }
  }

  // MARK: Random objects

  private static func object(_ random: inout SeededGenerator, depth: Int, space: String) -> String {
    let keys = Set((0..<Int.random(in: 0..<8, using: &random)).map { _ in key(&random) })
    // In random order, but the same for the same seed.
    let members = keys.sorted().shuffled(using: &random).map { key in
      "\"\(key)\"\(space):\(Bool.random(using: &random) ? space : "")\(value(&random, depth: depth + 1, space: space))"
    }
    return "{" + members.joined(separator: ",") + "}"
  }

  private static func value(_ random: inout SeededGenerator, depth: Int, space: String) -> String {
    switch Int.random(in: 0..<(depth > 3 ? 6 : 9), using: &random) {
    case 0: return ["null", "true", "-1", "1e3", "0.1234567890123456789"].randomElement(using: &random) ?? ""
    case 1, 2: return ["0", "1", "0.5", "0.8399", "12", "100000"].randomElement(using: &random) ?? ""
    case 3, 4, 5: return "\"\(text(&random))\""
    case 6:
      let count = Int.random(in: 0..<4, using: &random)
      return "[" + (0..<count).map { _ in value(&random, depth: depth + 1, space: space) }.joined(separator: ",") + "]"
    default: return object(&random, depth: depth, space: space)
    }
  }

  private static func key(_ random: inout SeededGenerator) -> String {
    Int.random(in: 0..<3, using: &random) == 0
      ? text(&random)
      : ["status", "confidence", "inferred_confidence", "aa", "statuses"].randomElement(using: &random) ?? ""
  }

  private static func text(_ random: inout SeededGenerator) -> String {
    let pieces = [
      "status", "a", ":", ",", "{", "}", "[", "]", "é", "\u{1F600}", "confidence", " ", "ok", "xxxxxxxxxxxxxxxx",
    ]
    let rare = ["\\\"", "\\\\", "\\n", "\\u0061"]
    return (0..<Int.random(in: 0..<6, using: &random)).map { _ in
      (Int.random(in: 0..<40, using: &random) == 0 ? rare : pieces).randomElement(using: &random) ?? ""
    }.joined()
  }
}

extension JSONTree {
  fileprivate var canonicalText: String { String(decoding: canonicalBytes, as: UTF8.self) }
}
