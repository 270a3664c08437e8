import Formatting
import Reporting

extension ReportFacts {
  /// Statuses and confidences, with rebuilt and live rows side by side.
  var qualitySection: Section? {
    let known = quality.filter { $0.rebuilt.rows + ($0.live?.rows ?? 0) > 0 }
    if known.isEmpty { return nil }
    let hasLive = known.contains { $0.live != nil }
    var content: [Markup] = []
    let withStatus = known.filter { $0.rebuilt.hasStatuses || $0.live?.hasStatuses ?? false }
    if !withStatus.isEmpty {
      let names = withStatus[0].rebuilt.names
      let used = names.indices.filter { place in
        withStatus.contains { $0.rebuilt.statuses[place] + ($0.live?.statuses[place] ?? 0) > 0 }
      }
      var rows: [BarChart.Row] = []
      for entry in withStatus {
        let name = shortName(entry)
        func row(_ side: String, _ mix: Mix) -> BarChart.Row {
          BarChart.Row(label: hasLive ? "\(name), \(side)" : name, counts: used.map { mix.statuses[$0] })
        }
        rows.append(row(sides.rebuilt, entry.rebuilt))
        if let live = entry.live { rows.append(row(sides.other, live)) }
      }
      content.append(
        BarChart(
          title: "Status of each projection", unit: "share of rows; the number at the right is rows",
          series: used.map { Chart.Series(name: names[$0], paint: paint($0, of: names.count)) }, rows: rows,
          isShare: true,
          rowTitle: "projection"
        ).figure)
    }
    for entry in known { content.append(confidence(entry)) }
    return Section(
      id: "quality", title: "Status and confidence",
      lead: hasLive
        ? "What people see of a projection: \(sides.rebuilt) rows beside \(sides.other) rows."
        : "What people see of a projection, in the rebuilt rows.",
      content: [tag("div", class: "charts", content)])
  }

  /// The best status first, `other` last.
  private func paint(_ place: Int, of count: Int) -> StaticString {
    let paints: [StaticString] = ["s-ok", "s-insufficient", "s-degraded"]
    return place == count - 1 ? "s-other" : paints[min(place, paints.count - 1)]
  }

  /// A projection with a status by its key, another by its type.
  private func shortName(_ entry: Quality) -> String {
    let parts = entry.projection.raw.split(separator: "/").map(String.init)
    return (entry.rebuilt.hasStatuses || entry.live?.hasStatuses ?? false ? parts.last : parts.first) ?? ""
  }

  private func confidence(_ entry: Quality) -> Markup {
    let width = 1 / Double(Mix.confidenceBins)
    var series = [Chart.Series(name: sides.rebuilt, paint: "s-rebuilt")]
    if entry.live != nil { series.append(Chart.Series(name: sides.other, paint: "s-live")) }
    let bins = (0..<Mix.confidenceBins).map { bin in
      Bin(
        label: "\(fixed(Double(bin) * width, 2))",
        counts: [entry.rebuilt.confidence[bin]] + (entry.live.map { [$0.confidence[bin]] } ?? []))
    }
    let without = [(sides.rebuilt, entry.rebuilt.withoutConfidence), (sides.other, entry.live?.withoutConfidence ?? 0)]
      .filter { $0.1 > 0 }.map { "; \(grouped($0.1)) \($0.0) without one" }.joined()
    return ColumnChart(
      title: "Confidence of \(shortName(entry))", unit: "rows, by confidence in steps of 0.05\(without)",
      series: series,
      bins: bins, across: "confidence from"
    ).figure
  }
}
