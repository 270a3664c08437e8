import EventModel
import JSONTape

/// A column of the events table, as a bit.
enum LineColumn: UInt8 {
  case id = 1
  case user = 2
  case timestamp = 4
  case type = 8
  case data = 16
  case metadata = 32
  case createdAt = 64

  /// All columns except `created_at`, which an export may leave out.
  static let needed: UInt8 = 63
}

/// How the lines of an export are laid out: the bytes between column values, which are the same in line after line. The
/// shape is learnt from a line that was read by column names. Lines with another shape are read by names, too.
///
/// Values of texts exclude their quotes, so the quotes belong to the gaps. Owned by one decoder; not thread-safe.
final class LineShape {
  /// The bytes before a column's value.
  struct Gap: BitwiseCopyable {
    var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
    var masks: (UInt64, UInt64, UInt64) = (0, 0, 0)
    /// Length in bytes.
    var count = 0
    /// Number of quotes in it.
    var quotes = 0
    /// The column whose value follows; `nil` if the line ends.
    var column: LineColumn?

    /// Whether the gap's bytes are at `place`. 24 bytes must be readable there.
    @inline(__always)
    func stands(at place: UnsafeRawPointer) -> Bool {
      let a = (place.loadUnaligned(as: UInt64.self) ^ words.0) & masks.0
      let b = (place.loadUnaligned(fromByteOffset: 8, as: UInt64.self) ^ words.1) & masks.1
      guard a | b == 0 else { return false }
      return count <= 16 || (place.loadUnaligned(fromByteOffset: 16, as: UInt64.self) ^ words.2) & masks.2 == 0
    }
  }

  /// In bytes. Longer gaps are not learnt.
  static let longestGap = 24
  private static let maxGaps = 8

  let gaps = UnsafeMutablePointer<Gap>.allocate(capacity: maxGaps)
  /// Number of gaps; 0 while no shape is known.
  private(set) var count = 0
  /// Whether the next line that is read by names should be learnt.
  private(set) var isLearning = true
  private var wasMissed = false

  deinit { gaps.deallocate() }

  /// Notes that a line had another shape.
  @inline(__always)
  func miss() { wasMissed = true }

  /// Learns again from the next line if any line since the last call had another shape.
  func refresh() {
    if wasMissed { isLearning = true }
    wasMissed = false
  }

  // MARK: Learning

  /// Number of gaps learnt so far from the current line, and where its last learnt value ends.
  private var learnt = 0
  private var end: UnsafeRawPointer?
  /// The first quote at or after ``end``.
  private var quote: UnsafePointer<UInt32>?

  /// Starts learning a line.
  func learn(from start: LineCursor) {
    count = 0
    learnt = 0
    end = start.place
    quote = start.quotes
  }

  /// Learns the gap before a column's value; `nil` for the gap after the last value.
  ///
  /// - Parameters:
  ///   - start: start of the value; for a text, after its opening quote.
  ///   - end: end of the value; for a text, before its closing quote.
  func learn(_ column: LineColumn?, from start: LineCursor, to end: LineCursor) {
    guard let last = self.end, let quote, learnt < LineShape.maxGaps, start.place - last <= LineShape.longestGap else {
      return forget()
    }
    let bytes = UnsafeRawBufferPointer(start: last, count: start.place - last)
    var gap = Gap(count: bytes.count, quotes: start.quotes - quote, column: column)
    withUnsafeMutableBytes(of: &gap.words) { $0.copyMemory(from: bytes) }
    withUnsafeMutableBytes(of: &gap.masks) { mask in for position in bytes.indices { mask[position] = 0xFF } }
    (gaps + learnt).initialize(to: gap)
    learnt += 1
    self.end = end.place
    self.quote = end.quotes
    if column == nil { (count, isLearning) = (learnt, false) }
  }

  /// Gives up learning this line: a shape cannot describe it.
  func forget() { (learnt, end) = (0, nil) }
}
