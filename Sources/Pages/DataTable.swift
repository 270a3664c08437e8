import Formatting
import Reporting

/// A table of a report: text to the left, numbers to the right; sorted by its head where the script runs.
struct DataTable {
  enum Cell {
    case text(String)
    case number(Int)
    /// A number as it is to be shown and, for sorting, as it is.
    case measure(String, Double)
    case markup(Markup, sortedAs: String)
    /// A number with a name that tests find it by.
    case counted(Int, String)
  }

  struct Column {
    var title: String
    var isNumber = false
    /// A colour in front of the title.
    var paint: StaticString?

    static func text(_ title: String) -> Column { Column(title: title) }
    static func number(_ title: String, _ paint: StaticString? = nil) -> Column {
      Column(title: title, isNumber: true, paint: paint)
    }
  }

  /// What it shows, for those who do not see it.
  var label: String
  var columns: [Column]
  var rows: [[Cell]] = []
  /// A last row that sorting leaves where it is.
  var total: [Cell]?
  var isFiltered = false

  var markup: Markup {
    var attributes: [Attribute] = [.class("data"), Attribute("data-sortable")]
    if isFiltered { attributes.append(Attribute("data-filterable", label)) }
    var parts = [
      tag("caption", class: "hidden", [.text(label)]),
      tag("thead", [], [tag("tr", [], columns.map(head))]),
      tag("tbody", [], rows.map(line)),
    ]
    if let total { parts.append(tag("tfoot", [], [line(total)])) }
    return tag(
      "div",
      [.class("scroll"), Attribute("tabindex", "0"), Attribute("role", "group"), Attribute("aria-label", label)],
      [tag("table", attributes, parts)])
  }

  private func head(_ column: Column) -> Markup {
    tag(
      "th", [Attribute("scope", "col"), .class(column.isNumber ? "n" : "t")],
      [column.paint.map { chip($0) } ?? .nothing, .text(column.title)])
  }

  private func line(_ cells: [Cell]) -> Markup {
    tag("tr", [], cells.enumerated().map { cell($0.element, isHead: $0.offset == 0) })
  }

  private func cell(_ cell: Cell, isHead: Bool) -> Markup {
    let name: StaticString = isHead ? "th" : "td"
    let scope = isHead ? [Attribute("scope", "row")] : []
    switch cell {
    case .text(let text): return tag(name, scope + [.class("t")], [tag("bdi", [], [breakable(text)])])
    case .number(let value):
      return tag(
        name, scope + [.class(value == 0 ? "n zero" : "n"), Attribute("data-value", "\(value)")],
        [.text(grouped(value))])
    case .counted(let value, let key):
      return tag(
        name,
        scope + [
          .class(value == 0 ? "n zero" : "n"), Attribute("data-value", "\(value)"), Attribute("data-count", key),
        ], [.text(grouped(value))])
    case .measure(let text, let value):
      return tag(name, scope + [.class("n"), Attribute("data-value", shortest(value))], [.text(text)])
    case .markup(let markup, let key):
      return tag(name, scope + [.class("t"), Attribute("data-value", key)], [markup])
    }
  }
}

/// A patch of a colour.
func chip(_ paint: StaticString) -> Markup {
  tag("span", [Attribute("class", "chip \(paint)"), Attribute("aria-hidden", "true")])
}

/// What is folded away until somebody asks.
func fold(_ summary: [Markup], _ content: [Markup], class name: StaticString = "fold") -> Markup {
  tag("details", class: name, [tag("summary", [], summary)] + content)
}

/// A name, path or value from data: apart from the text around it, whatever the direction of its letters.
func code(_ text: String) -> Markup { tag("code", [], [tag("bdi", [], [breakable(text)])]) }

/// Text whose long names may go on in the next line after a `/`; without one, after `_` and `.` between letters.
func breakable(_ text: String) -> Markup {
  let hasSlash = text.utf8.contains(UInt8(ascii: "/"))
  var pieces: [Markup] = []
  var piece = String.UnicodeScalarView()
  let scalars = Array(text.unicodeScalars)
  for (place, scalar) in scalars.enumerated() {
    piece.append(scalar)
    guard scalar == "/" || !hasSlash && (scalar == "_" || scalar == "."), place + 1 < scalars.count,
      scalars[place + 1].properties.isAlphabetic
    else { continue }
    pieces += [.text(String(piece)), tag("wbr")]
    piece.removeAll()
  }
  return .group(pieces + [.text(String(piece))])
}
