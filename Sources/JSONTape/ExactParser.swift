import EventModel

/// A plain, strict JSON parser (RFC 8259) that writes a ``Tape`` whose numbers have the form that PostgreSQL's
/// `numeric` prints: see ``ExactNumber``. It parses documents that simdjson refuses for a number's size, and names the
/// fault of texts that are not JSON.
///
/// O(n) time and memory, where a number with an exponent counts as all its digits.
final class ExactParser {
  private var words: [UInt64] = []
  private var strings: [UInt8] = []
  private var input = UnsafeRawBufferPointer(start: nil, count: 0)
  private var position = 0
  /// Whether a number with an exponent is a double, not the decimal that `numeric` prints.
  var takesDoubles = false

  /// Maximum nesting depth: ``TapeWalker/maxDepth`` for a column's value, and some for the record around it.
  private static let maxDepth = 1100

  func parse(_ document: UnsafeRawBufferPointer) throws(JSONFault) -> Tape {
    words.removeAll(keepingCapacity: true)
    strings.removeAll(keepingCapacity: true)
    input = document
    position = 0
    words.append(0)
    skipSpace()
    try parseValue(depth: 0)
    skipSpace()
    if position != input.count { throw JSONFault("text after the end of the JSON value") }
    // The arrays are not touched until the next parse, so their storage stays where it is.
    return words.withUnsafeBufferPointer { words in
      strings.append(0)
      return strings.withUnsafeBufferPointer { strings in
        Tape(
          words: words.baseAddress!, strings: strings.baseAddress!, isExact: true, stringBytes: strings.count,
          mayHoldRefusedStrings: false)
      }
    }
  }

  private func parseValue(depth: Int) throws(JSONFault) {
    guard position < input.count else { throw JSONFault("the JSON value ends too early") }
    switch input[position] {
    case UInt8(ascii: "{"): try parseObject(depth: depth + 1)
    case UInt8(ascii: "["): try parseArray(depth: depth + 1)
    case UInt8(ascii: "\""): try parseString()
    case UInt8(ascii: "t"): try parseWord("true", Tape.Tag.yes)
    case UInt8(ascii: "f"): try parseWord("false", Tape.Tag.no)
    case UInt8(ascii: "n"): try parseWord("null", Tape.Tag.null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try parseNumber()
    default: throw JSONFault("not JSON: unexpected character")
    }
  }

  private func parseObject(depth: Int) throws(JSONFault) {
    let start = try open(Tape.Tag.object, depth)
    position += 1
    skipSpace()
    var count = 0
    if next(is: UInt8(ascii: "}")) { return close(start, count, Tape.Tag.object, Tape.Tag.objectEnd) }
    while true {
      skipSpace()
      guard position < input.count, input[position] == UInt8(ascii: "\"") else {
        throw JSONFault("not JSON: an object key must be a string")
      }
      try parseString()
      skipSpace()
      guard next(is: UInt8(ascii: ":")) else { throw JSONFault("not JSON: `:` expected after an object key") }
      skipSpace()
      try parseValue(depth: depth)
      count += 1
      skipSpace()
      if next(is: UInt8(ascii: ",")) { continue }
      guard next(is: UInt8(ascii: "}")) else { throw unfinished("object") }
      return close(start, count, Tape.Tag.object, Tape.Tag.objectEnd)
    }
  }

  private func parseArray(depth: Int) throws(JSONFault) {
    let start = try open(Tape.Tag.array, depth)
    position += 1
    skipSpace()
    var count = 0
    if next(is: UInt8(ascii: "]")) { return close(start, count, Tape.Tag.array, Tape.Tag.arrayEnd) }
    while true {
      skipSpace()
      try parseValue(depth: depth)
      count += 1
      skipSpace()
      if next(is: UInt8(ascii: ",")) { continue }
      guard next(is: UInt8(ascii: "]")) else { throw unfinished("array") }
      return close(start, count, Tape.Tag.array, Tape.Tag.arrayEnd)
    }
  }

  private func open(_ tag: UInt8, _ depth: Int) throws(JSONFault) -> Int {
    if depth > ExactParser.maxDepth { throw TapeWalker.tooDeep }
    words.append(UInt64(tag) << 56)
    return words.count - 1
  }

  private func close(_ start: Int, _ count: Int, _ tag: UInt8, _ endTag: UInt8) {
    words.append(UInt64(endTag) << 56 | UInt64(start))
    words[start] = UInt64(tag) << 56 | UInt64(min(count, 0xFF_FFFF)) << 32 | UInt64(words.count)
  }

  private func unfinished(_ container: String) -> JSONFault {
    JSONFault(
      position >= input.count
        ? "the JSON value ends in the middle of an \(container)"
        : "not JSON: `,` or the end of the \(container) expected")
  }

  private func parseWord(_ word: StaticString, _ tag: UInt8) throws(JSONFault) {
    guard position + word.utf8CodeUnitCount <= input.count,
      areEqual(input.baseAddress! + position, word.utf8Start, word.utf8CodeUnitCount)
    else { throw JSONFault("not JSON: unexpected character") }
    position += word.utf8CodeUnitCount
    words.append(UInt64(tag) << 56)
  }

  // MARK: Numbers

  private func parseNumber() throws(JSONFault) {
    let start = position
    let number = try ExactNumber(scanning: input, at: &position)
    let token = UnsafeRawBufferPointer(rebasing: input[start..<position])
    if takesDoubles, token.contains(where: { $0 | 0x20 == UInt8(ascii: "e") }) {
      guard let value = Double(String(decoding: token, as: UTF8.self)), value.isFinite else {
        throw JSONFault("a number beyond double")
      }
      words.append(UInt64(Tape.Tag.double) << 56)
      words.append(value.bitPattern)
      return
    }
    switch try number.value(in: UnsafeRawBufferPointer(rebasing: input[start..<position])) {
    case .integer(let value):
      words.append(UInt64(Tape.Tag.integer) << 56)
      words.append(UInt64(bitPattern: value))
    case .double(let value):
      words.append(UInt64(Tape.Tag.double) << 56)
      words.append(value.bitPattern)
    case .bigInteger(let digits):
      words.append(UInt64(Tape.Tag.bigInteger) << 56 | UInt64(strings.count))
      withUnsafeBytes(of: UInt32(digits.count)) { strings.append(contentsOf: $0) }
      strings.append(contentsOf: digits)
    }
  }

  // MARK: Strings

  private func parseString() throws(JSONFault) {
    words.append(UInt64(Tape.Tag.string) << 56 | UInt64(strings.count))
    let lengthAt = strings.count
    strings.append(contentsOf: [0, 0, 0, 0])
    position += 1
    while true {
      guard position < input.count else { throw JSONFault("the JSON value ends in the middle of a string") }
      let byte = input[position]
      if byte == UInt8(ascii: "\"") { break }
      if byte < 0x20 { throw JSONFault("not JSON: a control character in a string") }
      if byte == UInt8(ascii: "\\") {
        try parseEscape()
      } else if byte < 0x80 {
        strings.append(byte)
        position += 1
      } else {
        try copyScalar()
      }
    }
    position += 1
    let length = UInt32(strings.count - lengthAt - 4)
    withUnsafeBytes(of: length) { for (i, byte) in $0.enumerated() { strings[lengthAt + i] = byte } }
  }

  private func parseEscape() throws(JSONFault) {
    guard position + 1 < input.count else { throw JSONFault("the JSON value ends in the middle of a string") }
    let kind = input[position + 1]
    position += 2
    switch kind {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): strings.append(kind)
    case UInt8(ascii: "b"): strings.append(0x08)
    case UInt8(ascii: "f"): strings.append(0x0C)
    case UInt8(ascii: "n"): strings.append(0x0A)
    case UInt8(ascii: "r"): strings.append(0x0D)
    case UInt8(ascii: "t"): strings.append(0x09)
    case UInt8(ascii: "u"):
      var unit = try parseHexQuad()
      if unit == 0 { throw Tape.nulCharacter }
      if unit >> 10 == 0x36 {
        guard position + 1 < input.count, input[position] == UInt8(ascii: "\\"),
          input[position + 1] == UInt8(ascii: "u")
        else { throw Tape.loneSurrogate }
        position += 2
        let low = try parseHexQuad()
        guard low >> 10 == 0x37 else { throw Tape.loneSurrogate }
        unit = 0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF
      }
      guard let scalar = Unicode.Scalar(unit) else { throw Tape.loneSurrogate }
      strings.append(contentsOf: Character(scalar).utf8)
    default: throw JSONFault("not JSON: unknown escape in a string")
    }
  }

  private func parseHexQuad() throws(JSONFault) -> UInt32 {
    guard position + 4 <= input.count else { throw JSONFault("the JSON value ends in the middle of a string") }
    var unit: UInt32 = 0
    for _ in 0..<4 {
      let byte = input[position]
      switch byte {
      case 0x30...0x39: unit = unit << 4 | UInt32(byte - 0x30)
      case 0x41...0x46: unit = unit << 4 | UInt32(byte - 0x37)
      case 0x61...0x66: unit = unit << 4 | UInt32(byte - 0x57)
      default: throw JSONFault("not JSON: `\\u` needs four hex digits")
      }
      position += 1
    }
    return unit
  }

  private func copyScalar() throws(JSONFault) {
    let rest = UnsafeRawBufferPointer(rebasing: input[position..<min(position + 4, input.count)])
    var decoder = UTF8()
    var bytes = rest.makeIterator()
    guard case .scalarValue(let scalar) = decoder.decode(&bytes) else { throw JSONFault("invalid UTF-8") }
    let count = UTF8.width(scalar)
    strings.append(contentsOf: rest[..<count])
    position += count
  }

  private func skipSpace() {
    while position < input.count {
      switch input[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  private func next(is byte: UInt8) -> Bool {
    guard position < input.count, input[position] == byte else { return false }
    position += 1
    return true
  }
}
