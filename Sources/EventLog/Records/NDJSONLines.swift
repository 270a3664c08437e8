import EventModel

/// The lines of an NDJSON chunk, in order.
///
/// Blank lines are skipped, but counted. A carriage return before the line end is not part of the line. Nothing is
/// copied or allocated. The chunk must outlive the iteration.
public struct NDJSONLines {
  /// The current line; at least ``RecordChunk/padding`` readable bytes follow it.
  public private(set) var line: UnsafeRawBufferPointer
  /// One-based physical line in the unpacked file.
  public private(set) var lineNumber: Int
  /// Zero-based offset of the line in the unpacked file.
  public private(set) var byteOffset: Int
  private let base: UnsafeRawPointer
  private let count: Int
  private let firstByteOffset: Int
  private let lineEnds: UnsafeBufferPointer<UInt32>
  private let bounds: UnsafeBufferPointer<RecordBound>
  private let firstLine: Int
  private var lines = 0
  private var following = 0

  public init(_ chunk: RecordChunk) {
    let bytes = chunk.bytes
    base = bytes.baseAddress!
    lineEnds = chunk.lineEnds.bytes.assumingMemoryBound(to: UInt32.self)
    bounds = chunk.bounds.bytes.assumingMemoryBound(to: RecordBound.self)
    firstLine = chunk.firstLine
    count = bytes.count
    line = UnsafeRawBufferPointer(start: base, count: 0)
    lineNumber = chunk.firstLine - 1
    byteOffset = chunk.byteOffset
    firstByteOffset = chunk.byteOffset
  }

  /// Moves to the next line that is not blank. Returns `false` at the end of the chunk. O(1), except for blank lines.
  public mutating func next() -> Bool {
    if !bounds.isEmpty { return nextBound() }
    while following < count {
      var start = following
      var end = lines < lineEnds.count ? Int(lineEnds[lines]) : count
      following = end + 1
      lines += 1
      lineNumber += 1
      if end > start, base[end - 1] == ASCII.carriageReturn { end -= 1 }
      if isBlank(from: start, to: end) { continue }
      // A byte order mark, where files were joined.
      if base[start] == 0xEF, end - start >= 3, base[start + 1] == 0xBB, base[start + 2] == 0xBF {
        start += 3
        if isBlank(from: start, to: end) { continue }
      }
      line = UnsafeRawBufferPointer(start: base + start, count: end - start)
      byteOffset = firstByteOffset + start
      return true
    }
    return false
  }

  private mutating func nextBound() -> Bool {
    guard lines < bounds.count else { return false }
    let bound = bounds[lines]
    lines += 1
    line = UnsafeRawBufferPointer(start: base + Int(bound.start), count: Int(bound.end - bound.start))
    lineNumber = firstLine + Int(bound.line)
    byteOffset = firstByteOffset + Int(bound.start)
    return true
  }

  private func isBlank(from start: Int, to end: Int) -> Bool {
    var offset = start
    while offset < end {
      let byte = base[offset]
      guard byte == ASCII.space || byte == ASCII.tab || byte == ASCII.carriageReturn else { return false }
      offset += 1
    }
    return true
  }
}
