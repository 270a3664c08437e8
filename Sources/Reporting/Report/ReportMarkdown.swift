import EventModel
import Formatting

extension ReportFacts {
  /// The same content as Markdown, for a GitHub step summary, which is limited to a mebibyte. Parts that would not fit
  /// are left out, and the text says so.
  package var markdown: String {
    inReadingOrder.markdownInOrder
  }

  private var markdownInOrder: String {
    var text = "## \(markdownText(headline))\n\n\(verdict.markdown)\n"
    var left: [String] = []
    let others = markdownParts(users: "").reduce(text.utf8.count) { $0 + $1.title.utf8.count + $1.text.utf8.count + 8 }
    for (title, part) in markdownParts(users: userMarkdown(limit: ReportFacts.markdownLimit - others))
    where !part.isEmpty {
      let piece = "\n### \(title)\n\n\(part)\n"
      if text.utf8.count + piece.utf8.count < ReportFacts.markdownLimit { text += piece } else { left.append(title) }
    }
    if !left.isEmpty { text += "\nLeft out for size: \(left.joined(separator: ", ")).\n" }
    return text
  }

  private static let markdownLimit = (1 << 20) - 4096

  private func markdownParts(users: String) -> [(title: String, text: String)] {
    var parts: [(String, String)] = []
    if let diff {
      let hidden = mode == .file ? [] : diff.notes.map { "- \($0.markdown)" }
      parts.append(
        (
          "Differences by cause",
          ([
            diff.table(diff.rows, .markdown, sides: mode == .pair ? sides : ("snapshot", "live")),
            hidden.joined(separator: "\n"),
          ]).joined(separator: "\n\n")
        ))
      parts.append(
        (
          "What changed rows have in common",
          table(
            ["pattern", "rows", "of"],
            diff.patterns.prefix(12).map {
              ["\($0.projection.code) \(words(of: $0).markdown)", grouped($0.rows), grouped($0.of)]
            })
        ))
      parts.append(
        (
          "How far numbers moved (\(sides.other) − \(sides.rebuilt))",
          table(
            ["field", "values", "least", "median", "most"],
            changes.prefix(12).map {
              [
                Foreign("\($0.projection) \($0.field)").code, grouped($0.count), brief($0.least), brief($0.median),
                brief($0.most),
              ]
            })
        ))
    }
    if let since = diff?.since {
      parts.append(
        (
          "Since the last run",
          since.line + "\n\n"
            + table(
              ["as of", "differ", "not accepted"],
              since.trend.map { [minute($0.asOf), grouped($0.different), grouped($0.unacceptable)] })
        ))
    }
    if let behind, behind.rows > 0 {
      let lead =
        "\(plural(behind.rows, "row")) of \(plural(behind.users, "user")); "
        + "\(plural(behind.events, "missed event")), counted for each row."
      parts.append(
        (
          "Rows that are behind",
          lead + "\n\n"
            + table(["behind for", "rows"], behind.duration.map { [$0.label, grouped($0.counts.reduce(0, +))] })
        ))
    }
    parts.append(("Users with the most differences", users))
    if let statusMarkdown { parts.append(("Status", statusMarkdown)) }
    if let coverage { parts.append(("Coverage and lag", coverageMarkdown(coverage))) }
    parts.append(
      (
        "Failures",
        table(
          ["failure", "users"],
          failures.map { ["\($0.projection.code) \($0.codeMarkdown): \($0.place.markdown)", grouped($0.users)] })
      ))
    parts.append(
      ("The log", table(["bucket", "records"], log.buckets.map { [$0.name, $0.records.map(grouped) ?? "not known"] })))
    parts.append(
      (
        "The snapshot",
        manifest.filter { ["digest.snapshot", "as_of", "refold.version", "profile.name"].contains($0.key) }
          .map { "- \($0.key.raw) \($0.value.code)" }.joined(separator: "\n")
      ))
    parts.append(
      ("What this report leaves out", (unknown + cuts).map { "- \($0.markdown)" }.joined(separator: "\n")))
    return parts
  }

  private func table(_ head: [String], _ rows: [[String]]) -> String {
    rows.isEmpty ? "" : TextGrid.markdown.render([head] + rows)
  }

  /// The first users, as far as `limit` bytes hold them.
  private func userMarkdown(limit: Int) -> String {
    var text = ""
    for (index, user) in users.enumerated() {
      let part = markdown(of: user)
      if text.utf8.count + part.utf8.count + 100 > limit {
        return text + "\n\n… \(plural(users.count - index, "more user")), left out for size"
      }
      text += (index == 0 ? "" : "\n\n") + part
    }
    return text
  }

  private func markdown(of user: User) -> String {
    let causes = user.causes.map(\.rawValue).joined(separator: ", ")
    let rows = user.rows.map { row in
      let fields = row.fields.prefix(8).map {
        "  - \($0.path.code): \(($0.rebuilt ?? "(absent)").code) → \(($0.live ?? "(absent)").code)"
      }
      let more = row.fieldCount - fields.count
      let details = row.details.map { "  - \($0.markdown)" }
      let head =
        "- \(row.projection.code) \(row.causes.map(\.rawValue).joined(separator: ", "))\(row.isAccepted ? " (accepted)" : "")"
      return
        ([head] + details + fields
        + (more > 0 && !fields.isEmpty ? ["  - and \(plural(more, "more field"))"] : [])).joined(separator: "\n")
    }
    let cut = user.cut > 0 ? ["- and \(plural(user.cut, "more row"))"] : []
    let commands = user.commands.isEmpty ? "" : "\n\n" + user.commands.map(\.code).joined(separator: "<br>\n")
    return """
      <details><summary><code>\(markdownText(user.name))</code> \(user.counts): \(causes)</summary>

      \((rows + cut).joined(separator: "\n"))\(commands)

      </details>
      """
  }

  /// `nil` if no row has a status.
  private var statusMarkdown: String? {
    let entries = quality.filter { $0.rebuilt.hasStatuses || $0.live?.hasStatuses ?? false }
    guard let names = entries.first?.rebuilt.names else { return nil }
    var rows: [[String]] = []
    for entry in entries {
      for (side, mix) in [(sides.rebuilt, Optional(entry.rebuilt)), (sides.other, entry.live)] {
        if let mix { rows.append(["\(entry.projection.code) \(side)"] + mix.statuses.map(grouped)) }
      }
    }
    return table(["projection"] + names, rows)
  }

  private func coverageMarkdown(_ coverage: Coverage) -> String {
    func rows(_ side: VerifyReport.Side) -> [(String, String)] {
      side.backfills.flatMap { $0.coverage.map { ($0.name, grouped($0.count)) } }
        + side.backfills.flatMap { backfill in backfill.lag.rows.map { ("\(backfill.name) \($0.0)", $0.1) } }
    }
    let columns = [rows(coverage.rebuilt)] + (coverage.live.map { [rows($0)] } ?? [])
    return table(
      ["check", sides.rebuilt] + (coverage.live == nil ? [] : [sides.other]),
      columns[0].indices.map { row in [columns[0][row].0] + columns.map { $0[row].1 } })
  }
}

extension ReportFacts.User {
  /// `3 rows`, `3 rows and 2 accepted`, `2 accepted rows`.
  package var counts: String {
    if unacceptable == 0 { return plural(accepted, "accepted row") }
    return plural(unacceptable, "row") + (accepted > 0 ? " and \(grouped(accepted)) accepted" : "")
  }
}

extension ReportFacts.FailureGroup {
  /// A code of this program unchanged; a snapshot may hold an unknown one.
  fileprivate var codeMarkdown: String { FailureCode(rawValue: code.raw)?.rawValue ?? code.markdown }
}

/// Text in Markdown, escaped so that none of it is Markdown or HTML markup.
func markdownText(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\\", "`", "*", "_", "[", "]", "#", "|", "~", "!", "@": result += "\\" + String(scalar)
    case _ where scalar.isDangerous: result += scalar.name
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// Text in Markdown as code. Uses `<code>`, because a backtick in the text would end a backtick fence.
func quoted(_ text: String) -> String { "<code>\(markdownText(text))</code>" }
