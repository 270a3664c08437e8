import Formatting
import Reporting

/// Vertical columns, one group per bin, with the series side by side or stacked.
struct ColumnChart {
  var title: String
  var unit: String
  var series: [Chart.Series]
  var bins: [ReportFacts.Bin]
  var isStacked = false
  /// What the bins are; written below the axis.
  var across: String

  var figure: Markup {
    let (left, right, top, bottom) = (34.0, Chart.width - 6, 8.0, 150.0)
    let highest = bins.map { isStacked ? $0.counts.reduce(0, +) : $0.counts.max() ?? 0 }.max() ?? 0
    let axis = Axis(0, Double(max(highest, 1)), isCount: true)
    var parts: [Markup] = []
    for mark in axis.marks {
      let y = axis.position(mark, from: bottom, to: top)
      parts.append(rule(left, y, right, y, "grid"))
      parts.append(word(axis.text(mark), left - 5, y + 3.5, "end"))
    }
    let slot = (right - left) / Double(max(bins.count, 1))
    let gap = min(3, slot * 0.2)
    for (number, bin) in bins.enumerated() {
      let start = left + slot * Double(number) + gap / 2
      var y = bottom
      let width = isStacked ? slot - gap : (slot - gap) / Double(max(series.count, 1))
      for (place, count) in bin.counts.enumerated() where count > 0 {
        let height = bottom - axis.position(Double(count), from: bottom, to: top)
        let x = isStacked ? start : start + width * Double(place)
        parts.append(
          box(
            x, y - height, width, height, series[place].paint, "\(bin.label), \(series[place].name): \(grouped(count))")
        )
        if isStacked { y -= height }
      }
    }
    parts.append(rule(left, bottom, right, bottom, "axis"))
    parts += labels(slot, left, right, bottom)
    parts.append(word(across, (left + right) / 2, bottom + 29, "middle", "across"))
    return Chart(
      title: title, unit: unit, series: series, picture: .group(parts), height: bottom + 36, table: table
    ).figure
  }

  /// The labels of as many bins as fit.
  private func labels(_ slot: Double, _ left: Double, _ right: Double, _ bottom: Double) -> [Markup] {
    func width(_ bin: ReportFacts.Bin) -> Double { Double(bin.label.count) * 5.8 }
    let every = max(1, Int((((bins.map(width).max() ?? 0) + 3) / slot).rounded(.up)))
    var end = -Double.infinity
    var words: [Markup] = []
    for number in bins.indices where number % every == 0 {
      let half = width(bins[number]) / 2
      let middle = min(max(left + slot * (Double(number) + 0.5), half), right - half + 4)
      if middle - half < end + 6 { continue }
      words.append(word(bins[number].label, middle, bottom + 14, "middle"))
      end = middle + half
    }
    return words
  }

  private var table: DataTable {
    DataTable(
      label: "\(title): data", columns: [.text(across)] + series.map { .number($0.name, $0.paint) },
      rows: bins.map { [.text($0.label)] + $0.counts.map { .number($0) } })
  }
}
