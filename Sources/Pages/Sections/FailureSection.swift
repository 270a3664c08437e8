import Formatting
import Reporting

extension ReportFacts {
  /// Where the reducers fail, as the live reducers would.
  var failureSection: Section? {
    let users = failures.reduce(0) { $0 + $1.users }
    var table = DataTable(
      label: "Failures by code and place",
      columns: [.text("projection"), .text("code"), .text("place"), .text("for example, event"), .number("users")])
    table.rows = failures.map { group in
      [
        .text(group.projection.raw), .text(group.code.raw), .text(group.place.raw),
        group.event.map { .markup(code($0), sortedAs: $0) } ?? .text("–"),
        .number(group.users),
      ]
    }
    return Section(
      id: "failures", title: "Failures",
      lead: users == 0
        ? "No reducer fails on any user's events."
        : "The rebuild fails \(grouped(users)) times, where the live reducers would raise too: facts about the data.",
      content: users == 0 ? [] : [table.markup])
  }
}
