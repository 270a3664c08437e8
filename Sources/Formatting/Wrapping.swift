/// Text in lines of at most `width` characters, broken at blanks. A word that is longer has a line of its own. The lines
/// after the first are indented by `indent`. Line breaks in the text stay.
package func wrapped(_ text: String, width: Int, indent: Int = 0) -> String {
  text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
    if line.count <= width { return String(line) }
    var lines: [String] = []
    var current = String(line.prefix { $0 == " " })
    var isEmpty = true
    for word in line.dropFirst(current.count).split(separator: " ", omittingEmptySubsequences: false) {
      if !isEmpty, current.count + 1 + word.count > width {
        lines.append(current)
        current = String(repeating: " ", count: indent)
        isEmpty = true
      }
      current += isEmpty ? String(word) : " " + word
      isEmpty = false
    }
    lines.append(current)
    return lines.joined(separator: "\n")
  }.joined(separator: "\n")
}
