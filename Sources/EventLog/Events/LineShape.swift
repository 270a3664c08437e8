import EventModel
import JSONTape

/// A column of the events table.
enum LineColumn: UInt8 {
  case id = 1
  case user = 2
  case timestamp = 4
  case type = 8
  case data = 16
  case metadata = 32
  case createdAt = 64

  /// All but `created_at`, which an export may leave out.
  static let needed: UInt8 = 63
}

/// How the lines of one export are laid out: the bytes between the values of one column and the next, which are the same
/// line after line. Learnt from a line that was read by its names; lines of another shape are read by their names too.
///
/// Values of texts begin and end inside their quotes, so that the quotes are part of the gaps. Lives as long as its
/// decoder; not thread-safe.
final class LineShape {
  /// What is before a column's value.
  struct Gap: BitwiseCopyable {
    var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
    var masks: (UInt64, UInt64, UInt64) = (0, 0, 0)
    /// In bytes.
    var count = 0
    /// How many quotes stand in it.
    var quotes = 0
    /// Whose value follows; `nil`: the line ends.
    var column: LineColumn?

    /// Whether these bytes stand there; 24 bytes must be readable.
    @inline(__always)
    func stands(at place: UnsafeRawPointer) -> Bool {
      let a = (place.loadUnaligned(as: UInt64.self) ^ words.0) & masks.0
      let b = (place.loadUnaligned(fromByteOffset: 8, as: UInt64.self) ^ words.1) & masks.1
      guard a | b == 0 else { return false }
      return count <= 16 || (place.loadUnaligned(fromByteOffset: 16, as: UInt64.self) ^ words.2) & masks.2 == 0
    }
  }

  /// Longer gaps are not learnt.
  static let longestGap = 24
  private static let maxGaps = 8

  let gaps = UnsafeMutablePointer<Gap>.allocate(capacity: maxGaps)
  /// 0 while no shape is known.
  private(set) var count = 0
  /// Whether the next line that is read by its names should be learnt.
  private(set) var isLearning = true
  private var wasMissed = false

  deinit { gaps.deallocate() }

  /// Notes that a line had another shape.
  @inline(__always)
  func miss() { wasMissed = true }

  /// Learns anew from the next line if lines had another shape lately.
  func refresh() {
    if wasMissed { isLearning = true }
    wasMissed = false
  }

  // MARK: Learning

  /// What is learnt of the line being read by its names.
  private var learnt = 0
  private var end: UnsafeRawPointer?
  /// The next quote there.
  private var quote: UnsafePointer<UInt32>?

  /// Begins a line.
  func learn(from start: LineCursor) {
    count = 0
    learnt = 0
    end = start.place
    quote = start.quotes
  }

  /// Notes a column's value; `nil` where there is none any more.
  ///
  /// - Parameters:
  ///   - start: where the value begins; after the first quote of a text.
  ///   - end: where it ends; before the last quote of a text.
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

  /// Gives up on the line: it has what a shape cannot say.
  func forget() { (learnt, end) = (0, nil) }
}
