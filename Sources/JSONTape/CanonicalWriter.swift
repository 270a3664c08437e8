import EventModel

/// Writes canonical JSON: keys ordered by UTF-16 code units and numbers in ECMAScript's form, as in RFC 8785, except
/// that integers of any size are exact. Equal values give equal bytes.
///
/// A caller that writes an object member by member must give the keys in that order.
public struct CanonicalWriter {
  public let output: ByteArena
  /// Whether NaN or an infinity was written (as `null`): JSON has neither.
  public var sawNotFinite = false
  @usableFromInline var needsComma = false

  public init(output: ByteArena) { self.output = output }

  /// Begins a new document after the previous one.
  public mutating func beginDocument() {
    needsComma = false
    sawNotFinite = false
  }

  // MARK: Structure

  @inline(__always) public mutating func beginObject() { begin(0x7B) }
  @inline(__always) public mutating func endObject() { end(0x7D) }
  @inline(__always) public mutating func beginArray() { begin(0x5B) }
  @inline(__always) public mutating func endArray() { end(0x5D) }

  private mutating func begin(_ byte: UInt8) {
    separate(room: 1)
    output.put(byte)
    needsComma = false
  }

  private mutating func end(_ byte: UInt8) {
    output.append(byte)
    needsComma = true
  }

  /// Writes a comma if one is due, and reserves room for what follows.
  @inline(__always)
  private mutating func separate(room: Int) {
    output.reserve(room + 1)
    if needsComma { output.put(UInt8(ascii: ",")) }
    needsComma = true
  }

  /// A key that needs no escaping.
  public mutating func key(_ name: StaticString) {
    let count = name.utf8CodeUnitCount
    output.reserve(count + 4)
    var out = PackedWriter(output.base + output.count)
    if needsComma { out.put(UInt8(ascii: ",")) }
    out.put(UInt8(ascii: "\""))
    copyBytes(name.utf8Start, to: out.cursor, count: count)
    out.cursor += count
    out.put(UInt8(ascii: "\""))
    out.put(UInt8(ascii: ":"))
    output.count = UnsafeRawPointer(out.cursor) - UnsafeRawPointer(output.base)
    needsComma = false
  }

  public mutating func key(_ name: UnsafeRawBufferPointer) {
    string(name)
    output.append(UInt8(ascii: ":"))
    needsComma = false
  }

  // MARK: Values

  public mutating func null() { plain("null") }

  public mutating func bool(_ value: Bool) { plain(value ? "true" : "false") }

  public mutating func integer(_ value: Int64) {
    separate(room: 20)
    putInteger(value)
  }

  public mutating func integer(_ value: Int) { integer(Int64(value)) }

  /// An integer of any size, given as its digits.
  public mutating func digits(_ text: String) {
    separate(room: 0)
    output.append(text)
  }

  public mutating func double(_ value: Double) {
    if value.isFinite {
      separate(room: 32)
      putDouble(value)
    } else {
      sawNotFinite = true
      null()
    }
  }

  /// A literal that needs no escaping.
  public mutating func literal(_ text: StaticString) {
    let text = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    separate(room: text.count + 2)
    output.put(UInt8(ascii: "\""))
    output.put(text)
    output.put(UInt8(ascii: "\""))
  }

  public mutating func string(_ text: UnsafeRawBufferPointer) {
    separate(room: text.count * 6 + 2)
    output.put(UInt8(ascii: "\""))
    if JSONEscapes.areNeeded(in: text) {
      for byte in text { JSONEscapes.put(byte, output) }
    } else {
      output.put(text)
    }
    output.put(UInt8(ascii: "\""))
  }

  public mutating func string(_ text: String) {
    var copy = text
    copy.withUTF8 { string(UnsafeRawBufferPointer($0)) }
  }

  public mutating func uuid(_ id: UUID128) {
    separate(room: UUID128.textBytes + 2)
    output.put(UInt8(ascii: "\""))
    id.writeText(to: output.base + output.count)
    output.count += UUID128.textBytes
    output.put(UInt8(ascii: "\""))
  }

  public mutating func instant(_ instant: Instant) {
    separate(room: Instant.isoRoom + 2)
    output.put(UInt8(ascii: "\""))
    output.count += instant.writeISO(to: output.base + output.count)
    output.put(UInt8(ascii: "\""))
  }

  /// Writes a word: `null`, `true` or `false`.
  private mutating func plain(_ text: StaticString) {
    separate(room: text.utf8CodeUnitCount)
    output.put(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// A value that another writer wrote.
  public mutating func written(_ json: UnsafeRawBufferPointer) {
    separate(room: json.count)
    output.put(json)
  }

  /// A packed value of any kind.
  public mutating func value(_ value: JSONValue) {
    switch value.kind {
    case .null: null()
    case .no: bool(false)
    case .yes: bool(true)
    case .smallInteger, .mediumInteger, .integer: integer(value.integer)
    case .double: double(value.double)
    case .bigInteger:
      separate(room: value.text.count)
      output.put(value.text)
    case .shortString, .string: string(value.text)
    case .array:
      beginArray()
      for element in value.elements { self.value(element) }
      endArray()
    case .object:
      beginObject()
      let members = value.members.sorted { precedesInUTF16($0.key, $1.key) }
      for (key, value) in members {
        self.key(key)
        self.value(value)
      }
      endObject()
    }
  }

  /// A packed value as `jsonb` prints it: members in jsonb's order, integers in full. A double is the shortest decimal
  /// that is equal, always with a point, so that a reader can tell `5.0` from `5`.
  ///
  /// - Parameters:
  ///   - reversed: whether members are in the reverse order, to show that no reader depends on it.
  ///   - isReadBack: whether the text is read as a column of an export: there, as in `jsonb`, `1.0e+22` is an integer, so
  ///     large doubles are written in full.
  public mutating func stored(_ value: JSONValue, reversed: Bool = false, isReadBack: Bool = false) {
    switch value.kind {
    case .double: storedDouble(value.double, isReadBack: isReadBack)
    case .array:
      beginArray()
      for element in value.elements { stored(element, reversed: reversed, isReadBack: isReadBack) }
      endArray()
    case .object:
      beginObject()
      if reversed {
        for (key, value) in Array(value.members).reversed() {
          self.key(key)
          stored(value, reversed: true, isReadBack: isReadBack)
        }
      } else {
        for (key, value) in value.members {
          self.key(key)
          stored(value, isReadBack: isReadBack)
        }
      }
      endObject()
    case .null, .no, .yes, .smallInteger, .mediumInteger, .integer, .bigInteger, .shortString, .string:
      self.value(value)
    }
  }

  private mutating func storedDouble(_ value: Double, isReadBack: Bool) {
    separate(room: 40)
    if isReadBack, value.magnitude >= 1e21 { return putInFull(value) }
    if !value.isFinite {
      // A decimal beyond double, which every reader takes for an infinity.
      for byte in (value < 0 ? "-1.0e+999" : "1.0e+999").utf8 { output.put(byte) }
      return
    }
    let start = output.count
    putDouble(value)
    let text = UnsafeRawBufferPointer(rebasing: output.bytes[start...])
    if text.contains(UInt8(ascii: ".")) { return }
    // `1e+22` or `5`.
    let exponent = text.firstIndex(of: UInt8(ascii: "e")) ?? text.count
    let rest = Array(text[exponent...])
    output.count = start + exponent
    output.put(UInt8(ascii: "."))
    output.put(UInt8(ascii: "0"))
    for byte in rest { output.put(byte) }
  }

  /// Writes a double of at least 10²¹, or an infinity, without an exponent. The digits of the shortest decimal, and zeros.
  private func putInFull(_ value: Double) {
    let text = value.isFinite ? value.magnitude.description : "1e+309"
    let parts = text.split(separator: "e")
    let digits = parts[0].utf8.filter { $0 != UInt8(ascii: ".") }
    guard parts.count == 2, let exponent = Int(parts[1]) else { preconditionFailure("\(text) has an exponent") }
    output.reserve(exponent + 8)
    if value < 0 { output.put(UInt8(ascii: "-")) }
    // A shortest decimal has at most 17 digits, fewer than come before the point.
    for place in 0...exponent { output.put(place < digits.count ? digits[place] : 0x30) }
    output.put(UInt8(ascii: "."))
    output.put(UInt8(ascii: "0"))
  }

  // MARK: Rendered text

  /// Whether the last thing written is a complete value: what follows it needs a comma.
  @inlinable @inline(__always)
  public var isAfterValue: Bool { needsComma }

  /// Writes the comma between a value and the next one, where there is a value before. The next value must follow.
  @inlinable @inline(__always)
  public mutating func comma() {
    if needsComma { output.append(UInt8(ascii: ",")) }
    needsComma = false
  }

  /// Copies rendered JSON that ends where a value must follow. It holds the commas that it needs itself. ``padding``
  /// readable bytes must follow it.
  @inlinable @inline(__always)
  public mutating func leading(_ json: UnsafeRawBufferPointer) {
    copy(padded: json)
    needsComma = false
  }

  /// Copies rendered JSON that ends a value, in the same way.
  @inlinable @inline(__always)
  public mutating func trailing(_ json: UnsafeRawBufferPointer) {
    copy(padded: json)
    needsComma = true
  }

  /// The number of readable bytes after rendered JSON.
  public static var padding: Int { 32 }

  /// Copies most texts in one step, without a branch on their length.
  @inlinable @inline(__always)
  func copy(padded json: UnsafeRawBufferPointer) {
    guard let source = json.baseAddress else { return }
    output.reserve(json.count)
    // The bytes that are copied after the text end up in the slack of the arena.
    let target = output.base + output.count
    var offset = 0
    repeat {
      target.storeBytes(
        of: source.loadUnaligned(fromByteOffset: offset, as: SIMD32<UInt8>.self), toByteOffset: offset,
        as: SIMD32<UInt8>.self)
      offset &+= CanonicalWriter.padding
    } while offset < json.count
    output.count &+= json.count
  }

  /// A state of the writer, see ``reset(to:)``.
  public struct Mark: BitwiseCopyable {
    @usableFromInline var count: Int
    @usableFromInline var needsComma: Bool

    @inlinable @inline(__always)
    init(count: Int, needsComma: Bool) {
      self.count = count
      self.needsComma = needsComma
    }
  }

  /// The present state.
  @inlinable @inline(__always)
  public var mark: Mark { Mark(count: output.count, needsComma: needsComma) }

  /// Removes the text that was written after the mark. O(1).
  @inlinable @inline(__always)
  public mutating func reset(to mark: Mark) {
    output.count = mark.count
    needsComma = mark.needsComma
  }
}

/// RFC 8785's order of keys: by UTF-16 code units. It differs from the order of UTF-8 bytes only between scalars beyond
/// U+FFFF and U+E000…U+FFFF. O(n).
public func precedesInUTF16(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
  let common = min(a.count, b.count)
  for index in 0..<common where a[index] != b[index] {
    let (x, y) = (a[index], b[index])
    // F0…F4 lead scalars beyond U+FFFF (surrogates D800…), EE and EF lead U+E000…U+FFFF.
    if x >= 0xF0, y == 0xEE || y == 0xEF { return true }
    if y >= 0xF0, x == 0xEE || x == 0xEF { return false }
    return x < y
  }
  return a.count < b.count
}
