import EventModel

/// Splits a row of an INSERT, `(value, value, …)`, that starts at `from` or after blanks there.
///
/// Values are NULL, true, false, numbers and strings: `'…'` with doubled quotes, `E'…'` with escapes, `$tag$…$tag$`. A
/// cast `::type` after a value is skipped. O(bytes of the row).
func splitInsert(_ base: UnsafeRawPointer, from: Int, to: Int, into target: SplitTarget) -> SplitRecord {
  var reader = InsertReader(base: base, offset: from, to: to, scratch: target.scratch)
  guard reader.take(UInt8(ascii: "(")) else { return reader.faulty(from: from, fields: 0) }
  var field = 0
  while true {
    let begin = reader
    if let (start, length) = reader.value(), reader.passCasts(), reader.isAtEndOfValue {
      target.set(field, start, length)
    } else if target.isUnread(field) {
      // An unread column may hold any expression: DEFAULT, a call, an array.
      reader = begin
      reader.passExpression()
      target.set(field, base, -1)
    } else {
      return begin.faulty(from: from, fields: field)
    }
    field += 1
    if reader.take(ASCII.comma) { continue }
    guard reader.take(UInt8(ascii: ")")) else { return reader.faulty(from: from, fields: field) }
    return SplitRecord(end: reader.offset, next: reader.offset, fields: field, fault: .none)
  }
}

/// Reads the values of a row.
private struct InsertReader {
  let base: UnsafeRawPointer
  private(set) var offset: Int
  let to: Int
  private var scratch: UnsafeMutableRawPointer

  init(base: UnsafeRawPointer, offset: Int, to: Int, scratch: UnsafeMutableRawPointer) {
    (self.base, self.offset, self.to, self.scratch) = (base, offset, to, scratch)
  }

  func faulty(from: Int, fields: Int) -> SplitRecord {
    var start = from
    while start < to, base[start] != UInt8(ascii: "(") { start += 1 }
    guard case .at(let end) = InsertRows.endOfRow(base, from: start, to: to, isLast: true) else {
      preconditionFailure("a row of INSERT was cut where it does not end")
    }
    return SplitRecord(end: end, next: end, fields: fields, fault: .notConstant)
  }

  private mutating func skipBlanks() {
    while offset < to, base[offset] == ASCII.space || (0x09...0x0D).contains(base[offset]) { offset += 1 }
  }

  /// Skips blanks, and then `byte` if it comes next.
  mutating func take(_ byte: UInt8) -> Bool {
    skipBlanks()
    guard offset < to, base[offset] == byte else { return false }
    offset += 1
    return true
  }

  /// Reads the next value: its bytes, with length -1 for NULL. `nil` if it is no constant.
  mutating func value() -> (start: UnsafeRawPointer, length: Int)? {
    skipBlanks()
    guard offset < to else { return nil }
    switch base[offset] {
    case UInt8(ascii: "'"): return text(escapes: false)
    case UInt8(ascii: "$"): return dollarText()
    case UInt8(ascii: "E"), UInt8(ascii: "e"):
      guard offset + 1 < to, base[offset + 1] == UInt8(ascii: "'") else { return nil }
      offset += 1
      return text(escapes: true)
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), ASCII.dot: return number()
    default: return word()
    }
  }

  private mutating func text(escapes: Bool) -> (UnsafeRawPointer, Int)? {
    let start = offset + 1
    guard case .at(let end) = InsertRows.endOfText(base, from: start, to: to, escapes: escapes) else { return nil }
    offset = end
    let (first, last) = (start, end - 1)
    let isPlain =
      base.firstIndex(of: UInt8(ascii: "'"), from: first, to: last) == nil
      && (!escapes || base.firstIndex(of: ASCII.backslash, from: first, to: last) == nil)
    return isPlain ? (base + first, last - first) : unescape(first, last, escapes)
  }

  /// Copies a string to the scratch space, unescaped.
  private mutating func unescape(_ first: Int, _ last: Int, _ escapes: Bool) -> (UnsafeRawPointer, Int)? {
    let start = scratch
    func put(_ byte: UInt8) {
      scratch.storeBytes(of: byte, as: UInt8.self)
      scratch += 1
    }
    var at = first
    while at < last {
      let byte = base[at]
      at += 1
      if byte == UInt8(ascii: "'") {
        // Two quotes mean one.
        at += 1
        put(byte)
      } else if escapes, byte == ASCII.backslash {
        let letter = base[at]
        if letter | 0x20 == UInt8(ascii: "u") {
          let digits = letter == UInt8(ascii: "u") ? 4 : 8
          guard let scalar = scalar(at + 1, digits, last) else { return nil }
          for byte in String(scalar).utf8 { put(byte) }
          at += 1 + digits
        } else if letter == UInt8(ascii: "v") {
          // `\v` is no escape in INSERT: it means the letter itself.
          put(letter)
          at += 1
        } else {
          let (escaped, length) = escaped(base, from: at, to: last)
          put(escaped)
          at += length
        }
      } else {
        put(byte)
      }
    }
    return (UnsafeRawPointer(start), scratch - start)
  }

  /// The character with this hexadecimal number; `nil` if there is none, and for surrogates.
  private func scalar(_ from: Int, _ count: Int, _ last: Int) -> Unicode.Scalar? {
    guard from + count <= last,
      let value = UInt32(
        String(decoding: UnsafeRawBufferPointer(start: base + from, count: count), as: UTF8.self), radix: 16)
    else { return nil }
    return Unicode.Scalar(value)
  }

  private mutating func dollarText() -> (UnsafeRawPointer, Int)? {
    guard let (open, length) = InsertRows.dollarTag(base, from: offset, to: to) else { return nil }
    var at = open
    while let dollar = base.firstIndex(of: UInt8(ascii: "$"), from: at, to: to), dollar + length <= to {
      if areEqual(base + dollar, base + offset, length) {
        offset = dollar + length
        return (base + open, dollar - open)
      }
      at = dollar + 1
    }
    return nil
  }

  private mutating func number() -> (UnsafeRawPointer, Int)? {
    let start = offset
    while offset < to, isNumberByte(base[offset]) { offset += 1 }
    return (base + start, offset - start)
  }

  private func isNumberByte(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || byte == ASCII.dot || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
      || byte | 0x20 == UInt8(ascii: "e")
  }

  private mutating func word() -> (UnsafeRawPointer, Int)? {
    let start = offset
    while offset < to, (0x61...0x7A).contains(base[offset] | 0x20) { offset += 1 }
    let bytes = UnsafeRawBufferPointer(start: base + start, count: offset - start)
    switch String(decoding: bytes, as: UTF8.self).lowercased() {
    case "null": return (base + start, -1)
    case "true", "false":
      // In lower case, as PostgreSQL prints them.
      let text = scratch
      for byte in bytes {
        scratch.storeBytes(of: byte | 0x20, as: UInt8.self)
        scratch += 1
      }
      return (UnsafeRawPointer(text), bytes.count)
    default: return nil
    }
  }

  /// Whether a comma or the end of the row comes next.
  var isAtEndOfValue: Bool {
    mutating get {
      skipBlanks()
      return offset < to && (base[offset] == ASCII.comma || base[offset] == UInt8(ascii: ")"))
    }
  }

  /// Skips an unread value, up to the comma or parenthesis after it.
  mutating func passExpression() {
    var depth = 0
    while offset < to {
      let byte = base[offset]
      if depth == 0, byte == ASCII.comma || byte == UInt8(ascii: ")") { return }
      switch byte {
      case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: ")"), UInt8(ascii: "]"): depth -= 1
      default:
        if let end = InsertRows.endOfQuoted(base, from: offset, to: to) {
          offset = end
          continue
        }
      }
      offset += 1
    }
  }

  /// Skips casts, `::type`. Returns `false` for a malformed one.
  mutating func passCasts() -> Bool {
    while true {
      skipBlanks()
      guard offset < to, base[offset] == UInt8(ascii: ":") else { return true }
      guard offset + 1 < to, base[offset + 1] == UInt8(ascii: ":") else { return false }
      offset += 2
      guard passType() else { return false }
    }
  }

  /// Skips a type: words, a name in quotes, a number in parentheses or brackets.
  private mutating func passType() -> Bool {
    let start = offset
    var depth = 0
    while offset < to {
      let byte = base[offset]
      if byte == UInt8(ascii: "(") || byte == UInt8(ascii: "[") { depth += 1 }
      if byte == UInt8(ascii: ")") || byte == UInt8(ascii: "]") {
        if depth == 0 { break }
        depth -= 1
      }
      if byte == UInt8(ascii: ":") || (byte == ASCII.comma && depth == 0) { break }
      let isPart =
        (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == ASCII.space || byte >= 0x80
        || [UInt8(ascii: "_"), ASCII.dot, ASCII.quote, ASCII.comma].contains(byte) || (0x28...0x29).contains(byte)
        || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "]")
      if !isPart { return false }
      offset += 1
    }
    return offset > start
  }
}

/// Number of values in the row of an INSERT that begins with the parenthesis at `from`.
func fieldCount(ofInsert base: UnsafeRawPointer, from: Int, to: Int) -> Int {
  var count = 1
  var depth = 0
  var offset = from
  while offset < to {
    switch base[offset] {
    case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
    case UInt8(ascii: ")"), UInt8(ascii: "]"): depth -= 1
    case ASCII.comma where depth == 1: count += 1
    default:
      if let end = InsertRows.endOfQuoted(base, from: offset, to: to) {
        offset = end
        continue
      }
    }
    offset += 1
  }
  return count
}
