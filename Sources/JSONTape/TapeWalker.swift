import EventModel

/// Walks a ``Tape`` once and makes two things of a value: its ``ContentHash`` and, on request, the packed ``JSONValue``
/// that reducers read. Normalises as `jsonb` does on the way.
///
/// O(n) for keys that are already in jsonb order, O(k log k) per object of k unordered keys.
public final class TapeWalker {
  /// Maximum nesting depth of a column's value.
  public static let maxDepth = 1000
  public static let tooDeep = JSONFault("nested deeper than 1,000 levels")
  /// Thrown if simdjson's doubles are not enough: parse again with ``TapeParser/parseExactly(_:)``.
  public static let needsExactNumbers = JSONFault("numbers must be read exactly")

  /// The live JSON loader refuses integers of more digits.
  public static let maxLoadableDigits = 4300

  /// Where packed values go. Room for a whole record must be reserved before walking.
  public var output = PackedWriter(UnsafeMutableRawPointer(bitPattern: 8)!)
  /// Whether an integer of more than 4,300 digits was seen since this was last reset.
  public var sawTooLongInteger = false
  private var exponents = Exponents.unknown
  /// Whether the document may hold a number that is long enough to need ``ExactNumber``.
  private var longNumbers = Exponents.unknown
  private var document = UnsafeRawBufferPointer(start: nil, count: 0)
  private var tape = Tape(
    words: TapeWalker.noWords, strings: TapeWalker.noStrings, isExact: true, stringBytes: 0,
    mayHoldRefusedStrings: false)
  private var order: [Member] = []

  private nonisolated(unsafe) static let noWords = UnsafePointer(UnsafeMutablePointer<UInt64>.allocate(capacity: 1))
  private nonisolated(unsafe) static let noStrings = UnsafePointer(UnsafeMutablePointer<UInt8>.allocate(capacity: 1))

  /// Fingerprint of the member `idempotency_key` of the object walked last; 0 if there is none or it is null.
  public private(set) var idempotencyKey: UInt64 = 0
  private let idempotencyKeyName = TapeWalker.idempotencyKeyName

  public init() {}

  /// A member of an object whose keys are not in order: its key and the index of its value.
  private struct Member {
    var key: UnsafeRawBufferPointer
    var value: Int
  }

  private enum Exponents { case unknown, none, some }

  /// Sets the document to walk: its tape and the text it was parsed from.
  @inline(__always)
  public func begin(_ tape: Tape, of document: UnsafeRawBufferPointer) {
    self.tape = tape
    self.document = document
    exponents = .unknown
    longNumbers = .unknown
  }

  /// Hashes the value at `index`, and packs it if `pack`.
  @inline(__always)
  public func walk(_ index: Int, pack: Bool) throws(JSONFault) -> ContentHash {
    try walk(index, pack: pack, depth: 0)
  }

  /// Hashes the object at `index` and packs the members that `fields` knows, in jsonb order, each as an event's field:
  /// number, size, value.
  public func walkFields(
    _ index: Int, fields: FieldTable
  ) throws(JSONFault) -> FieldHashes {
    idempotencyKey = 0
    var sums = FieldSums()
    let end = tape.after(index) - 1
    if isOrdered(index) {
      var at = index + 1
      while at < end {
        try walkField(tape.string(at), at + 1, fields, &sums)
        at = tape.after(at + 1)
      }
    } else {
      let first = order.count
      try gather(index, depth: 1)
      let last = order.count
      for position in first..<last {
        let member = order[position]
        try walkField(member.key, member.value, fields, &sums)
      }
      order.removeSubrange(first..<last)
    }
    return FieldHashes(of: sums)
  }

  @inline(__always)
  private func walkField(
    _ key: UnsafeRawBufferPointer, _ value: Int, _ fields: FieldTable, _ sums: inout FieldSums
  ) throws(JSONFault) {
    var hash = TapeWalker.hash(ofKey: key)
    let field = fields.index(of: key, hash: hash)
    let start = field != 0 ? output.openField(field) : output.cursor
    let valueHash = try walk(value, pack: field != 0, depth: 1)
    if field != 0 { output.closeField(start) }
    if hash.state == idempotencyKeyName { idempotencyKey = fingerprint(value, valueHash, tape) }
    hash.mix(valueHash.state, 1)
    sums.add(hash, isRead: field != 0)
  }

  private func walk(_ index: Int, pack: Bool, depth: Int) throws(JSONFault) -> ContentHash {
    switch tape.tag(index) {
    case Tape.Tag.string:
      let text = tape.string(index)
      if pack { output.putPacked(text) }
      return TapeWalker.hash(ofString: text)
    case Tape.Tag.integer:
      let value = Int64(bitPattern: tape.words[index + 1])
      if pack { output.putPacked(value) }
      return TapeWalker.hash(ofInteger: value)
    case Tape.Tag.double: return try walkDouble(index, pack: pack)
    case Tape.Tag.unsigned:
      var digits = String(tape.words[index + 1])
      return digits.withUTF8 { walkDigits(UnsafeRawBufferPointer($0), pack: pack) }
    case Tape.Tag.bigInteger: return walkDigits(tape.string(index), pack: pack)
    case Tape.Tag.object: return try walkObject(index, pack: pack, depth: depth + 1)
    case Tape.Tag.array: return try walkArray(index, pack: pack, depth: depth + 1)
    case Tape.Tag.yes: return walkWord(.yes, pack: pack)
    case Tape.Tag.no: return walkWord(.no, pack: pack)
    default: return walkWord(.null, pack: pack)
    }
  }

  @inline(__always)
  static func hash(ofString text: UnsafeRawBufferPointer) -> ContentHash {
    var hash = ContentHash(seed: Seed.string)
    hash.mix(text)
    return hash
  }

  @inline(__always)
  static func hash(ofInteger value: Int64) -> ContentHash {
    var hash = ContentHash(seed: Seed.integer)
    hash.mix(UInt64(bitPattern: value), 1)
    return hash
  }

  @inline(__always)
  static func hash(ofDouble value: Double) -> ContentHash {
    var hash = ContentHash(seed: Seed.double)
    hash.mix(value.bitPattern, 3)
    return hash
  }

  /// `kind`: `.null`, `.no` or `.yes`.
  @inline(__always)
  static func hash(ofWord kind: JSONValue.Kind) -> ContentHash {
    var hash = ContentHash(seed: Seed.word)
    hash.mix(UInt64(kind.rawValue), 2)
    return hash
  }

  /// Hash of an object: the sum of its members' hashes, so that their order does not matter, and their number.
  @inline(__always)
  static func hash(ofMembers sum: UInt64, _ count: UInt64) -> ContentHash {
    var hash = ContentHash(seed: Seed.object)
    hash.mix(sum, count)
    return hash
  }

  private func walkWord(_ kind: JSONValue.Kind, pack: Bool) -> ContentHash {
    if pack { output.put(kind.rawValue) }
    return TapeWalker.hash(ofWord: kind)
  }

  private func walkDouble(_ index: Int, pack: Bool) throws(JSONFault) -> ContentHash {
    var value = Double(bitPattern: tape.words[index + 1])
    if !tape.isExact {
      // `1e2` and `100.0` look alike here; only the text tells them apart.
      if value.rounded(.towardZero) == value {
        if exponents == .unknown { exponents = holdsExponent(document) ? .some : .none }
        if exponents == .some { throw TapeWalker.needsExactNumbers }
      }
      if value == 0 { value = 0 }
      if document.count > longNumber, mayHoldLongNumber() { throw TapeWalker.needsExactNumbers }
    }
    if pack { output.putPacked(value) }
    return TapeWalker.hash(ofDouble: value)
  }

  private func mayHoldLongNumber() -> Bool {
    if longNumbers == .unknown { longNumbers = holdsLongNumber(document) ? .some : .none }
    return longNumbers == .some
  }

  private func walkDigits(_ digits: UnsafeRawBufferPointer, pack: Bool) -> ContentHash {
    if digits.count - (digits.first == UInt8(ascii: "-") ? 1 : 0) > TapeWalker.maxLoadableDigits {
      sawTooLongInteger = true
    }
    if pack {
      output.put(JSONValue.Kind.bigInteger.rawValue)
      output.put(UInt32(digits.count))
      output.put(digits)
    }
    var hash = ContentHash(seed: Seed.bigInteger)
    hash.mix(digits)
    return hash
  }

  private func walkArray(_ index: Int, pack: Bool, depth: Int) throws(JSONFault) -> ContentHash {
    if depth > TapeWalker.maxDepth { throw TapeWalker.tooDeep }
    let head = pack ? output.openPacked(.array) : output.cursor
    let end = tape.after(index) - 1
    var hash = ContentHash(seed: Seed.array)
    var at = index + 1
    var count = 0
    while at < end {
      let element = try walk(at, pack: pack, depth: depth)
      hash.mix(element.state, 0)
      count += 1
      at = tape.after(at)
    }
    hash.mix(UInt64(count), 4)
    if pack { output.closePacked(head, entries: count) }
    return hash
  }

  private func walkObject(_ index: Int, pack: Bool, depth: Int) throws(JSONFault) -> ContentHash {
    if depth > TapeWalker.maxDepth { throw TapeWalker.tooDeep }
    let head = pack ? output.openPacked(.object) : output.cursor
    var sum = ContentHash(state: 0)
    var count = 0
    if isOrdered(index) {
      let end = tape.after(index) - 1
      var at = index + 1
      while at < end {
        let key = tape.string(at)
        sum.add(try walkMember(key, at + 1, pack: pack, depth: depth))
        count += 1
        at = tape.after(at + 1)
      }
    } else {
      let first = order.count
      try gather(index, depth: depth)
      let last = order.count
      for position in first..<last {
        let member = order[position]
        let key = member.key
        sum.add(try walkMember(key, member.value, pack: pack, depth: depth))
        count += 1
      }
      order.removeSubrange(first..<last)
    }
    if pack { output.closePacked(head, entries: count) }
    return TapeWalker.hash(ofMembers: sum.state, UInt64(count))
  }

  @inline(__always)
  private func walkMember(
    _ key: UnsafeRawBufferPointer, _ value: Int, pack: Bool, depth: Int
  ) throws(JSONFault) -> ContentHash {
    var hash = TapeWalker.hash(ofKey: key)
    if pack {
      let number = KnownNames.number(of: key, hash: hash)
      if number != 0 { output.put(number) } else { output.putPacked(key) }
    }
    hash.mix(try walk(value, pack: pack, depth: depth).state, 1)
    return hash
  }

  /// The hash by which ``FieldTable`` looks up names.
  @inline(__always)
  private static func hash(ofKey key: UnsafeRawBufferPointer) -> ContentHash { FieldTable.hash(of: key) }

  /// Whether the object's keys are strictly ascending in jsonb order, as PostgreSQL prints them.
  @inline(__always)
  private func isOrdered(_ index: Int) -> Bool {
    let end = tape.after(index) - 1
    var at = index + 1
    if at == end { return true }
    var previous = tape.string(at)
    at = tape.after(at + 1)
    while at < end {
      let key = tape.string(at)
      if !TapeWalker.precedes(previous, key) { return false }
      previous = key
      at = tape.after(at + 1)
    }
    return true
  }

  /// jsonb's order of keys: length in bytes, then the bytes.
  @inline(__always)
  private static func precedes(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    if a.count != b.count { return a.count < b.count }
    guard let left = a.baseAddress, let right = b.baseAddress else { return false }
    return byteOrder(left, right, a.count) < 0
  }

  /// Checks a value that is dropped because its key occurs again: PostgreSQL also checks it first.
  public func check(overwritten index: Int, depth: Int = 0) throws(JSONFault) {
    let saw = sawTooLongInteger
    defer { sawTooLongInteger = saw }
    _ = try walk(index, pack: false, depth: depth)
  }

  /// Appends the object's members to `order`, in jsonb order; of equal keys only the last.
  private func gather(_ index: Int, depth: Int) throws(JSONFault) {
    let first = order.count
    let end = tape.after(index) - 1
    var at = index + 1
    while at < end {
      order.append(Member(key: tape.string(at), value: at + 1))
      at = tape.after(at + 1)
    }
    // By key; of equal keys the last comes first.
    order[first...].sort {
      TapeWalker.precedes($0.key, $1.key)
        || (!TapeWalker.precedes($1.key, $0.key) && $0.value > $1.value)
    }
    var kept = first
    for position in first..<order.count {
      if kept > first, !TapeWalker.precedes(order[kept - 1].key, order[position].key) {
        try check(overwritten: order[position].value, depth: depth)
        continue
      }
      order[kept] = order[position]
      kept += 1
    }
    order.removeSubrange(kept...)
  }

  /// Seeds that keep values apart which would otherwise have equal hashes.
  enum Seed {
    static let word: UInt64 = 1
    static let integer: UInt64 = 2
    static let double: UInt64 = 3
    static let bigInteger: UInt64 = 4
    static let string: UInt64 = 5
    static let array: UInt64 = 6
    static let object: UInt64 = 7
  }
}

/// Whether the text may hold a JSON number with an exponent (`true` also for some strings that look
/// like one). O(n), 32 bytes a step: an `e` right after a digit is rare.
private func holdsExponent(_ text: UnsafeRawBufferPointer) -> Bool {
  guard let base = text.baseAddress, text.count > 1 else { return false }
  let bit = SIMD32<UInt8>(repeating: 0x20)
  let e = SIMD32<UInt8>(repeating: 0x65)
  let zero = SIMD32<UInt8>(repeating: 0x30)
  let ten = SIMD32<UInt8>(repeating: 10)
  var at = 1
  while at + 32 <= text.count {
    let bytes = base.loadUnaligned(fromByteOffset: at, as: SIMD32<UInt8>.self)
    let before = base.loadUnaligned(fromByteOffset: at - 1, as: SIMD32<UInt8>.self)
    let found = ((bytes | bit) .== e) .& ((before &- zero) .< ten)
    if any(found) {
      for lane in 0..<32 where found[lane] && isExponent(base, at + lane) { return true }
    }
    at += 32
  }
  while at < text.count {
    if base.load(fromByteOffset: at, as: UInt8.self) | 0x20 == 0x65, isExponent(base, at) { return true }
    at += 1
  }
  return false
}

/// Whether the `e` at `at` follows bytes that can be the digits of a JSON number.
private func isExponent(_ base: UnsafeRawPointer, _ at: Int) -> Bool {
  var start = at
  while start > 0, isNumberByte(base.load(fromByteOffset: start - 1, as: UInt8.self)) { start -= 1 }
  if start == at { return false }
  if start == 0 { return true }
  switch base.load(fromByteOffset: start - 1, as: UInt8.self) {
  case UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "["), 0x20, 0x09, 0x0A, 0x0D: return true
  default: return false
  }
}

/// A number of this many bytes can have more digits after the point than `numeric` takes and still be a nonzero double,
/// which simdjson accepts: 16,384 less the 324 of the smallest double, rounded down.
private let longNumber = 16_000

/// Whether some run of ``longNumber`` bytes could be one number. O(n), most bytes are skipped.
private func holdsLongNumber(_ text: UnsafeRawBufferPointer) -> Bool {
  var at = 0
  while at < text.count {
    var end = at
    while end < text.count, isNumberByte(text[end]) { end += 1 }
    var start = at
    while start > 0, isNumberByte(text[start - 1]) { start -= 1 }
    if end - start >= longNumber { return true }
    at = max(end, at) + longNumber
  }
  return false
}

@inline(__always)
private func isNumberByte(_ byte: UInt8) -> Bool {
  byte &- 0x30 < 10 || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
}
