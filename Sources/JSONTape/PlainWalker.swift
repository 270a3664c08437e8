import EventModel

/// Thrown for what is better left to ``TapeParser`` and ``TapeWalker``: faults, escapes, numbers that need care.
public enum NotPlain: Error { case line }

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

  @usableFromInline let base: UnsafeRawPointer
  public var tokens: LineTokens
  /// Where packed values go. Room for a whole record must be there before walking.
  public var output: PackedWriter
  /// Fingerprint of the member `idempotency_key` of the object walked last; 0: none, or null.
  public private(set) var idempotencyKey: UInt64 = 0
  private var members: MemberStack

  @inline(__always)
  public init(_ tokens: LineTokens, output: PackedWriter, members: PlainMembers) {
    base = tokens.base
    self.tokens = tokens
    self.output = output
    self.members = members.stack
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

  @inlinable @inline(__always)
  func byte(_ at: Int) -> UInt8 { base.load(fromByteOffset: at, as: UInt8.self) }

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
  @inlinable @inline(__always)
  public mutating func string() throws(NotPlain) -> UnsafeRawBufferPointer {
    let start = try take()
    return try string(at: start)
  }

  @inlinable @inline(__always)
  func string(at start: Int) throws(NotPlain) -> UnsafeRawBufferPointer {
    guard byte(start) == UInt8(ascii: "\"") else { throw .line }
    let following = tokens.upcoming.pointee
    guard following < tokens.limit else { throw .line }
    var end = Int(following) - 1
    while PlainWalker.isSpace(byte(end)) { end -= 1 }
    guard end > start, byte(end) == UInt8(ascii: "\"") else { throw .line }
    return UnsafeRawBufferPointer(start: base + start + 1, count: end - start - 1)
  }

  @inlinable @inline(__always)
  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte &- 0x09 < 5 && byte != 0x0B && byte != 0x0C) }

  /// Whether the document ended: no token of the line is left.
  @inlinable @inline(__always)
  public var isAtEnd: Bool { tokens.upcoming.pointee >= tokens.limit }

  // MARK: Objects of named fields

  /// Takes an object and packs those of its members that `fields` knows, each behind the byte of its number.
  public mutating func walkFields(_ fields: FieldTable) throws(NotPlain) -> ContentHash {
    idempotencyKey = 0
    try expect(UInt8(ascii: "{"))
    var sum = ContentHash(state: 0)
    let first = members.count
    if byte(Int(tokens.upcoming.pointee)) == UInt8(ascii: "}") {
      try expect(UInt8(ascii: "}"))
    } else {
      repeat {
        let key = try string()
        try expect(UInt8(ascii: ":"))
        var hash = FieldTable.hash(of: key)
        let field = fields.index(of: key, hash: hash)
        try members.add(key, at: output.cursor)
        if field != 0 { output.put(field) }
        let value = try walk(pack: field != 0, depth: 1)
        if hash.state == members.idempotencyKeyName { idempotencyKey = try fingerprint(value) }
        hash.mix(value.state, 1)
        sum.add(hash)
      } while try goesOn(end: UInt8(ascii: "}"))
    }
    let count = try members.finish(first, end: output.cursor)
    var hash = ContentHash(seed: TapeWalker.Seed.object)
    hash.mix(sum.state, UInt64(truncatingIfNeeded: count))
    return hash
  }

  /// What ``TapeWalker`` takes for the text of the key; only texts are plain.
  @inline(__always)
  private func fingerprint(_ value: ContentHash) throws(NotPlain) -> UInt64 {
    guard lastWasString else { throw .line }
    return max(1, value.state)
  }
  private var lastWasString = false

  // MARK: Values

  /// Takes a value and hashes it, and packs it when `pack`.
  @inline(__always)
  public mutating func walk(pack: Bool, depth: Int) throws(NotPlain) -> ContentHash {
    let at = try take()
    let first = byte(at)
    lastWasString = first == UInt8(ascii: "\"")
    if lastWasString {
      let text = try string(at: at)
      if pack { output.putPacked(padded: text) }
      return TapeWalker.hash(ofString: text)
    }
    if first &- 0x30 < 10 || first == UInt8(ascii: "-") { return try walkNumber(at, pack: pack) }
    return try walkOther(first, at, pack: pack, depth: depth)
  }

  private mutating func walkOther(
    _ first: UInt8, _ at: Int, pack: Bool, depth: Int
  ) throws(NotPlain) -> ContentHash {
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
    let size = Double(Int64(bitPattern: digits)) / members.powersOfTen[fraction]
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
    lastWasString = false
    return hash
  }

  private mutating func walkObject(pack: Bool, depth: Int) throws(NotPlain) -> ContentHash {
    if depth > PlainWalker.maxDepth { throw .line }
    let head = pack ? output.openPacked(.object) : output.cursor
    var sum = ContentHash(state: 0)
    let first = members.count
    if byte(Int(tokens.upcoming.pointee)) == UInt8(ascii: "}") {
      try expect(UInt8(ascii: "}"))
    } else {
      repeat {
        let key = try string()
        try expect(UInt8(ascii: ":"))
        try members.add(key, at: output.cursor)
        if pack { output.putPacked(padded: key) }
        var hash = FieldTable.hash(of: key)
        let value = try walk(pack: pack, depth: depth)
        hash.mix(value.state, 1)
        sum.add(hash)
      } while try goesOn(end: UInt8(ascii: "}"))
    }
    let count = try members.finish(first, end: output.cursor)
    if pack { output.closePacked(head, entries: count) }
    var hash = ContentHash(seed: TapeWalker.Seed.object)
    hash.mix(sum.state, UInt64(truncatingIfNeeded: count))
    lastWasString = false
    return hash
  }
}
