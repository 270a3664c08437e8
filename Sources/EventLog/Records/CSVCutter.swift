/// Cuts CSV at line ends outside quotes.
///
/// The records do not depend on where blocks end, even in malformed input. A quote opens a field only at the field's
/// start, and a closing quote must be followed by a separator or a line end. Otherwise the record is malformed and ends
/// at the next line end, whatever its quotes. ``FieldSplitter`` follows the same rule.
struct CSVCutter {
  private let separator: UInt8
  /// The NULL text if it begins with a quote. That quote opens nothing.
  private let quotedNull: [UInt8]?

  init(separator: UInt8 = ASCII.comma, null: String? = nil) {
    self.separator = separator
    quotedNull = null?.utf8.first == ASCII.quote ? null.map { Array($0.utf8) } : nil
  }

  /// O(bytes), 64 at a time.
  func cut(_ window: CutWindow) -> Cut {
    let whole =
      window.isLast
      ? window.count
      : quotedNull.map { endOfLastRecord(window.base, window.count, null: $0) }
        ?? endOfLastRecord(window.base, window.count)
    return .records(whole, lines: window.base.lineEnds(from: 0, to: whole))
  }

  /// Like `endOfLastRecord(_:_:)`, but byte by byte, for a NULL text that begins with a quote.
  private func endOfLastRecord(_ base: UnsafeRawPointer, _ count: Int, null: [UInt8]) -> Int {
    var end = 0
    var offset = 0
    var isInside = false
    // Set from misplaced quotes to the end of the malformed record.
    var isFault = false
    while offset < count {
      let byte = base[offset]
      let isFirst = offset == 0 || base[offset - 1] == separator || base[offset - 1] == ASCII.lineFeed
      if byte == ASCII.quote, !isInside, !isFault {
        if isFirst, let after = null.withUnsafeBufferPointer({ endOfNull(base, offset, count, $0, separator) }) {
          offset = after
          continue
        }
        if isFirst { isInside = true } else { isFault = true }
      } else if byte == ASCII.quote, isInside {
        if offset + 1 < count, base[offset + 1] == ASCII.quote {
          offset += 1
        } else {
          isInside = false
          isFault = !mayFollowField(base, offset + 1, count)
        }
      } else if byte == ASCII.lineFeed, !isInside {
        isFault = false
        end = offset + 1
      }
      offset += 1
    }
    return end
  }

  /// Offset after the last line end that ends a record; 0 if there is none.
  private func endOfLastRecord(_ base: UnsafeRawPointer, _ count: Int) -> Int {
    var start = 0
    while true {
      let (stop, isInside, isFault) = scan(base, from: start, to: count)
      if isFault, let lineEnd = base.firstIndex(of: ASCII.lineFeed, from: stop, to: count) {
        start = lineEnd + 1
      } else {
        return lastLineEnd(base, from: start, to: stop, isInside: isInside) ?? start
      }
    }
  }

  /// Tracks quotes from the start of a record to the first fault or the end.
  ///
  /// Returns where it stopped, and whether that place is inside quotes. Each step handles the quotes of 64 bytes as
  /// bits: their prefix parity distinguishes opening quotes from closing ones, and a closing quote right before an
  /// opening one is an escaped quote. Only the few quotes at the ends of fields are examined one by one.
  private func scan(_ base: UnsafeRawPointer, from: Int, to: Int) -> (stop: Int, isInside: Bool, isFault: Bool) {
    var inside: UInt64 = 0
    var offset = from
    while offset < to {
      var quotes = base.marks(of: ASCII.quote, at: offset)
      if to - offset < 64 { quotes &= (1 << UInt64(to - offset)) &- 1 }
      let parity = prefixParity(quotes) ^ inside
      let opening = quotes & parity
      let closing = quotes & ~parity
      let closedBefore: UInt64 = inside == 0 && offset > from && base[offset - 1] == ASCII.quote ? 1 : 0
      let opensAfter: UInt64 = offset + 64 < to && base[offset + 64] == ASCII.quote ? 1 << 63 : 0
      var ends = opening & ~(closing << 1 | closedBefore) | closing & ~(opening >> 1 | opensAfter)
      while ends != 0 {
        let bit = ends.trailingZeroBitCount
        let place = offset + bit
        if opening >> UInt64(bit) & 1 == 1 {
          if place != from, !mayPrecedeField(base[place - 1]) { return (place, false, true) }
        } else if !mayFollowField(base, place + 1, to) {
          return (place + 1, false, true)
        }
        ends &= ends &- 1
      }
      inside = UInt64(bitPattern: Int64(bitPattern: parity) >> 63)
      offset += 64
    }
    // Bits past the end repeat the last parity, so the top bit is correct after a short last step, too.
    return (to, inside != 0, false)
  }

  @inline(__always)
  private func mayPrecedeField(_ byte: UInt8) -> Bool { byte == separator || byte == ASCII.lineFeed }

  @inline(__always)
  private func mayFollowField(_ base: UnsafeRawPointer, _ place: Int, _ to: Int) -> Bool {
    guard place < to else { return true }
    switch base[place] {
    case separator, ASCII.lineFeed: return true
    case ASCII.carriageReturn: return place + 1 >= to || base[place + 1] == ASCII.lineFeed
    default: return false
    }
  }

  /// Offset after the last line end outside quotes, searching backwards from `to`; `nil` if there is none.
  private func lastLineEnd(_ base: UnsafeRawPointer, from: Int, to: Int, isInside: Bool) -> Int? {
    var isInside = isInside
    var offset = to
    while offset > from {
      offset -= 1
      let byte = base[offset]
      if byte == ASCII.lineFeed, !isInside { return offset + 1 }
      if byte == ASCII.quote { isInside.toggle() }
    }
    return nil
  }
}

/// Each bit of the result is the parity of that bit and all lower ones.
@inline(__always)
private func prefixParity(_ bits: UInt64) -> UInt64 {
  var parity = bits
  parity ^= parity << 1
  parity ^= parity << 2
  parity ^= parity << 4
  parity ^= parity << 8
  parity ^= parity << 16
  parity ^= parity << 32
  return parity
}
