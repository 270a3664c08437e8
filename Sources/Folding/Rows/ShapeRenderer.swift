import EventModel
import JSONTape

/// A part of the document that a shape describes.
indirect enum ShapeNode {
  /// The number of the slot among all cases, and the words that the program itself can write there.
  case slot(Int, isOptional: Bool, [String])
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case list([ShapeNode])
  case object([Member])

  struct Member {
    var key: String
    var node: ShapeNode
  }
}

/// Renders the text of a shape, cuts it at the slots, and collects the words.
struct ShapeRenderer {
  /// See ``RowShape/Step``.
  struct Cut {
    var slot: Int
    var flags: ShapeStepFlags
    var before: Int32
    var lead: Int32
  }

  private(set) var json = CanonicalWriter(output: ByteArena(capacity: 1024))
  private(set) var cuts: [Cut] = []
  private(set) var words: [String] = []
  /// The end of the text before the last slot.
  private(set) var end = 0
  /// Whether the text after it begins with a member that needs a comma only if an optional member before it exists.
  private(set) var followsOptional = false

  mutating func render(document: ShapeNode) {
    switch document {
    case .object, .list: render(document)
    case .slot, .null, .bool, .integer, .number, .text:
      preconditionFailure("the document of a shape is an object or a list")
    }
  }

  private mutating func render(_ node: ShapeNode) {
    switch node {
    case .slot(let slot, let isOptional, let own):
      precondition(!isOptional, "only a member of an object can be optional")
      json.comma()
      cut(slot, [], before: 0)
      words += own
      json.trailing(emptyText)
    case .null: json.null()
    case .bool(let value): json.bool(value)
    case .integer(let value): json.integer(value)
    case .number(let value):
      precondition(value.isFinite, "a JSON number is finite")
      json.double(value)
    case .text(let text):
      json.string(text)
      words.append(text)
    case .list(let nodes):
      json.beginArray()
      for node in nodes { render(node) }
      json.endArray()
    case .object(let members):
      json.beginObject()
      render(members)
      json.endObject()
    }
  }

  private mutating func render(_ members: [ShapeNode.Member]) {
    let order = members.indices.sorted { ShapeRenderer.precedes(members[$0].key, members[$1].key) }
    // Whether all members so far are optional: then only the writer knows whether a comma is needed.
    var isOpen = false
    for (place, number) in order.enumerated() {
      let member = members[number]
      precondition(
        place == 0 || ShapeRenderer.precedes(members[order[place - 1]].key, member.key),
        "an object has the same key twice")
      let start = json.output.count
      put(member.key)
      words.append(member.key)
      if isOpen { followsOptional = true }
      if case .slot(let slot, isOptional: true, let own) = member.node {
        cut(slot, .isOptional, before: start - end)
        words += own
        if place == 0 { isOpen = true }
        // The text of the next key begins with a comma only if there is always a member before it.
        if isOpen { json.leading(emptyText) } else { json.trailing(emptyText) }
      } else {
        isOpen = false
        render(member.node)
      }
    }
  }

  private mutating func put(_ key: String) {
    var key = key
    key.withUTF8 { json.key(UnsafeRawBufferPointer($0)) }
  }

  /// Cuts the text at its present end: the value of the slot belongs there.
  private mutating func cut(_ slot: Int, _ flags: ShapeStepFlags, before: Int) {
    let count = json.output.count
    cuts.append(
      Cut(
        slot: slot, flags: followsOptional ? flags.union(.followsOptional) : flags, before: Int32(before),
        lead: Int32(count - end - before)))
    end = count
    followsOptional = false
  }

  private static func precedes(_ one: String, _ other: String) -> Bool {
    var (one, other) = (one, other)
    return one.withUTF8 { one in
      other.withUTF8 { precedesInUTF16(UnsafeRawBufferPointer(one), UnsafeRawBufferPointer($0)) }
    }
  }
}
