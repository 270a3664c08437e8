import Formatting
import Reporting

/// A number after each event that moved it: a line of steps, and a dashed line at the live value.
struct CourseChart {
  var course: NumberCourse
  var projection: String

  var figure: Markup {
    let (left, right, top, bottom) = (52.0, Chart.width - 10, 8.0, 120.0)
    let numbers = course.points.compactMap(\.value) + (course.live.map { [$0] } ?? [])
    let up = Axis(numbers.min() ?? 0, numbers.max() ?? 1, isCount: false)
    let across = Axis(0, Double(course.events), isCount: true)
    var parts: [Markup] = []
    for mark in up.marks {
      let y = up.position(mark, from: bottom, to: top)
      parts.append(rule(left, y, right, y, "grid"))
      parts.append(word(up.text(mark), left - 5, y + 3.5, "end"))
    }
    for (number, mark) in across.marks.enumerated() {
      if across.marks.count > 5, number % 2 == 1 { continue }
      let x = across.position(mark, from: left, to: right)
      parts.append(word(across.text(mark), x, bottom + 13, number == across.marks.count - 1 ? "end" : "middle"))
    }
    for (number, point) in course.points.enumerated() {
      guard let value = point.value else { continue }
      let x = across.position(Double(point.place), from: left, to: right)
      let y = up.position(value, from: bottom, to: top)
      let next = number + 1 < course.points.count ? course.points[number + 1] : nil
      let end = across.position(Double(next?.place ?? course.events), from: left, to: right)
      parts.append(rule(x, y, end, y, "axis"))
      if let after = next?.value { parts.append(rule(end, y, end, up.position(after, from: bottom, to: top), "axis")) }
      parts.append(
        tag(
          "circle",
          [.class("dot"), Attribute("cx", place(x)), Attribute("cy", place(y)), Attribute("r", "2.5")],
          [tag("title", [], [.text("\(brief(value)) after \(point.event.id), \(point.event.createdAt)")])]))
    }
    if let live = course.live {
      let y = up.position(live, from: bottom, to: top)
      parts.append(rule(left, y, right, y, "diagonal"))
    }
    let dashed = course.live == nil ? "" : "; the dashed line is the live value"
    return Chart(
      title: "\(projection) \(course.path.raw)",
      unit: "rebuilt value after each of \(plural(course.events, "event")), in stored order\(dashed)",
      picture: .group(parts), height: bottom + 18, table: table
    ).figure
  }

  private var table: DataTable {
    DataTable(
      label: "\(projection) \(course.path.raw): data",
      columns: [.number("event"), .text("stored"), .text("id"), .number("value after it")],
      rows: course.points.map { point in
        [
          .number(point.place), .text(point.event.createdAt.description), .text(point.event.id.description),
          point.value.map { .measure(brief($0), $0) } ?? .text("none"),
        ]
      })
  }
}
