import CBytes

/// Splits the CSV record that starts at `from`.
///
/// RFC 4180: in a quoted field, quotes are doubled and all other bytes are literal. An unquoted field is NULL if it is
/// empty or equals the target's NULL text. O(bytes of the record), at least eight at a time.
func splitCSV(_ base: UnsafeRawPointer, from: Int, to: Int, into target: SplitTarget) -> SplitRecord {
  var offset = from
  var field = 0
  var scratch = target.scratch
  let separator = target.separator
  let hasNull = !target.null.isEmpty
  while true {
    var end: Int
    if offset < to, base[offset] == ASCII.quote, !hasNull || !target.isQuotedNull(base, offset, to) {
      let quoted = splitQuoted(base, from: offset + 1, to: to, scratch: &scratch)
      guard quoted.end >= 0 else {
        return .faulty(.unterminatedQuote, base, from: from, at: to, to: to, fields: field)
      }
      end = quoted.end
      if end < to, base[end] == ASCII.carriageReturn, end + 1 >= to || base[end + 1] == ASCII.lineFeed { end += 1 }
      guard end >= to || base[end] == separator || base[end] == ASCII.lineFeed else {
        return .faulty(.textAfterQuote, base, from: from, at: end, to: to, fields: field)
      }
      target.set(field, quoted.start, quoted.length)
    } else {
      end =
        (hasNull ? target.endOfQuotedNull(base, offset, to) : nil)
        ?? endOfUnquoted(base, separator, from: offset, to: to)
      if end < to, base[end] == ASCII.quote {
        return .faulty(.strayQuote, base, from: from, at: end, to: to, fields: field)
      }
      let isLast = end >= to || base[end] == ASCII.lineFeed
      let length = (isLast ? contentEnd(base, from: offset, lineEnd: end) : end) - offset
      target.set(field, base + offset, length == 0 || hasNull && target.isNull(base + offset, length) ? -1 : length)
    }
    field += 1
    if end >= to || base[end] == ASCII.lineFeed {
      return SplitRecord(
        end: contentEnd(base, from: from, lineEnd: end), next: min(end + 1, to), fields: field, fault: .none)
    }
    offset = end + 1
  }
}

/// Offset of the first separator, line end or quote; `to` if none.
@inline(__always)
private func endOfUnquoted(_ base: UnsafeRawPointer, _ separator: UInt8, from: Int, to: Int) -> Int {
  var offset = from
  while offset < to {
    let marks = refold_marks_of_three(base + offset, separator, ASCII.lineFeed, ASCII.quote)
    if marks != 0 { return min(offset + marks.trailingZeroBitCount, to) }
    offset += 64
  }
  return to
}

/// A quoted field's value. `end` is the offset after its closing quote, or -1 if there is none.
struct QuotedField {
  var start: UnsafeRawPointer
  var length: Int
  var end: Int
}

/// Reads a quoted field from after its opening quote. Moves `scratch` past the bytes written there.
@inline(__always)
private func splitQuoted(
  _ base: UnsafeRawPointer, from: Int, to: Int, scratch: inout UnsafeMutableRawPointer
) -> QuotedField {
  let first = endOfQuotedRun(base, from: from, to: to)
  guard first < to else { return QuotedField(start: base, length: 0, end: -1) }
  guard first + 1 < to, base[first + 1] == ASCII.quote else {
    return QuotedField(start: base + from, length: first - from, end: first + 1)
  }
  return unquotesBlocks
    ? unquoteBlocks(base, from: from, to: to, scratch: &scratch)
    : unquoteRuns(base, from: from, first: first, to: to, scratch: &scratch)
}

let unquotesBlocks = refold_can_unquote()

/// Unescapes a quoted field, for machines that can remove the quotes from 64 bytes in one step.
func unquoteBlocks(
  _ base: UnsafeRawPointer, from: Int, to: Int, scratch: inout UnsafeMutableRawPointer
) -> QuotedField {
  var length = 0
  let closing = refold_unquote(
    (base + from).assumingMemoryBound(to: UInt8.self), to - from, scratch.assumingMemoryBound(to: UInt8.self), &length)
  if closing < 0 { return QuotedField(start: base, length: 0, end: -1) }
  defer { scratch += length }
  return QuotedField(start: UnsafeRawPointer(scratch), length: length, end: from + closing + 1)
}

/// Unescapes a quoted field by copying the bytes between doubled quotes. `first` is the offset of the first pair.
func unquoteRuns(
  _ base: UnsafeRawPointer, from: Int, first: Int, to: Int, scratch: inout UnsafeMutableRawPointer
) -> QuotedField {
  let start = scratch
  scratch.copyMemory(from: base + from, byteCount: first + 1 - from)
  var out = scratch + (first + 1 - from)
  // Start of the next run to copy, and start of the next 64 bytes to scan: both after an escaped quote.
  var run = first + 2
  var block = run
  while block < to {
    var quotes = base.marks(of: ASCII.quote, at: block)
    while quotes != 0 {
      let quote = block + quotes.trailingZeroBitCount
      guard quote + 1 < to, base[quote + 1] == ASCII.quote else {
        guard quote < to else { return QuotedField(start: base, length: 0, end: -1) }
        copyRun(base + run, to: out, count: quote - run)
        scratch = out + (quote - run)
        return QuotedField(start: UnsafeRawPointer(start), length: scratch - start, end: quote + 1)
      }
      copyRun(base + run, to: out, count: quote + 1 - run)
      out += quote + 1 - run
      run = quote + 2
      // Drop both quotes of the pair. If the second one is in the next 64 bytes, those start after it.
      quotes &= quotes &- 1
      quotes &= quotes &- 1
    }
    block = max(block + 64, run)
  }
  return QuotedField(start: base, length: 0, end: -1)
}

/// Copies in steps of 16 bytes. The next run overwrites excess bytes.
@inline(__always)
private func copyRun(_ from: UnsafeRawPointer, to: UnsafeMutableRawPointer, count: Int) {
  var offset = 0
  repeat {
    let block = from.loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self)
    to.storeBytes(of: block, toByteOffset: offset, as: SIMD16<UInt8>.self)
    offset += 16
  } while offset < count
}

/// Offset of the first quote; `to` or more if none.
@inline(__always)
private func endOfQuotedRun(_ base: UnsafeRawPointer, from: Int, to: Int) -> Int {
  var offset = from
  while offset < to {
    let marks = Swar.equal(base.word(at: offset), ASCII.quote)
    if marks != 0 { return offset + Swar.index(marks) }
    offset += 8
  }
  return to
}
