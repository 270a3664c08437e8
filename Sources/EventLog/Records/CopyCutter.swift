import EventModel

/// Cuts COPY text at line ends, up to the end marker `\.` if there is one.
struct CopyCutter {
  private var hasEnded = false

  /// Throws if anything but white space follows the end marker. O(bytes).
  mutating func cut(_ window: CutWindow) throws(MalformedInput) -> Cut {
    if hasEnded { return try cutAfterEnd(window) }
    let block = CopyLines.scan(window.base, from: 0, to: window.count, isLast: window.isLast)
    hasEnded = block.endMarker != nil
    var cut = Cut.records(block.whole, lines: block.lines)
    if let end = block.endMarker {
      cut.consumed = end
      cut.lines += 1
    }
    return cut
  }

  private func cutAfterEnd(_ window: CutWindow) throws(MalformedInput) -> Cut {
    var lines = 0
    for offset in 0..<window.count {
      switch window.base[offset] {
      case ASCII.lineFeed: lines += 1
      case ASCII.carriageReturn, ASCII.space, ASCII.tab: break
      default:
        throw MalformedInput(
          at: window.position(offset, lines: lines),
          reason: "text after the end marker \\. of COPY text; if this is a pg_dump, say --format pg_dump")
      }
    }
    return .skip(window.count, lines: lines)
  }
}

/// The lines of a COPY block.
struct CopyLines {
  /// Offset after the last whole line before the end marker. The last line of a file needs no line end.
  var whole: Int
  /// Number of line ends in the whole lines.
  var lines: Int
  /// Offset after the line of the end marker, if it was reached.
  var endMarker: Int?

  /// Scans whole lines up to the end marker or the end of the bytes. O(bytes).
  static func scan(_ base: UnsafeRawPointer, from: Int, to: Int, isLast: Bool) -> CopyLines {
    var found = CopyLines(whole: from, lines: 0, endMarker: nil)
    while found.whole < to {
      let start = found.whole
      let lineEnd = base.firstIndex(of: ASCII.lineFeed, from: start, to: to)
      guard lineEnd != nil || isLast else { break }
      let end = lineEnd ?? to
      if base[start] == ASCII.backslash, isEndMarker(base, from: start, to: end) {
        found.endMarker = min(end + 1, to)
        break
      }
      found.whole = min(end + 1, to)
      found.lines += lineEnd == nil ? 0 : 1
    }
    return found
  }

  /// Whether a line, without its line end, is `\.`; a carriage return may follow.
  static func isEndMarker(_ base: UnsafeRawPointer, from: Int, to: Int) -> Bool {
    guard to - from == 2 || to - from == 3, base[from] == ASCII.backslash, base[from + 1] == ASCII.dot else {
      return false
    }
    return to - from == 2 || base[from + 2] == ASCII.carriageReturn
  }
}
