import EventModel
import Formatting

/// Rows of one projection with one cause, or with a bookkeeping column that differs. Reports for continuous integration
/// consist of these.
package struct DiffFinding: Sendable {
  package enum Kind: Sendable {
    case cause(Cause)
    case column(String)

    var name: String {
      switch self {
      case .cause(let cause): cause.rawValue
      case .column(let column): column
      }
    }
  }

  /// `bookkeeping` for a column.
  package var projection: Foreign
  package var kind: Kind
  package var rows: Int
  /// Those of the rows that entries of accept files accept.
  package var accepted: Int
  /// Whether all of the rows are accepted without an entry.
  package var isAllowed: Bool
  /// The first few, in text form.
  package var examples: [String]

  package init(projection: String, kind: Kind, rows: Int, accepted: Int, isAllowed: Bool, examples: [String]) {
    self.projection = Foreign(projection)
    self.kind = kind
    self.rows = rows
    self.accepted = accepted
    self.isAllowed = isAllowed
    self.examples = examples
  }

  var isFailure: Bool { !isAllowed && rows > accepted }

  /// `3 rows, 1 of them accepted`.
  var count: String {
    if isAllowed { return "\(plural(rows, "row")), allowed" }
    if accepted == 0 { return plural(rows, "row") }
    return accepted == rows
      ? "\(plural(rows, "row")), accepted" : "\(plural(rows, "row")), \(accepted) of them accepted"
  }
}

extension DiffReport {
  /// JUnit XML: one test case for each projection key and cause.
  package func junit(_ findings: [DiffFinding]) -> String {
    let failures = findings.count(where: \.isFailure)
    let seconds = fixed(phases.reduce(0) { $0 + $1.seconds }, 3)
    var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>"]
    let counts = "tests=\"\(findings.count)\" failures=\"\(failures)\" errors=\"0\" skipped=\"0\" time=\"\(seconds)\""
    lines.append("<testsuites \(counts)>")
    lines.append("  <testsuite name=\"refold diff\" \(counts)>")
    for finding in findings {
      let head = "    <testcase classname=\"\(xml(finding.projection.raw))\" name=\"\(finding.kind.name)\" time=\"0\""
      if finding.rows == 0 {
        lines.append(head + "/>")
        continue
      }
      let tag = finding.isFailure ? "failure" : "system-out"
      let message = finding.isFailure ? " message=\"\(finding.count)\" type=\"\(finding.kind.name)\"" : ""
      let body = (finding.isFailure ? [] : [finding.count]) + finding.examples
      lines.append("\(head)><\(tag)\(message)>\(xml(body.joined(separator: "\n")))</\(tag)></testcase>")
    }
    lines += ["  </testsuite>", "</testsuites>"]
    return lines.joined(separator: "\n") + "\n"
  }

  /// GitHub workflow commands, the gravest and most frequent findings first; at most ten of a kind, as GitHub shows no
  /// more.
  package func githubAnnotations(_ findings: [DiffFinding]) -> String {
    func rank(_ finding: DiffFinding) -> Int {
      // A column is listed because the user asked for it: only `changed` ranks before it.
      guard case .cause(let cause) = finding.kind else { return 1 }
      return 2 * cause.gravity
    }
    let met = findings.filter { $0.rows > 0 }.sorted { a, b in
      if rank(a) != rank(b) { return rank(a) < rank(b) }
      if a.rows != b.rows { return a.rows > b.rows }
      return (a.projection, a.kind.name) < (b.projection, b.kind.name)
    }
    var text = ""
    for (command, isFailure) in [("error", true), ("notice", false)] {
      let ranked = met.filter { $0.isFailure == isFailure }
      let shown = ranked.count <= 10 ? ranked[...] : ranked.prefix(9)
      for finding in shown {
        let title = workflow("refold: \(finding.kind.name) in \(finding.projection.text)", isProperty: true)
        let message = workflow(
          (finding.accepted > 0 ? finding.count : plural(finding.rows, "row"))
            + (finding.examples.first.map { ", first:\n" + $0 } ?? ""), isProperty: false)
        text += "::\(command) title=\(title)::\(message)\n"
      }
      let cut = ranked.count - shown.count
      if cut > 0 {
        let rows = ranked.dropFirst(shown.count).reduce(0) { $0 + $1.rows }
        text +=
          "::\(command) title=refold::\(plural(cut, "more finding")) with \(plural(rows, "row")), see the step summary\n"
      }
    }
    return text
  }

  /// What the causes mean that are not accepted, and what to do about them, the most important first.
  private var nextSteps: [Foreign] {
    if isSnapshotPair { return [] }
    return Cause.byGravity.filter { count($0) > 0 && $0 != .tolerated && !allowed.contains($0) }.map { cause in
      "\(cause.rawValue): \(cause.meaning)\(cause.nextStep.map { "; next: " + $0 } ?? "")"
    }
  }

  /// The report as Markdown, for a step summary or a wiki. `details` are the first differences.
  package func markdown(details: [String], cut: Int) -> String {
    var parts = [
      "## refold diff", verdict.markdown, since?.line ?? "", headline.markdown, table(rows, .markdown),
      nextSteps.map { "- \($0.markdown)" }.joined(separator: "\n"),
      notes.map { "- \($0.markdown)" }.joined(separator: "\n"),
    ]
    if !patterns.isEmpty {
      parts.append("### What changed rows have in common (\(direction))")
      parts.append(
        TextGrid.markdown.render(
          [["pattern", "rows", "of"]]
            + patternGroups.flatMap { group in
              group.patterns.map { pattern in
                let words = ([group.words] + moves(of: pattern)).joined(separator: "; ")
                return ["\(pattern.projection.code) \(words.markdown)", grouped(pattern.rows), grouped(pattern.of)]
              }
            }.prefix(12)))
    }
    if !worstUsers.isEmpty {
      parts.append("### Users with most of it")
      parts.append(
        TextGrid.markdown.render(
          [["user", "rows"]]
            + worstUsers.map {
              ["\($0.id.code) \($0.causes.map(\.rawValue).joined(separator: ", "))", "\($0.rows)"]
            }))
    }
    if !details.isEmpty {
      let fence = "````"
      parts.append("### First differences\n\n\(fence)text\n\(details.joined(separator: "\n"))\(fence)")
      if cut > 0 { parts.append("\(grouped(cut)) more differences not shown.") }
    }
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }
}

/// Text in XML, of one or several lines. Writes out characters that are dangerous on a terminal, where such files end
/// up too, and characters that XML 1.0 does not allow.
func xml(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "\t", "\n": result.unicodeScalars.append(scalar)
    case "\u{FFFE}", "\u{FFFF}": result += scalar.name
    case _ where scalar.isDangerous: result += scalar.name
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// Text in a workflow command, of one or several lines.
func workflow(_ text: String, isProperty: Bool) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "%": result += "%25"
    case "\n": result += "%0A"
    case ":" where isProperty: result += "%3A"
    case "," where isProperty: result += "%2C"
    case _ where scalar.isDangerous: result += scalar.name
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
