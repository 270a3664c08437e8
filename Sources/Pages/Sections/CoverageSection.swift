import Reporting

extension ReportFacts {
  /// The backfill runbooks' checks: coverage and lag.
  var coverageSection: Section? {
    guard let coverage, !coverage.rebuilt.backfills.isEmpty else { return nil }
    let sides = [(sides.rebuilt, coverage.rebuilt)] + (coverage.live.map { [(self.sides.other, $0)] } ?? [])
    var picture = Markup.nothing
    if !coverage.lag.isEmpty {
      picture =
        ColumnChart(
          title: "How far projections lag",
          unit: "users, by how much newer their newest signal is than their \(coverage.lagSide) projection",
          series: coverage.rebuilt.backfills.enumerated().map { place, backfill in
            Chart.Series(name: backfill.name, paint: CoverageSeries.paints[place % CoverageSeries.paints.count])
          },
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
    let names = coverage.rebuilt.backfills.map(\.name)
    let coverages = names.enumerated().map { place, name in
      table("\(name) coverage") { $0.backfills[place].coverage.map { ($0.name, "\($0.count)") } }
    }
    let lags = names.enumerated().map { place, name in
      table("\(name) lag") { lag($0.backfills[place].lag) }
    }
    return Section(
      id: "coverage", title: "Coverage and lag",
      lead: "The backfill runbooks' checks, with their names and rounding; NOW() is the snapshot's as-of.",
      content: [
        tag("div", class: "beside", [picture, tag("div", [], coverages)]), tag("div", class: "tables", lags),
      ])
  }
}

private enum CoverageSeries {
  static let paints: [StaticString] = ["s-1", "s-2"]
}
