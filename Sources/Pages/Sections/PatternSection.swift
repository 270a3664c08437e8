import Formatting
import Reporting

extension ReportFacts {
  /// What changed rows have in common, and how far their numbers changed.
  var patternSection: Section? {
    guard let diff, !diff.patterns.isEmpty || !changes.isEmpty else { return nil }
    var content: [Markup] = []
    if !changes.isEmpty {
      var table = DataTable(
        label: "Numbers that moved",
        columns: [
          .text("projection"), .text("field"), .number("values"), .number("least"), .number("median"), .number("most"),
        ], isFiltered: true)
      table.rows = changes.map { change in
        [.text(change.projection.raw), .text(change.field.raw), .number(change.count)]
          + [change.least, change.median, change.most].map { .measure(signed($0), $0) }
      }
      content.append(tag("h3", [], [.text("How far numbers moved: \(sides.rebuilt) → \(sides.other)")]))
      content.append(table.markup)
    }
    let drawn = changes.filter { $0.points.count >= ReportLimits.fewestPoints }
    if !drawn.isEmpty {
      content.append(tag("div", class: "charts", drawn.map { ScatterChart(changes: $0, sides: sides).figure }))
    }
    if !diff.patterns.isEmpty {
      var table = DataTable(
        label: "Patterns of changed rows",
        columns: [.text("pattern"), .text("projection"), .number("rows"), .number("of changed")], isFiltered: true)
      table.rows = diff.groups(words).flatMap { group in
        group.patterns.map { pattern in
          [.text(group.words.raw), .text(pattern.projection.raw), .number(pattern.rows), .number(pattern.of)]
        }
      }
      table.rows = Array(table.rows.prefix(ReportLimits.patterns))
      content.append(tag("h3", [], [.text("Patterns")]))
      content.append(table.markup)
    }
    return Section(
      id: "patterns", title: "What changed rows have in common",
      lead: "Fields, factors and codes that many changed rows share point at the line of code that differs.",
      content: content)
  }
}
