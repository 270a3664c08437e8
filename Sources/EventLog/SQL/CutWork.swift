import EventModel

extension DumpCutter {
  /// What one call does.
  struct Work {
    let window: CutWindow
    var offset = 0
    var content = 0..<0
    private var lines = 0
    private var counted = 0
    private var linesBefore = 0

    init(_ window: CutWindow) { self.window = window }

    var hasContent: Bool { !content.isEmpty }

    mutating func count(to offset: Int) {
      lines += window.base.lineEnds(from: counted, to: offset)
      counted = offset
    }

    mutating func position(_ offset: Int) -> LogPosition {
      count(to: offset)
      return window.position(offset, lines: lines)
    }

    /// Takes whole lines as content.
    mutating func take(_ range: Range<Int>, lines count: Int) {
      self.count(to: range.lowerBound)
      content = range
      linesBefore = lines
      lines += count
      counted = range.upperBound
    }

    /// Adds a row of an INSERT to the content; what is between rows becomes blanks.
    mutating func add(row: Range<Int>) {
      if content.isEmpty {
        count(to: row.lowerBound)
        linesBefore = lines
        content = row
      } else {
        InsertRows.blank(window.base, from: content.upperBound, to: row.lowerBound)
        content = content.lowerBound..<row.upperBound
      }
    }

    mutating func cut() -> Cut {
      count(to: offset)
      if content.isEmpty { return .skip(offset, lines: lines) }
      return Cut(content: content, linesBefore: linesBefore, consumed: offset, lines: lines)
    }
  }
}
