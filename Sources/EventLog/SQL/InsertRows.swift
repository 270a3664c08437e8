import EventModel

/// Finds where the rows of an INSERT end: `(…), (…)`.
enum InsertRows {
  /// The result of a search.
  enum Found: Equatable {
    /// Offset after the text that was searched for.
    case at(Int)
    /// More bytes are needed.
    case bytes
  }

  /// Skips blanks and comments. A complete comment is overwritten with blanks, so that it is not scanned again. Line
  /// ends stay.
  static func skipBlanks(_ base: UnsafeRawPointer, from: Int, to: Int, isLast: Bool) -> Found {
    var offset = from
    while offset < to {
      let byte = base[offset]
      if byte == ASCII.space || (0x09...0x0D).contains(byte) {
        offset += 1
        continue
      }
      guard byte == UInt8(ascii: "-") || byte == UInt8(ascii: "/") else { return .at(offset) }
      guard offset + 1 < to else { return isLast ? .at(offset) : .bytes }
      switch comment(base, from: offset, to: to, isLast: isLast) {
      case .at(let end):
        if end == offset { return .at(offset) }
        blank(base, from: offset, to: end)
        offset = end
      case .bytes: return .bytes
      }
    }
    return isLast ? .at(to) : .bytes
  }

  /// Offset after the comment that begins at `from`; `from` itself if none does.
  private static func comment(_ base: UnsafeRawPointer, from: Int, to: Int, isLast: Bool) -> Found {
    if base[from] == UInt8(ascii: "-"), base[from + 1] == UInt8(ascii: "-") {
      guard let end = base.firstIndex(of: ASCII.lineFeed, from: from, to: to) else { return isLast ? .at(to) : .bytes }
      return .at(end)
    }
    guard base[from] == UInt8(ascii: "/"), base[from + 1] == UInt8(ascii: "*") else { return .at(from) }
    var level = 1
    var offset = from + 2
    while offset + 1 < to {
      switch (base[offset], base[offset + 1]) {
      case (UInt8(ascii: "*"), UInt8(ascii: "/")):
        level -= 1
        offset += 2
        if level == 0 { return .at(offset) }
      case (UInt8(ascii: "/"), UInt8(ascii: "*")):
        level += 1
        offset += 2
      default: offset += 1
      }
    }
    return .bytes
  }

  /// Overwrites bytes between rows with blanks. Line ends stay, because they are still to be counted, unless `lineEnds`
  /// is set.
  static func blank(_ base: UnsafeRawPointer, from: Int, to: Int, lineEnds: Bool = false) {
    // The buffer belongs to the reader, which returns it when the rows in it are complete.
    let bytes = UnsafeMutableRawPointer(mutating: base)
    for offset in from..<to where lineEnds || base[offset] != ASCII.lineFeed {
      bytes.storeBytes(of: ASCII.space, toByteOffset: offset, as: UInt8.self)
    }
  }

  /// Offset after the row that begins with the parenthesis at `from`. Comments in it become blanks. O(bytes).
  ///
  /// - Parameter hasEscapes: whether a backslash escapes the next character in every string.
  static func endOfRow(
    _ base: UnsafeRawPointer, from: Int, to: Int, isLast: Bool, hasEscapes: Bool = false
  ) -> Found {
    var depth = 0
    var offset = from
    while offset < to {
      let byte = base[offset]
      switch byte {
      case UInt8(ascii: "("): depth += 1
      case UInt8(ascii: ")"):
        depth -= 1
        if depth == 0 { return .at(offset + 1) }
      case UInt8(ascii: "'"):
        let escapes = hasEscapes || isEscapeMark(base, before: offset, from: from)
        guard case .at(let end) = endOfText(base, from: offset + 1, to: to, escapes: escapes) else { return .bytes }
        offset = end
        continue
      case ASCII.quote:
        guard let end = base.firstIndex(of: ASCII.quote, from: offset + 1, to: to) else { return .bytes }
        offset = end
      case UInt8(ascii: "$"):
        guard case .at(let end) = endOfDollarText(base, from: offset, to: to, start: from) else { return .bytes }
        offset = end
        continue
      case UInt8(ascii: "-"), UInt8(ascii: "/"):
        guard offset + 1 < to, case .at(let end) = comment(base, from: offset, to: to, isLast: isLast) else {
          return .bytes
        }
        if end > offset {
          blank(base, from: offset, to: end)
          offset = end
          continue
        }
      default: break
      }
      offset += 1
    }
    return .bytes
  }

  /// Offset after the quoted string or name that begins at `from`; `nil` if none does, or if it does not end.
  static func endOfQuoted(_ base: UnsafeRawPointer, from: Int, to: Int) -> Int? {
    let found: Found
    switch base[from] {
    case UInt8(ascii: "'"):
      found = endOfText(base, from: from + 1, to: to, escapes: isEscapeMark(base, before: from, from: 0))
    case ASCII.quote: return base.firstIndex(of: ASCII.quote, from: from + 1, to: to).map { $0 + 1 }
    case UInt8(ascii: "$"): found = endOfDollarText(base, from: from, to: to, start: from)
    default: return nil
    }
    if case .at(let end) = found { return end }
    return nil
  }

  /// Whether the quote at `offset` belongs to `E'`.
  static func isEscapeMark(_ base: UnsafeRawPointer, before offset: Int, from: Int) -> Bool {
    guard offset - 1 > from, base[offset - 1] | 0x20 == UInt8(ascii: "e") else { return false }
    let before = base[offset - 2]
    let isName = before >= 0x80 || before == UInt8(ascii: "_") || before == UInt8(ascii: "$") || isLetterOrDigit(before)
    return !isName
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
  }

  /// Offset after the closing quote of a string. `from` is after its opening quote. Needs the byte after the closing
  /// quote.
  static func endOfText(_ base: UnsafeRawPointer, from: Int, to: Int, escapes: Bool) -> Found {
    var offset = from
    while let quote = base.firstIndex(of: UInt8(ascii: "'"), from: offset, to: to) {
      if escapes, let backslash = base.firstIndex(of: ASCII.backslash, from: offset, to: quote) {
        offset = backslash + 2
        continue
      }
      guard quote + 1 < to else { return .bytes }
      if base[quote + 1] != UInt8(ascii: "'") { return .at(quote + 1) }
      offset = quote + 2
    }
    return .bytes
  }

  /// Offset after the dollar-quoted string that begins at `from`; after the dollar sign if none does.
  private static func endOfDollarText(_ base: UnsafeRawPointer, from: Int, to: Int, start: Int) -> Found {
    guard let (open, length) = dollarTag(base, from: from, to: to) else { return .at(from + 1) }
    var offset = open
    while let dollar = base.firstIndex(of: UInt8(ascii: "$"), from: offset, to: to) {
      guard dollar + length <= to else { return .bytes }
      if areEqual(base + dollar, base + from, length) { return .at(dollar + length) }
      offset = dollar + 1
    }
    return .bytes
  }

  /// Offset after the opening tag of a dollar-quoted string, and the tag's length; `nil` if there is none.
  static func dollarTag(_ base: UnsafeRawPointer, from: Int, to: Int) -> (open: Int, length: Int)? {
    var end = from + 1
    while end < to, base[end] >= 0x80 || base[end] == UInt8(ascii: "_") || isLetterOrDigit(base[end]) { end += 1 }
    guard end < to, base[end] == UInt8(ascii: "$"), end == from + 1 || !(0x30...0x39).contains(base[from + 1]) else {
      return nil
    }
    return (end + 1, end + 1 - from)
  }
}
