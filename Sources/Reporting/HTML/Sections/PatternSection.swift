extension ReportFacts {
  /// What changed rows have in common, and how far their numbers moved.
  var patternSection: Section? {
    guard let diff, !diff.patterns.isEmpty || !changes.isEmpty else { return nil }
    var content: [Markup] = []
    if !diff.patterns.isEmpty {
      var table = DataTable(
        label: "Patterns of changed rows",
        columns: [.text("projection"), .text("pattern"), .number("rows"), .number("of changed")], isFiltered: true)
      table.rows = diff.patterns.prefix(ReportLimits.patterns).map { pattern in
        [.text(pattern.projection), .text(pattern.text), .number(pattern.rows), .number(pattern.of)]
      }
      content.append(table.markup)
    }
    let drawn = changes.filter { $0.points.count >= ReportLimits.fewestPoints }
    if !drawn.isEmpty {
      content.append(tag("div", class: "charts", drawn.map { ScatterChart(changes: $0, sides: sides).figure }))
    }
    if !changes.isEmpty {
      var table = DataTable(
        label: "Numbers that moved",
        columns: [
          .text("projection"), .text("field"), .number("values"), .number("least"), .number("median"), .number("most"),
        ], isFiltered: true)
      table.rows = changes.map { change in
        [.text(change.projection), .text(change.field), .number(change.count)]
          + [change.least, change.median, change.most].map { .measure(signed($0), $0) }
      }
      content.append(tag("h3", [], [.text("How far numbers moved (\(sides.other) − \(sides.rebuilt))")]))
      content.append(table.markup)
    }
    return Section(
      id: "patterns", title: "What changed rows have in common",
      lead: "Fields, factors and codes that many changed rows share point at the line of code that differs.",
      content: content)
  }

  private func signed(_ value: Double) -> String { (value > 0 ? "+" : "") + brief(value) }
}

/// How much of a list a page or a Markdown text shows.
package enum ReportLimits {
  package static let users = 10
  package static let patterns = 40
  package static let changes = 40
  /// Fields with a picture.
  package static let pictures = 6
  /// Points of one picture.
  package static let points = 200
  package static let failures = 40
  package static let eventTypes = 40
  package static let otherTypes = 10
  /// Of one row.
  package static let fields = 20
  /// Rows of one user.
  package static let rows = 12
  /// Characters of how one row came about.
  package static let explanation = 4000
  /// Characters of one value or name.
  package static let text = 100
  /// Fewer say more as numbers.
  package static let fewestPoints = 3
  /// Bytes of a page.
  package static let page = 2_000_000
  /// Bins of a picture over time.
  package static let bins = 48
}

extension String {
  /// At most so many characters; what is cut is said by `…`.
  package func cut(_ limit: Int = ReportLimits.text) -> String {
    // By scalars: one character can be of any length.
    let scalars = unicodeScalars
    guard let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex), end < scalars.endIndex
    else { return self }
    return String(String.UnicodeScalarView(scalars[..<end])) + "…"
  }
}
