import EventModel
import Formatting
import JSONTape

extension CompareReport {
  /// One screen for people, the verdict first, without the changes themselves. Lines have at most `width` characters,
  /// except for the verdict and for names that are longer.
  package func text(width: Int = 80) -> String {
    let grid = TextGrid(isMarkdown: false, width: width)
    let head = [headline[0].text] + headline.dropFirst().map { wrapped($0.text, width: width, indent: 2) }
    var parts = [head.joined(separator: "\n"), table(grid)]
    if !transitions.isEmpty { parts.append("status, before → after\n" + transitionTable(grid)) }
    if moves.contains(where: { $0.count > 0 }) { parts.append("values, after − before\n" + moveLines(width)) }
    let shared = patterns.prefix(8)
    if !shared.isEmpty {
      let lines = shared.map {
        wrapped(
          "  \(grouped($0.rows)) of \(grouped($0.of))  \($0.projection.text): \($0.wordsOfChange.text)", width: width,
          indent: 4)
      }
      let more = patterns.count > 8 ? "\n  … \(patterns.count - 8) more patterns" : ""
      parts.append("changed rows have in common\n" + lines.joined(separator: "\n") + more)
    }
    if let lines = acceptance?.lines, !lines.isEmpty { parts.append(lines.map(\.text).joined(separator: "\n")) }
    let seconds = phases.reduce(0) { $0 + $1.seconds }
    parts.append("\(fixed(seconds, 2)) s, peak memory \(fixed(Double(peakMemory) / 1_048_576, 1)) MiB")
    return parts.joined(separator: "\n\n") + "\n"
  }

  /// The verdict, what is compared, and the filters, one line each.
  package var headline: [Foreign] {
    let log = logs.joined(separator: ", ")
    let what = differences.joined(separator: "; ")
    return [verdict, "\(log), as of \(asOf): \(what)"]
      + (filters.isEmpty ? [] : ["compared only with \(filters.joined(separator: ", "))"])
  }

  package var verdict: Foreign {
    switch judgement.verdict {
    case .same: "SAME: \(grouped(compared)) rows of \(plural(users, "user")), none changes"
    case .different:
      """
      DIFFERENT: \(plural(changed, "row")) of \(plural(usersAffected, "user")) change\(changed == 1 ? "s" : "") \
      (\(share(usersAffected, of: users)) of \(plural(users, "user")))\(acceptedWords)\(failures)
      """
    case .accepted:
      """
      nothing unacceptable: \(plural(changed, "row")) of \(plural(usersAffected, "user")) \
      change\(changed == 1 ? "s" : "")\(acceptedWords)
      """
    case .known, .emptyPart, .unjudged, .nothingCompared: "TROUBLE: \(judgement.nothing)"
    }
  }

  private var acceptedWords: Foreign {
    let parts = [
      (accepted - acceptedByEntry, "accepted by cause"), (acceptedByEntry, "accepted by entries"),
      (excused, "within --max-changed"),
    ].filter { $0.0 > 0 }.map { "\(grouped($0.0)) \($0.1)" }
    return parts.isEmpty ? "" : "; \(parts.joined(separator: ", "))"
  }

  private var failures: Foreign {
    let failed = judgement.failed
    return failed.isEmpty ? "" : "; \(failed.joined(separator: "; "))"
  }

  /// The report as Markdown. `details` are the first changes.
  package func markdown(details: [String], cut: Int) -> String {
    var parts = ["## refold compare"] + headline.map(\.markdown) + [table(.markdown)]
    if !transitions.isEmpty { parts.append("### Status, before → after\n\n" + transitionTable(.markdown)) }
    if moves.contains(where: { $0.count > 0 }) {
      parts.append("### Values, after − before\n\n" + moveTable(.markdown))
    }
    let lines = (acceptance?.lines ?? []) + notices
    parts.append(lines.map { "- \($0.markdown)" }.joined(separator: "\n"))
    if !details.isEmpty {
      let fence = "````"
      parts.append("### First changes\n\n\(fence)text\n\(details.joined(separator: "\n"))\(fence)")
      if cut > 0 { parts.append("\(grouped(cut)) more changes not shown.") }
    }
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  func table(_ grid: TextGrid) -> String {
    let kinds = RowChange.Kind.allCases.filter { count($0) > 0 }
    let fails = rows.contains { $0.failedBefore + $0.failedAfter > 0 }
    func line(_ name: String, _ rows: [Row]) -> [String] {
      func sum(_ count: (Row) -> Int) -> String { grouped(rows.reduce(0) { $0 + count($1) }) }
      return [name, sum(\.before), sum(\.after), sum(\.same)] + kinds.map { kind in sum { $0[kind] } }
        + (fails ? [sum(\.failedBefore), sum(\.failedAfter)] : [])
    }
    var lines = [
      ["projection", "before", "after", "same"] + kinds.map(\.words) + (fails ? ["fails before", "fails after"] : [])
    ]
    for row in rows where row.before + row.after + row.changed + row.failedBefore + row.failedAfter > 0 {
      lines.append(line(grid.cell(row.name.foreign), [row]))
    }
    lines.append(line("all", rows))
    return grid.render(lines)
  }

  func transitionTable(_ grid: TextGrid) -> String {
    var lines = [["projection", "before", "after", "rows"]]
    for (transition, rows) in transitions.prefix(CompareReport.listed) {
      lines.append([
        grid.cell(transition.name.foreign), transition.before.map(grid.cell) ?? "(no row)",
        transition.after.map(grid.cell) ?? "(no row)", grouped(rows),
      ])
    }
    return grid.render(lines) + more(transitions.count)
  }

  /// The moves as lines, under the names of their projections.
  private func moveLines(_ width: Int) -> String {
    let moves = moves.filter { $0.count > 0 }
    var lines: [String] = []
    var last: Foreign?
    for move in moves.prefix(CompareReport.listed) {
      if move.projection != last { lines.append("  \(move.projection.text)") }
      last = move.projection
      let numbers =
        "median \(signed(move.median)), p95 of size \(brief(move.p95)), max of size \(brief(move.max))"
      let counts = "\(plural(move.users, "user")), \(plural(move.count, "number")), \(grouped(move.up)) up"
      lines.append(wrapped("    \(move.field.text): \(counts); \(numbers)", width: width, indent: 6))
    }
    return lines.joined(separator: "\n") + more(moves.count)
  }

  func moveTable(_ grid: TextGrid) -> String {
    var lines = [["field", "users", "numbers", "up", "median", "p95 of size", "max of size"]]
    let moves = moves.filter { $0.count > 0 }
    for move in moves.prefix(CompareReport.listed) {
      let numbers = [signed(move.median), brief(move.p95), brief(move.max)]
      lines.append(
        [
          grid.cell("\(move.projection) \(move.field)"), grouped(move.users), grouped(move.count),
          grouped(move.up),
        ] + numbers)
    }
    return grid.render(lines) + more(moves.count)
  }

  private static let listed = 20

  private func more(_ count: Int) -> String {
    count > CompareReport.listed ? "\n  … \(grouped(count - CompareReport.listed)) more" : ""
  }
}

extension CompareReport {
  package var json: JSONTree {
    func number(_ count: Int) -> JSONTree { .integer(Int64(count)) }
    func side(_ side: Side) -> JSONTree {
      .object([
        .init("reducers", .object(side.reducers.map { .init($0.type, .string($0.version)) })),
        .init("profile", .string(side.profile.raw)),
      ])
    }
    func figures(_ row: Row) -> JSONTree {
      .object(
        [.init("before", number(row.before)), .init("after", number(row.after)), .init("same", number(row.same))]
          + RowChange.Kind.allCases.map { .init($0.rawValue, number(row[$0])) } + [
            .init("failed_before", number(row.failedBefore)), .init("failed_after", number(row.failedAfter)),
          ])
    }
    return .object([
      .init("verdict", .string(judgement.verdict.rawValue)), .init("exit_status", number(Int(judgement.status))),
      .init("log", .array(logs.map { .string($0.raw) })), .init("as_of", .string(asOf.description)),
      .init("before", side(before)), .init("after", side(after)),
      .init("filters", .array(filters.map { .string($0.raw) })),
      .init("notices", .array(notices.map { .string($0.raw) })), .init("redacted", .bool(isRedacted)),
      .init("users", .object([.init("folded", number(users)), .init("affected", number(usersAffected))])),
      .init("rows", .object([.init("compared", number(compared)), .init("changed", number(changed))])),
      .init(
        "accepted",
        .object([
          .init("by_cause", number(accepted - acceptedByEntry)), .init("by_entry", number(acceptedByEntry)),
          .init("within_max_changed", number(excused)),
        ])),
      .init("accept", acceptance?.json ?? .null),
      .init("projections", .object(rows.map { .init($0.name.description, figures($0)) })),
      .init(
        "statuses",
        .array(
          transitions.map { transition, rows in
            .object([
              .init("projection", .string(transition.name.description)),
              .init("before", transition.before.map { .string($0.raw) } ?? .null),
              .init("after", transition.after.map { .string($0.raw) } ?? .null), .init("rows", number(rows)),
            ])
          })),
      .init(
        "values",
        .array(
          moves.map { move in
            .object(
              [
                .init("projection", .string(move.projection.raw)), .init("field", .string(move.field.raw)),
                .init("users", number(move.users)), .init("numbers", number(move.count)), .init("up", number(move.up)),
              ]
                + (move.count == 0
                  ? []
                  : [
                    .init("median", .double(move.median)), .init("p95_size", .double(move.p95)),
                    .init("max_size", .double(move.max)),
                  ]))
          })),
      .init(
        "patterns",
        .array(
          patterns.map {
            .object([
              .init("projection", .string($0.projection.raw)), .init("words", .string($0.wordsOfChange.raw)),
              .init("rows", number($0.rows)), .init("of", number($0.of)),
            ])
          })),
      .init(
        "performance",
        .object(
          phases.map { .init("seconds_" + $0.name, .double($0.seconds)) } + [
            .init("peak_memory_bytes", number(peakMemory))
          ])),
    ])
  }
}
