import EventModel
import Formatting
import Reporting

extension ReportFacts {
  /// Differences by cause and projection, as a picture and as a table.
  var differenceSection: Section? {
    guard let diff else { return nil }
    var content: [Markup] = []
    let met = diff.causesMet
    if diff.different > 0 {
      let rows = diff.rows.filter { $0.different > 0 }
      let picture = BarChart(
        title: "Differences by projection and cause", unit: "rows; one with two causes counts for both",
        series: met.map { Chart.Series(name: $0.rawValue, paint: $0.paint) },
        rows: rows.map { row in
          BarChart.Row(label: row.name, counts: met.map { row.causes[$0.number] })
        }, rowTitle: "projection"
      ).figure
      content.append(tag("div", class: "beside", [picture, meanings(diff, met)]))
    }
    content.append(causeTable(diff, met).markup)
    let notes = mode == .file ? [] : diff.notes
    if !notes.isEmpty {
      content.append(tag("ul", class: "notes", notes.map { tag("li", [], [tag("bdi", [], [.text($0.raw)])]) }))
    }
    return Section(
      id: "differences", title: mode == .pair ? "What differs" : "Differences by cause",
      lead: lead(diff),
      content: content)
  }

  private func lead(_ diff: DiffReport) -> String {
    if diff.different == 0 { return "No row differs." }
    let radius =
      mode == .pair
      ? "Going from before to after changes what \(plural(diff.usersDifferent, "user")) of \(grouped(diff.usersCompared)) would see. "
      : ""
    return radius
      + "Every row that differs has its causes; the accepted ones (\(accepted(diff))) do not fail the comparison."
  }

  private func accepted(_ diff: DiffReport) -> String {
    diff.allowed.isEmpty ? "none" : diff.allowed.map(\.rawValue).joined(separator: ", ")
  }

  private func causeTable(_ diff: DiffReport, _ met: [Cause]) -> DataTable {
    let hasLive = mode != .file
    let columns: [DataTable.Column] =
      [.text("projection"), .number(sides.rebuilt)]
      + (hasLive ? [.number(sides.other), .number("equal")] : [])
      + met.map { .number($0.rawValue, $0.paint) }
    func line(_ name: String, _ row: DiffReport.Row) -> [DataTable.Cell] {
      let counts: [(Int, String)] =
        [(row.rebuilt, "rebuilt")] + (hasLive ? [(row.live, "live"), (row.equal, "equal")] : [])
        + met.map { (row.causes[$0.number], $0.rawValue) }
      return [.text(name)] + counts.map { .counted($0, "\(name) \($1)") }
    }
    var table = DataTable(label: "Rows by projection and cause", columns: columns)
    table.rows = diff.rows.filter { $0.rebuilt + $0.live + $0.different > 0 }.map { line($0.name, $0) }
    table.total = line("all", diff.total)
    return table
  }

  private func meaning(of cause: Cause) -> String {
    if mode != .pair { return cause.meaning }
    return snapshotIsBefore ? cause.meaningOfPair : cause.meaningOfChange
  }

  /// What to do next, in words; empty where nothing is to be done.
  private func next(of cause: Cause) -> String {
    mode == .pair ? "" : cause.nextStep.map { "; next: " + $0 } ?? ""
  }

  private func meanings(_ diff: DiffReport, _ met: [Cause]) -> Markup {
    tag(
      "dl", class: "meanings",
      met.map { cause in
        tag(
          "div", [],
          [
            tag("dt", [], [chip(cause.paint), .text(cause.rawValue)]),
            tag(
              "dd", [],
              [
                .text(
                  meaning(of: cause)
                    + (diff.allowed.contains(cause) || cause == .tolerated ? " (accepted)" : next(of: cause)))
              ]),
          ])
      })
  }
}
