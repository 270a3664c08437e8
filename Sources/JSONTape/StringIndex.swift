import CBytes
import CSimdjson
import EventModel

/// Where strings begin and end, found over many lines at once.
///
/// Only quotes are indexed. ``PlainWalker`` checks what is between strings, and whether it all forms a document. The
/// index ensures that all bytes are UTF-8, that strings are closed and that they hold no control characters; so no
/// string extends past its line. One per thread.
public final class StringIndex {
  private let instructions = refold_best_instructions()
  private var offsets: UnsafeMutablePointer<UInt32>
  private var escapes: UnsafeMutablePointer<UInt32>
  /// Number of bytes whose quotes and backslashes there is room for.
  private var capacity = 0
  private var upcoming: UnsafePointer<UInt32>
  private var upcomingEscape: UnsafePointer<UInt32>
  /// The address that offsets are relative to.
  private var base: UnsafeRawPointer

  /// The best number of bytes to index at once: their index stays in the processor's cache.
  public static let window = 1 << 16

  /// After the last quote and the last backslash come this many sentinels, each equal to the number of indexed bytes: a
  /// walker reads four quotes at once.
  private static let slack = 4

  public init() {
    precondition(Int(refold_marks_slack) <= TapeParser.padding)
    // Zero bytes need room too: for the sentinels, and for what is written past them.
    offsets = .allocate(capacity: Int(refold_marks_slack))
    escapes = .allocate(capacity: Int(refold_marks_slack))
    upcoming = UnsafePointer(offsets)
    upcomingEscape = UnsafePointer(escapes)
    base = UnsafeRawPointer(offsets)
  }

  deinit {
    offsets.deallocate()
    escapes.deallocate()
  }

  /// Indexes whole lines; ``TapeParser/padding`` readable bytes must follow them. O(n).
  ///
  /// `false` if the strings of some line are not closed, hold control characters or are not UTF-8; then nothing is
  /// known of any line.
  public func index(_ lines: UnsafeRawBufferPointer) -> Bool {
    guard let start = lines.baseAddress, let count = UInt32(exactly: lines.count) else { return false }
    makeRoom(for: lines.count)
    let found = refold_mark_strings(
      instructions, start.assumingMemoryBound(to: UInt8.self), lines.count, refold_simdjson_is_utf8, offsets, escapes)
    guard found.is_valid else { return false }
    for position in 0..<StringIndex.slack {
      offsets[found.quotes + position] = count
      escapes[found.backslashes + position] = count
    }
    base = start
    upcoming = UnsafePointer(offsets)
    upcomingEscape = UnsafePointer(escapes)
    return true
  }

  private func makeRoom(for count: Int) {
    if count <= capacity { return }
    offsets.deallocate()
    escapes.deallocate()
    capacity = max(count, StringIndex.window)
    offsets = .allocate(capacity: capacity + Int(refold_marks_slack))
    escapes = .allocate(capacity: capacity + Int(refold_marks_slack))
  }

  /// Whether the next line holds a backslash; lines must be asked for in order. O(backslashes of skipped lines).
  ///
  /// - Parameter line: a part of the indexed bytes.
  @inline(__always)
  public func hasEscapes(_ line: UnsafeRawBufferPointer) -> Bool {
    let start = line.baseAddress!
    while base + Int(upcomingEscape.pointee) < start { upcomingEscape += 1 }
    return base + Int(upcomingEscape.pointee) < start + line.count
  }

  /// A cursor at the start of the next line; lines must be asked for in order. O(quotes of skipped lines).
  ///
  /// - Parameter line: a part of the indexed bytes.
  @inline(__always)
  public func cursor(at line: UnsafeRawBufferPointer) -> LineCursor {
    let start = line.baseAddress!
    while base + Int(upcoming.pointee) < start { upcoming += 1 }
    return LineCursor(base: base, place: start, quotes: upcoming, limit: start + line.count)
  }

  /// Continues after the line that the cursor has read.
  @inline(__always)
  public func pass(_ cursor: LineCursor) { upcoming = cursor.quotes }
}

/// A position in an indexed line.
public struct LineCursor: BitwiseCopyable {
  /// The address that offsets are relative to.
  public let base: UnsafeRawPointer
  /// The next byte.
  public var place: UnsafeRawPointer
  /// Offsets of the quotes from `place` on: the opening and the closing quote of each string in turn.
  public var quotes: UnsafePointer<UInt32>
  /// Where the line ends.
  public let limit: UnsafeRawPointer

  /// The cursor, moved from before a string's opening quote to after it.
  public func enteringString() -> LineCursor {
    LineCursor(base: base, place: place + 1, quotes: quotes + 1, limit: limit)
  }

  /// The cursor, moved from after a string's closing quote to before it.
  public func reenteringString() -> LineCursor {
    LineCursor(base: base, place: place - 1, quotes: quotes - 1, limit: limit)
  }

  /// The address of the next quote.
  @inline(__always)
  public var nextQuote: UnsafeRawPointer { base + Int(quotes.pointee) }
}
