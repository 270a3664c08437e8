import Formatting
import Reporting

extension ReportFacts {
  /// How many records of the log are in each bucket, and when its events happened.
  var logSection: Section? {
    if log.buckets.isEmpty, log.types.isEmpty { return nil }
    var content: [Markup] = []
    var types: [Markup] = []
    if let days = log.days, !days.bins.isEmpty {
      let paints: [StaticString] = ["s-1", "s-2", "s-3", "s-4", "s-5", "s-6"]
      let outside = days.outside > 0 ? "; \(grouped(days.outside)) records lie too far away to be drawn" : ""
      content.append(
        ColumnChart(
          title: "Events over time", unit: "records of the log, by the \(days.unit) of their timestamp\(outside)",
          series: days.names.enumerated().map {
            Chart.Series(name: $0.element.raw, paint: paints[$0.offset % paints.count])
          },
          bins: days.bins, isStacked: true, across: "\(days.unit) from"
        ).figure)
    }
    if !log.buckets.isEmpty {
      var table = DataTable(label: "Accounting", columns: [.text("bucket"), .number("records")])
      table.rows = log.buckets.map { name, records in
        [.text(name), records.map { .number($0) } ?? .measure("not known", -1)]
      }
      content.append(table.markup)
    }
    if !log.types.isEmpty {
      var table = DataTable(
        label: "Event types",
        columns: [.text("event type"), .number("events"), .number("users"), .text("first day"), .text("last day")])
      table.rows = log.types.map {
        [.text($0.type.raw), .number($0.events), .number($0.users), .text($0.first.raw), .text($0.last.raw)]
      }
      types.append(table.markup)
    }
    return Section(
      id: "log", title: "The log", lead: "Every record of the log ends in exactly one bucket.",
      content: [tag("div", class: "beside", content)] + types)
  }
}
