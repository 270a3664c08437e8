import EventModel
import JSONTape

/// The requirements of an enumeration of slots: declare `enum Slot: RowSlot { case … }`.
public typealias RowSlot = CaseIterable & Equatable

/// The form of a JSON document that is written many times with different values.
///
/// A shape describes the document once, as a literal: its objects, lists and constants, and a *slot* for each value
/// that differs from one document to the next. Members can be listed in any order. When the shape is made, it sorts the
/// keys of its objects by UTF-16 code unit, as canonical JSON requires, and renders the text between the slots.
/// ``write(into:_:)`` copies a text, writes a value, copies a text, and so on.
///
/// ```swift
/// enum Slot: RowSlot { case week, sets, note }
///
/// static let shape = RowShape<Slot>([
///   "week": .slot(.week),
///   "sets": .slot(.sets),
///   "note": .optional(.note),
///   "rules": "weeks.v1",
/// ])
///
/// shape.write(into: &json) { slot, json in
///   switch slot {
///   case .week: json.string(week)
///   case .sets: json.integer(sets)
///   case .note: if let note { json.string(note) }
///   }
/// }
/// ```
///
/// The compiler checks that the `switch` has a case for every slot. The order of its cases does not matter: the shape
/// asks for the slots in the order of the document.
///
/// Immutable. Making a shape takes O(n log n) for n members, so make it once: as a `static let`, or in the initializer
/// of a reducer if a constant depends on the reducer's setting. Writing allocates no memory.
///
/// The type does not constrain `Slot`, only the initializer does. The Swift runtime searches all conformances of the
/// program for those of `Slot` when it first uses a type with a constraint, which is slow.
public final class RowShape<Slot>: @unchecked Sendable {
  /// A part of the document. Literals are constants: `[:]`, `[]`, `"text"`, `6`, `0.5`, `true`, `nil`.
  public struct Part {
    let node: ShapeNode
  }

  /// One place of a slot. The texts of the steps follow each other in ``text``.
  @usableFromInline
  struct Step {
    @usableFromInline let slot: Slot
    @usableFromInline let flags: ShapeStepFlags
    /// Bytes of text before the member if it is optional, otherwise 0.
    @usableFromInline let before: Int32
    /// Bytes of text after those and up to the value: the key of an optional member, otherwise all text since the last
    /// slot.
    @usableFromInline let lead: Int32
  }

  /// All rendered text, in the order of the document, and ``CanonicalWriter/padding`` bytes more.
  @usableFromInline let text: UnsafeMutableRawPointer
  @usableFromInline let steps: UnsafeMutableBufferPointer<Step>
  /// Bytes of the text after the last slot.
  @usableFromInline let tail: Int
  /// Whether the tail begins with a member that needs a comma only if an optional member before it exists.
  @usableFromInline let tailFollowsOptional: Bool
  /// All keys and texts that the program itself writes: keys, constant texts, and the words of the slots.
  public let words: [String]

  /// - Precondition: the document is an object or a list; every slot has a place; the keys of each object differ; only
  ///   members of objects are optional.
  public init(_ document: Part) where Slot: RowSlot {
    var renderer = ShapeRenderer()
    renderer.render(document: document.node)
    let rendered = renderer.json.output.bytes
    text = .allocate(byteCount: rendered.count + CanonicalWriter.padding, alignment: 16)
    text.copyMemory(from: rendered.baseAddress.unsafelyUnwrapped, byteCount: rendered.count)
    let slots = Array(Slot.allCases)
    steps = .allocate(capacity: renderer.cuts.count)
    for (place, cut) in renderer.cuts.enumerated() {
      let step = Step(slot: slots[cut.slot], flags: cut.flags, before: cut.before, lead: cut.lead)
      steps.initializeElement(at: place, to: step)
    }
    for number in slots.indices {
      precondition(renderer.cuts.contains { $0.slot == number }, "a slot has no place in the shape")
    }
    tail = rendered.count - renderer.end
    tailFollowsOptional = renderer.followsOptional
    words = renderer.words
  }

  deinit {
    steps.deallocate()
    text.deallocate()
  }

  /// Writes a document.
  ///
  /// - Parameters:
  ///   - json: gets the document.
  ///   - fill: is called once for each place of a slot. It writes exactly one value; it writes nothing for an optional
  ///     member that does not exist.
  @inlinable @inline(__always)
  public func write<Failure: Error>(
    into json: inout CanonicalWriter, _ fill: (Slot, inout CanonicalWriter) throws(Failure) -> Void
  ) throws(Failure) {
    defer { withExtendedLifetime(self) {} }
    json.comma()
    var text = UnsafeRawPointer(text)
    for step in steps {
      var mark = json.mark
      if !step.flags.isEmpty {
        if step.flags.contains(.followsOptional) { json.comma() }
        if step.before > 0 {
          json.leading(UnsafeRawBufferPointer(start: text, count: Int(step.before)))
          text += Int(step.before)
          mark = json.mark
        }
      }
      json.leading(UnsafeRawBufferPointer(start: text, count: Int(step.lead)))
      text += Int(step.lead)
      let start = json.output.count
      try fill(step.slot, &json)
      if !json.isAfterValue {
        precondition(step.flags.contains(.isOptional), "a slot was not filled")
        json.reset(to: mark)
      }
      assert(json.output.count <= start || isOneValue(json.output.bytes[start...]), "a slot was filled more than once")
    }
    if tailFollowsOptional { json.comma() }
    json.trailing(UnsafeRawBufferPointer(start: text, count: tail))
  }
}

// MARK: Parts

extension RowShape.Part where Slot: RowSlot {
  /// A value that `fill` writes. A slot can have several places; it is written at each of them.
  ///
  /// - Parameters:
  ///   - slot: names the value for `fill`.
  ///   - words: the keys and texts that the program itself can write there. All other text there is user data.
  public static func slot(_ slot: Slot, words: [String] = []) -> Self {
    Self(node: .slot(number(of: slot), isOptional: false, words))
  }

  /// A member of an object that exists only if `fill` writes a value.
  public static func optional(_ slot: Slot, words: [String] = []) -> Self {
    Self(node: .slot(number(of: slot), isOptional: true, words))
  }

  private static func number(of slot: Slot) -> Int {
    guard let number = Array(Slot.allCases).firstIndex(of: slot) else {
      preconditionFailure("a slot is not among all cases")
    }
    return number
  }
}

extension RowShape.Part: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
  public static func text(_ text: String) -> Self { Self(node: .text(text)) }
  public static func text(_ text: StaticString) -> Self { Self(node: .text(text.description)) }
  public static func integer(_ value: Int) -> Self { Self(node: .integer(value)) }
  public static func number(_ value: Double) -> Self { Self(node: .number(value)) }
  public static func bool(_ value: Bool) -> Self { Self(node: .bool(value)) }
  public static var null: Self { Self(node: .null) }

  public static func list(_ parts: [Self]) -> Self { Self(node: .list(parts.map(\.node))) }
  public static func object(_ members: [(key: String, part: Self)]) -> Self {
    Self(node: .object(members.map { ShapeNode.Member(key: $0, node: $1.node) }))
  }

  public init(dictionaryLiteral members: (String, Self)...) {
    self.init(node: .object(members.map { ShapeNode.Member(key: $0, node: $1.node) }))
  }
  public init(arrayLiteral parts: Self...) { self = .list(parts) }
  public init(stringLiteral text: String) { self = .text(text) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(nilLiteral: ()) { self = .null }
}

extension RowShape where Slot == NoSlot {
  /// Writes the document.
  public func write(into json: inout CanonicalWriter) { write(into: &json) { _, _ in } }
}

/// The slots of a shape that consists of constants.
public enum NoSlot: RowSlot {}

// MARK: Words

/// An enumeration of the words that a program writes at one place of its rows.
public protocol RowWord: CaseIterable {
  /// The word; it needs no escaping in JSON.
  var text: StaticString { get }
}

extension RowWord {
  /// All words, for a slot.
  public static var words: [String] { allCases.map(\.text.description) }
}

extension CanonicalWriter {
  /// Writes a word of an enumeration.
  @inlinable @inline(__always)
  public mutating func word(_ word: some RowWord) { literal(word.text) }
}

// MARK: Steps

/// The special properties of a step.
@usableFromInline
struct ShapeStepFlags: OptionSet, BitwiseCopyable {
  @usableFromInline let rawValue: UInt8

  @inlinable @inline(__always)
  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The member exists only if its slot is filled.
  @inlinable @inline(__always)
  static var isOptional: ShapeStepFlags { ShapeStepFlags(rawValue: 1) }
  /// All members before in the same object are optional: a comma is needed only if one of them exists.
  @inlinable @inline(__always)
  static var followsOptional: ShapeStepFlags { ShapeStepFlags(rawValue: 2) }
}

/// Whether the text is one JSON value, provided that the writer wrote it: no comma is outside of strings and
/// containers.
@usableFromInline
func isOneValue(_ json: Slice<UnsafeRawBufferPointer>) -> Bool {
  var depth = 0
  var isInString = false
  var isEscaped = false
  for byte in json {
    if isEscaped {
      isEscaped = false
    } else if byte == UInt8(ascii: "\"") {
      isInString.toggle()
    } else if isInString {
      isEscaped = byte == UInt8(ascii: "\\")
    } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
      depth += 1
    } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
      depth -= 1
    } else if byte == UInt8(ascii: ","), depth == 0 {
      return false
    }
  }
  return depth == 0 && !isInString
}
