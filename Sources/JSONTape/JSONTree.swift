import EventModel

/// A small JSON document as plain values, for files written by hand (profiles, rules, cases). Not for events: those
/// stay packed.
public indirect enum JSONTree: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int64)
  case double(Double)
  /// Digits of an integer beyond 64 bits.
  case bigInteger(String)
  case string(String)
  case array([JSONTree])
  /// In the order written. Of equal keys the last is kept, unless they are refused.
  case object([Member])

  public struct Member: Sendable, Equatable {
    public var key: String
    public var value: JSONTree

    public init(_ key: String, _ value: JSONTree) {
      self.key = key
      self.value = value
    }

    /// Keys are compared byte by byte: canonically equivalent spellings are different keys, as everywhere in JSON.
    public static func == (a: Member, b: Member) -> Bool {
      a.key.utf8.elementsEqual(b.key.utf8) && a.value == b.value
    }
  }

  /// Strings are compared byte by byte.
  public static func == (a: JSONTree, b: JSONTree) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.integer(let a), .integer(let b)): a == b
    case (.double(let a), .double(let b)): a == b
    case (.bigInteger(let a), .bigInteger(let b)), (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
    case (.array(let a), .array(let b)): a == b
    case (.object(let a), .object(let b)): a == b
    default: false
    }
  }

  /// What happens to a key that occurs more than once in an object.
  public enum RepeatedKeys: Sendable {
    /// The last one counts, as in `jsonb`.
    case last
    /// A fault that names the key: it is unknown which one the author of the file meant.
    case refused
  }

  /// Parses a whole document.
  public init(parsing bytes: [UInt8], repeatedKeys: RepeatedKeys = .last) throws(JSONFault) {
    let padded = bytes + [UInt8](repeating: 0x20, count: TapeParser.padding)
    let parser = TapeParser()
    let parsed: Result<JSONTree, JSONFault> = padded.withUnsafeBytes { buffer in
      do throws(JSONFault) {
        let tape = try parser.parseExactly(UnsafeRawBufferPointer(rebasing: buffer[0..<bytes.count]))
        // The tape points into the parser.
        let tree = try withExtendedLifetime(parser) { () throws(JSONFault) in
          try JSONTree(tape, Tape.root, repeatedKeys, "")
        }
        return .success(tree)
      } catch {
        return .failure(error)
      }
    }
    self = try parsed.get()
  }

  /// - Parameter path: path of the value, for faults.
  private init(_ tape: Tape, _ index: Int, _ repeatedKeys: RepeatedKeys, _ path: String) throws(JSONFault) {
    switch tape.tag(index) {
    case Tape.Tag.string: self = .string(String(decoding: tape.string(index), as: UTF8.self))
    case Tape.Tag.integer: self = .integer(Int64(bitPattern: tape.words[index + 1]))
    case Tape.Tag.double: self = .double(Double(bitPattern: tape.words[index + 1]))
    case Tape.Tag.bigInteger: self = .bigInteger(String(decoding: tape.string(index), as: UTF8.self))
    case Tape.Tag.yes: self = .bool(true)
    case Tape.Tag.no: self = .bool(false)
    case Tape.Tag.array:
      var elements: [JSONTree] = []
      var at = index + 1
      while at < tape.after(index) - 1 {
        elements.append(
          try JSONTree(tape, at, repeatedKeys, repeatedKeys == .refused ? "\(path)[\(elements.count)]" : ""))
        at = tape.after(at)
      }
      self = .array(elements)
    case Tape.Tag.object:
      var members: [Member] = []
      var last: [[UInt8]: Int] = [:]
      var at = index + 1
      while at < tape.after(index) - 1 {
        let key = tape.string(at)
        let name = String(decoding: key, as: UTF8.self)
        let place = repeatedKeys == .last ? "" : path.isEmpty ? name : "\(path).\(name)"
        if last.updateValue(members.count, forKey: Array(key)) != nil, repeatedKeys == .refused {
          throw JSONFault("\(place): the key occurs more than once")
        }
        members.append(Member(name, try JSONTree(tape, at + 1, repeatedKeys, place)))
        at = tape.after(at + 1)
      }
      if last.count < members.count {
        members = members.enumerated().filter { last[Array($0.element.key.utf8)] == $0.offset }.map(\.element)
      }
      self = .object(members)
    default: self = .null
    }
  }

  public subscript(key: String) -> JSONTree? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key.utf8.elementsEqual(key.utf8) }?.value
  }

  public var string: String? {
    if case .string(let text) = self { text } else { nil }
  }

  public var array: [JSONTree]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  public var members: [Member]? {
    if case .object(let members) = self { members } else { nil }
  }

  /// The number as a double; `nil` for other values and for integers beyond 64 bits.
  public var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .double(let value): value
    default: nil
    }
  }
}

// MARK: Writing

extension JSONTree {
  /// Canonical JSON: see ``CanonicalWriter``.
  public var canonicalBytes: [UInt8] {
    // Starts small: most values are scalars, and results kept between large freed blocks would fragment the heap.
    let output = ByteArena(capacity: 128)
    var writer = CanonicalWriter(output: output)
    write(to: &writer)
    return withExtendedLifetime(output) { Array(output.bytes) }
  }

  private func write(to writer: inout CanonicalWriter) {
    switch self {
    case .null: writer.null()
    case .bool(let value): writer.bool(value)
    case .integer(let value): writer.integer(value)
    case .double(let value): writer.double(value)
    case .bigInteger(let digits): writer.digits(digits)
    case .string(let text): writer.string(text)
    case .array(let elements):
      writer.beginArray()
      for element in elements { element.write(to: &writer) }
      writer.endArray()
    case .object(let members):
      writer.beginObject()
      let sorted = members.sorted { a, b in a.key.utf16.lexicographicallyPrecedes(b.key.utf16) }
      for member in sorted {
        var key = member.key
        key.withUTF8 { writer.key(UnsafeRawBufferPointer($0)) }
        member.value.write(to: &writer)
      }
      writer.endObject()
    }
  }

  /// JSON for people: two spaces per level, members in their order, short arrays of scalars on one line.
  public var pretty: String { pretty(indent: "") }

  /// The same, with `indent` before every line except the first.
  public func pretty(indent: String) -> String {
    var text = ""
    writePretty(indent: indent) { text += $0 }
    return text
  }

  /// The same, piece by piece.
  public func writePretty(indent: String, to output: (String) -> Void) {
    let inner = indent + "  "
    switch self {
    case .array(let elements) where !elements.isEmpty:
      if elements.count <= 4, elements.allSatisfy(\.isScalar) {
        let line = "[" + elements.map(\.scalarText).joined(separator: ", ") + "]"
        if line.utf8.count <= 100 { return output(line) }
      }
      output("[\n")
      for (position, element) in elements.enumerated() {
        output(position == 0 ? inner : ",\n" + inner)
        element.writePretty(indent: inner, to: output)
      }
      output("\n\(indent)]")
    case .object(let members) where !members.isEmpty:
      output("{\n")
      for (position, member) in members.enumerated() {
        if position > 0 { output(",\n") }
        member.writePretty(indent: inner, to: output)
      }
      output("\n\(indent)}")
    default: output(scalarText)
    }
  }

  private var isScalar: Bool {
    switch self {
    case .array, .object: false
    default: true
    }
  }

  fileprivate var scalarText: String { String(decoding: canonicalBytes, as: UTF8.self) }
}

extension JSONTree.Member {
  /// Writes the member as JSON for people, piece by piece, with the indent.
  public func writePretty(indent: String, to output: (String) -> Void) {
    output("\(indent)\(JSONTree.string(key).scalarText): ")
    value.writePretty(indent: indent, to: output)
  }
}
