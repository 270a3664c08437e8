/// Splits the COPY text record that starts at `from`.
///
/// Fields are separated by tabs. `\N` alone is NULL. Backslash escapes are those of PostgreSQL's COPY FROM.
/// O(bytes of the record), eight at a time.
func splitCopy(_ base: UnsafeRawPointer, from: Int, to: Int, into target: SplitTarget) -> SplitRecord {
  let lineEnd = base.firstIndex(of: ASCII.lineFeed, from: from, to: to) ?? to
  let end = contentEnd(base, from: from, lineEnd: lineEnd)
  var scratch = target.scratch
  var offset = from
  var field = 0
  while true {
    let stop = endOfRun(base, from: offset, to: end)
    if stop >= end || base[stop] == ASCII.tab {
      target.set(field, base + offset, target.isNull(base + offset, stop - offset) ? -1 : stop - offset)
      offset = stop
    } else {
      let start = scratch
      let isNull = stop == offset && isNullMark(base, from: offset, to: end)
      guard let fieldEnd = unescape(base, from: offset, firstBackslash: stop, to: end, scratch: &scratch) else {
        return SplitRecord(end: end, next: min(lineEnd + 1, to), fields: field, fault: .backslashAtEnd)
      }
      let isNone = isNull || target.isNull(base + offset, fieldEnd - offset)
      target.set(field, UnsafeRawPointer(start), isNone ? -1 : scratch - start)
      offset = fieldEnd
    }
    field += 1
    if offset >= end { return SplitRecord(end: end, next: min(lineEnd + 1, to), fields: field, fault: .none) }
    offset += 1
  }
}

/// Offset of the first tab or backslash; `to` if none.
@inline(__always)
private func endOfRun(_ base: UnsafeRawPointer, from: Int, to: Int) -> Int {
  var offset = from
  while offset < to {
    let word = base.word(at: offset)
    let marks = Swar.equal(word, ASCII.tab) | Swar.equal(word, ASCII.backslash)
    if marks != 0 { return min(offset + Swar.index(marks), to) }
    offset += 8
  }
  return to
}

/// Whether the field that starts here is exactly `\N`.
@inline(__always)
private func isNullMark(_ base: UnsafeRawPointer, from: Int, to: Int) -> Bool {
  from + 1 < to && base[from + 1] == 0x4E && (from + 2 == to || base[from + 2] == ASCII.tab)
}

/// Unescapes a field into `scratch` and moves `scratch` past the bytes written.
///
/// Returns the offset of the tab or end after the field; `nil` for a backslash with nothing after it.
private func unescape(
  _ base: UnsafeRawPointer, from: Int, firstBackslash: Int, to: Int, scratch: inout UnsafeMutableRawPointer
) -> Int? {
  var runStart = from
  var stop = firstBackslash
  while true {
    scratch.copyMemory(from: base + runStart, byteCount: stop - runStart)
    scratch += stop - runStart
    if stop >= to || base[stop] == ASCII.tab { return stop }
    guard stop + 1 < to else { return nil }
    let (byte, length) = escaped(base, from: stop + 1, to: to)
    scratch.storeBytes(of: byte, as: UInt8.self)
    scratch += 1
    runStart = stop + 1 + length
    stop = endOfRun(base, from: runStart, to: to)
  }
}

/// The byte that an escape means, and the length of the escape without its backslash.
func escaped(_ base: UnsafeRawPointer, from: Int, to: Int) -> (byte: UInt8, length: Int) {
  let letter = base[from]
  switch letter {
  case 0x62: return (0x08, 1)
  case 0x66: return (0x0C, 1)
  case 0x6E: return (0x0A, 1)
  case 0x72: return (0x0D, 1)
  case 0x74: return (0x09, 1)
  case 0x76: return (0x0B, 1)
  case 0x30...0x37:
    var value: UInt8 = 0
    var length = 0
    while length < 3, from + length < to, case let digit = base[from + length] &- 0x30, digit < 8 {
      value = value << 3 | digit
      length += 1
    }
    return (value, length)
  case 0x78:
    var value: UInt8 = 0
    var length = 1
    while length < 3, from + length < to, let digit = hexadecimal(base[from + length]) {
      value = value << 4 | digit
      length += 1
    }
    return length == 1 ? (letter, 1) : (value, length)
  default: return (letter, 1)
  }
}

private func hexadecimal(_ byte: UInt8) -> UInt8? {
  switch byte {
  case 0x30...0x39: byte - 0x30
  case 0x41...0x46: byte - 0x37
  case 0x61...0x66: byte - 0x57
  default: nil
  }
}
