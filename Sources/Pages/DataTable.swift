import Formatting
import Reporting

/// A table of a report, with text left-aligned and numbers right-aligned. With scripts enabled, its head sorts it.
struct DataTable {
  enum Cell {
    case text(String)
    case number(Int)
    /// A number as text to show, and its value for sorting.
    case measure(String, Double)
    case markup(Markup, sortedAs: String)
    /// A number with a name by which tests find it.
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

  /// What the table shows, for screen readers.
  var label: String
  var columns: [Column]
  var rows: [[Cell]] = []
  /// A last row that sorting leaves in place.
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

/// A small patch of colour.
func chip(_ paint: StaticString) -> Markup {
  tag("span", [Attribute("class", "chip \(paint)"), Attribute("aria-hidden", "true")])
}

/// Content that is collapsed until the reader opens it.
func fold(_ summary: [Markup], _ content: [Markup], class name: StaticString = "fold") -> Markup {
  tag("details", class: name, [tag("summary", [], summary)] + content)
}

/// A name, path or value from data, isolated from the surrounding text whatever its direction.
func code(_ text: String) -> Markup { tag("code", [], [tag("bdi", [], [breakable(text)])]) }

/// Text that may wrap after a `/` or, if it has no `/`, after a `_` or `.`; only before a letter.
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
