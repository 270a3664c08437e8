/// A number of minutes as the runbooks print it: exact, with two decimal places.
package struct Minutes: Hashable, Sendable, Comparable {
  /// Hundredths of a minute.
  package var hundredths: Int64

  package init(hundredths: Int64) { self.hundredths = hundredths }

  package static func < (a: Minutes, b: Minutes) -> Bool { a.hundredths < b.hundredths }
}

extension Minutes: CustomStringConvertible {
  /// `563746.29`, as PostgreSQL prints a `numeric` of scale 2.
  package var description: String {
    let digits = String(hundredths.magnitude)
    let padded = String(repeating: "0", count: max(0, 3 - digits.count)) + digits
    return (hundredths < 0 ? "-" : "") + padded.dropLast(2) + "." + padded.suffix(2)
  }
}

/// A backfill's coverage and lag on one side.
package struct BackfillFigures: Sendable {
  /// As the domain names it.
  package var name: String
  /// The columns of the runbook's coverage query.
  package var coverage: [(name: String, count: Int)]
  package var lag: LagFigures

  package init(name: String, coverage: [(name: String, count: Int)], lag: LagFigures) {
    self.name = name
    self.coverage = coverage
    self.lag = lag
  }
}

/// A runbook's lag check, with what it leaves out: the spread.
package struct LagFigures: Hashable, Sendable {
  package var usersConsidered = 0
  package var usersWithoutProjection = 0
  /// `nil` (PostgreSQL's NULL) if no considered user has a projection.
  package var averageMinusSignal: Minutes?
  package var averageAge: Minutes?
  package var maximumAge: Minutes?
  /// Users whose newest signal is newer than their projection.
  package var usersLagging = 0
  /// The largest lead of a user's newest signal over the projection; `nil` if no signal is ahead.
  package var maximumLag: Minutes?
  /// `percentile_disc` of projection_minus_signal_minutes, by name.
  package var percentiles: [Percentile] = []

  package struct Percentile: Hashable, Sendable {
    package var name: String
    package var minutes: Minutes

    package init(name: String, minutes: Minutes) {
      self.name = name
      self.minutes = minutes
    }
  }

  package init() {}
}
