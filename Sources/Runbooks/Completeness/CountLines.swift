import EventLog
import EventModel
import Running

/// The records of a CSV file of short values, one line each: no value has a line end or a quote in it.
///
/// Plain or compressed, `-` for standard input. Memory: one buffer.
struct CountLines {
  /// The fields of one line, without quotes around them. Valid until the next line.
  typealias Fields = [UnsafeRawBufferPointer]

  /// Longer lines are no counts.
  private static let longest = 1 << 16

  private let source: ByteSource
  private let path: String
  private var buffer = [UInt8](repeating: 0, count: 1 << 18)
  private var start = 0
  private var filled = 0
  private var isAtEnd = false
  /// Where the current line begins.
  private(set) var position: LogPosition
  private var nextLine = 1
  private var nextByte = 0

  init(_ path: String) throws(MalformedInput) {
    source = try ByteSource(path: path)
    self.path = path
    position = LogPosition(file: path, line: 1, byteOffset: 0)
  }

  /// Calls `body` with the fields of the next line that is not blank. Returns `nil` at the end.
  mutating func next<Result>(
    _ body: (Fields, LogPosition) throws(MalformedInput) -> Result
  ) throws(MalformedInput) -> Result? {
    while true {
      guard let line = try nextRange() else { return nil }
      if line.isEmpty { continue }
      let place = position
      let result: Swift.Result<Result, MalformedInput> = buffer.withUnsafeBytes { bytes in
        do throws(MalformedInput) {
          return .success(try body(try CountLines.fields(UnsafeRawBufferPointer(rebasing: bytes[line]), place), place))
        } catch { return .failure(error) }
      }
      return try result.get()
    }
  }

  /// The next line in the buffer, without its end.
  private mutating func nextRange() throws(MalformedInput) -> Range<Int>? {
    var scanned = start
    while true {
      if let end = buffer[scanned..<filled].firstIndex(of: UInt8(ascii: "\n")) {
        return take(start..<end, next: end + 1)
      }
      if isAtEnd { return start < filled ? take(start..<filled, next: filled) : nil }
      if filled - start > CountLines.longest {
        throw MalformedInput(
          at: LogPosition(file: path, line: nextLine, byteOffset: nextByte),
          reason: "longer than \(CountLines.longest) bytes; expected the counts of one user")
      }
      try refill()
      scanned = start
    }
  }

  private mutating func refill() throws(MalformedInput) {
    buffer.replaceSubrange(0..<(filled - start), with: Array(buffer[start..<filled]))
    filled -= start
    start = 0
    let (source, filled) = (source, filled)
    let read: Swift.Result<Int, MalformedInput> = buffer.withUnsafeMutableBytes { bytes in
      do throws(MalformedInput) {
        return .success(try source.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[filled...])))
      } catch { return .failure(error) }
    }
    let count = try read.get()
    isAtEnd = count == 0
    self.filled += count
  }

  private mutating func take(_ line: Range<Int>, next: Int) -> Range<Int> {
    position = LogPosition(file: path, line: nextLine, byteOffset: nextByte)
    nextLine += 1
    nextByte += next - start
    start = next
    var line = line
    if line.last.map({ buffer[$0] }) == UInt8(ascii: "\r") { line.removeLast() }
    // A byte order mark.
    if nextLine == 2, buffer[line].starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
    return line
  }

  private static func fields(_ line: UnsafeRawBufferPointer, _ place: LogPosition) throws(MalformedInput) -> Fields {
    let (comma, quote) = (UInt8(ascii: ","), UInt8(ascii: "\""))
    var fields: Fields = []
    var at = 0
    while true {
      var end: Int
      if at < line.count, line[at] == quote {
        end = at + 1
        // A doubled quote is a quote in the value.
        while end < line.count, line[end] != quote || (end + 1 < line.count && line[end + 1] == quote) {
          end += line[end] == quote ? 2 : 1
        }
        if end >= line.count { throw MalformedInput(at: place, reason: "the quote is not closed on the line") }
        fields.append(UnsafeRawBufferPointer(rebasing: line[(at + 1)..<end]))
        end += 1
        if end < line.count, line[end] != comma {
          throw MalformedInput(at: place, reason: "text after the closing quote")
        }
      } else {
        end = line[at...].firstIndex(of: comma) ?? line.count
        let field = line[at..<end]
        if field.contains(quote) { throw MalformedInput(at: place, reason: "a quote inside an unquoted field") }
        fields.append(UnsafeRawBufferPointer(rebasing: field))
      }
      if end == line.count { return fields }
      at = end + 1
    }
  }
}

extension Range<Int> {
  fileprivate var last: Int? { isEmpty ? nil : upperBound - 1 }
  fileprivate mutating func removeLast() { self = lowerBound..<(upperBound - 1) }
  fileprivate mutating func removeFirst(_ count: Int) { self = (lowerBound + count)..<upperBound }
}
