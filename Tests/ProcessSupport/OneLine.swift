extension String {
  /// The text without the line breaks and indents that reports add to fit a terminal.
  package var onOneLine: String {
    split { $0 == "\n" || $0 == " " }.joined(separator: " ")
  }
}
