import CBytes
import EventModel

/// What a cutter makes of the bytes at hand: some to skip, then whole records, then some to skip.
struct Cut {
  /// The whole records, possibly none.
  var content: Range<Int>
  /// Line ends before the content.
  var linesBefore: Int
  /// Bytes that are done with, content included; the rest belongs to a record that is not whole yet.
  var consumed: Int
  /// Line ends in what is done with.
  var lines: Int

  /// No records, but `consumed` bytes with `lines` line ends done with.
  static func skip(_ consumed: Int, lines: Int) -> Cut {
    Cut(content: consumed..<consumed, linesBefore: lines, consumed: consumed, lines: lines)
  }

  /// Records from the first byte on.
  static func records(_ count: Int, lines: Int) -> Cut {
    Cut(content: 0..<count, linesBefore: 0, consumed: count, lines: lines)
  }
}

/// The bytes a cutter looks at; they begin at the start of a record, or where it left off.
struct CutWindow {
  /// The first byte; ``ByteBuffer/padding`` readable bytes follow the last.
  let base: UnsafeRawPointer
  /// How many bytes are at hand.
  let count: Int
  /// Whether the file ends after them.
  let isLast: Bool
  /// Where the first byte is in the file.
  let start: LogPosition

  /// The place of a byte of the window that has `lines` line ends before it.
  func position(_ offset: Int, lines: Int) -> LogPosition {
    LogPosition(file: start.file.raw, line: start.line + lines, byteOffset: start.byteOffset + offset)
  }
}

/// Counts the line ends of a window, each once, as far as they are asked for.
struct WindowLines {
  let window: CutWindow
  /// Line ends before the last place that was counted to.
  private(set) var count = 0
  private var counted = 0

  init(_ window: CutWindow) { self.window = window }

  /// Counts on; O(bytes since the last place).
  mutating func count(to offset: Int) {
    count += window.base.lineEnds(from: counted, to: offset)
    counted = offset
  }

  /// Counts on over bytes with a known number of line ends. O(1).
  mutating func count(to offset: Int, lines: Int) {
    count += lines
    counted = offset
  }

  mutating func position(_ offset: Int) -> LogPosition {
    count(to: offset)
    return window.position(offset, lines: count)
  }

  /// What was cut, as far as `offset`: no records where there is no content.
  mutating func cut(_ content: Range<Int>?, linesBefore: Int, consumed offset: Int) -> Cut {
    count(to: offset)
    guard let content else { return .skip(offset, lines: count) }
    return Cut(content: content, linesBefore: linesBefore, consumed: offset, lines: count)
  }
}

/// Cuts at line ends: NDJSON.
struct LineCutter {
  private let instructions = refold_best_instructions()

  /// O(bytes), for the line ends are counted, and noted as 32-bit offsets: nobody needs to look for them again.
  func cut(_ window: CutWindow, lineEnds: ByteArena) -> Cut {
    let whole =
      window.isLast
      ? window.count
      : window.base.lastIndex(of: ASCII.lineFeed, from: 0, to: window.count).map { $0 + 1 } ?? 0
    lineEnds.count = 0
    // Piece by piece, for there must be room for as many line ends as a piece has bytes.
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
