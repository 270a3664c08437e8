import EventModel

/// Thrown for what ``TapeParser`` and ``TapeWalker`` must read: faults, escapes, numbers that need care.
public enum NotPlain: Error {
  case line
  /// Members were out of order. Walk the line again: members are noted from now on, so their order no longer matters.
  case unordered
}

/// Walks a line without escapes and produces what ``TapeWalker`` produces: content hashes and packed ``JSONValue``s,
/// with keys in jsonb order. It needs no tape: the index says where strings end, and everything else is parsed on the
/// way.
///
/// Accepts a subset of JSON, never more. What is not plain is refused and read again by the slow path, which also finds
/// the words for faults. Plain are objects, arrays, words, strings without escapes, integers of at most 18 digits, and
/// decimals of at most 15 digits without an exponent: one division gives their nearest double (both operands are exact:
/// Clinger, "How to read floating point numbers accurately", 1990). White space is accepted wherever JSON allows it;
/// the white space that jsonb is printed with is the fast case.
///
/// O(n), and O(k²) per object of k unordered keys, at most ``maxMembers``. Lives as long as a line is walked.
public struct PlainWalker {
  /// Limits of what is plain: the nesting depth, and the number of members noted for an object and the objects around
  /// it.
  static let maxDepth = 64
  static let maxMembers = 512

  public var cursor: LineCursor
  /// Where packed values go. Room for a whole record must be reserved before walking.
  public var output: PackedWriter
  /// Fingerprint of the member `idempotency_key` of the object walked last; 0 if there is none.
  public private(set) var idempotencyKey: UInt64 = 0
  private let memory: UnsafeMutablePointer<WalkMemory>

  @inline(__always)
  public init(_ cursor: LineCursor, output: PackedWriter, members: PlainMembers) {
    self.cursor = cursor
    self.output = output
    memory = members.memory
    memory.pointee.members.count = 0
  }

  // MARK: Values

  /// Consumes a value and returns its hash; packs it if `pack`.
  public mutating func walk(pack: Bool, depth: Int) throws(NotPlain) -> ContentHash {
    guard cursor.place.byte == UInt8(ascii: "\"") else { return try walkOther(pack, depth) }
    let text = try string()
    if pack, CommonTexts.mayBe(text) {
      let met = memory.pointee.texts.find(text)
      if met.number != 0 { output.put(commonText: met.number) } else { output.putPacked(padded: text) }
      return met.hash
    }
    if pack { output.putPacked(padded: text) }
    return TapeWalker.hash(ofString: text)
  }

  /// Consumes a value that is not a string, or that has white space before it.
  private mutating func walkOther(_ pack: Bool, _ depth: Int) throws(NotPlain) -> ContentHash {
    let first = cursor.place.byte
    if first &- 0x30 < 10 || first == UInt8(ascii: "-") { return try walkNumber(pack) }
    // Never open a container past the line's end: output was reserved for this line only.
    guard cursor.place < cursor.limit else { throw .line }
    switch first {
    case UInt8(ascii: "{"): return try walkObject(pack, depth + 1)
    case UInt8(ascii: "["): return try walkArray(pack, depth + 1)
    case UInt8(ascii: "t"): return try walkWord("true", .yes, pack)
    case UInt8(ascii: "f"): return try walkWord("false", .no, pack)
    case UInt8(ascii: "n"): return try walkWord("null", .null, pack)
    default:
      let next = skipSpace(cursor.place)
      guard next > cursor.place else { throw .line }
      cursor.place = next
      return try walk(pack: pack, depth: depth)
    }
  }

  private mutating func walkWord(
    _ word: StaticString, _ kind: JSONValue.Kind, _ pack: Bool
  ) throws(NotPlain) -> ContentHash {
    let count = word.utf8CodeUnitCount
    for offset in 0..<count where (cursor.place + offset).byte != word.utf8Start[offset] { throw .line }
    cursor.place += count
    if pack { output.put(kind.rawValue) }
    return TapeWalker.hash(ofWord: kind)
  }

  /// Does not check what follows the last digit: whoever reads on after the value does.
  @inline(__always)
  private mutating func walkNumber(_ pack: Bool) throws(NotPlain) -> ContentHash {
    var at = cursor.place
    let isNegative = at.byte == UInt8(ascii: "-")
    if isNegative { at += 1 }
    let first = at
    var digits: UInt64 = 0
    var digit = at.byte &- 0x30
    while digit < 10 {
      digits = digits &* 10 &+ UInt64(digit)
      at += 1
      digit = at.byte &- 0x30
    }
    let whole = at - first
    // Refuses no digits, a leading zero, and more digits than surely fit.
    guard whole > 0, whole <= 18, whole == 1 || first.byte != 0x30 else { throw .line }
    if at.byte != UInt8(ascii: ".") {
      if isNegative && digits == 0 { throw .line }
      cursor.place = at
      let value = isNegative ? -Int64(bitPattern: digits) : Int64(bitPattern: digits)
      if pack { output.putPacked(value) }
      return TapeWalker.hash(ofInteger: value)
    }
    at += 1
    let point = at
    digit = at.byte &- 0x30
    while digit < 10 {
      digits = digits &* 10 &+ UInt64(digit)
      at += 1
      digit = at.byte &- 0x30
    }
    let fraction = at - point
    guard fraction > 0, whole &+ fraction <= 15 else { throw .line }
    cursor.place = at
    let size = Double(Int64(bitPattern: digits)) / memory.pointee.powersOfTen[fraction]
    let value = isNegative && digits != 0 ? -size : size
    if pack { output.putPacked(value) }
    return TapeWalker.hash(ofDouble: value)
  }

  private mutating func walkArray(_ pack: Bool, _ depth: Int) throws(NotPlain) -> ContentHash {
    if depth > PlainWalker.maxDepth { throw .line }
    let head = pack ? output.openPacked(.array) : output.cursor
    var hash = ContentHash(seed: TapeWalker.Seed.array)
    var count = 0
    cursor.place += 1
    if try !closes(UInt8(ascii: "]")) {
      repeat {
        let element = try walk(pack: pack, depth: depth)
        hash.mix(element.state, 0)
        count &+= 1
      } while try goesOn(end: UInt8(ascii: "]"))
    }
    hash.mix(UInt64(truncatingIfNeeded: count), 4)
    if pack { output.closePacked(head, entries: count) }
    return hash
  }

  private mutating func walkObject(_ pack: Bool, _ depth: Int) throws(NotPlain) -> ContentHash {
    if depth > PlainWalker.maxDepth { throw .line }
    let head = pack ? output.openPacked(.object) : output.cursor
    let (hash, count) = try walkMembers(isNumbered: false, pack, table: 0, depth)
    if pack { output.closePacked(head, entries: count) }
    return hash
  }

  // MARK: Objects

  /// Consumes an object and packs the members that a table of the name cache knows, each as an event's field: number,
  /// size, value.
  ///
  /// - Parameter table: index of the table, or ``NameCache/maxTables`` for none.
  public mutating func walkFields(_ table: Int) throws(NotPlain) -> ContentHash {
    idempotencyKey = 0
    if cursor.place.byte != UInt8(ascii: "{") { cursor.place = skipSpace(cursor.place) }
    guard cursor.place.byte == UInt8(ascii: "{") else { throw .line }
    return try walkMembers(isNumbered: true, false, table: table, 1).hash
  }

  /// Consumes an object, from its brace on. What all members need is kept in local variables.
  ///
  /// - Parameters:
  ///   - isNumbered: whether to pack only the members that have a number in the table, each after its number.
  ///   - packsAll: whether to pack all members, each after its name.
  @inline(__always)
  private mutating func walkMembers(
    isNumbered: Bool, _ packsAll: Bool, table: Int, _ depth: Int
  ) throws(NotPlain) -> (hash: ContentHash, count: Int) {
    let (base, limit) = (cursor.base, cursor.limit)
    let (names, texts, notesMembers) = (memory.pointee.names, memory.pointee.texts, memory.pointee.notesMembers)
    let firstMember = memory.pointee.members.count
    var sum = ContentHash(state: 0)
    var count = 0
    cursor.place += 1
    if try !closes(UInt8(ascii: "}")) {
      var (at, quotes, output) = (cursor.place, cursor.quotes, output)
      var previous = (key: base, order: UInt64(0))
      while true {
        if at.byte != UInt8(ascii: "\"") {
          at = PlainWalker.skipSpace(at, to: limit)
          guard at.byte == UInt8(ascii: "\"") else { throw .line }
        }
        var end = base + Int(quotes[1])
        guard end > at else { throw .line }
        let text = UnsafeRawBufferPointer(start: at + 1, count: end - at &- 1)
        let name = try names.find(text)
        if notesMembers {
          try memory.pointee.members.add(text.baseAddress!, name.pointee.order, at: output.cursor)
        } else {
          try checkOrder(text.baseAddress!, name.pointee.order, previous)
          previous = (text.baseAddress!, name.pointee.order)
        }
        let packs: Bool
        var field = output.cursor
        if isNumbered {
          let number = name.number(in: table)
          packs = number != 0
          if packs { field = output.openField(number) }
        } else {
          packs = packsAll
          if packs { output.putName(name.pointee.known, padded: text) }
        }
        let isIdempotencyKey = isNumbered && name.pointee.isIdempotencyKey
        let hash = name.pointee.hash

        at = (end + 1).stands(": ") ? end + 3 : try PlainWalker.skipColon(end + 1, to: limit)
        let value: ContentHash
        if at.byte == UInt8(ascii: "\"") {
          end = base + Int(quotes[3])
          guard end > at else { throw .line }
          quotes += 4
          let text = UnsafeRawBufferPointer(start: at + 1, count: end - at &- 1)
          at = end + 1
          if packs, CommonTexts.mayBe(text) {
            let met = texts.find(text)
            if met.number != 0 { output.put(commonText: met.number) } else { output.putPacked(padded: text) }
            value = met.hash
          } else {
            if packs { output.putPacked(padded: text) }
            value = TapeWalker.hash(ofString: text)
          }
          if isIdempotencyKey { idempotencyKey = max(1, value.state) }
        } else {
          // ``TapeWalker`` also fingerprints other values of the key; here only strings are plain.
          if isIdempotencyKey { throw .line }
          (cursor.place, cursor.quotes, self.output) = (at, quotes + 2, output)
          value = try walkOther(packs, depth)
          (at, quotes, output) = (cursor.place, cursor.quotes, self.output)
        }
        if isNumbered, packs { output.closeField(field) }
        sum.add(hash.mixing(value.state))
        count &+= 1

        guard at < limit else { throw .line }
        if at.stands(", ") {
          at += 2
        } else if at.byte == UInt8(ascii: "}") {
          at += 1
          break
        } else {
          cursor.place = at
          let goesOn = try goesOn(end: UInt8(ascii: "}"))
          at = cursor.place
          if !goesOn { break }
        }
      }
      (cursor.place, cursor.quotes, self.output) = (at, quotes, output)
    }
    if notesMembers { try memory.pointee.members.finish(firstMember, end: output.cursor) }
    var hash = ContentHash(seed: TapeWalker.Seed.object)
    hash.mix(sum.state, UInt64(truncatingIfNeeded: count))
    return (hash, count)
  }

  /// Checks that a member comes after the previous one. If not, throws, and members are noted from now on.
  @inline(__always)
  private func checkOrder(
    _ key: UnsafeRawPointer, _ order: UInt64, _ previous: (key: UnsafeRawPointer, order: UInt64)
  ) throws(NotPlain) {
    guard order > previous.order || PlainMember.isTieInOrder(previous.key, key, order, previous.order) else {
      memory.pointee.notesMembers = true
      throw .unordered
    }
  }
}

// MARK: - Bytes

extension PlainWalker {
  /// Consumes a string and returns the text between its quotes; the line has no escapes.
  @inline(__always)
  public mutating func string() throws(NotPlain) -> UnsafeRawBufferPointer {
    if cursor.place.byte != UInt8(ascii: "\"") { cursor.place = skipSpace(cursor.place) }
    let (start, end) = (cursor.place, cursor.base + Int(cursor.quotes[1]))
    // Past the indexed bytes there may be a quote that was not indexed.
    guard start.byte == UInt8(ascii: "\""), end > start else { throw .line }
    cursor.quotes += 2
    cursor.place = end + 1
    return UnsafeRawBufferPointer(start: start + 1, count: end - start &- 1)
  }

  /// Consumes a byte, which must be `wanted`.
  public mutating func expect(_ wanted: UInt8) throws(NotPlain) {
    cursor.place = skipSpace(cursor.place)
    guard cursor.place < cursor.limit, cursor.place.byte == wanted else { throw .line }
    cursor.place += 1
  }

  /// Consumes what follows a member or an element: `true` for a comma, `false` for the end.
  public mutating func goesOn(end: UInt8) throws(NotPlain) -> Bool {
    if cursor.place.byte <= 0x20 { cursor.place = skipSpace(cursor.place) }
    guard cursor.place < cursor.limit else { throw .line }
    let found = cursor.place.byte
    guard found == UInt8(ascii: ",") || found == end else { throw .line }
    cursor.place += 1
    if found == end { return false }
    if cursor.place.byte == 0x20 { cursor.place += 1 }
    return true
  }

  /// Skips white space, then consumes the end of a container if it comes next.
  @inline(__always)
  private mutating func closes(_ end: UInt8) throws(NotPlain) -> Bool {
    if cursor.place.byte <= 0x20 { cursor.place = skipSpace(cursor.place) }
    guard cursor.place.byte == end else { return false }
    guard cursor.place < cursor.limit else { throw .line }
    cursor.place += 1
    return true
  }

  /// Where a member's value begins, after the name that ends at `end`.
  @inline(never)
  private static func skipColon(
    _ end: UnsafeRawPointer, to limit: UnsafeRawPointer
  ) throws(NotPlain) -> UnsafeRawPointer {
    let colon = skipSpace(end, to: limit)
    guard colon.byte == UInt8(ascii: ":") else { throw .line }
    return skipSpace(colon + 1, to: limit)
  }

  @inline(__always)
  private func skipSpace(_ place: UnsafeRawPointer) -> UnsafeRawPointer {
    PlainWalker.skipSpace(place, to: cursor.limit)
  }

  /// The first byte from `place` on that is not white space, or the end of the line.
  @inline(never)
  private static func skipSpace(_ place: UnsafeRawPointer, to limit: UnsafeRawPointer) -> UnsafeRawPointer {
    var place = place
    while place < limit, isSpace(place.byte) { place += 1 }
    return place
  }

  @inline(__always)
  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (byte &- 0x09 < 5 && byte != 0x0B && byte != 0x0C)
  }

  /// Skips white space.
  public mutating func skipSpace() { cursor.place = skipSpace(cursor.place) }

  /// Whether only white space is left of the line.
  @inline(__always)
  public var isAtEnd: Bool { cursor.place == cursor.limit || skipSpace(cursor.place) == cursor.limit }
}

extension UnsafeRawPointer {
  @inline(__always)
  fileprivate var byte: UInt8 { load(as: UInt8.self) }

  /// Whether these two bytes are here.
  @inline(__always)
  fileprivate func stands(_ two: StaticString) -> Bool {
    loadUnaligned(as: UInt16.self) == UInt16(two.utf8Start[0]) | UInt16(two.utf8Start[1]) << 8
  }
}
