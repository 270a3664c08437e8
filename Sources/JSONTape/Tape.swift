import CSimdjson
import Platform

/// A parsed JSON document as a flat array of 64-bit words, in simdjson's DOM layout.
///
/// The top byte of a word is its tag (an ASCII character), the rest is its payload. For `{` and `[` that is the index
/// after the closing word (low 32 bits); for `"`, the offset of the string in ``strings`` (a 32-bit length, then the
/// bytes). `l`, `u` and `d` are followed by a word with the number; `t`, `f` and `n` have no payload. ``ExactParser``
/// adds `b`: an integer beyond 64 bits, with its digits stored like a string.
public struct Tape: BitwiseCopyable {
  public let words: UnsafePointer<UInt64>
  public let strings: UnsafePointer<UInt8>
  /// Whether every number already has the form that PostgreSQL's `numeric` prints. False for simdjson's tape: it reads
  /// `1e2` as a double, which the live system takes for the integer 100.
  public let isExact: Bool
  /// Size of all strings in bytes if it can exceed the document's (`1e9999` has 10,000 digits), else 0.
  public let stringBytes: Int
  /// Whether PostgreSQL may refuse some string; ``checkStrings(of:)`` finds out.
  public let mayHoldRefusedStrings: Bool

  /// Index of the document's value.
  public static let root = 1

  @inline(__always)
  public func tag(_ index: Int) -> UInt8 { UInt8(truncatingIfNeeded: words[index] >> 56) }

  /// The tape with its doubles taken as they are: `1e2` is the double 100.0, as a program with floating-point numbers
  /// means it.
  public var takingDoubles: Tape {
    Tape(
      words: words, strings: strings, isExact: true, stringBytes: stringBytes,
      mayHoldRefusedStrings: mayHoldRefusedStrings)
  }

  /// The index after the value at `index`.
  @inline(__always)
  public func after(_ index: Int) -> Int {
    switch tag(index) {
    case Tag.object, Tag.array: Int(words[index] & 0xFFFF_FFFF)
    case Tag.integer, Tag.unsigned, Tag.double: index + 2
    default: index + 1
    }
  }

  /// The bytes of the string (or of the digits) at `index`.
  @inline(__always)
  public func string(_ index: Int) -> UnsafeRawBufferPointer {
    let start = UnsafeRawPointer(strings) + Int(words[index] & 0x00FF_FFFF_FFFF_FFFF)
    return UnsafeRawBufferPointer(start: start + 4, count: Int(start.loadUnaligned(as: UInt32.self)))
  }

  /// Throws if the value at `index` holds a string that PostgreSQL refuses. Keys are checked too, and values that a
  /// later member of the same key replaces. O(n) for text with escapes, else O(1).
  @inline(__always)
  public func checkStrings(of index: Int) throws(JSONFault) {
    if mayHoldRefusedStrings { try checkEachString(of: index) }
  }

  /// Checks the rest of an object: all its keys, and all values except the two at `checked`.
  @inline(__always)
  public func checkStrings(ofObject index: Int, except checked: (Int, Int)) throws(JSONFault) {
    if mayHoldRefusedStrings { try checkOthers(index, checked) }
  }

  private func checkOthers(_ index: Int, _ checked: (Int, Int)) throws(JSONFault) {
    var key = index + 1
    while key < after(index) - 1 {
      try Tape.check(string(key))
      if key + 1 != checked.0, key + 1 != checked.1 { try checkEachString(of: key + 1) }
      key = after(key + 1)
    }
  }

  private func checkEachString(of index: Int) throws(JSONFault) {
    let end = after(index)
    var at = index
    while at < end {
      switch tag(at) {
      case Tag.string:
        try Tape.check(string(at))
        at += 1
      case Tag.integer, Tag.unsigned, Tag.double: at += 2
      default: at += 1
      }
    }
  }

  private static func check(_ text: UnsafeRawBufferPointer) throws(JSONFault) {
    guard let base = text.baseAddress, text.count > 0 else { return }
    if memchr(base, 0, text.count) != nil { throw Tape.nulCharacter }
    // A surrogate in UTF-8 is ED followed by A0…BF; simdjson lets a lone low one through.
    var from = 0
    while let found = memchr(base + from, 0xED, text.count - from) {
      let at = UnsafeRawPointer(found) - base
      if at + 1 < text.count, text[at + 1] >= 0xA0 { throw Tape.loneSurrogate }
      from = at + 1
    }
  }

  public static let nulCharacter = JSONFault("`\\u0000` in a string, which PostgreSQL refuses")
  public static let loneSurrogate = JSONFault("a lone surrogate in a string, which PostgreSQL refuses")

  public enum Tag {
    public static let object = UInt8(ascii: "{")
    public static let objectEnd = UInt8(ascii: "}")
    public static let array = UInt8(ascii: "[")
    public static let arrayEnd = UInt8(ascii: "]")
    public static let string = UInt8(ascii: "\"")
    public static let integer = UInt8(ascii: "l")
    public static let unsigned = UInt8(ascii: "u")
    public static let double = UInt8(ascii: "d")
    public static let bigInteger = UInt8(ascii: "b")
    public static let yes = UInt8(ascii: "t")
    public static let no = UInt8(ascii: "f")
    public static let null = UInt8(ascii: "n")
  }
}

/// Why bytes are not a JSON document that refold reads. The reason never quotes the content.
public struct JSONFault: Error, Hashable, Sendable {
  public var reason: String
  public init(_ reason: String) { self.reason = reason }
}

/// Turns bytes into a ``Tape``.
///
/// simdjson parses first. ``ExactParser`` parses what simdjson refuses, for a number's size or a fault, and documents
/// so long that simdjson's memory would cost too much.
public final class TapeParser {
  private let simdjson: OpaquePointer
  private let exact = ExactParser()

  /// Readable bytes that must follow each document.
  public static let padding = 64
  /// Above this length, the memory of simdjson's tape (12 bytes per byte of input) costs more than its speed is worth.
  private static let simdjsonLimit = 1 << 20

  public init() {
    precondition(refold_simdjson_padding <= TapeParser.padding)
    guard let parser = refold_simdjson_new(1100) else { preconditionFailure("out of memory") }
    simdjson = parser
  }

  deinit { refold_simdjson_free(simdjson) }

  /// Parses one document; ``padding`` readable bytes follow it. The tape is valid until the next call.
  @inline(__always)
  public func parse(_ document: UnsafeRawBufferPointer) throws(JSONFault) -> Tape {
    let tape = try parseUnchecked(document)
    try tape.checkStrings(of: Tape.root)
    return tape
  }

  /// The same without checking strings. The caller must call ``Tape/checkStrings(of:)`` on every part of the document;
  /// this tells which part is at fault.
  @inline(__always)
  public func parseUnchecked(_ document: UnsafeRawBufferPointer) throws(JSONFault) -> Tape {
    if document.count <= TapeParser.simdjsonLimit, let base = document.baseAddress {
      let parsed = refold_simdjson_parse(
        simdjson, base.assumingMemoryBound(to: UInt8.self), document.count)
      if parsed.error == 0, let words = parsed.tape, let strings = parsed.strings {
        // Only an escape can produce a string that PostgreSQL refuses.
        return Tape(
          words: words, strings: strings, isExact: false, stringBytes: 0,
          mayHoldRefusedStrings: memchr(base, 0x5C, document.count) != nil)
      }
    }
    return try parseExactly(document)
  }

  /// The same as ``parse(_:)``, with every number that has an exponent taken as a double (``Tape/takingDoubles``).
  public func parseTakingDoubles(_ document: UnsafeRawBufferPointer) throws(JSONFault) -> Tape {
    exact.takesDoubles = true
    defer { exact.takesDoubles = false }
    return try parse(document).takingDoubles
  }

  /// The slow path, with exact numbers.
  public func parseExactly(_ document: UnsafeRawBufferPointer) throws(JSONFault) -> Tape {
    try exact.parse(document)
  }
}
