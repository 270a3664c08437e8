import Formatting
import Reporting

/// A chart with its title, unit, legend and data table.
struct Chart {
  struct Series {
    var name: String
    /// The CSS class of the colour.
    var paint: StaticString
  }

  /// Charts are as wide as a phone, in CSS pixels, so that their text stays readable there.
  static let width = 360.0

  var title: String
  /// What is counted, and in which unit.
  var unit: String
  var series: [Series] = []
  var picture: Markup
  var height: Double
  var table: DataTable

  var figure: Markup {
    let svg = tag(
      "svg",
      [
        Attribute("viewBox", "0 0 \(place(Chart.width)) \(place(height))"), Attribute("role", "img"),
        Attribute("aria-label", "\(title), \(unit)"),
      ], [picture])
    let legend =
      series.count < 2
      ? Markup.nothing : tag("ul", class: "legend", series.map { tag("li", [], [chip($0.paint), .text($0.name)]) })
    return tag(
      "figure", [],
      [
        tag("figcaption", [], [tag("h3", [], [breakable(title)]), tag("p", class: "unit", [.text(unit)])]), legend, svg,
        fold(["Data"], [table.markup], class: "fold behind-chart"),
      ])
  }
}

/// A coordinate. Tenths are precise enough for any screen, and equal on every machine.
func place(_ value: Double) -> String {
  let text = fixed(value, 1)
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

/// A straight line of a chart's frame.
func rule(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ name: StaticString) -> Markup {
  tag(
    "line",
    [
      .class(name), Attribute("x1", place(x1)), Attribute("y1", place(y1)), Attribute("x2", place(x2)),
      Attribute("y2", place(y2)),
    ])
}

/// A word in a chart; `anchor` is `start`, `middle` or `end`.
func word(_ text: String, _ x: Double, _ y: Double, _ anchor: StaticString, _ name: StaticString = "tick") -> Markup {
  tag(
    "text",
    [.class(name), Attribute("x", place(x)), Attribute("y", place(y)), Attribute("text-anchor", "\(anchor)")],
    [.text(text)])
}

/// A filled rectangle with a tooltip.
func box(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ paint: StaticString, _ tip: String) -> Markup {
  tag(
    "rect",
    [
      .class(paint), Attribute("x", place(x)), Attribute("y", place(y)), Attribute("width", place(max(width, 0.5))),
      Attribute("height", place(max(height, 0.5))),
    ], [tag("title", [], [.text(tip)])])
}

/// A number axis from the least to the greatest value, with at most about five marks at round numbers.
struct Axis {
  var low: Double
  var high: Double
  var marks: [Double]

  /// - Parameter isCount: whether the axis shows whole numbers from 0.
  init(_ least: Double, _ greatest: Double, isCount: Bool) {
    // Put a single value in the middle.
    let room = isCount || greatest > least ? 0 : max(least.magnitude * 0.1, 1e-4)
    let low = isCount ? 0 : least - room
    let high = isCount ? max(greatest, 1) : greatest + room
    let rough = (high - low) / 4
    var step = 1.0
    while step > rough { step /= 10 }
    while step * 10 <= rough { step *= 10 }
    for factor in [1.0, 2, 5, 10] where step * factor >= rough * 0.999 {
      step *= factor
      break
    }
    if isCount { step = max(1, step) }
    let first = (low / step).rounded(.down)
    let last = (high / step).rounded(.up)
    self.low = first * step
    self.high = last * step
    marks = (0...Int(last - first)).map { (first + Double($0)) * step }
  }

  func position(_ value: Double, from start: Double, to end: Double) -> Double {
    start + (value - low) / (high - low) * (end - start)
  }

  /// A mark as text, such as 1,200 or 12k or 3.4.
  func text(_ mark: Double) -> String {
    let size = max(low.magnitude, high.magnitude)
    if size >= 1e15 { return shortest(mark) }
    if size >= 1e7, mark.magnitude >= 1e6 { return trimmed(mark / 1e6) + "M" }
    if size >= 1e4, mark.magnitude >= 1e3 { return trimmed(mark / 1e3) + "k" }
    return trimmed(mark)
  }

  private func trimmed(_ value: Double) -> String {
    var text = fixed(value, 4)
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text == "-0" ? "0" : text
  }
}
