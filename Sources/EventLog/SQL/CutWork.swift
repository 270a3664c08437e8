import EventModel

extension DumpCutter {
  /// The state of one call of ``cut(_:)``.
  struct Work {
    let window: CutWindow
    var offset = 0
    private var content: Range<Int>?
    private var lines: WindowLines
    private var linesBefore = 0

    init(_ window: CutWindow) {
      self.window = window
      lines = WindowLines(window)
    }

    var hasContent: Bool { content != nil }

    mutating func position(_ offset: Int) -> LogPosition { lines.position(offset) }

    /// Takes whole lines as content.
    mutating func take(_ range: Range<Int>, lines count: Int) {
      lines.count(to: range.lowerBound)
      content = range
      linesBefore = lines.count
      lines.count(to: range.upperBound, lines: count)
    }

    /// Adds a row of an INSERT to the content. The bytes between two rows become blanks, except line ends.
    mutating func add(row: Range<Int>) {
      if let content {
        InsertRows.blank(window.base, from: content.upperBound, to: row.lowerBound)
        self.content = content.lowerBound..<row.upperBound
      } else {
        lines.count(to: row.lowerBound)
        linesBefore = lines.count
        content = row
      }
    }

    mutating func cut() -> Cut { lines.cut(content, linesBefore: linesBefore, consumed: offset) }
  }
}
