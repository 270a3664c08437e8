import EventModel
import Formatting
import Reporting

extension ReportFacts {
  /// How far rows are behind, and since when.
  var behindSection: Section? {
    guard let behind, behind.rows > 0 else { return nil }
    let types: [StaticString] = ["s-1", "s-2", "s-3", "s-4", "s-5", "s-6"]
    let names = behind.since.names
    let outside = behind.since.outside > 0 ? "; \(grouped(behind.since.outside)) lie too far away to be drawn" : ""
    let content = [
      ColumnChart(
        title: "Since when rows are behind",
        unit: "rows, by the \(behind.since.unit) of the first event they have not seen\(outside)",
        series: names.enumerated().map { Chart.Series(name: $0.element.raw, paint: types[$0.offset % types.count]) },
        bins: behind.since.bins, isStacked: true, across: "\(behind.since.unit) from"
      ).figure,
      ColumnChart(
        title: "How long rows have been behind", unit: "rows, by the time from that event to the as-of",
        series: [Chart.Series(name: "rows", paint: "c-behind")], bins: behind.duration, across: "time"
      ).figure,
      ColumnChart(
        title: "How much rows have missed", unit: "rows, by events they have not seen",
        series: [Chart.Series(name: "rows", paint: "c-behind")], bins: behind.unseen, across: "events"
      ).figure,
    ]
    return Section(
      id: "behind", title: "Rows that are behind",
      lead: """
        \(plural(behind.rows, "row")) of \(plural(behind.users, "user")) \(behind.rows == 1 ? "has" : "have") not seen \
        the newest events: \(plural(behind.events, "missed event")), counted for each row.
        """,
      content: [tag("div", class: "charts", content)])
  }
}
