import EventModel
import Formatting
import JSONTape

extension DiffReport {
  /// One screen for people, without the differences themselves.
  package var text: String {
    var parts = [headline.text]
    parts.append(unknownVersionLines.map(\.text).joined(separator: "\n"))
    parts.append(table(rows, TextGrid.plain))
    parts.append(notes.map(\.text).joined(separator: "\n"))
    if !patterns.isEmpty {
      let lines = patterns.prefix(8).map {
        "  \(grouped($0.rows)) of \(grouped($0.of))  \($0.projection.text): \($0.words.text)"
      }
      parts.append(
        "changed rows have in common\n" + lines.joined(separator: "\n") + cut(patterns.count - 8, "patterns"))
    }
    if isSnapshotPair, !changes.isEmpty {
      parts.append("fields, by users (size of numeric changes)\n" + changeTable(TextGrid.plain))
    }
    if !worstUsers.isEmpty {
      let lines = worstUsers.map {
        "  \($0.id.text)  \($0.rows) rows: \($0.causes.map(\.rawValue).joined(separator: ", "))"
      }
      parts.append("users with most of it\n" + lines.joined(separator: "\n"))
    }
    if let since { parts.append(since.line) }
    parts.append(verdict.text + "\n" + performance)
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  var headline: Foreign {
    let log = hasLog ? ", with the log (\(grouped(usersRefolded)) users folded again)" : ""
    let users = partition.map { ", users of partition \($0)" } ?? ""
    return "\(snapshot) against \(live.joined(separator: ", ")), as of \(asOf)\(users)\(log)"
  }

  /// What cannot be judged, because other reducers wrote it. Said once, before anything else.
  package var unknownVersionLines: [Foreign] {
    var lines: [Foreign] = unknownVersions.prefix(ReportLimits.otherTypes).map { version, rows in
      let parts = version.raw.split(separator: " ", maxSplits: 1).map { Foreign(String($0)) }
      return
        "\(plural(rows, "differing live row")) of \(parts[0]) \(rows == 1 ? "names" : "name") \(parts.last ?? version), a version that this refold does not have"
    }
    let rest = unknownVersions.dropFirst(ReportLimits.otherTypes).reduce(unnamedVersions) { $0 + $1.rows }
    if rest > 0 {
      lines.append("\(grouped(rest)) differing live rows are of further versions that this refold does not have")
    }
    if !lines.isEmpty {
      lines.append(
        "such rows can be judged by the reducers that wrote them only: rebuild with --reducers FILE; they are not listed without --all"
      )
    }
    return lines
  }

  /// One line per projection, one column per cause that occurs.
  func table(
    _ rows: [Row], _ grid: TextGrid, sides: (rebuilt: String, other: String) = ("snapshot", "live")
  ) -> String {
    let met = causesMet
    var lines = [["projection", sides.rebuilt, sides.other, "equal"] + met.map(\.rawValue)]
    for row in rows where row.rebuilt + row.live + row.different > 0 { lines.append(line(row, met)) }
    lines.append(line(total, met))
    return grid.render(lines)
  }

  private func line(_ row: Row, _ met: [Cause]) -> [String] {
    [row.name, grouped(row.rebuilt), grouped(row.live), grouped(row.equal)]
      + met.map { grouped(row.causes[$0.number]) }
  }

  package var total: Row {
    Row(
      name: "all", rebuilt: rebuilt, live: liveRows, compared: compared, equal: equal, different: different,
      causes: Cause.allCases.map { count($0) })
  }

  func changeTable(_ grid: TextGrid) -> String {
    var lines = [["field", "users", "numbers", "median", "p95", "max"]]
    for change in changes.prefix(12) {
      let numbers = change.count > 0 ? [change.median, change.p95, change.max].map { shortest($0) } : ["", "", ""]
      lines.append(
        [
          grid.cell("\(change.projection) \(change.field)"), grouped(change.users),
          grouped(change.count),
        ] + numbers)
    }
    return grid.render(lines) + cut(changes.count - 12, "fields")
  }

  private func cut(_ more: Int, _ noun: String) -> String { more > 0 ? "\n  … \(more) more \(noun)" : "" }

  /// Other figures.
  package var notes: [Foreign] {
    var lines: [Foreign] = [
      "\(grouped(compared)) rows of \(grouped(usersCompared)) users compared: \(grouped(equal)) equal, \(grouped(different)) keys differ in \(grouped(usersDifferent)) users"
    ]
    let selection = filters.filter { $0.raw.hasPrefix("--") }
    if !selection.isEmpty { lines.append("compared only with \(selection.joined(separator: ", "))") }
    if usersOnlyRebuilt > 0 { lines.append("\(grouped(usersOnlyRebuilt)) users have rows in the snapshot only") }
    if usersOnlyLive > 0 { lines.append("\(grouped(usersOnlyLive)) users have live rows only") }
    if failedOnBothSides > 0 {
      lines.append("\(grouped(failedOnBothSides)) rows the rebuild fails on, and live has none either")
    }
    for other in otherTypes.prefix(ReportLimits.otherTypes) {
      lines.append("\(grouped(other.rows)) live rows of \(other.type), which no reducer of the snapshot writes")
    }
    let furtherRows = otherTypes.dropFirst(ReportLimits.otherTypes).reduce(unnamedTypeRows) { $0 + $1.rows }
    if furtherRows > 0 {
      let kinds = otherTypes.isEmpty ? "types" : "further types"
      lines.append("\(grouped(furtherRows)) live rows of \(kinds) that no reducer of the snapshot writes")
    }
    if notSelected > 0 { lines.append("\(grouped(notSelected)) live rows not asked for, or not rebuilt") }
    if liveFailures > 0 { lines.append("\(grouped(liveFailures)) live lines list a failure and no row") }
    let differing = bookkeeping.filter { $0.rows > 0 }
    if !differing.isEmpty {
      let columns = differing.map { "\($0.column) \(grouped($0.rows))" }.joined(separator: ", ")
      lines.append("bookkeeping differs: \(columns)")
    }
    lines += acceptanceLines
    for words in otherReducers { lines.append("the snapshots were made by different reducers: \(words)") }
    if let liveAsOf, liveAsOf != asOf { lines.append("the other snapshot is as of \(liveAsOf)") }
    if unseen.rows > 0 {
      let verb = unseen.rows == 1 ? "lacks" : "lack"
      lines.append(
        "\(plural(unseen.rows, "row")) of \(plural(unseen.users, "user")) \(verb) events stored within \(span(unseen.longest)) of \(unseen.rows == 1 ? "it" : "them")"
      )
    }
    if count(.ahead) > 0 {
      lines.append("rows ahead of the log: live had events that the log lacks; export it again, and rebuild")
    }
    if count(.unexplained) > 0 {
      lines.append("unexplained rows: --log FILE folds their users again and names the cause")
    }
    if !knowsWording, different > 0 {
      lines.append("the profile is not the snapshot's: texts count as data; name the snapshot's with --profile FILE")
    }
    return lines
  }

  var verdict: Foreign {
    let allowance = "allowed: " + (allowed.isEmpty ? "none" : allowed.map(\.rawValue).joined(separator: ", "))
    let judgement = self.judgement
    let nothing = compared == 0 && !isOfDifferences ? judgement.nothing : nil
    switch judgement.verdict {
    case .same: return "same"
    case .accepted:
      return "nothing unacceptable (\(allowance)\(excuses))"
    case .known:
      return
        "nothing new: \(plural(judgement.known, "row")) with a cause that is not allowed \(judgement.known == 1 ? "was" : "were") there in the last run (\(allowance)\(excuses))"
    case .emptyPart:
      return judgement.nothing
    case .nothingCompared: return "TROUBLE: \(judgement.nothing)"
    case .unjudged: return "TROUBLE: cannot be judged: \(judgement.unjudged.joined(separator: "; "))"
    case .different:
      let rows = unacceptable - excused
      let found: [Foreign] =
        rows > 0 ? ["\(grouped(unacceptable)) rows with a cause that is not allowed (\(allowance))\(newRows)"] : []
      let all = found + judgement.failed + [nothing].compactMap { $0 }
      return "DIFFERENT: \(all.joined(separator: "; "))"
    }
  }

  private var performance: String {
    let seconds = phases.reduce(0) { $0 + $1.seconds }
    return "\(fixed(seconds, 2)) s, peak memory \(fixed(Double(peakMemory) / 1_048_576, 1)) MiB"
  }
}

/// Cells in columns, as text or as Markdown; the first column is left-aligned, the others are right-aligned.
struct TextGrid {
  var isMarkdown: Bool

  static let plain = TextGrid(isMarkdown: false)
  static let markdown = TextGrid(isMarkdown: true)

  func render(_ lines: [[String]]) -> String {
    guard let head = lines.first else { return "" }
    if isMarkdown {
      let rule = "| --- |" + String(repeating: " ---: |", count: head.count - 1)
      let body = lines.map { "| " + $0.joined(separator: " | ") + " |" }
      return ([body[0], rule] + body.dropFirst()).joined(separator: "\n")
    }
    let widths = head.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { cells in
      cells.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + space : space + cell
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  /// A name or value from data as a cell. All other cells are markup in Markdown, and text otherwise.
  func cell(_ text: Foreign) -> String { isMarkdown ? text.markdown : text.text }
}

extension RebuildSummary {
  /// A line for commands that rebuild as a first step.
  package var line: String {
    let rows = rows.reduce(0) { $0 + $1.count }
    let failures = failures.reduce(0) { $0 + $1.count }
    return
      "rebuilt \(grouped(rows)) rows of \(grouped(users)) users from \(grouped(records)) records as of \(asOf), \(grouped(failures)) failures"
  }
}
