import EventModel
import Formatting
import Reporting

extension CompareReport {
  /// The blast radius as one self-contained HTML page. Equal figures give equal bytes.
  package var html: [UInt8] {
    let sections = [rowSection, statusSection, valueSection, patternSection].compactMap { $0 }
    let isSame = judgement.status == 0
    let header = tag(
      "header", [],
      [
        tag("p", class: "kind", ["refold compare"]),
        tag(
          "h1", [],
          [
            tag(
              "span", [Attribute("class", "badge \(isSame ? "same" : "different")")],
              [.text(isSame ? "same" : "different")]), " ", .text(title),
          ]),
        tag(
          "p", [.id("verdict"), Attribute("data-exit", "\(judgement.status)")],
          headline.map { tag("bdi", [], [.text($0.raw + " ")]) }),
        figureList([
          ("rows compared", compared, "compared", nil), ("rows that change", changed, "changed", nil),
          ("users affected", usersAffected, "users-affected", share(usersAffected, of: users) + " of all"),
          ("users folded", users, "users", nil),
        ]), navigation(sections),
      ])
    return htmlPage(
      title: "\(title) – refold compare", header: header, sections: sections,
      closing: "Counts of rows and users; no ids and no texts of people. Made by refold compare.")
  }

  private var title: String {
    changed == 0 ? "Nothing changes" : "\(plural(changed, "row")) of \(plural(usersAffected, "user")) change"
  }

  private var rowSection: ReportFacts.Section? {
    let shown = rows.filter { $0.before + $0.after + $0.changed > 0 }
    if shown.isEmpty { return nil }
    let kinds = RowChange.Kind.allCases.filter { count($0) > 0 }
    var content: [Markup] = []
    if changed > 0 {
      content.append(
        BarChart(
          title: "Rows that change", unit: "rows",
          series: kinds.map { Chart.Series(name: $0.words, paint: $0.paint) },
          rows: shown.filter { $0.changed > 0 }.map { row in
            BarChart.Row(label: row.name.description, counts: kinds.map { row[$0] })
          }, rowTitle: "projection"
        ).figure)
    }
    func line(_ name: String, _ rows: [Row]) -> [DataTable.Cell] {
      let counts: [((Row) -> Int, String)] =
        [({ $0.before }, "before"), ({ $0.after }, "after"), ({ $0.same }, "same")]
        + kinds.map { kind in ({ $0[kind] }, kind.rawValue) }
      return [.text(name)] + counts.map { count, key in .counted(rows.reduce(0) { $0 + count($1) }, "\(name) \(key)") }
    }
    var table = DataTable(
      label: "Rows by projection",
      columns: [.text("projection"), .number("before"), .number("after"), .number("same")]
        + kinds.map { .number($0.words, $0.paint) })
    table.rows = shown.map { line($0.name.description, [$0]) }
    table.total = line("all", rows)
    content.append(table.markup)
    return ReportFacts.Section(
      id: "rows", title: "What changes",
      lead: "Rows of both sides, by projection. The version stamp of a row is no change.", content: content)
  }

  private var statusSection: ReportFacts.Section? {
    if transitions.isEmpty { return nil }
    var table = DataTable(
      label: "Status before and after",
      columns: [.text("projection"), .text("before"), .text("after"), .number("rows")], isFiltered: true)
    table.rows = transitions.prefix(ReportLimits.patterns).map { transition, rows in
      [
        .text(transition.name.description), .text(transition.before?.raw ?? "(no row)"),
        .text(transition.after?.raw ?? "(no row)"), .number(rows),
      ]
    }
    return ReportFacts.Section(
      id: "statuses", title: "Where statuses go", lead: "Rows whose status is another one after than before.",
      content: [table.markup])
  }

  private var valueSection: ReportFacts.Section? {
    let moves = moves.filter { $0.count > 0 }
    if moves.isEmpty { return nil }
    var table = DataTable(
      label: "Values that move",
      columns: [
        .text("projection"), .text("field"), .number("users"), .number("numbers"), .number("up"), .number("median"),
        .number("p95 of size"), .number("max of size"),
      ], isFiltered: true)
    table.rows = moves.prefix(ReportLimits.patterns).map { move in
      [
        .text(move.projection.raw), .text(move.field.raw), .number(move.users), .number(move.count), .number(move.up),
        .measure(signed(move.median), move.median), .measure(brief(move.p95), move.p95),
        .measure(brief(move.max), move.max),
      ]
    }
    return ReportFacts.Section(
      id: "values", title: "How far values move", lead: "After − before, in the rows where the field differs.",
      content: [table.markup])
  }

  private var patternSection: ReportFacts.Section? {
    if patterns.isEmpty { return nil }
    var table = DataTable(
      label: "Patterns of changed rows",
      columns: [.text("projection"), .text("pattern"), .number("rows"), .number("of changed")], isFiltered: true)
    table.rows = patterns.prefix(ReportLimits.patterns).map {
      [.text($0.projection.raw), .text($0.wordsOfChange.raw), .number($0.rows), .number($0.of)]
    }
    return ReportFacts.Section(
      id: "patterns", title: "What changed rows have in common",
      lead: "Fields, factors and codes that many changed rows share.", content: [table.markup])
  }
}

extension RowChange.Kind {
  fileprivate var paint: StaticString {
    switch self {
    case .changed: "c-changed"
    case .texts: "c-texts"
    case .onlyBefore: "c-missing"
    case .onlyAfter: "c-surplus"
    case .failure: "c-failed"
    case .tolerated: "c-tolerated"
    }
  }
}
