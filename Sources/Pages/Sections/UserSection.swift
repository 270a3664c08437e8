import EventModel
import Formatting
import Reporting

extension ReportFacts {
  /// The users with the most differences, each with its rows, fields and the commands that show them again.
  var userSection: Section? {
    guard diff != nil, !users.isEmpty else { return nil }
    return Section(
      id: "users", title: "Users with the most differences",
      lead: "By rows that are not accepted. Each unfolds to the fields that differ.",
      content: [tag("div", [.class("users"), Attribute("data-expandable", "")], users.map(user))])
  }

  private func user(_ user: User) -> Markup {
    let summary: [Markup] =
      [code(user.name), " ", tag("span", class: "rows", [.text(user.counts)])]
      + user.causes.map { .group([" ", tag("span", class: "tag", [chip($0.paint), .text($0.rawValue)])]) }
    let commands =
      user.commands.isEmpty
      ? []
      : [
        tag("p", class: "again", ["Seen again with:"]),
        tag(
          "pre", [Attribute("tabindex", "0")],
          [tag("code", [], [.text(user.commands.map(\.raw).joined(separator: "\n"))])]),
      ]
    return tag(
      "details", [.class("user"), Attribute("data-user", user.name)],
      [tag("summary", [], summary)] + user.rows.map { row($0, of: user.name) }
        + (user.cut > 0 ? [tag("p", class: "detail", [.text("and \(plural(user.cut, "more row"))")])] : []) + commands)
  }

  private func row(_ row: Row, of user: String) -> Markup {
    var parts: [Markup] = [
      tag(
        "h3", [],
        [code(row.projection.raw)]
          + row.causes.map { .group([" ", tag("span", class: "tag", [chip($0.paint), .text($0.rawValue)])]) }
          + (row.isAccepted ? [" ", tag("span", class: "tag", ["accepted"])] : []))
    ]
    for detail in row.details { parts.append(tag("p", class: "detail", [tag("bdi", [], [.text(detail.raw)])])) }
    if !row.fields.isEmpty {
      if let baseline = row.baseline { parts.append(tag("p", class: "detail", [.text("compared with \(baseline)")])) }
      var table = DataTable(
        label: "Fields of \(row.projection.raw) of \(user)",
        columns: [.text("field"), .text(sides.rebuilt), .text(sides.other)])
      table.rows = row.fields.map { field in
        let mark = field.status == .different ? [] : [tag("span", class: "tag", [.text(field.status.rawValue)])]
        return [
          .markup(.group([code(field.path.raw)] + mark), sortedAs: field.path.raw), value(field.rebuilt),
          value(field.live),
        ]
      }
      parts.append(table.markup)
      if row.fieldCount > row.fields.count {
        parts.append(
          tag("p", class: "detail", [.text("and \(plural(row.fieldCount - row.fields.count, "more field"))")]))
      }
    }
    if let course = row.course { parts.append(CourseChart(course: course, projection: row.projection.raw).figure) }
    if let explanation = row.explanation {
      parts.append(
        fold(["How the rebuilt value came about"], [tag("pre", [Attribute("tabindex", "0")], [.text(explanation)])]))
    }
    return tag("div", class: "row", parts)
  }

  private func value(_ text: Foreign?) -> DataTable.Cell {
    guard let text else { return .markup(tag("span", class: "absent", ["absent"]), sortedAs: "") }
    return .markup(tag("code", class: "value", [tag("bdi", [], [.text(text.raw)])]), sortedAs: text.raw)
  }
}
