import EventModel
import Formatting

extension DiffReport {
  /// The summary and, at its end, the verdict, without the differences themselves.
  package var text: String { opening() + "\n" + summary() + "\n" + verdictLine() }

  /// What is compared, and what cannot be judged. No line of a report has more than `width` characters, except for names
  /// that are longer.
  package func opening(width: Int = 80) -> String {
    ([headline] + unknownVersionLines).map { wrapped($0.text, width: width, indent: 2) + "\n" }.joined()
  }

  /// One screen for people, without the differences themselves and the verdict.
  package func summary(width: Int = 80, _ style: TextStyle = TextStyle(isColoured: false)) -> String {
    var parts: [String] = []
    parts.append(table(rows, TextGrid(isMarkdown: false, width: width)))
    parts.append(legend(width, style))
    parts.append(patternText(width))
    parts.append(notes.map { wrapped($0.text, width: width, indent: 2) }.joined(separator: "\n"))
    if !worstUsers.isEmpty {
      let lines = worstUsers.map {
        "  \($0.id.text)  \(plural($0.rows, "row")): \($0.causes.map(\.rawValue).joined(separator: ", "))"
      }
      parts.append("users with most of it\n" + lines.joined(separator: "\n"))
    }
    if let since { parts.append(wrapped(since.line, width: width, indent: 2)) }
    parts.append(style.dim(performance))
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  /// The result in one sentence, on one line of any length: scripts read it.
  package func verdictLine(_ style: TextStyle = TextStyle(isColoured: false)) -> String {
    let text = verdict.text
    let styled =
      switch judgement.verdict {
      case .same, .accepted, .known, .emptyPart: style.green(text)
      case .different: style.red(text)
      case .nothingCompared, .unjudged: style.yellow(text)
      }
    return styled + "\n"
  }

  /// What the causes that occur mean, the most important first, and which are accepted.
  private func legend(_ width: Int, _ style: TextStyle) -> String {
    let met = Cause.byGravity.filter { count($0) > 0 }
    let column = (met.map(\.rawValue.count).max() ?? 0) + 2
    return met.map { cause in
      let isAccepted = cause == .tolerated || allowed.contains(cause)
      let meaning = isSnapshotPair ? cause.meaningOfPair : cause.meaning
      let name = cause.rawValue + String(repeating: " ", count: column - cause.rawValue.count)
      let next = isAccepted || isSnapshotPair ? nil : cause.nextStep.map { "; next: " + $0 }
      return wrapped(name + meaning + (isAccepted ? " (accepted)" : next ?? ""), width: width, indent: column)
    }.joined(separator: "\n")
  }

  private static let listedPatterns = 8

  /// What rows that nothing explains have in common, and how far they moved.
  private func patternText(_ width: Int) -> String {
    let groups = patternGroups
    if groups.isEmpty { return "" }
    let blocks = groups.prefix(DiffReport.listedPatterns).map { group in
      let lines = group.patterns.flatMap { pattern in
        ["    \(grouped(pattern.rows)) of \(grouped(pattern.of))  \(pattern.projection.text)"]
          + moves(of: pattern).map { wrapped("      " + $0.text, width: width, indent: 8) }
      }
      return ([wrapped("  " + group.words.text, width: width, indent: 4)] + lines).joined(separator: "\n")
    }
    let more = groups.count - DiffReport.listedPatterns
    return (["what changed rows have in common (\(direction))"] + blocks + (more > 0 ? ["  … \(more) more"] : []))
      .joined(separator: "\n")
  }

  /// Patterns with the same words, of several projections.
  package struct PatternGroup: Sendable {
    package var words: Foreign
    package var patterns: [Pattern]

    var rows: Int { patterns.reduce(0) { $0 + $1.rows } }
  }

  /// The patterns of the reports, those with the same words together, by number of rows. O(n log n).
  package var patternGroups: [PatternGroup] { groups { isSnapshotPair ? $0.wordsOfChange : $0.words } }

  /// The same with the words of a reader who sees the sides in another order.
  package func groups(_ words: (Pattern) -> Foreign) -> [PatternGroup] {
    var groups: [PatternGroup] = []
    var places: [Foreign: Int] = [:]
    for pattern in patterns {
      let words = words(pattern)
      if let place = places[words] {
        groups[place].patterns.append(pattern)
      } else {
        places[words] = groups.count
        groups.append(PatternGroup(words: words, patterns: [pattern]))
      }
    }
    return groups.enumerated().sorted { a, b in
      a.element.rows == b.element.rows ? a.offset < b.offset : a.element.rows > b.element.rows
    }.map(\.element)
  }

  /// How far the field of a pattern moved, in words; empty for a code.
  package func moves(of pattern: Pattern) -> [Foreign] {
    changes.first { $0.name.description == pattern.projection.raw && $0.field == pattern.subject }?.words ?? []
  }
}

extension FieldChange {
  /// How far the numbers moved and in which direction, what became null, and which texts became which.
  package var words: [Foreign] {
    var words: [Foreign] = []
    if count > 0, max > 0 {
      let directions = [(up, "up"), (count - up, "down")].filter { $0.0 > 0 }.map { "\(grouped($0.0)) \($0.1)" }
      let sizes = count == 1 ? "" : "; size: median \(brief(median)), p95 \(brief(p95)), largest \(signed(largest))"
      words.append(
        count == 1 ? "moves by \(signed(largest))" : "\(directions.joined(separator: ", "))\(sizes)")
    }
    let counts = [(becameNull, "null in live"), (gone, "absent in live"), (new, "only in live")].filter { $0.0 > 0 }
    if !counts.isEmpty { words.append("\(counts.map { "\($0.1): \(grouped($0.0))" }.joined(separator: ", "))") }
    for text in transitions {
      words.append("\(text.rebuilt.cut(40)) → \(text.live.cut(40)): \(grouped(text.rows))")
    }
    if otherTransitions > 0, !transitions.isEmpty { words.append("other texts: \(grouped(otherTransitions))") }
    return words
  }
}
