import Formatting
import Reporting

/// One point per row: rebuilt value on x, live value on y; equal on the diagonal.
struct ScatterChart {
  var changes: ReportFacts.FieldChanges
  var sides: (rebuilt: String, other: String)

  var figure: Markup {
    let (left, right, top, bottom) = (52.0, Chart.width - 10, 8.0, 210.0)
    let points = changes.points
    let across = Axis(points.map(\.rebuilt).min() ?? 0, points.map(\.rebuilt).max() ?? 1, isCount: false)
    let up = Axis(points.map(\.live).min() ?? 0, points.map(\.live).max() ?? 1, isCount: false)
    var parts: [Markup] = []
    for mark in up.marks {
      let y = up.position(mark, from: bottom, to: top)
      parts.append(rule(left, y, right, y, "grid"))
      parts.append(word(up.text(mark), left - 5, y + 3.5, "end"))
    }
    for (number, mark) in across.marks.enumerated() {
      let x = across.position(mark, from: left, to: right)
      parts.append(rule(x, top, x, bottom, "grid"))
      if across.marks.count > 5, number % 2 == 1 { continue }
      parts.append(word(across.text(mark), x, bottom + 13, number == across.marks.count - 1 ? "end" : "middle"))
    }
    let low = max(across.low, up.low)
    let high = min(across.high, up.high)
    if low < high {
      parts.append(
        rule(
          across.position(low, from: left, to: right), up.position(low, from: bottom, to: top),
          across.position(high, from: left, to: right), up.position(high, from: bottom, to: top), "diagonal"))
    }
    for point in points {
      parts.append(
        tag(
          "circle",
          [
            .class("dot"), Attribute("cx", place(across.position(point.rebuilt, from: left, to: right))),
            Attribute("cy", place(up.position(point.live, from: bottom, to: top))), Attribute("r", "3"),
          ], [tag("title", [], [.text("\(brief(point.rebuilt)) → \(brief(point.live))")])]))
    }
    parts.append(word("\(sides.rebuilt) value", (left + right) / 2, bottom + 28, "middle", "across"))
    parts.append(
      tag(
        "text",
        [
          .class("across"), Attribute("text-anchor", "middle"),
          Attribute("transform", "translate(11 \(place((top + bottom) / 2))) rotate(-90)"),
        ],
        [.text("\(sides.other) value")]))
    let shown = points.count < changes.count ? ", \(grouped(points.count)) of them drawn" : ""
    return Chart(
      title: "\(changes.projection.raw) \(changes.field.raw)",
      unit: "\(plural(changes.count, "changed value"))\(shown); on the dashed line both sides are equal",
      picture: .group(parts), height: bottom + 35, table: table
    ).figure
  }

  private var table: DataTable {
    DataTable(
      label: "\(changes.projection.raw) \(changes.field.raw): data",
      columns: [.number(sides.rebuilt), .number(sides.other), .number("\(sides.other) − \(sides.rebuilt)")],
      rows: changes.points.map { point in
        [point.rebuilt, point.live, point.live - point.rebuilt].map { .measure(brief($0), $0) }
      })
  }
}
