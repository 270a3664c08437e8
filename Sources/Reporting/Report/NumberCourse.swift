import EventModel

/// How a number of a rebuilt row came to its value: its value after each event that moved it, in stored order.
package struct NumberCourse: Sendable {
  package struct Point: Sendable {
    /// The number of events up to and including this one; only events that the projection depends on count.
    package var place: Int
    /// `nil` if the row has no such number then.
    package var value: Double?
    package var event: Provenance.Head
  }

  package var path: Foreign
  package var points: [Point]
  /// The number of all events that the projection depends on.
  package var events: Int
  /// The live row's value, if it differs and is a number.
  package var live: Double?

  /// - Returns: `nil` if the number has fewer than ``ReportLimits/fewestPoints`` values, or the points are too many.
  package init?(_ projection: OverTime, live fields: [ReportFacts.Field]) {
    guard let path = projection.number, let series = projection.series.first else { return nil }
    let values = series.values(of: path)
    guard values.count(where: { $0.value != nil }) >= ReportLimits.fewestPoints, values.count <= ReportLimits.points
    else {
      return nil
    }
    self.path = path
    points = values.map {
      Point(place: series.steps[$0.step].place, value: $0.value, event: series.steps[$0.step].last)
    }
    events = series.events
    live = fields.first { $0.path == path }?.live?.number
  }
}
