import CBytes
import CSimdjson
import EventModel

/// Where the strings of some lines begin and end, found over many lines at once.
///
/// The quotes alone: what is between strings is for ``PlainWalker`` to look at, and whether it makes up a document. The
/// index makes sure that strings are closed, hold no control characters, so that none reaches beyond its line, and that
/// all is UTF-8. One per thread.
public final class StringIndex {
  private let instructions = refold_best_instructions()
  private var offsets: UnsafeMutablePointer<UInt32>
  private var escapes: UnsafeMutablePointer<UInt32>
  /// How many bytes there is room for the quotes and backslashes of.
  private var capacity = 0
  private var upcoming: UnsafePointer<UInt32>
  private var upcomingEscape: UnsafePointer<UInt32>
  /// What the offsets count from.
  private var base: UnsafeRawPointer

  /// Bytes that are best indexed at once: what the index takes stays near the processor.
  public static let window = 1 << 16

  /// After the last quote and the last backslash is the bytes' number, so often: a walker looks at four quotes.
  private static let slack = 4

  public init() {
    precondition(Int(refold_marks_slack) <= TapeParser.padding)
    // No bytes need room as well: for ends, and for what is written beyond them.
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

  /// Indexes whole lines, which ``TapeParser/padding`` readable bytes follow. O(n).
  ///
  /// `false` when some line's strings are not closed or are no text; then nothing is known of any.
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

  /// Whether the next line holds a backslash; lines must be asked for in order. O(backslashes of lines passed over).
  ///
  /// - Parameter line: a part of what was indexed.
  @inline(__always)
  public func hasEscapes(_ line: UnsafeRawBufferPointer) -> Bool {
    let start = line.baseAddress!
    while base + Int(upcomingEscape.pointee) < start { upcomingEscape += 1 }
    return base + Int(upcomingEscape.pointee) < start + line.count
  }

  /// A cursor at the start of the next line; lines must be asked for in order. O(quotes of lines passed over).
  ///
  /// - Parameter line: a part of what was indexed.
  @inline(__always)
  public func cursor(at line: UnsafeRawBufferPointer) -> LineCursor {
    let start = line.baseAddress!
    while base + Int(upcoming.pointee) < start { upcoming += 1 }
    return LineCursor(base: base, place: start, quotes: upcoming, limit: start + line.count)
  }

  /// Goes on after a line.
  @inline(__always)
  public func pass(_ cursor: LineCursor) { upcoming = cursor.quotes }
}

/// A place in a line.
public struct LineCursor: BitwiseCopyable {
  /// What offsets count from.
  public let base: UnsafeRawPointer
  /// The next byte.
  public var place: UnsafeRawPointer
  /// The offsets of the quotes from there on: of every string that of the first quote, then that of the last.
  public var quotes: UnsafePointer<UInt32>
  /// Where the line ends.
  public let limit: UnsafeRawPointer

  /// From before a string's first quote to after it.
  public func enteringString() -> LineCursor {
    LineCursor(base: base, place: place + 1, quotes: quotes + 1, limit: limit)
  }

  /// From after a string's last quote to before it.
  public func reenteringString() -> LineCursor {
    LineCursor(base: base, place: place - 1, quotes: quotes - 1, limit: limit)
  }

  /// Where the next quote is.
  @inline(__always)
  public var nextQuote: UnsafeRawPointer { base + Int(quotes.pointee) }
}
