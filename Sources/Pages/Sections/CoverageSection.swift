import Reporting

extension ReportFacts {
  /// The backfill runbooks' checks: coverage and lag.
  var coverageSection: Section? {
    guard let coverage else { return nil }
    let sides = [(sides.rebuilt, coverage.rebuilt)] + (coverage.live.map { [(self.sides.other, $0)] } ?? [])
    var picture = Markup.nothing
    if !coverage.lag.isEmpty {
      picture =
        ColumnChart(
          title: "How far projections lag",
          unit: "users, by how much newer their newest signal is than their \(coverage.lagSide) projection",
          series: [Chart.Series(name: "capability", paint: "s-1"), Chart.Series(name: "objective", paint: "s-2")],
          bins: coverage.lag, across: "lag"
        ).figure
    }
    func table(_ title: String, _ rows: (VerifyReport.Side) -> [(String, String)]) -> Markup {
      let columns = sides.map { rows($0.1) }
      var table = DataTable(label: title, columns: [.text(title)] + sides.map { .number($0.0) })
      table.rows = columns[0].indices.map { row in
        [.markup(code(columns[0][row].0), sortedAs: columns[0][row].0)]
          + columns.map { column in
            Double(column[row].1).map { .measure(column[row].1, $0) }
              ?? .measure(column[row].1, -.greatestFiniteMagnitude)
          }
      }
      return table.markup
    }
    func lag(_ figures: LagFigures) -> [(String, String)] {
      figures.rows.filter { !figures.percentiles.isEmpty || !$0.0.hasPrefix("projection_minus_signal") }
    }
    let coverages = [
      table("capability coverage") { $0.capabilityCoverage.columns.map { ($0.name, "\($0.count)") } },
      table("objective coverage") { $0.objectiveCoverage.columns.map { ($0.name, "\($0.count)") } },
    ]
    let lags = [
      table("capability lag") { lag($0.capabilityLag) }, table("objective lag") { lag($0.objectiveLag) },
    ]
    return Section(
      id: "coverage", title: "Coverage and lag",
      lead: "The backfill runbooks' checks, with their names and rounding; NOW() is the snapshot's as-of.",
      content: [
        tag("div", class: "beside", [picture, tag("div", [], coverages)]), tag("div", class: "tables", lags),
      ])
  }
}
