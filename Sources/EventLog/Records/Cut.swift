import CBytes
import EventModel

/// How a cutter divides the bytes of a window: bytes to skip, then whole records, then bytes to skip.
struct Cut {
  /// The whole records, possibly none.
  var content: Range<Int>
  /// Number of line ends before the content.
  var linesBefore: Int
  /// Number of bytes that are finished, including the content. The rest belongs to an incomplete record.
  var consumed: Int
  /// Number of line ends in the finished bytes.
  var lines: Int

  /// No records, but `consumed` finished bytes with `lines` line ends.
  static func skip(_ consumed: Int, lines: Int) -> Cut {
    Cut(content: consumed..<consumed, linesBefore: lines, consumed: consumed, lines: lines)
  }

  /// The first `count` bytes are records.
  static func records(_ count: Int, lines: Int) -> Cut {
    Cut(content: 0..<count, linesBefore: 0, consumed: count, lines: lines)
  }
}

/// The bytes that a cutter looks at. They begin at the start of a record, or where the last cut ended.
struct CutWindow {
  /// The first byte; ``ByteBuffer/padding`` readable bytes follow the last.
  let base: UnsafeRawPointer
  /// Number of bytes.
  let count: Int
  /// Whether the file ends after these bytes.
  let isLast: Bool
  /// Position of the first byte in the file.
  let start: LogPosition

  /// Position of the byte at `offset`, which has `lines` line ends before it in the window.
  func position(_ offset: Int, lines: Int) -> LogPosition {
    LogPosition(file: start.file.raw, line: start.line + lines, byteOffset: start.byteOffset + offset)
  }
}

/// Counts the line ends of a window on demand, each one once.
struct WindowLines {
  let window: CutWindow
  /// Number of line ends before the last offset that was counted to.
  private(set) var count = 0
  private var counted = 0

  init(_ window: CutWindow) { self.window = window }

  /// Continues counting up to `offset`. O(bytes since the last offset).
  mutating func count(to offset: Int) {
    count += window.base.lineEnds(from: counted, to: offset)
    counted = offset
  }

  /// Continues up to `offset` over bytes with a known number of line ends. O(1).
  mutating func count(to offset: Int, lines: Int) {
    count += lines
    counted = offset
  }

  mutating func position(_ offset: Int) -> LogPosition {
    count(to: offset)
    return window.position(offset, lines: count)
  }

  /// The cut that ends at `offset`. It has no records if `content` is `nil`.
  mutating func cut(_ content: Range<Int>?, linesBefore: Int, consumed offset: Int) -> Cut {
    count(to: offset)
    guard let content else { return .skip(offset, lines: count) }
    return Cut(content: content, linesBefore: linesBefore, consumed: offset, lines: count)
  }
}

/// Cuts NDJSON at line ends.
struct LineCutter {
  private let instructions = refold_best_instructions()

  /// O(bytes). Also stores the 32-bit offsets of the line ends in `lineEnds`, so that nobody has to search for them
  /// again.
  func cut(_ window: CutWindow, lineEnds: ByteArena) -> Cut {
    let whole =
      window.isLast
      ? window.count
      : window.base.lastIndex(of: ASCII.lineFeed, from: 0, to: window.count).map { $0 + 1 } ?? 0
    lineEnds.count = 0
    // Work in pieces, because each piece needs room for as many line ends as it has bytes.
    var start = 0
    while start < whole {
      let count = min(whole - start, LineCutter.piece)
      lineEnds.reserve((count + Int(refold_marks_slack)) * MemoryLayout<UInt32>.stride)
      let offsets = (lineEnds.base + lineEnds.count).assumingMemoryBound(to: UInt32.self)
      let bytes = (window.base + start).assumingMemoryBound(to: UInt8.self)
      let found = refold_mark_lines(instructions, bytes, count, UInt32(truncatingIfNeeded: start), offsets)
      lineEnds.count += found * MemoryLayout<UInt32>.stride
      start += count
    }
    return .records(whole, lines: lineEnds.count / MemoryLayout<UInt32>.stride)
  }

  private static let piece = 1 << 14
}
