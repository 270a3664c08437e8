import JSONTape
import TestSupport
import Testing

/// simdjson and the exact parser must give the same for every document: packed bytes, hash, refusal.
@Suite("the fast and the exact path agree")
struct PathPropertyTests {
  @Test("random documents", arguments: [1, 20_260_222, 77] as [UInt64])
  func randomDocuments(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for round in 0..<4000 {
      let text = PathPropertyTests.value(&random, depth: 0)
      let fast = Result { try PackedJSON(text) }
      let exact = Result { try PackedJSON(text, by: .exact) }
      #expect((try? fast.get()) == (try? exact.get()), "seed \(seed), round \(round)")
    }
  }

  @Test("random damage", arguments: [2, 99] as [UInt64])
  func randomDamage(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for round in 0..<3000 {
      var text = Array(PathPropertyTests.value(&random, depth: 0).utf8)
      for _ in 0..<Int.random(in: 1...2, using: &random) {
        let at = Int.random(in: 0..<text.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: text.remove(at: at)
        case 1: text.insert(UInt8.random(in: 0...255, using: &random), at: at)
        case 2: text[at] = Array("{}[],:\"\\eE.-+0123456789 tfnu".utf8).randomElement(using: &random) ?? 0
        default: text.swapAt(at, Int.random(in: 0..<text.count, using: &random))
        }
        if text.isEmpty { text = [0x30] }
      }
      let fast = Result { try PackedJSON(text) }
      let exact = Result { try PackedJSON(text, by: .exact) }
      #expect((try? fast.get()) == (try? exact.get()), "seed \(seed), round \(round)")
    }
  }

  @Test("canonical JSON reads back as itself", arguments: [3, 4] as [UInt64])
  func canonicalIsStable(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for round in 0..<2000 {
      let text = PathPropertyTests.value(&random, depth: 0)
      let canonical = try PackedJSON(text).canonical
      // A double of 10²¹ or more reads back as an integer with the same value.
      let again = try JSONTree(PackedJSON(canonical).canonical)
      #expect(jsonDifferences(again, try JSONTree(canonical)).isEmpty, "seed \(seed), round \(round)")
      #expect(try JSONTree(text).text == canonical, "seed \(seed), round \(round)")
    }
  }

  private static func value(_ random: inout SeededGenerator, depth: Int) -> String {
    let space = ["", "", "", " ", "\n\t"].randomElement(using: &random) ?? ""
    switch Int.random(in: 0..<(depth > 4 ? 6 : 9), using: &random) {
    case 0: return space + (["null", "true", "false"].randomElement(using: &random) ?? "null")
    case 1, 2: return space + number(&random)
    case 3, 4, 5: return space + string(&random)
    case 6:
      let count = Int.random(in: 0..<5, using: &random)
      return "[" + (0..<count).map { _ in value(&random, depth: depth + 1) }.joined(separator: ",") + space + "]"
    default:
      let count = Int.random(in: 0..<6, using: &random)
      let members = (0..<count).map { _ in "\(string(&random))\(space):\(value(&random, depth: depth + 1))" }
      return "{" + members.joined(separator: "," + space) + "}"
    }
  }

  private static func number(_ random: inout SeededGenerator) -> String {
    func digits(_ most: Int) -> String {
      (0..<Int.random(in: 1...most, using: &random)).map { _ in String(Int.random(in: 0...9, using: &random)) }.joined()
    }
    var integer = digits([1, 3, 19, 20, 25].randomElement(using: &random) ?? 1)
    while integer.count > 1, integer.hasPrefix("0") { integer.removeFirst() }
    var text = (Bool.random(using: &random) ? "-" : "") + integer
    if Bool.random(using: &random) { text += "." + digits([1, 2, 18].randomElement(using: &random) ?? 1) }
    if Int.random(in: 0..<3, using: &random) == 0 {
      let exponent = [3, 30, 340].randomElement(using: &random) ?? 3
      text +=
        (Bool.random(using: &random) ? "e" : "E") + (["", "+", "-"].randomElement(using: &random) ?? "")
        + String(Int.random(in: 0...exponent, using: &random))
    }
    return text
  }

  private static let pieces = [
    "a", "b", "key", "1e5", "5E3:", "e", "é", "ü", "\u{1F600}", "\u{FFEE}", "\\n", "\\\"", "\\\\", "\\/", "\\u0041",
    "\\ud83d\\ude00",
    "\\u007f", " ", "\u{7F}", "中", ",1e2,", "\\b\\f\\r\\t",
  ]

  private static func string(_ random: inout SeededGenerator) -> String {
    let count = Int.random(in: 0..<4, using: &random)
    return "\"" + (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined() + "\""
  }
}
