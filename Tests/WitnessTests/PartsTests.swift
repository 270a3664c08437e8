import EventModel
import Fitness
import JSONTape
import TestSupport
import Testing

@testable import Cases

/// The parts that a witness is made with.
struct PartsTests {
  @Test("ddmin finds a subset that keeps the condition, but not without any one element", arguments: 0..<40)
  func minimalSubsets(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let needed = Set((0..<Int.random(in: 0...5, using: &random)).map { _ in Int.random(in: 0..<60, using: &random) })
    let isParity = Bool.random(using: &random)
    var questions = 0
    // Not monotone if the count's parity matters: one more element can break the condition.
    func holds(_ elements: [Int]) -> Bool {
      questions += 1
      return needed.isSubset(of: elements) && (!isParity || elements.count % 2 == needed.count % 2)
    }
    let all = Array(0..<(isParity ? 60 + needed.count % 2 : 60))
    let found = minimalSubset(all, holds)
    #expect(holds(found))
    #expect(found == found.sorted())
    for index in found.indices {
      var fewer = found
      fewer.remove(at: index)
      #expect(!holds(fewer))
    }
    if !isParity { #expect(found == needed.sorted()) }
    #expect(withoutPairs(found, keeping: 0, holds) == needed.sorted())
    #expect(questions < 6000)
  }

  @Test(
    "values.md: a payload that is written reads back as the same value",
    arguments: [
      "5.0", "5", "0.1", "1e-7", "1.5e300", "123456789012345680000.5", "-0.5", "9007199254740993", "1e30", "2.5e-320",
      "1\(String(repeating: "0", count: 40)).25", "-12345678901234567890", "true", "null", "\"a\\n\\u0001\"",
    ])
  func storedJSON(_ text: String) throws {
    let value = try JSONTree("{\"a\": [\(text)]}")
    #expect(try JSONTree(parsing: value.stored) == value)
    #expect(try PackedJSON(value.stored).packed == PackedJSON("{\"a\": [\(text)]}").packed)
  }

  @Test("A patch from one row to another, applied to the first, gives the second", arguments: 0..<60)
  func patches(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let rebuilt = tree(depth: 4, &random)
    let live = changed(rebuilt, &random)
    let patch = RowPatch(rebuilt, live)
    #expect((patch == nil) == (rebuilt == live))
    if let patch { #expect(patch.applied(to: rebuilt) == live) }
  }

  private func tree(depth: Int, _ random: inout SeededGenerator) -> JSONTree {
    switch Int.random(in: 0..<(depth > 0 ? 6 : 4), using: &random) {
    case 0: .integer(Int64.random(in: -9...9, using: &random))
    case 1: .string(["ok", "gap", "a", ""].randomElement(using: &random) ?? "")
    case 2: .null
    case 3: .bool(Bool.random(using: &random))
    case 4: .array((0..<Int.random(in: 0...3, using: &random)).map { _ in tree(depth: depth - 1, &random) })
    default:
      .object(
        ["code", "mean", "x", "y"].filter { _ in Bool.random(using: &random) }
          .map { .init($0, tree(depth: depth - 1, &random)) })
    }
  }

  /// A random change of a value. Members keep their order, because a patch does not describe their order.
  private func changed(_ value: JSONTree, _ random: inout SeededGenerator) -> JSONTree {
    if Int.random(in: 0..<6, using: &random) == 0, case .integer(let number) = value { return .integer(number + 1) }
    switch value {
    case .object(let members):
      return .object(
        members.filter { _ in Int.random(in: 0..<5, using: &random) > 0 }
          .map { .init($0.key, changed($0.value, &random)) })
    case .array(let elements):
      return .array(elements.filter { _ in Int.random(in: 0..<4, using: &random) > 0 }.map { changed($0, &random) })
    default: return Int.random(in: 0..<5, using: &random) == 0 ? .string("live") : value
    }
  }

  @Test("Each text gets a pseudonym; pseudonyms sort and compare as reducers sort and compare the texts")
  func names() {
    let names = Pseudonyms.names(for: ["Track", "grass", "track ", "TRACK"])
    #expect(names["grass"] == "text-1")
    #expect(Set(names.values).count == 4)
    #expect(Set(["Track", "track ", "TRACK"].compactMap { names[$0]?.lowercased() }) == ["text-2"])
  }

  @Test(
    "Vocabulary is what the contract names; everything else with a letter in it is free text",
    arguments: [
      (" Strength_Set ", "vocabulary"), ("Europe/Berlin", "vocabulary"), ("12:30", "vocabulary"), ("", "vocabulary"),
      ("2026-01-05T10:00:00+02:00", "date"), ("2026-01-05", "date"), ("2026-01-05 with Anna", "free"),
      ("2025-06-02-c", "free"), ("1e400", "number"), ("-inf", "number"), ("1_000", "number"), ("bench", "free"),
      ("0B1C2D3E-0000-4000-8000-00000000000A", "identifier"), ("id 0b1c2d3e-0000-4000-8000-00000000000a", "free"),
    ])
  func kinds(_ text: String, _ kind: String) {
    #expect("\(KnownWords(.fitness).kind(text))" == kind)
  }
}
