import EventModel

/// Thrown for what is better left to ``TapeParser`` and ``TapeWalker``: faults, escapes, numbers that need care.
public enum NotPlain: Error {
  case line
  /// Some members were out of order. It is plain when it is walked anew: members are noted from now on.
  case unordered
}

/// Walks the tokens of a line without escapes, and makes of its values what ``TapeWalker`` makes: content hashes and
/// packed ``JSONValue``s, keys in jsonb order. No tape in between.
///
/// Accepts less than JSON and never more: whatever is not plain is refused, to be read again the long way, which also
/// finds the words for faults. Plain are objects, arrays, words, strings without escapes, integers of at most 18
/// digits, and decimals of at most 15 digits without exponent, whose nearest double one division gives (both operands
/// are exact: Clinger, "How to read floating point numbers accurately", 1990).
///
/// O(n), and O(k²) per object of k unordered keys, at most ``maxMembers``. Lives as long as a line is walked.
public struct PlainWalker {
  /// Deeper values, and objects in objects of more unordered members in all, are not plain.
  static let maxDepth = 64
  static let maxMembers = 512

  public var tokens: LineTokens
  /// Where packed values go. Room for a whole record must be there before walking.
  public var output: PackedWriter
  /// Fingerprint of the member `idempotency_key` of the object walked last; 0: none, or null.
  public private(set) var idempotencyKey: UInt64 = 0
  private let memory: UnsafeMutablePointer<WalkMemory>

  @inline(__always)
  public init(_ tokens: LineTokens, output: PackedWriter, members: PlainMembers) {
    self.tokens = tokens
    self.output = output
    memory = members.memory
    memory.pointee.members.count = 0
  }

  // MARK: Tokens

  /// Takes the next token and returns its offset.
  @inlinable @inline(__always)
  mutating func take() throws(NotPlain) -> Int {
    let at = tokens.upcoming.pointee
    guard at < tokens.limit else { throw .line }
    tokens.upcoming += 1
    return Int(at)
  }

  /// The same where it may be beyond the line, but not far: what follows is taken with care, as members and elements end,
  /// and since tokens ascend, one that is of the line vouches for those before it. See ``LineTokens/slack``.
  @inlinable @inline(__always)
  mutating func takeAhead() -> Int {
    let at = tokens.upcoming.pointee
    tokens.upcoming += 1
    return Int(at)
  }

  @inlinable @inline(__always)
  func byte(_ at: Int) -> UInt8 { tokens.base.load(fromByteOffset: at, as: UInt8.self) }

  /// Takes a token that must be this byte.
  @inlinable @inline(__always)
  public mutating func expect(_ wanted: UInt8) throws(NotPlain) {
    guard byte(try take()) == wanted else { throw .line }
  }

  /// Takes what follows a member or an element; `true` for a comma, `false` for the end.
  @inlinable @inline(__always)
  public mutating func goesOn(end: UInt8) throws(NotPlain) -> Bool {
    let found = byte(try take())
    if found == UInt8(ascii: ",") { return true }
    guard found == end else { throw .line }
    return false
  }

  /// Takes a string: of a document without escapes, what stands between its quotes.
  public mutating func string() throws(NotPlain) -> UnsafeRawBufferPointer {
    let start = try take()
    guard byte(start) == UInt8(ascii: "\"") else { throw .line }
    return try string(from: start)
  }

  /// What stands between the quote at `start` and the quote before the next token.
  @inlinable @inline(__always)
  func string(from start: Int) throws(NotPlain) -> UnsafeRawBufferPointer {
    var end = Int(tokens.upcoming.pointee) - 1
    while byte(end) != UInt8(ascii: "\"") {
      guard end > start, PlainWalker.isSpace(byte(end)) else { throw .line }
      end -= 1
    }
    guard end > start else { throw .line }
    return UnsafeRawBufferPointer(start: tokens.base + start + 1, count: end - start - 1)
  }

  /// Takes a member's name and the colon behind it. Names of more than 255 bytes are not plain.
  @inline(__always)
  private mutating func memberName() throws(NotPlain) -> UnsafeRawBufferPointer {
    let start = takeAhead()
    guard byte(start) == UInt8(ascii: "\"") else { throw .line }
    let name = try string(from: start)
    guard name.count < 256, byte(takeAhead()) == UInt8(ascii: ":") else { throw .line }
    return name
  }

  @inlinable @inline(__always)
  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte &- 0x09 < 5 && byte != 0x0B && byte != 0x0C) }

  /// The number of a name in a table of the names' cache, 0 when it is none of the table's; 24 bytes are readable behind it.
  @inline(__always)
  public func number(of name: UnsafeRawBufferPointer, in table: Int) -> Int {
    let numbers = memory.pointee.names.find(name).pointee.numbers
    return Int(UInt8(truncatingIfNeeded: numbers &>> UInt32(truncatingIfNeeded: table &* 8)))
  }

  /// Whether the document ended: no token of the line is left.
  @inlinable @inline(__always)
  public var isAtEnd: Bool { tokens.upcoming.pointee >= tokens.limit }

  // MARK: Objects of named fields

  /// Takes an object and packs those of its members that a table of the names' cache knows, each behind the byte of its
  /// number.
  ///
  /// - Parameter table: which table, or ``NameCache/maxTables`` for none.
  public mutating func walkFields(_ table: Int) throws(NotPlain) -> ContentHash {
    idempotencyKey = 0
    try expect(UInt8(ascii: "{"))
    let shift = UInt32(truncatingIfNeeded: table) &* 8
    let first = memory.pointee.members.count
    var sum = ContentHash(state: 0)
    var count: UInt64 = 0
    if byte(Int(tokens.upcoming.pointee)) == UInt8(ascii: "}") {
      try expect(UInt8(ascii: "}"))
    } else {
      var previous = (key: UnsafeRawPointer(output.cursor), order: UInt64(0))
      repeat {
        let text = try memberName()
        let name = memory.pointee.names.find(text)
        try checkOrder(text.baseAddress!, name.pointee.order, &previous)
        let field = UInt8(truncatingIfNeeded: name.pointee.numbers &>> shift)
        var hash = name.pointee.hash
        if field != 0 { output.put(field) }
        let at = takeAhead()
        let byte = byte(at)
        let value = byte == UInt8(ascii: "\"") ? try walkText(at, field != 0) : try walkOther(byte, at, field != 0, 1)
        if hash.state == memory.pointee.idempotencyKeyName {
          // What ``TapeWalker`` takes for the text of the key; only texts are plain.
          guard byte == UInt8(ascii: "\"") else { throw .line }
          idempotencyKey = max(1, value.state)
        }
        hash.mix(value.state, 1)
        sum.add(hash)
        count &+= 1
      } while try goesOn(end: UInt8(ascii: "}"))
    }
    if memory.pointee.notesMembers { try memory.pointee.members.finish(first, end: output.cursor) }
    var hash = ContentHash(seed: TapeWalker.Seed.object)
    hash.mix(sum.state, count)
    return hash
  }

  // MARK: Order of members

  /// Makes sure that a member is behind the one before, or notes it where members are noted.
  @inline(__always)
  private mutating func checkOrder(
    _ key: UnsafeRawPointer, _ order: UInt64, _ previous: inout (key: UnsafeRawPointer, order: UInt64)
  ) throws(NotPlain) {
    if memory.pointee.notesMembers { return try memory.pointee.members.add(key, order, at: output.cursor) }
    guard order > previous.order || PlainMember.isTieInOrder(previous.key, key, order, previous.order) else {
      memory.pointee.notesMembers = true
      throw .unordered
    }
    previous = (key, order)
  }

  // MARK: Values

  /// Takes a value and hashes it, and packs it when `pack`.
  public mutating func walk(pack: Bool, depth: Int) throws(NotPlain) -> ContentHash {
    let at = takeAhead()
    let first = byte(at)
    return first == UInt8(ascii: "\"") ? try walkText(at, pack) : try walkOther(first, at, pack, depth)
  }

  /// A text whose opening quote was taken.
  @inline(__always)
  private mutating func walkText(_ at: Int, _ pack: Bool) throws(NotPlain) -> ContentHash {
    let text = try string(from: at)
    if pack { output.putPacked(padded: text) }
    return TapeWalker.hash(ofString: text)
  }

  /// A value that is no text and whose first token was taken.
  private mutating func walkOther(
    _ first: UInt8, _ at: Int, _ pack: Bool, _ depth: Int
  ) throws(NotPlain) -> ContentHash {
    guard at < Int(tokens.limit) else { throw .line }
    if first &- 0x30 < 10 || first == UInt8(ascii: "-") { return try walkNumber(at, pack: pack) }
    switch first {
    case UInt8(ascii: "{"): return try walkObject(pack: pack, depth: depth + 1)
    case UInt8(ascii: "["): return try walkArray(pack: pack, depth: depth + 1)
    case UInt8(ascii: "t"): return try walkWord("true", .yes, at, pack: pack)
    case UInt8(ascii: "f"): return try walkWord("false", .no, at, pack: pack)
    case UInt8(ascii: "n"): return try walkWord("null", .null, at, pack: pack)
    default: throw .line
    }
  }

  private mutating func walkWord(
    _ word: StaticString, _ kind: JSONValue.Kind, _ at: Int, pack: Bool
  ) throws(NotPlain) -> ContentHash {
    let count = word.utf8CodeUnitCount
    for offset in 0..<count where byte(at + offset) != word.utf8Start[offset] { throw .line }
    try checkEnd(at + count)
    if pack { output.put(kind.rawValue) }
    return TapeWalker.hash(ofWord: kind)
  }

  /// A number or word must end here.
  @inline(__always)
  private func checkEnd(_ end: Int) throws(NotPlain) {
    guard end == Int(tokens.upcoming.pointee) || PlainWalker.isSpace(byte(end)) else { throw .line }
  }

  @inline(__always)
  private mutating func walkNumber(_ start: Int, pack: Bool) throws(NotPlain) -> ContentHash {
    var at = start
    let isNegative = byte(at) == UInt8(ascii: "-")
    if isNegative { at += 1 }
    let first = at
    var digits: UInt64 = 0
    var digit = byte(at) &- 0x30
    while digit < 10 {
      digits = digits &* 10 &+ UInt64(digit)
      at += 1
      digit = byte(at) &- 0x30
    }
    let whole = at - first
    // No digit, a leading zero, minus zero, or more than is sure to fit.
    guard whole > 0, whole <= 18, whole == 1 || byte(first) != 0x30 else { throw .line }
    if byte(at) != UInt8(ascii: ".") {
      try checkEnd(at)
      if isNegative && digits == 0 { throw .line }
      let value = isNegative ? -Int64(bitPattern: digits) : Int64(bitPattern: digits)
      if pack { output.putPacked(value) }
      return TapeWalker.hash(ofInteger: value)
    }
    at += 1
    let point = at
    digit = byte(at) &- 0x30
    while digit < 10 {
      digits = digits &* 10 &+ UInt64(digit)
      at += 1
      digit = byte(at) &- 0x30
    }
    let fraction = at - point
    guard fraction > 0, whole + fraction <= 15 else { throw .line }
    try checkEnd(at)
    let size = Double(Int64(bitPattern: digits)) / memory.pointee.powersOfTen[fraction]
    let value = isNegative && digits != 0 ? -size : size
    if pack { output.putPacked(value) }
    return TapeWalker.hash(ofDouble: value)
  }

  private mutating func walkArray(pack: Bool, depth: Int) throws(NotPlain) -> ContentHash {
    if depth > PlainWalker.maxDepth { throw .line }
    let head = pack ? output.openPacked(.array) : output.cursor
    var hash = ContentHash(seed: TapeWalker.Seed.array)
    var count = 0
    if byte(Int(tokens.upcoming.pointee)) == UInt8(ascii: "]") {
      try expect(UInt8(ascii: "]"))
    } else {
      repeat {
        let element = try walk(pack: pack, depth: depth)
        hash.mix(element.state, 0)
        count += 1
      } while try goesOn(end: UInt8(ascii: "]"))
    }
    hash.mix(UInt64(truncatingIfNeeded: count), 4)
    if pack { output.closePacked(head, entries: count) }
    return hash
  }

  private mutating func walkObject(pack: Bool, depth: Int) throws(NotPlain) -> ContentHash {
    if depth > PlainWalker.maxDepth { throw .line }
    let head = pack ? output.openPacked(.object) : output.cursor
    let first = memory.pointee.members.count
    var sum = ContentHash(state: 0)
    var count = 0
    if byte(Int(tokens.upcoming.pointee)) == UInt8(ascii: "}") {
      try expect(UInt8(ascii: "}"))
    } else {
      var previous = (key: UnsafeRawPointer(output.cursor), order: UInt64(0))
      repeat {
        let text = try memberName()
        let name = memory.pointee.names.find(text)
        try checkOrder(text.baseAddress!, name.pointee.order, &previous)
        var hash = name.pointee.hash
        if pack { output.putName(name.pointee.known, padded: text) }
        let at = takeAhead()
        let byte = byte(at)
        let value = byte == UInt8(ascii: "\"") ? try walkText(at, pack) : try walkOther(byte, at, pack, depth)
        hash.mix(value.state, 1)
        sum.add(hash)
        count &+= 1
      } while try goesOn(end: UInt8(ascii: "}"))
    }
    if memory.pointee.notesMembers { try memory.pointee.members.finish(first, end: output.cursor) }
    if pack { output.closePacked(head, entries: count) }
    var hash = ContentHash(seed: TapeWalker.Seed.object)
    hash.mix(sum.state, UInt64(truncatingIfNeeded: count))
    return hash
  }
}
