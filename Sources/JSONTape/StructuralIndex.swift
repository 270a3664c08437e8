import CSimdjson
import EventModel

/// Where the tokens of some lines begin: simdjson's first stage alone, over many lines at once.
///
/// The first stage finds every brace, bracket, colon, comma, opening quote and first byte of another value, and makes
/// sure that strings are closed UTF-8 without control characters, so that none reaches beyond its line. Whether the
/// tokens make up a document is for ``PlainWalker`` to say. One per thread.
public final class StructuralIndex {
  private let simdjson: OpaquePointer
  private var upcoming: UnsafePointer<UInt32>
  private var end: UnsafePointer<UInt32>
  /// What the offsets count from.
  public private(set) var base: UnsafeRawPointer

  /// Bytes that are best indexed at once: what the index takes stays near the processor.
  public static let window = 1 << 16

  public init() {
    precondition(refold_simdjson_padding <= TapeParser.padding)
    guard let parser = refold_simdjson_new(1100) else { preconditionFailure("out of memory") }
    simdjson = parser
    base = UnsafeRawPointer(StructuralIndex.nothing)
    upcoming = StructuralIndex.nothing
    end = StructuralIndex.nothing
  }

  deinit { refold_simdjson_free(simdjson) }

  private nonisolated(unsafe) static let nothing = UnsafePointer(UnsafeMutablePointer<UInt32>.allocate(capacity: 1))

  /// Indexes whole lines, which ``TapeParser/padding`` readable bytes follow. O(n).
  ///
  /// `false` when some line is no sequence of JSON tokens; then nothing is known of any.
  public func index(_ lines: UnsafeRawBufferPointer) -> Bool {
    guard let start = lines.baseAddress else { return false }
    let found = refold_simdjson_index(simdjson, start.assumingMemoryBound(to: UInt8.self), lines.count)
    guard found.error == 0, let offsets = found.offsets else { return false }
    base = start
    upcoming = offsets
    end = offsets + Int(found.count)
    return true
  }

  /// The tokens of the next line; lines must be asked for in order. O(tokens of lines passed over).
  ///
  /// - Parameter line: a part of what was indexed.
  @inline(__always)
  public func tokens(of line: UnsafeRawBufferPointer) -> LineTokens {
    let from = UInt32(truncatingIfNeeded: line.baseAddress! - base)
    let to = from + UInt32(truncatingIfNeeded: line.count)
    while upcoming < end, upcoming.pointee < from { upcoming += 1 }
    return LineTokens(base: base, upcoming: upcoming, limit: to)
  }

  /// Goes on behind the tokens of a line.
  @inline(__always)
  public func pass(_ tokens: LineTokens) { upcoming = tokens.upcoming }
}

/// A line's tokens, one after the other.
///
/// Behind the last token of all lines stands their length, ``slack`` times, which is beyond the limit of every line.
public struct LineTokens: BitwiseCopyable {
  /// What offsets count from.
  public let base: UnsafeRawPointer
  /// The next token's offset.
  public var upcoming: UnsafePointer<UInt32>
  /// Where the line ends.
  public let limit: UInt32

  /// How many tokens may be taken unchecked.
  static let slack = Int(refold_simdjson_slack)
}
