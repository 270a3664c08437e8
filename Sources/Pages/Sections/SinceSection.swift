import Formatting
import Reporting

extension ReportFacts {
  /// What is new since the last run, and the figures of the last runs.
  var sinceSection: Section? {
    guard let since = diff?.since else { return nil }
    let chart = ColumnChart(
      title: "The last runs", unit: "rows that differ, by the as-of of the run",
      series: [Chart.Series(name: "accepted", paint: "s-ok"), Chart.Series(name: "not accepted", paint: "s-degraded")],
      bins: since.trend.map { run in
        Bin(label: String(minute(run.asOf).prefix(10)), counts: [run.different - run.unacceptable, run.unacceptable])
      }, isStacked: true, across: "as of")
    let figures = figureList([
      ("new", since.new, "new", nil), ("gone", since.gone, "gone", nil),
      ("persisting", since.persisting, "persisting", nil),
    ])
    return Section(
      id: "since", title: "Since the last run",
      lead:
        "\(since.line.prefix(1).uppercased())\(since.line.dropFirst()). Rows that their causes accept are not counted.",
      content: [figures, chart.figure])
  }
}
