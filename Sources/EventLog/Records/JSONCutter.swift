import EventModel

/// Cuts a JSON array into its elements, or consecutive objects into records, in any layout.
///
/// Turns the records into NDJSON lines in place: line ends inside a record become blanks, and the bytes between two
/// records become blanks and one line end. No byte moves, so positions stay correct. ``RecordBound`` says where each
/// record is.
struct JSONCutter {
  private var state = State.start
  private var isArray = false
  /// Thrown by the next call, after the records before it have been returned.
  private var fault: MalformedInput?

  private enum State {
    /// Before a top-level value.
    case start
    /// Before an element. If `mayEnd`, the array may also end here, without elements.
    case element(mayEnd: Bool)
    /// After an element.
    case separator
  }

  /// Throws for anything that is neither an object nor an array of objects: where records begin after it is unknown.
  /// O(bytes).
  mutating func cut(_ window: CutWindow, bounds: ByteArena) throws(MalformedInput) -> Cut {
    bounds.count = 0
    if let fault { throw fault }
    var work = Work(window: window, bounds: bounds)
    do throws(MalformedInput) {
      while try step(&work) {}
    } catch {
      guard work.content != nil else { throw error }
      fault = error
    }
    return work.cut()
  }

  private struct Work {
    let window: CutWindow
    let bounds: ByteArena
    var offset = 0
    private(set) var content: Range<Int>?
    private var lines: WindowLines
    private var linesBefore = 0

    init(window: CutWindow, bounds: ByteArena) {
      self.window = window
      self.bounds = bounds
      lines = WindowLines(window)
    }

    mutating func position(_ offset: Int) -> LogPosition { lines.position(offset) }

    /// Takes a record. Returns `false` if no byte separates it from the previous record, so that it must begin a chunk.
    mutating func take(_ record: Range<Int>) -> Bool {
      if let content, content.upperBound == record.lowerBound { return false }
      lines.count(to: record.lowerBound)
      if let content {
        InsertRows.blank(window.base, from: content.upperBound, to: record.lowerBound, lineEnds: true)
        store(ASCII.lineFeed, at: record.lowerBound - 1)
        self.content = content.lowerBound..<record.upperBound
      } else {
        content = record
        linesBefore = lines.count
      }
      let start = content?.lowerBound ?? record.lowerBound
      bounds.reserve(MemoryLayout<RecordBound>.stride)
      bounds.put(
        RecordBound(
          start: UInt32(truncatingIfNeeded: record.lowerBound - start),
          end: UInt32(truncatingIfNeeded: record.upperBound - start),
          line: UInt32(truncatingIfNeeded: lines.count - linesBefore)))
      // Count the line ends in it before they are overwritten.
      lines.count(to: record.upperBound)
      var at = record.lowerBound
      while let lineEnd = window.base.firstIndex(of: ASCII.lineFeed, from: at, to: record.upperBound) {
        store(ASCII.space, at: lineEnd)
        at = lineEnd + 1
      }
      return true
    }

    /// A hint about the tool that wrote the current line; empty if there is none, `nil` if the line is incomplete.
    var hint: String? {
      let rest = UnsafeRawBufferPointer(start: window.base + offset, count: window.count - offset).prefix(1 << 10)
      let line = rest.prefix { $0 != ASCII.lineFeed && $0 != ASCII.carriageReturn }
      if line.count == rest.count, rest.count < 1 << 10, !window.isLast { return nil }
      if line.elementsEqual([UInt8(ascii: "+")]) {
        return "; psql writes + where a value continues on the next line; export again: psql -X -At"
      }
      return ForeignText.line(UnsafeRawBufferPointer(rebasing: line)).map { "; \($0)" } ?? ""
    }

    private func store(_ byte: UInt8, at offset: Int) {
      UnsafeMutableRawPointer(mutating: window.base).storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
    }

    mutating func cut() -> Cut { lines.cut(content, linesBefore: linesBefore, consumed: offset) }
  }

  /// Passes a punctuation mark or takes a record. Returns `false` if it needs more bytes or the next chunk.
  private mutating func step(_ work: inout Work) throws(MalformedInput) -> Bool {
    let (base, count) = (work.window.base, work.window.count)
    while work.offset < count, base[work.offset] == ASCII.space || (0x09...0x0D).contains(base[work.offset]) {
      work.offset += 1
    }
    guard work.offset < count else { return false }
    let byte = base[work.offset]
    switch state {
    case .start:
      if byte == 0xEF {
        // A byte order mark at the start of a file, which may have been joined to others.
        guard work.offset + 3 <= count || work.window.isLast else { return false }
        let rest = UnsafeRawBufferPointer(start: base + work.offset, count: count - work.offset)
        if RecordForm.byteOrderMark(rest) > 0 {
          work.offset += 3
          return work.offset < count
        }
      }
      isArray = byte == UInt8(ascii: "[")
      if isArray { work.offset += 1 }
      state = .element(mayEnd: isArray)
    case .element(let mayEnd):
      if mayEnd, byte == UInt8(ascii: "]") {
        work.offset += 1
        state = .start
        return true
      }
      guard byte == UInt8(ascii: "{") else {
        guard let hint = work.hint else { return false }
        throw MalformedInput(
          at: work.position(work.offset),
          reason: (isArray
            ? "an element that is no object; an array of rows holds objects only" : "an object was expected")
            + hint)
      }
      guard let end = JSONCutter.endOfObject(base, from: work.offset, to: count) else {
        guard work.window.isLast else { return false }
        throw MalformedInput(
          at: work.position(work.offset),
          reason: "the file ends within this \(isArray ? "element" : "object"): it was cut off")
      }
      guard work.take(work.offset..<end) else { return false }
      work.offset = end
      state = isArray ? .separator : .start
    case .separator:
      guard byte == ASCII.comma || byte == UInt8(ascii: "]") else {
        guard let hint = work.hint else { return false }
        throw MalformedInput(
          at: work.position(work.offset),
          reason: "a comma or the end of the array was expected after the element" + hint)
      }
      work.offset += 1
      state = byte == ASCII.comma ? .element(mayEnd: false) : .start
    }
    return true
  }

  /// Throws unless the file may end here.
  func finish(at place: LogPosition) throws(MalformedInput) {
    if let fault { throw fault }
    switch state {
    case .start: return
    case .element, .separator:
      throw MalformedInput(at: place, reason: "the array does not end: the file was cut off")
    }
  }

  /// Offset after the object that begins at `from`; `nil` if it does not end. O(bytes).
  static func endOfObject(_ base: UnsafeRawPointer, from: Int, to: Int) -> Int? {
    var depth = 0
    var offset = from
    while offset < to {
      let byte = base[offset]
      switch byte {
      case ASCII.quote:
        guard let end = endOfString(base, from: offset + 1, to: to) else { return nil }
        offset = end
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0 { return offset + 1 }
      default: break
      }
      offset += 1
    }
    return nil
  }

  /// Offset of the quote that ends a string.
  private static func endOfString(_ base: UnsafeRawPointer, from: Int, to: Int) -> Int? {
    var offset = from
    while let quote = base.firstIndex(of: ASCII.quote, from: offset, to: to) {
      var first = quote
      while first > from, base[first - 1] == ASCII.backslash { first -= 1 }
      if (quote - first) % 2 == 0 { return quote }
      offset = quote + 1
    }
    return nil
  }
}

/// Position of a record in a chunk of JSON that is not written as one record per line.
struct RecordBound: BitwiseCopyable {
  /// Offsets from the chunk's first byte.
  var start: UInt32
  var end: UInt32
  /// Number of line ends before it in the chunk.
  var line: UInt32
}
