import Formatting

/// Markdown of at most `limit` characters: whole lines from its beginning, and a last line that says what is cut. Blocks
/// of code that are open where it is cut are closed.
package func markdown(_ text: String, cutTo limit: Int) -> String {
  if text.count <= limit { return text }
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  // The closing fence and the last line, whatever it names.
  let room = limit - 600
  var kept: [String] = []
  var size = 0
  var fence: String?
  for line in lines {
    guard size + line.count + 1 <= room else { break }
    kept.append(line)
    size += line.count + 1
    let marks = String(line.prefix { $0 == "`" })
    if marks.count >= 3 { fence = fence == nil ? marks : line == fence ? nil : fence }
  }
  let rest = lines.dropFirst(kept.count)
  if let fence { kept.append(fence) }
  let sections = rest.filter { $0.hasPrefix("#") }.map { $0.drop { $0 == "#" || $0 == " " } }
  var named = ""
  for section in sections {
    if named.count + section.count > 300 {
      named += ", …"
      break
    }
    named += named.isEmpty ? ": with the sections \(section)" : ", \(section)"
  }
  let what = "\(grouped(rest.count)) of \(grouped(lines.count)) lines are cut here\(named)."
  return (kept + ["", "**Cut to \(grouped(limit)) characters.** \(what)", ""]).joined(separator: "\n")
}
