import EventModel

// How ``PlainWalker`` moves over the bytes of a line: what is consumed, and what is passed over.

extension PlainWalker {
  // MARK: Passing over

  /// Consumes a value that nobody reads: checks it, no more.
  private mutating func pass(depth: Int) throws(NotPlain) {
    guard cursor.place.byte == UInt8(ascii: "\"") else { return try passOther(depth: depth) }
    _ = try string()
  }

  /// The same for a value that is not a string, or that has white space before it.
  mutating func passOther(depth: Int) throws(NotPlain) {
    let first = cursor.place.byte
    if first &- 0x30 < 10 || first == UInt8(ascii: "-") { return try passNumber() }
    guard cursor.place < cursor.limit else { throw .line }
    switch first {
    case UInt8(ascii: "{"):
      guard depth < PlainWalker.maxDepth else { throw .line }
      cursor.place += 1
      if try closes(UInt8(ascii: "}")) { return }
      repeat {
        _ = try string()
        cursor.place = try PlainWalker.value(after: cursor.place, to: cursor.limit)
        try pass(depth: depth + 1)
      } while try goesOn(end: UInt8(ascii: "}"))
    case UInt8(ascii: "["):
      guard depth < PlainWalker.maxDepth else { throw .line }
      cursor.place += 1
      if try closes(UInt8(ascii: "]")) { return }
      repeat { try pass(depth: depth + 1) } while try goesOn(end: UInt8(ascii: "]"))
    case UInt8(ascii: "t"): try pass(word: "true")
    case UInt8(ascii: "f"): try pass(word: "false")
    case UInt8(ascii: "n"): try pass(word: "null")
    default:
      try passSpace()
      try pass(depth: depth)
    }
  }

  /// Numbers of many digits are not plain: integers of more than 4,300 digits count even if nobody reads them, and
  /// PostgreSQL refuses numbers with still more digits, before the point or after it.
  private mutating func passNumber() throws(NotPlain) {
    var at = cursor.place
    if at.byte == UInt8(ascii: "-") { at += 1 }
    let first = at
    while at.byte &- 0x30 < 10 { at += 1 }
    let whole = at - first
    guard whole > 0, whole <= 18, whole == 1 || first.byte != 0x30 else { throw .line }
    if at.byte == UInt8(ascii: ".") {
      at += 1
      let point = at
      while at.byte &- 0x30 < 10 { at += 1 }
      guard at > point, at - point <= 18 else { throw .line }
    }
    cursor.place = at
  }

  /// Consumes these letters.
  mutating func pass(word: StaticString) throws(NotPlain) {
    let count = word.utf8CodeUnitCount
    for offset in 0..<count where (cursor.place + offset).byte != word.utf8Start[offset] { throw .line }
    cursor.place += count
  }

  /// Consumes white space, which must be there.
  mutating func passSpace() throws(NotPlain) {
    let next = PlainWalker.skipSpace(cursor.place, to: cursor.limit)
    guard next > cursor.place else { throw .line }
    cursor.place = next
  }

  // MARK: Consuming

  /// Consumes a string and returns the text between its quotes; the line has no escapes.
  @inline(__always)
  public mutating func string() throws(NotPlain) -> UnsafeRawBufferPointer {
    if cursor.place.byte != UInt8(ascii: "\"") { skipSpace() }
    guard cursor.place.byte == UInt8(ascii: "\"") else { throw .line }
    let text = try PlainWalker.text(&cursor.place, end: cursor.base + Int(cursor.quotes[1]))
    cursor.quotes += 2
    return text
  }

  /// Consumes a byte, which must be `wanted`.
  public mutating func expect(_ wanted: UInt8) throws(NotPlain) {
    skipSpace()
    guard cursor.place < cursor.limit, cursor.place.byte == wanted else { throw .line }
    cursor.place += 1
  }

  /// Consumes what follows a member or an element: `true` for a comma, `false` for the end.
  public mutating func goesOn(end: UInt8) throws(NotPlain) -> Bool {
    try PlainWalker.goesOn(&cursor.place, end: end, to: cursor.limit)
  }

  @inline(__always)
  static func goesOn(
    _ at: inout UnsafeRawPointer, end: UInt8, to limit: UnsafeRawPointer
  ) throws(NotPlain) -> Bool {
    if at.byte <= 0x20 { at = skipSpace(at, to: limit) }
    guard at < limit else { throw .line }
    let found = at.byte
    at += 1
    if found == UInt8(ascii: ",") {
      if at.byte == 0x20 { at += 1 }
      return true
    }
    guard found == end else { throw .line }
    return false
  }

  /// Skips white space, then consumes the end of a container if it comes next.
  @inline(__always)
  mutating func closes(_ end: UInt8) throws(NotPlain) -> Bool {
    if cursor.place.byte <= 0x20 { skipSpace() }
    guard cursor.place.byte == end else { return false }
    guard cursor.place < cursor.limit else { throw .line }
    cursor.place += 1
    return true
  }

  /// The text of the string at a place, which moves to after it. `end` is its closing quote.
  @inline(__always)
  static func text(_ at: inout UnsafeRawPointer, end: UnsafeRawPointer) throws(NotPlain) -> UnsafeRawBufferPointer {
    // Past the indexed bytes there may be a quote that was not indexed.
    guard end > at else { throw .line }
    let text = UnsafeRawBufferPointer(start: at + 1, count: end - at &- 1)
    at = end + 1
    return text
  }

  /// The name of the member at a place, which moves to the member's value. `end` is the closing quote of the next string.
  @inline(__always)
  static func name(
    _ at: inout UnsafeRawPointer, end: UnsafeRawPointer, to limit: UnsafeRawPointer
  ) throws(NotPlain) -> UnsafeRawBufferPointer {
    if at.byte != UInt8(ascii: "\"") {
      at = skipSpace(at, to: limit)
      guard at.byte == UInt8(ascii: "\"") else { throw .line }
    }
    let name = try text(&at, end: end)
    at = try value(after: at, to: limit)
    return name
  }

  /// Where a member's value begins, after the name that ends before `end`.
  @inline(__always)
  static func value(after end: UnsafeRawPointer, to limit: UnsafeRawPointer) throws(NotPlain) -> UnsafeRawPointer {
    if end.byte == UInt8(ascii: ":"), end[1] > 0x20 { return end + 1 }
    if end.byte == UInt8(ascii: ":"), end[1] == 0x20, end[2] > 0x20 { return end + 2 }
    return try skipColon(end, to: limit)
  }

  @inline(never)
  private static func skipColon(
    _ end: UnsafeRawPointer, to limit: UnsafeRawPointer
  ) throws(NotPlain) -> UnsafeRawPointer {
    let colon = skipSpace(end, to: limit)
    guard colon.byte == UInt8(ascii: ":") else { throw .line }
    return skipSpace(colon + 1, to: limit)
  }

  /// The first byte from `place` on that is not white space, or the end of the line.
  @inline(never)
  static func skipSpace(_ place: UnsafeRawPointer, to limit: UnsafeRawPointer) -> UnsafeRawPointer {
    var place = place
    while place < limit, isSpace(place.byte) { place += 1 }
    return place
  }

  @inline(__always)
  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (byte &- 0x09 < 5 && byte != 0x0B && byte != 0x0C)
  }

  /// Skips white space.
  public mutating func skipSpace() { cursor.place = PlainWalker.skipSpace(cursor.place, to: cursor.limit) }

  /// Whether only white space is left of the line.
  @inline(__always)
  public var isAtEnd: Bool {
    cursor.place == cursor.limit || PlainWalker.skipSpace(cursor.place, to: cursor.limit) == cursor.limit
  }
}

extension UnsafeRawPointer {
  @inline(__always)
  var byte: UInt8 { load(as: UInt8.self) }

  @inline(__always)
  subscript(offset: Int) -> UInt8 { load(fromByteOffset: offset, as: UInt8.self) }
}
