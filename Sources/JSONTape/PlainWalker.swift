import EventModel

/// Thrown for what ``TapeParser`` and ``TapeWalker`` must read: faults, escapes, numbers that need care.
public enum NotPlain: Error {
  case line
}

/// Walks a line without escapes and produces what ``TapeWalker`` produces: content hashes and packed ``JSONValue``s,
/// with keys in jsonb order. It needs no tape: the index says where strings end, and everything else is parsed on the
/// way.
///
/// Accepts a subset of JSON, never more. What is not plain is refused and read again by the slow path, which also finds
/// the words for faults. Plain are objects, arrays, words, strings without escapes, integers of at most 18 digits, and
/// decimals of at most 15 digits without an exponent: one division gives their nearest double (both operands are exact:
/// Clinger, "How to read floating point numbers accurately", 1990). White space is accepted wherever JSON allows it.
///
/// Members that nobody reads are passed over: they are checked, and neither hashed nor packed, unless
/// ``PlainMembers/hashesAll`` is set. The order of an event's fields does not matter; the members of packed objects are
/// sorted only where they are out of order.
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
  let memory: UnsafeMutablePointer<WalkMemory>

  @inline(__always)
  public init(_ cursor: LineCursor, output: PackedWriter, members: PlainMembers) {
    self.cursor = cursor
    self.output = output
    memory = members.memory
    memory.pointee.members.count = 0
    memory.pointee.isDisordered = false
  }

  // MARK: Fields

  /// Consumes an object and packs the members that a table of the name cache knows, each as an event's field: number,
  /// size, value.
  ///
  /// - Parameter table: index of the table, or ``NameCache/maxTables`` for none.
  @inline(__always)
  public mutating func walkFields(_ table: Int) throws(NotPlain) -> FieldHashes {
    idempotencyKey = 0
    if cursor.place.byte != UInt8(ascii: "{") { skipSpace() }
    guard cursor.place.byte == UInt8(ascii: "{") else { throw .line }
    return try memory.pointee.hashesAll ? walkAllFields(table) : walkReadFields(table)
  }

  private mutating func walkReadFields(_ table: Int) throws(NotPlain) -> FieldHashes {
    let (names, met) = (memory.pointee.names, memory.pointee.metFields)
    let (base, limit) = (cursor.base, cursor.limit)
    memory.pointee.objects &+= 1
    let object = memory.pointee.objects
    var sums = FieldSums()
    cursor.place += 1
    if try closes(UInt8(ascii: "}")) { return FieldHashes(ofRead: sums) }
    var (at, quotes) = (cursor.place, cursor.quotes)
    while true {
      let name = try names.find(try PlainWalker.name(&at, end: base + Int(quotes[1]), to: limit))
      let number = name.number(in: table)
      if at.byte == UInt8(ascii: "\"") {
        let text = try PlainWalker.text(&at, end: base + Int(quotes[3]))
        quotes += 4
        if number != 0 {
          try PlainWalker.meet(number, met, object)
          let field = output.openField(number)
          output.putPacked(padded: text)
          let value = TapeWalker.hash(ofString: text)
          output.closeField(field)
          if name.pointee.isIdempotencyKey { idempotencyKey = max(1, value.state) }
          sums.addRead(name.pointee.hash.mixing(value.state))
        } else if name.pointee.isIdempotencyKey {
          try PlainWalker.meet(0, met, object)
          idempotencyKey = max(1, TapeWalker.hash(ofString: text).state)
        }
      } else {
        // ``TapeWalker`` also fingerprints other values of the key; here only strings are plain.
        if name.pointee.isIdempotencyKey { throw .line }
        (cursor.place, cursor.quotes) = (at, quotes + 2)
        if number != 0 {
          try PlainWalker.meet(number, met, object)
          let hash = name.pointee.hash
          let field = output.openField(number)
          let value = try walkOther(pack: true, 1)
          output.closeField(field)
          sums.addRead(hash.mixing(value.state))
        } else {
          try passOther(depth: 1)
        }
        (at, quotes) = (cursor.place, cursor.quotes)
      }

      guard try PlainWalker.goesOn(&at, end: UInt8(ascii: "}"), to: limit) else { break }
    }
    (cursor.place, cursor.quotes) = (at, quotes)
    return FieldHashes(ofRead: sums)
  }

  /// The same, and hashes all members. Equal names are not plain.
  @inline(never)
  private mutating func walkAllFields(_ table: Int) throws(NotPlain) -> FieldHashes {
    let first = memory.pointee.members.count
    var sums = FieldSums()
    var last: UInt64 = 0
    var isAscending = true
    cursor.place += 1
    if try !closes(UInt8(ascii: "}")) {
      repeat {
        let text = try string()
        let found = try memory.pointee.names.find(text)
        let (name, number) = (found.pointee, found.number(in: table))
        if name.order <= last { isAscending = false }
        last = name.order
        try memory.pointee.members.add(text.baseAddress!, name.order, at: output.cursor)
        cursor.place = try PlainWalker.value(after: cursor.place, to: cursor.limit)
        if name.isIdempotencyKey, cursor.place.byte != UInt8(ascii: "\"") { throw .line }
        let field = number != 0 ? output.openField(number) : output.cursor
        let value = try walk(pack: number != 0, depth: 1)
        if number != 0 { output.closeField(field) }
        if name.isIdempotencyKey { idempotencyKey = max(1, value.state) }
        sums.add(name.hash.mixing(value.state), isRead: number != 0)
      } while try goesOn(end: UInt8(ascii: "}"))
    }
    try close(first, isAscending)
    return FieldHashes(of: sums)
  }

  /// Notes a field of an object. A field that comes twice is not plain: the last one counts.
  @inline(__always)
  private static func meet(
    _ number: UInt8, _ met: UnsafeMutablePointer<UInt32>, _ object: UInt32
  ) throws(NotPlain) {
    guard met[Int(number)] != object else { throw .line }
    met[Int(number)] = object
  }

  // MARK: Values

  /// Consumes a value and returns its hash; packs it if `pack`.
  public mutating func walk(pack: Bool, depth: Int) throws(NotPlain) -> ContentHash {
    guard cursor.place.byte == UInt8(ascii: "\"") else { return try walkOther(pack: pack, depth) }
    let text = try string()
    if pack { output.putPacked(padded: text) }
    return TapeWalker.hash(ofString: text)
  }

  /// Consumes a value that is not a string, or that has white space before it.
  private mutating func walkOther(pack: Bool, _ depth: Int) throws(NotPlain) -> ContentHash {
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
      try passSpace()
      return try walk(pack: pack, depth: depth)
    }
  }

  private mutating func walkWord(
    _ word: StaticString, _ kind: JSONValue.Kind, _ pack: Bool
  ) throws(NotPlain) -> ContentHash {
    try pass(word: word)
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

  /// Forgets the members noted from `first` on, and sorts what was packed of them if they may be out of order.
  @inline(__always)
  private func close(_ first: Int, _ isAscending: Bool) throws(NotPlain) {
    if isAscending {
      memory.pointee.members.count = first
    } else if try memory.pointee.members.sort(first, end: output.cursor) {
      memory.pointee.isDisordered = true
    }
  }

  /// Consumes an object, from its brace on, and packs all members, each after its name, in jsonb order. Equal names are
  /// not plain.
  private mutating func walkObject(_ pack: Bool, _ depth: Int) throws(NotPlain) -> ContentHash {
    if depth > PlainWalker.maxDepth { throw .line }
    let head = pack ? output.openPacked(.object) : output.cursor
    let (base, limit, names) = (cursor.base, cursor.limit, memory.pointee.names)
    let first = memory.pointee.members.count
    var (sum, last, isAscending) = (UInt64(0), UInt64(0), true)
    cursor.place += 1
    if try !closes(UInt8(ascii: "}")) {
      var (at, quotes) = (cursor.place, cursor.quotes)
      while true {
        let text = try PlainWalker.name(&at, end: base + Int(quotes[1]), to: limit)
        let name = try names.find(text)
        let (hash, order) = (name.pointee.hash, name.pointee.order)
        if order <= last { isAscending = false }
        last = order
        try memory.pointee.members.add(text.baseAddress!, order, at: output.cursor)
        if pack { output.putName(name.pointee.known, padded: text) }
        let value: ContentHash
        if at.byte == UInt8(ascii: "\"") {
          let text = try PlainWalker.text(&at, end: base + Int(quotes[3]))
          quotes += 4
          if pack { output.putPacked(padded: text) }
          value = TapeWalker.hash(ofString: text)
        } else {
          (cursor.place, cursor.quotes) = (at, quotes + 2)
          value = try walkOther(pack: pack, depth)
          (at, quotes) = (cursor.place, cursor.quotes)
        }
        sum &+= hash.mixing(value.state).state
        guard try PlainWalker.goesOn(&at, end: UInt8(ascii: "}"), to: limit) else { break }
      }
      (cursor.place, cursor.quotes) = (at, quotes)
    }
    let count = memory.pointee.members.count - first
    try close(first, isAscending)
    if pack { output.closePacked(head, entries: count) }
    return TapeWalker.hash(ofMembers: sum, UInt64(truncatingIfNeeded: count))
  }
}
