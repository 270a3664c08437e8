import EventModel
import Formatting
import JSONTape

extension DiffReport {
  var headline: Foreign {
    let log = hasLog ? ", with the log (\(plural(usersRefolded, "user")) folded again)" : ""
    let users = partition.map { ", users of partition \($0)" } ?? ""
    return "\(snapshot) against \(live.joined(separator: ", ")), as of \(asOf)\(users)\(log)"
  }

  /// What an arrow between two values means.
  var direction: String {
    isSnapshotPair ? "values: snapshot → other snapshot" : "values: rebuilt → live"
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
      lines.append("\(plural(rest, "differing live row")) of further versions that this refold does not have")
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

  /// Other figures.
  package var notes: [Foreign] {
    let found: Foreign =
      different == 0
      ? "all equal"
      : "\(grouped(equal)) equal; \(plural(different, "key")) of \(plural(usersDifferent, "user")) \(different == 1 ? "differs" : "differ")"
    var lines: [Foreign] = ["\(plural(compared, "row")) of \(plural(usersCompared, "user")) compared: \(found)"]
    let selection = filters.filter { $0.raw.hasPrefix("--") }
    if !selection.isEmpty { lines.append("compared only with \(selection.joined(separator: ", "))") }
    func have(_ users: Int, _ what: Foreign) -> Foreign {
      "\(plural(users, "user")) \(users == 1 ? "has" : "have") \(what)"
    }
    if usersOnlyRebuilt > 0 { lines.append(have(usersOnlyRebuilt, "rows in the snapshot only")) }
    if usersOnlyLive > 0 {
      lines.append(have(usersOnlyLive, isSnapshotPair ? "rows in the other snapshot only" : "live rows only"))
    }
    if failedOnBothSides > 0 {
      lines.append("\(plural(failedOnBothSides, "row")): the rebuild fails there, and live has none either")
    }
    for other in otherTypes.prefix(ReportLimits.otherTypes) {
      lines.append("\(plural(other.rows, "live row")) of \(other.type), which no reducer of the snapshot writes")
    }
    let furtherRows = otherTypes.dropFirst(ReportLimits.otherTypes).reduce(unnamedTypeRows) { $0 + $1.rows }
    if furtherRows > 0 {
      let kinds = otherTypes.isEmpty ? "types" : "further types"
      lines.append("\(plural(furtherRows, "live row")) of \(kinds) that no reducer of the snapshot writes")
    }
    if notSelected > 0 { lines.append("\(plural(notSelected, "live row")) not asked for, or not rebuilt") }
    if liveFailures > 0 { lines.append("\(plural(liveFailures, "live line")) with a failure and no row") }
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
    lines += warnings
    if count(.unexplained) > 0, !hasLog {
      lines.append("unexplained rows: --log FILE folds their users again and names the cause")
    }
    if !knowsWording, different > 0 {
      lines.append("the profile is not the snapshot's: texts count as data; name the snapshot's with --profile FILE")
    }
    return lines
  }

  /// What makes causes less certain.
  package var warnings: [Foreign] {
    var lines: [Foreign] = []
    if let sharedUpdate {
      lines.append(
        "updated_at is \(sharedUpdate.instant) in \(grouped(sharedUpdate.rows)) of \(grouped(sharedUpdate.of)) live rows: it does not say when they were computed; generated_at and the events' created_at are used instead"
      )
    }
    switch storedInstants {
    case .all: break
    case .some:
      lines.append("some events of the log have no created_at: what live could see is guessed by their timestamp")
    case .none:
      lines.append(
        "the log has no created_at: what live could see is guessed by timestamp, and rows that this does not explain are unexplained; export created_at too"
      )
    }
    return lines
  }

  var verdict: Foreign {
    let allowance = "allowed: " + (allowed.isEmpty ? "none" : allowed.map(\.rawValue).joined(separator: ", "))
    let judgement = self.judgement
    let nothing = compared == 0 && !isOfDifferences ? judgement.nothing : nil
    switch judgement.verdict {
    case .same: return "same: \(plural(compared, "row")) compared, all equal"
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
        rows > 0
        ? ["\(plural(unacceptable, "row")) with a cause that is not allowed (\(allowance))\(newRows)"] : []
      let all = found + judgement.failed + [nothing].compactMap { $0 }
      return "DIFFERENT: \(all.joined(separator: "; "))"
    }
  }

  var performance: String {
    let seconds = phases.reduce(0) { $0 + $1.seconds }
    return "\(fixed(seconds, 2)) s, peak memory \(fixed(Double(peakMemory) / 1_048_576, 1)) MiB"
  }
}

/// Cells in columns, as text or as Markdown; the first column is left-aligned, the others are right-aligned.
struct TextGrid {
  var isMarkdown: Bool
  /// Maximum length of a line of text; wider tables are cut into blocks of columns.
  var width = Int.max

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
    return blocks(widths).map { columns in
      lines.map { cells in
        columns.map { column in
          let space = String(repeating: " ", count: widths[column] - cells[column].count)
          return column == 0 ? cells[column] + space : space + cells[column]
        }.joined(separator: "  ")
      }.joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  /// The columns of each block: the first one, and as many others as fit.
  private func blocks(_ widths: [Int]) -> [[Int]] {
    var blocks: [[Int]] = []
    var used = Int.max
    for column in widths.indices.dropFirst() {
      if blocks.isEmpty || used + 2 + widths[column] > width {
        blocks.append([0])
        used = widths[0]
      }
      blocks[blocks.count - 1].append(column)
      used += 2 + widths[column]
    }
    return blocks.isEmpty ? [[0]] : blocks
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
