import EventModel
import Folding
import JSONTape
import TestSupport
import Testing

/// Rows described once: what a shape writes is the canonical form of what it describes.
@Suite("shapes of rows")
struct RowShapeTests {
  private enum Slot: RowSlot {
    case a, b, c, d
  }

  /// Writes a document whose slots hold numbers; optional members exist where `values` has one.
  private static func written(_ shape: RowShape<Slot>, _ values: [Slot: Int]) -> String {
    let output = ByteArena()
    var json = CanonicalWriter(output: output)
    shape.write(into: &json) { slot, json in
      if let value = values[slot] { json.integer(value) }
    }
    return String(decoding: output.bytes, as: UTF8.self)
  }

  @Test("members in any order, keys by UTF-16 code unit at every depth, constants of every kind")
  func order() {
    let shape = RowShape<Slot>([
      "\u{FF61}": .slot(.a), "😀": .slot(.b), "b\"": ["z": .slot(.c), "y": [.slot(.d), "\n", [:], []], "": nil],
      "ab": 6, "a": 0.5, "B": true, "Z": .text("x" as String),
    ])
    #expect(
      RowShapeTests.written(shape, [.a: 1, .b: 2, .c: 3, .d: 4])
        == #"{"B":true,"Z":"x","a":0.5,"ab":6,"b\"":{"":null,"y":[4,"\n",{},[]],"z":3},"😀":2,"｡":1}"#)
    #expect(Set(shape.words) == ["｡", "😀", "b\"", "z", "y", "\n", "", "ab", "a", "B", "Z", "x"])
  }

  @Test("a slot at several places; shapes in lists; a shape that is a list; no slots at all")
  func places() {
    let shape = RowShape<Slot>([.slot(.a), ["x": .slot(.a), "y": .slot(.b)], [.slot(.c), .slot(.d)], .slot(.a)])
    #expect(RowShapeTests.written(shape, [.a: 1, .b: 2, .c: 3, .d: 4]) == #"[1,{"x":1,"y":2},[3,4],1]"#)
    let constant = RowShape<NoSlot>(["metric": "score", "more": []])
    let output = ByteArena()
    var json = CanonicalWriter(output: output)
    json.list(0..<3) { number, json in
      constant.write(into: &json)
      json.integer(number)
    }
    let object = #"{"metric":"score","more":[]}"#
    #expect(String(decoding: output.bytes, as: UTF8.self) == "[\(object),0,\(object),1,\(object),2]")
    #expect(constant.words.sorted() == ["metric", "more", "score"])
  }

  private enum Color: RowWord {
    case red, green

    var text: StaticString {
      switch self {
      case .red: "red"
      case .green: "light green"
      }
    }
  }

  @Test("words are keys, constant texts, and the words of slots")
  func words() {
    let inner = RowShape<Slot>(["p": .slot(.a), "q": .slot(.b), "r": .slot(.c), "s": .optional(.d, words: ["t"])])
    let shape = RowShape<Slot>([
      "a": .slot(.a, words: inner.words), "b": [.slot(.b, words: Color.words), .slot(.c), "constant"], "d": .slot(.d),
    ])
    #expect(
      Set(shape.words) == ["a", "b", "d", "p", "q", "r", "s", "t", "red", "light green", "constant"])
  }

  @Test("values that write objects of their own: dynamic keys, lists, rendered values")
  func values() {
    let output = ByteArena()
    var json = CanonicalWriter(output: output)
    let rendered = RenderedValue { $0.string("r") }
    let shape = RowShape<Slot>(["a": .slot(.a), "b": .slot(.b), "c": .slot(.c), "d": .slot(.d)])
    let keys = ["b", "😀", "", "\u{FF61}"].map { $0.utf8CString.dropLast().map { UInt8(bitPattern: $0) } }
    let arena = keys.map { key in
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: key.count, alignment: 1)
      memory.copyBytes(from: key)
      return UnsafeRawBufferPointer(memory)
    }
    defer { for key in arena { key.deallocate() } }
    shape.write(into: &json) { slot, json in
      switch slot {
      case .a: json.object(keys: arena) { $1.integer($0) }
      case .b:
        json.list { json in
          json.doubleOrNull(nil)
          json.instantOrNull(nil)
          json.word(Color.green)
        }
      case .c: json.written(rendered.bytes)
      case .d: json.list([1, 2]) { $1.integer($0) }
      }
    }
    #expect(
      String(decoding: output.bytes, as: UTF8.self)
        == #"{"a":{"":2,"b":0,"😀":1,"｡":3},"b":[null,null,"light green"],"c":"r","d":[1,2]}"#)
  }

  // MARK: Random documents

  /// A random document as a shape, and the same with its values.
  private struct RandomDocument {
    var random: SeededGenerator
    /// Of each slot; an optional member without one does not exist.
    var values: [Slot: Int] = [:]

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// A document in which every slot has a place.
    mutating func make() -> (shape: RowShape<Slot>, text: String) {
      values = [.a: 7, .b: -12, .c: 123_456_789, .d: 0]
      for slot in [Slot.c, .d] where Bool.random(using: &random) { values[slot] = nil }
      let (part, tree) = object(depth: 0)
      var all: [(key: String, part: RowShape<Slot>.Part)] = [("doc", part)]
      for slot in Slot.allCases { all.append(("\(slot)", .optional(slot))) }
      var members = [JSONTree.Member("doc", tree ?? .null)]
      for slot in Slot.allCases {
        if let value = values[slot] { members.append(.init("\(slot)", .integer(Int64(value)))) }
      }
      let shape = RowShape<Slot>(.object(all.shuffled(using: &random)))
      return (shape, JSONTree.object(members).text)
    }

    private mutating func part(depth: Int, inObject: Bool) -> (RowShape<Slot>.Part, JSONTree?) {
      switch Int.random(in: 0..<(depth > 3 ? 6 : 9), using: &random) {
      case 0, 1:
        let slot: Slot = Bool.random(using: &random) ? .a : .b
        return (.slot(slot), .integer(Int64(values[slot] ?? 0)))
      case 2, 3:
        guard inObject, let slot = Slot.allCases.randomElement(using: &random) else { return (false, .bool(false)) }
        return (.optional(slot), values[slot].map { .integer(Int64($0)) })
      case 4:
        let text = String(repeating: "\"x", count: Int.random(in: 0..<60, using: &random))
        return (.text(text), .string(text))
      case 5: return (12, .integer(12))
      case 6:
        let parts = (0..<Int.random(in: 0..<4, using: &random)).map { _ in part(depth: depth + 1, inObject: false) }
        return (.list(parts.map(\.0)), .array(parts.compactMap(\.1)))
      default: return object(depth: depth + 1)
      }
    }

    private mutating func object(depth: Int) -> (RowShape<Slot>.Part, JSONTree?) {
      let keys = Set((0..<Int.random(in: 0..<5, using: &random)).map { _ in Int.random(in: 0..<40, using: &random) })
      var parts: [(key: String, part: RowShape<Slot>.Part)] = []
      var members: [JSONTree.Member] = []
      for key in keys {
        let (part, tree) = part(depth: depth, inObject: true)
        parts.append(("k\(key)", part))
        if let tree { members.append(.init("k\(key)", tree)) }
      }
      return (.object(parts), .object(members))
    }
  }

  @Test("random documents with optional members anywhere", arguments: [1, 2, 3, 4] as [UInt64])
  func randomDocuments(seed: UInt64) {
    var document = RandomDocument(seed: seed)
    for round in 0..<1500 {
      let (shape, text) = document.make()
      #expect(RowShapeTests.written(shape, document.values) == text, "seed \(seed), round \(round)")
    }
  }

  // MARK: Refusals

  private enum One: RowSlot {
    case only
  }

  @Test("a key twice, a slot without a place, an optional element, a text as a document are refused")
  func refusals() async {
    await #expect(processExitsWith: .failure) { _ = RowShape<NoSlot>(["a": 1, "a": 2]) }
    await #expect(processExitsWith: .failure) { _ = RowShape<One>(["a": 1]) }
    await #expect(processExitsWith: .failure) { _ = RowShape<One>([.optional(.only)]) }
    await #expect(processExitsWith: .failure) { _ = RowShape<NoSlot>("a") }
    await #expect(processExitsWith: .failure) { _ = RowShape<NoSlot>(["a": .number(.infinity)]) }
  }

  @Test("a slot that is not filled, and one that is filled twice, stop a debug build")
  func filling() async {
    await #expect(processExitsWith: .failure) {
      var json = CanonicalWriter(output: ByteArena())
      RowShape<One>(["a": .slot(.only)]).write(into: &json) { _, _ in }
    }
    await #expect(processExitsWith: .failure) {
      var json = CanonicalWriter(output: ByteArena())
      RowShape<One>(["a": .slot(.only)]).write(into: &json) {
        $1.integer(1)
        $1.integer(2)
      }
    }
    await #expect(processExitsWith: .success) {
      var json = CanonicalWriter(output: ByteArena())
      RowShape<One>(["a": .slot(.only)]).write(into: &json) {
        $1.list(["a,\",[", ",", "\\"]) { $1.string($0) }
      }
    }
  }
}
