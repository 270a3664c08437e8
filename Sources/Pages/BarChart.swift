import Formatting
import Reporting

/// Horizontal bars, one per row, divided into the parts of the series.
struct BarChart {
  struct Row {
    var label: String
    var counts: [Int]
  }

  var title: String
  var unit: String
  var series: [Chart.Series]
  var rows: [Row]
  /// Whether all bars have the same length and the parts are shares.
  var isShare = false
  /// The heading for the rows' labels.
  var rowTitle: String

  var figure: Markup {
    let (left, right, top) = (6.0, Chart.width - 12, 4.0)
    let rowHeight = 34.0
    let bottom = top + rowHeight * Double(rows.count)
    let sums = rows.map { $0.counts.reduce(0, +) }
    let axis = isShare ? Axis(0, 100, isCount: true) : Axis(0, Double(sums.max() ?? 1), isCount: true)
    var parts: [Markup] = []
    for mark in axis.marks {
      let x = axis.position(mark, from: left, to: right)
      for number in rows.indices {
        let y = top + rowHeight * Double(number) + 14
        parts.append(rule(x, y, x, y + 17, mark == axis.low ? "axis" : "grid"))
      }
      let anchor: StaticString = mark == axis.low ? "start" : mark == axis.high ? "end" : "middle"
      parts.append(word(axis.text(mark) + (isShare ? " %" : ""), x, bottom + 14, anchor))
    }
    for (number, row) in rows.enumerated() {
      let y = top + rowHeight * Double(number)
      let sum = sums[number]
      parts.append(word(row.label, left, y + 12, "start", "label"))
      parts.append(word(grouped(sum), right, y + 12, "end", "label value"))
      var x = left
      for (place, count) in row.counts.enumerated() where count > 0 {
        let part = isShare ? Double(count) / Double(max(sum, 1)) * 100 : Double(count)
        let end = x + axis.position(part, from: left, to: right) - left
        let shareText = isShare ? " (\(share(count, of: sum)))" : ""
        parts.append(
          box(
            x, y + 16, end - x, 13, series[place].paint,
            "\(row.label), \(series[place].name): \(grouped(count))\(shareText)"))
        x = end
      }
    }
    return Chart(
      title: title, unit: unit, series: series, picture: .group(parts), height: bottom + 18, table: table
    ).figure
  }

  private var table: DataTable {
    DataTable(
      label: "\(title): data", columns: [.text(rowTitle)] + series.map { .number($0.name, $0.paint) },
      rows: rows.map { [.text($0.label)] + $0.counts.map { .number($0) } })
  }
}
